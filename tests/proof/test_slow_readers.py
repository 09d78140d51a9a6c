"""Twenty readers who never read, beside five hundred who do: what each gets, and what the server needs for it.

The server is a process of its own, so that its memory is its own too.
"""

import contextlib
import multiprocessing
import re
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from tests.support.publishing import END, publish_when_told

STUCK = 20
OTHERS = 500
EVENTS = 250
EVENT_BYTES = 20_000
# The others are level again after each batch, so only who never reads misses as many events as cut off a reader.
BATCH = 25
STALL_EVENTS = 4 * BATCH
GROWTH_BYTES = 60_000_000
PATIENCE_SECONDS = 30.0
EVENT = re.compile(rb'"seq":(\d+),.*?"words":"(\d+) ', re.DOTALL)


class Publisher:
    """The process that serves, told from here what to publish."""

    def __init__(self, line: Connection, process: psutil.Process) -> None:
        self._line = line
        self.process = process
        self.address: tuple[str, int]
        self.epoch: str
        self.address, self.epoch = self._answer()

    def project(self) -> str:
        return str(self.ask("make a project"))

    def publish(self, project_id: str, count: int, size: int = EVENT_BYTES) -> None:
        self.ask(str(size), count, project_id)

    def ask(self, what: str, count: int = 0, project_id: str = "") -> Any:
        self._line.send((what, count, project_id))
        return self._answer()

    def streams_become(self, count: int, kind: str = "streams") -> int:
        """Return how many streams are open, or stuck, once they are so many or after a while."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := int(self.ask(f"count {kind}"))) != count and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def _answer(self) -> Any:
        assert self._line.poll(PATIENCE_SECONDS), "the server does not answer"
        return self._line.recv()


class Memory:
    """The most that a process has needed at once, looked at all the time."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.before = self.most = int(process.memory_info().rss)

    @property
    def growth(self) -> int:
        return self.most - self.before

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, self._process.memory_info().rss)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=10)


class Listener:
    """One of those who read: the number of each event, and how long it took to come."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.seqs: list[int] = []
        self.delays: list[float] = []
        self._rest = b""

    def take(self, data: bytes) -> None:
        at = time.monotonic_ns()
        *frames, self._rest = (self._rest + data).split(b"\n\n")
        for frame in frames:
            found = EVENT.search(frame[:300])
            if found:
                self.seqs.append(int(found[1]))
                self.delays.append((at - int(found[2])) / 1e9)


def opened(
    publisher: Publisher, project_id: str, *, after: int | None = None, window: int | None = None
) -> socket.socket:
    """Open a stream whose reading is left to the test.

    Args:
        after: the event that it has already; None begins with what is new.
        window: what the system may keep for a reader that doesn't read, at most.
    """
    line = socket.socket()
    if window is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    line.settimeout(PATIENCE_SECONDS)
    line.connect(publisher.address)
    place = "" if after is None else f"Last-Event-ID: {publisher.epoch}-{after}\r\n"
    head = f"GET /api/sse/projects/{project_id} HTTP/1.1\r\nHost: localhost\r\n{place}\r\n"
    line.sendall(head.encode())
    return line


def listen(listeners: Sequence[Listener], until: int) -> None:
    """Read from all of them until each has event `until`."""
    missing = set(listeners)
    with selectors.DefaultSelector() as selector:
        for each in listeners:
            selector.register(each.line, selectors.EVENT_READ, each)
        while missing:
            ready = selector.select(PATIENCE_SECONDS)
            assert ready, f"{len(missing)} readers wait for event {until}"
            for key, _ in ready:
                listener: Listener = key.data
                data = listener.line.recv(262_144)
                assert data, f"a reader was cut off after event {listener.seqs[-1:]}"
                listener.take(data)
                if listener.seqs and listener.seqs[-1] >= until:
                    missing.discard(listener)


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    workspace: Path = tmp_path_factory.mktemp("slow")
    process = spawn.Process(target=publish_when_told, args=(workspace, theirs, STALL_EVENTS), daemon=True)
    process.start()
    assert process.pid is not None
    try:
        yield Publisher(ours, psutil.Process(process.pid))
        ours.send(END)
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join(PATIENCE_SECONDS)
        process.close()
        ours.close()
        theirs.close()


class Outcome(NamedTuple):
    """What became of everybody."""

    project_id: str
    listeners: list[Listener]
    growth: int
    streams_left: int
    taken_by_stuck: list[int]


def rushed(publisher: Publisher, stuck: int) -> Outcome:
    """Publish everything to those who read and so many who don't."""
    project_id = publisher.project()
    with contextlib.ExitStack() as lines:
        listeners = [Listener(lines.enter_context(opened(publisher, project_id))) for _ in range(OTHERS)]
        never = [lines.enter_context(opened(publisher, project_id, window=4096)) for _ in range(stuck)]
        assert publisher.streams_become(OTHERS + stuck) == OTHERS + stuck
        with Memory(publisher.process) as memory:
            for first in range(0, EVENTS, BATCH):
                publisher.publish(project_id, BATCH)
                listen(listeners, 1 + first + BATCH)
        left = publisher.streams_become(OTHERS)
        taken = [drained(line) for line in never]
    assert publisher.streams_become(0) == 0
    return Outcome(project_id, listeners, memory.growth, left, taken)


def drained(line: socket.socket) -> int:
    """Return how much was on the way to a reader that was cut off."""
    size = 0
    with contextlib.suppress(ConnectionResetError):
        while data := line.recv(1_000_000):
            size += len(data)
    return size


def told(outcome: Outcome) -> str:
    delays = [delay for listener in outcome.listeners for delay in listener.delays]
    middle, late = statistics.median(delays), statistics.quantiles(delays, n=100)[98]
    return (
        f"delay {middle * 1000:.0f} ms in the middle, {late * 1000:.0f} ms at the 99th percentile; "
        f"the server grew by {outcome.growth / 1e6:.0f} MB"
    )


@pytest.fixture(scope="module")
def outcome(publisher: Publisher) -> Outcome:
    # First, so that it finds nothing that an earlier run had claimed and given back.
    beside = rushed(publisher, STUCK)
    alone = rushed(publisher, 0)
    print(f"\n{OTHERS} beside {STUCK} who never read: {told(beside)}\n{OTHERS} readers alone: {told(alone)}")
    return beside


def test_who_never_reads_costs_the_others_no_event(outcome: Outcome) -> None:
    expected = list(range(2, EVENTS + 2))
    assert [listener.seqs for listener in outcome.listeners] == [expected] * OTHERS


def test_who_never_reads_is_not_kept_in_memory(outcome: Outcome) -> None:
    assert outcome.growth < GROWTH_BYTES


def test_who_never_reads_is_cut_off(outcome: Outcome) -> None:
    assert outcome.streams_left == OTHERS
    assert len(outcome.taken_by_stuck) == STUCK
    assert max(outcome.taken_by_stuck) < EVENTS * EVENT_BYTES


def test_who_comes_back_and_never_reads_holds_no_page_of_the_log(publisher: Publisher, outcome: Outcome) -> None:
    """Each is stuck at a place of its own, so each has read a page that nobody shares."""
    project_id = outcome.project_id
    with contextlib.ExitStack() as lines, Memory(publisher.process) as memory:
        for number in range(STUCK):
            lines.enter_context(opened(publisher, project_id, after=number, window=4096))
        assert publisher.streams_become(STUCK, "stuck") == STUCK
        publisher.publish(project_id, STALL_EVENTS, size=1)
        assert publisher.streams_become(0) == 0
    assert memory.growth < GROWTH_BYTES
