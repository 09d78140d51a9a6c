"""What the server tells of itself: for Prometheus at `/metrics`, and for people at `/api/monitor`."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Count

from persona_lab.models import now

# How far back `/api/monitor` looks.
WINDOW_SECONDS = 60.0
LATENCIES = 1_000

Ending = Literal["left", "slow", "closing", "gone"]
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
            "Streams ended: the reader left, took nothing, the server closed, the project is gone.",
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
        self._totals: Counter[str] = Counter()
        self._recent: deque[tuple[float, str]] = deque(maxlen=100_000)
        self._latencies: deque[float] = deque(maxlen=LATENCIES)

    def opened(self, how: Opening, missed: int) -> None:
        self._opened.labels(how).inc()
        self._totals[how] += 1
        if how == "resumed":
            self._replayed.observe(missed)
            self._totals["replayed"] += missed

    def ended(self, why: Ending) -> None:
        self._ended.labels(why).inc()
        self._totals[why] += 1

    def refused(self) -> None:
        self._refused.inc()

    def sent(self, events: Sequence[tuple[str, datetime]]) -> None:
        """Count events, each with its type and its time in the log, at the moment they are handed out."""
        at, moment = now(), time.monotonic()
        for kind, committed in events:
            seconds = max((at - committed).total_seconds(), 0.0)
            self._events.labels(kind).inc()
            self._latency.observe(seconds)
            self._latencies.append(seconds)
            self._recent.append((moment, kind))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def summary(self, streams: dict[str, int], project_id: str | None) -> dict[str, Any]:
        """Return the same for people. `streams` counts the open ones by project."""
        since = time.monotonic() - WINDOW_SECONDS
        kinds = Counter(kind for moment, kind in self._recent if moment >= since)
        total = sum(streams.values())
        return {
            "streams": {"total": total, "here": streams.get(project_id, 0) if project_id else total},
            "events_per_second": {kind: round(n / WINDOW_SECONDS, 3) for kind, n in sorted(kinds.items())},
            "reconnects": self._totals["resumed"] + self._totals["reset"],
            "resets": self._totals["reset"],
            "cut": self._totals["slow"],
            "replayed": self._totals["replayed"],
            "commit_to_send_ms": _percentiles(self._latencies),
        }


def _percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(seconds)
    if not ordered:
        return {"p50": None, "p95": None}
    return {f"p{share}": round(1000 * ordered[(len(ordered) - 1) * share // 100], 2) for share in (50, 95)}
