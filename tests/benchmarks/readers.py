"""Thousands of event-stream readers in one process: raw sockets behind one epoll."""

import re
import resource
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from tests.benchmarks.servers import Target

MARKER = re.compile(rb"<(\d{7})>")


def allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def marker(number: int) -> str:
    return f"<{number:07d}>"


def connect(target: Target, headers: Mapping[str, str] = MappingProxyType({})) -> socket.socket:
    """Ask for the stream, and leave the answer to be read."""
    reader = socket.create_connection(("127.0.0.1", target.port), 60)
    lines = [f"GET {target.stream} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/event-stream"]
    lines += [f"{name}: {value}" for name, value in {**target.headers, **headers}.items()]
    reader.sendall("\r\n".join([*lines, "", ""]).encode())
    return reader


class Readers:
    """`n` open streams. Each remembers which markers it has seen, and when."""

    def __init__(self, target: Target, n: int, *, headers: dict[str, str] | None = None) -> None:
        self.target = target
        self.selector = selectors.EpollSelector()
        self.sockets = [connect(target, headers or {}) for _ in range(n)]
        self.seen: list[list[int]] = [[] for _ in range(n)]
        self.delays: list[float] = []
        self.closed = 0
        self._goal = -1
        self._arrived = 0
        self._tails = [b""] * n
        for index, reader in enumerate(self.sockets):
            reader.setblocking(False)
            self.selector.register(reader, selectors.EVENT_READ, index)

    def read(self, until: Callable[[], bool], *, seconds: float, sent: Sequence[float] = ()) -> bool:
        """Read whatever comes until the condition holds; say whether it did in time."""
        deadline = time.perf_counter() + seconds
        while not until():
            if time.perf_counter() > deadline:
                return False
            for key, _ in self.selector.select(0.2):
                self._take(key.data, sent)
        return True

    def wait_for(self, number: int, *, seconds: float = 60, sent: Sequence[float] = ()) -> bool:
        """Read until every open stream has seen marker `number`."""
        self._goal, self._arrived = number, sum(number in seen[-20:] for seen in self.seen)
        return self.read(lambda: self._arrived >= len(self.sockets) - self.closed, seconds=seconds, sent=sent)

    def warm_up(self, publish: Callable[[int], None]) -> None:
        """Publish event 0 until every reader has it, so that none is still on its way in; then forget it.

        Raises:
            RuntimeError: not all came up.
        """
        for _ in range(20):
            publish(0)
            if self.wait_for(0, seconds=3):
                self.read(lambda: False, seconds=0.3)
                self.seen = [[] for _ in self.sockets]
                self.delays.clear()
                return
        raise RuntimeError(f"{self.target.name}: not all of {len(self.sockets)} streams came up")

    def _take(self, index: int, sent: Sequence[float]) -> None:
        try:
            data = self.sockets[index].recv(1_000_000)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        now = time.perf_counter()
        if not data:
            self.selector.unregister(self.sockets[index])
            self.closed += 1
            return
        data = self._tails[index] + data
        end = 0
        for found in MARKER.finditer(data):
            number = int(found[1])
            self.seen[index].append(number)
            self._arrived += number == self._goal and number not in self.seen[index][:-1][-20:]
            if number < len(sent):
                self.delays.append(now - sent[number])
            end = found.end()
        self._tails[index] = data[max(end, len(data) - 16) :]

    def close(self) -> None:
        for reader in self.sockets:
            reader.close()
        self.selector.close()
