import socket
from types import SimpleNamespace

import pytest
from starlette.types import Message

from persona_lab.server.streaming.wire import Wire, piece

WORDS = piece(b"data: hello\n\n")


class Transport:
    """One end of a real pair of sockets, and what was left to uvicorn."""

    def __init__(self, end: socket.socket) -> None:
        self.left: list[bytes] = []
        self.waiting = 0
        self.closing = False
        self.aborted = False
        self._end = end

    def get_extra_info(self, name: str) -> object:
        return self._end if name == "socket" else None

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, data: bytes) -> None:
        self.left.append(data)

    def abort(self) -> None:
        self.aborted = True


class Cycle:
    """What uvicorn keeps of one request; its `send` would wait when told so."""

    def __init__(self, transport: Transport, *, chunked: bool = True) -> None:
        self.transport = transport
        self.chunked_encoding = chunked
        self.sent: list[Message] = []
        self.waits = False

    async def send(self, message: Message) -> None:
        if self.waits:
            await _for_ever()
        self.sent.append(message)


class _for_ever:
    def __await__(self):
        yield


@pytest.fixture
def line():
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    with near, far:
        yield SimpleNamespace(transport=Transport(near), far=far)


def opened(cycle: Cycle) -> Wire:
    wire = Wire(cycle.send)
    wire.open()
    return wire


def test_what_needs_no_waiting_goes_straight_to_the_socket_as_a_chunk(line):
    cycle = Cycle(line.transport)
    assert opened(cycle).write_now(WORDS)
    assert line.far.recv(1000) == b"d\r\ndata: hello\n\n\r\n"
    assert (cycle.sent, line.transport.left) == ([], [])


def test_what_the_socket_takes_only_in_part_is_left_to_uvicorn_for_the_rest(line):
    large = piece(b"x" * 4_000_000)
    assert opened(Cycle(line.transport)).write_now(large)
    taken = b""
    while len(taken) + len(line.transport.left[0]) < len(large.chunk):
        taken += line.far.recv(1_000_000)
    assert taken + line.transport.left[0] == large.chunk


def test_nothing_overtakes_what_uvicorn_still_has_to_write(line):
    line.transport.waiting = 1
    assert not opened(Cycle(line.transport)).write_now(WORDS)
    with pytest.raises(BlockingIOError):
        line.far.recv(1000)


def test_a_full_socket_takes_nothing(line):
    wire = opened(Cycle(line.transport))
    large = piece(b"x" * 1_000_000)
    while wire.write_now(large) and not line.transport.left:
        pass
    line.transport.left.clear()
    assert not wire.write_now(WORDS)
    assert line.transport.left == []


def test_a_closing_connection_is_not_written_to(line):
    line.transport.closing = True
    assert not opened(Cycle(line.transport)).write_now(WORDS)


def test_a_reader_that_left_is_no_error(line):
    line.far.close()
    wire = opened(Cycle(line.transport))
    assert not wire.write_now(WORDS)


@pytest.mark.parametrize("kind", ["another server", "a response that isn't chunked", "not open yet"])
def test_where_the_socket_is_not_ours_the_servers_send_is_stepped(line, kind):
    cycle = Cycle(line.transport, chunked=kind != "a response that isn't chunked")
    if kind == "another server":
        del cycle.transport
    wire = Wire(cycle.send) if kind == "not open yet" else opened(cycle)
    assert wire.write_now(WORDS)
    assert cycle.sent == [WORDS.message]
    cycle.waits = True
    assert not wire.write_now(WORDS)
    assert cycle.sent == [WORDS.message]


def test_who_takes_nothing_is_cut_off_at_the_end(line):
    cycle = Cycle(line.transport)
    wire = opened(cycle)
    wire.close(b"retry: 1\n\n")
    assert cycle.sent == [{"type": "http.response.body", "body": b"retry: 1\n\n", "more_body": False}]
    assert not line.transport.aborted
    cycle.waits = True
    wire.close(b"")
    assert line.transport.aborted
