"""What this client saw of a project's stream: each event, each change of the line, and how long things took.

Two clocks are read. How long an event was on its way is told by the calendar, the
server's against ours, so machines whose clocks differ show it, even as less than
nothing. How long it then took into the replica is told by a clock that nobody sets.
"""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from persona_lab.client.follow import Connection, Reset
from persona_lab.models import Event

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.following.feed import Feed

Figures = dict[str, Any]

# What `project.sql` calls it.
STREAM_LOG = "stream_log"
LONGEST = 10_000
# The latency of now is that of the newest events, and not of those an hour ago.
MEASURED = 500
WINDOW_SECONDS = 60
# Where one bar of the latency chart ends and the next begins.
BOUNDS_MS = (10, 30, 100, 300, 1000, 3000, 10_000)

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Entry:
    """One thing that was seen; the columns of `project.stream.log`."""

    at: datetime
    kind: Literal["connection", "event", "reset"]
    seq: int | None = None
    type: str | None = None
    state: str | None = None
    reason: str | None = None
    sent_to_received_ms: float | None = None
    received_to_applied_ms: float | None = None


class StreamLog:
    """The newest entries, and figures of all there were. Written by the feed, read from any thread.

    Attributes:
        seq: the newest event that this client has, be it from a snapshot.
        connection: the line as it was last seen.
        counts: how many events of each type came through the stream.
        reconnects: how often the line was live again after it had been lost.
        resets: how often the server sent us back to the snapshot.
    """

    def __init__(
        self,
        *,
        calendar: Callable[[], datetime] = lambda: datetime.now(UTC),
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seq = 0
        self.connection = Connection("reconnecting")
        self.counts: Counter[str] = Counter()
        self.reconnects = 0
        self.resets = 0
        self._calendar = calendar
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=LONGEST)
        self._waiting: deque[tuple[Entry, int, float]] = deque()
        self._per_second: Counter[int] = Counter()
        self._received_ms: deque[float] = deque(maxlen=MEASURED)
        self._applied_ms: deque[float] = deque(maxlen=MEASURED)
        self._was_live = False

    def saw(self, news: Event | Reset | Connection) -> None:
        """Write down what the stream said, or what became of it, at the moment it is known."""
        at = self._calendar()
        with self._lock:
            if isinstance(news, Event):
                self._saw_event(news, at)
            elif isinstance(news, Reset):
                # The snapshot may be of another log, which counts anew.
                self.seq = 0
                self.resets += 1
                self._entries.append(Entry(at, "reset"))
            else:
                self._saw_connection(news, at)

    def reach(self, seq: int) -> None:
        """Write down that the replica has come to event `seq`."""
        now = self._stopwatch()
        with self._lock:
            self.seq = max(self.seq, seq)
            while self._waiting and self._waiting[0][1] <= seq:
                entry, _, received = self._waiting.popleft()
                entry.received_to_applied_ms = (now - received) * 1000
                self._applied_ms.append(entry.received_to_applied_ms)

    def frame(self) -> "pd.DataFrame":
        """Return the entries as a table, oldest first."""
        import pandas as pd

        columns = list(Entry.__dataclass_fields__)
        with self._lock:
            rows = [[getattr(entry, column) for column in columns] for entry in self._entries]
        # Said even where a column is empty, so that a log of nothing has the same types.
        return pd.DataFrame(rows, columns=columns).astype(
            {
                "at": "datetime64[us, UTC]",
                "seq": "Int64",
                "sent_to_received_ms": "float64",
                "received_to_applied_ms": "float64",
            }
        )

    def tables(self) -> "dict[str, pd.DataFrame]":
        """Return the entries as SQL has them: `stream_log`, in UTC without saying so, as times are in all tables."""
        frame = self.frame()
        frame["at"] = frame["at"].dt.tz_localize(None)
        # An empty column would be one of numbers to DuckDB.
        return {STREAM_LOG: frame.astype(dict.fromkeys(["kind", "type", "state", "reason"], "string"))}

    def figures(self) -> Figures:
        """Return what a monitor shows; the same as before when nothing has moved."""
        with self._lock:
            return {
                "seq": self.seq,
                "state": self.connection.state,
                "reason": self.connection.reason,
                "per_second": self._last_minute(),
                "types": dict(sorted(self.counts.items())),
                "bounds_ms": list(BOUNDS_MS),
                "received": _latency(self._received_ms),
                "applied": _latency(self._applied_ms),
                "reconnects": self.reconnects,
                "resets": self.resets,
            }

    def _saw_event(self, event: Event, at: datetime) -> None:
        now = self._stopwatch()
        took = (at - event.at) / _MILLISECOND
        entry = Entry(at, "event", seq=event.seq, type=event.type, sent_to_received_ms=took)
        self._entries.append(entry)
        self._waiting.append((entry, event.seq, now))
        self._received_ms.append(took)
        self.counts[event.type] += 1
        self._per_second[math.floor(now)] += 1
        if len(self._per_second) > 2 * WINDOW_SECONDS:
            self._per_second = Counter({second: n for second, n in self._per_second.items() if now - second < 61})
        self.seq = event.seq

    def _saw_connection(self, connection: Connection, at: datetime) -> None:
        # A server that is away may be asked every second; that isn't news each time.
        if self._entries and connection == self.connection and self._entries[-1].kind == "connection":
            return
        if connection.state == "live":
            self.reconnects += self._was_live and self.connection.state != "live"
            self._was_live = True
        self.connection = connection
        self._entries.append(Entry(at, "connection", state=connection.state, reason=connection.reason))

    def _last_minute(self) -> list[int]:
        """Return the number of events in each of the last sixty seconds; the last one is under way."""
        now = math.floor(self._stopwatch())
        return [self._per_second[second] for second in range(now - WINDOW_SECONDS + 1, now + 1)]


class Stream:
    """A project's stream as this client sees it."""

    def __init__(self, feed: "Feed") -> None:
        self._feed = feed

    @property
    def log(self) -> "pd.DataFrame":
        """A row for each event, reset and change of the line, oldest first; the newest 10,000.

        `at` is when it reached this client. `sent_to_received_ms` counts from when the server
        wrote the event, so one that was caught up on after a break has all of the break in it.
        """
        return self._feed.log.frame()

    @property
    def connection(self) -> Connection:
        """The state of the line, and the reason when it isn't live."""
        return self._feed.log.connection

    @property
    def seq(self) -> int:
        """The number of the newest event that this client has."""
        return self._feed.log.seq

    def __repr__(self) -> str:
        figures = self._feed.log.figures()
        line = f"{figures['state']} ({figures['reason']})" if figures["reason"] else figures["state"]
        parts = [
            f"event {figures['seq']}",
            f"{sum(figures['types'].values())} received",
            _times(figures["reconnects"], "reconnect"),
            _times(figures["resets"], "reset"),
        ]
        return f"Stream: {line}, {', '.join(parts)}"


def percentile(values: Iterable[float], share: float) -> float | None:
    """Return the value that `share` of the values don't exceed; one of them, or None when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def spread(values: Iterable[float], bounds: tuple[float, ...] = BOUNDS_MS) -> list[int]:
    """Return how many values are below each bound, and not below the one before; last, how many are below none."""
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[next((n for n, bound in enumerate(bounds) if value < bound), len(bounds))] += 1
    return counts


def _latency(values: Iterable[float]) -> Figures:
    measured = list(values)
    return {
        "p50": _rounded(percentile(measured, 0.5)),
        "p95": _rounded(percentile(measured, 0.95)),
        "spread": spread(measured),
    }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)


def _times(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
