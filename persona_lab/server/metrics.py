"""What the server tells of itself: for Prometheus at `/metrics`, and for people at `/api/monitor`."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Count

from persona_lab.models import now

# How far back `/api/monitor` looks.
WINDOW_SECONDS = 60.0
LATENCIES = 1_000

Ending = Literal["left", "slow", "closing", "gone", "rights", "expired"]
Opening = Literal["new", "resumed", "reset"]


class Metrics:
    """The counts of one server process. Used from the event loop only."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.streams = Gauge("persona_lab_streams", "Open event streams.", registry=self.registry)
        self._opened = Count(
            "persona_lab_streams_opened",
            "Streams opened: from now on, resumed, or reset.",
            ["how"],
            registry=self.registry,
        )
        self._ended = Count(
            "persona_lab_streams_ended",
            "Streams ended: the reader left, took nothing, the server closed, the project, rights or token are gone.",
            ["why"],
            registry=self.registry,
        )
        self._refused = Count(
            "persona_lab_streams_refused", "Streams refused because there are too many.", registry=self.registry
        )
        self._events = Count(
            "persona_lab_events", "Events read from the log, once each.", ["type"], registry=self.registry
        )
        self._replayed = Histogram(
            "persona_lab_replay_events",
            "Events that a returning reader had missed.",
            buckets=(0, 1, 10, 100, 1_000, 10_000),
            registry=self.registry,
        )
        self._latency = Histogram(
            "persona_lab_commit_to_send_seconds",
            "From an event's time in the log to its being handed to the streams.",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
            registry=self.registry,
        )
        # By project: nobody is told of projects that they don't see.
        self._totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._recent: deque[tuple[float, str, str]] = deque(maxlen=100_000)
        self._latencies: deque[tuple[str, float]] = deque(maxlen=LATENCIES)

    def opened(self, project_id: str, how: Opening, missed: int) -> None:
        self._opened.labels(how).inc()
        self._totals[project_id][how] += 1
        if how == "resumed":
            self._replayed.observe(missed)
            self._totals[project_id]["replayed"] += missed

    def ended(self, project_id: str, why: Ending) -> None:
        self._ended.labels(why).inc()
        self._totals[project_id][why] += 1

    def refused(self) -> None:
        self._refused.inc()

    def sent(self, project_id: str, events: Sequence[tuple[str, datetime]]) -> None:
        """Count a project's events, each with its type and its time in the log, at the moment they are handed out."""
        at, moment = now(), time.monotonic()
        for kind, committed in events:
            seconds = max((at - committed).total_seconds(), 0.0)
            self._events.labels(kind).inc()
            self._latency.observe(seconds)
            self._latencies.append((project_id, seconds))
            self._recent.append((moment, kind, project_id))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def summary(self, streams: Mapping[str, int], project_id: str | None, seen: Collection[str]) -> dict[str, Any]:
        """Return the same for people, of the projects that they see.

        Args:
            streams: how many are open, by project.
            project_id: which is `here`.
        """
        since = time.monotonic() - WINDOW_SECONDS
        kinds = Counter(kind for moment, kind, project in self._recent if moment >= since and project in seen)
        totals = sum((counts for project, counts in self._totals.items() if project in seen), Counter[str]())
        total = sum(streams.values())
        return {
            "streams": {"total": total, "here": streams.get(project_id, 0) if project_id else total},
            "events_per_second": {kind: round(n / WINDOW_SECONDS, 3) for kind, n in sorted(kinds.items())},
            "reconnects": totals["resumed"] + totals["reset"],
            "resets": totals["reset"],
            "cut": totals["slow"],
            "replayed": totals["replayed"],
            "commit_to_send_ms": _percentiles([seconds for project, seconds in self._latencies if project in seen]),
        }


def _percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": None, "p95": None}
    return {f"p{share}": round(1000 * ordered[(len(ordered) - 1) * share // 100], 2) for share in (50, 95)}
