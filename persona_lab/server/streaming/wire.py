"""Writing to one connection: at the reader's pace, or at once if that needs no waiting.

Written at once means straight to the socket, past uvicorn, whenever nothing
waits in uvicorn's buffer: the same bytes reach thousands of readers, and what
uvicorn does for each of them costs more than the kernel does. Where that is not
possible (no httptools, no socket) uvicorn's own `send` is stepped once: it waits,
when it must, before it has written anything, and is taken back then. Tests pin
what is relied upon of uvicorn.
"""

import os
from asyncio import WriteTransport
from typing import NamedTuple

from starlette.types import Message, Send


class Piece(NamedTuple):
    """Bytes of a response, as the server's `send` takes them and as they go over the wire."""

    message: Message
    chunk: bytes


def piece(data: bytes) -> Piece:
    """Return the bytes in both forms; the chunk is RFC 9112's, section 7.1."""
    return Piece(body(data), b"%x\r\n%b\r\n" % (len(data), data))


def body(data: bytes, *, more: bool = True) -> Message:
    """Return the ASGI message that writes these bytes."""
    return {"type": "http.response.body", "body": data, "more_body": more}


class Wire:
    """One response's connection. `open` it once its head is sent; until then nothing is written at once."""

    __slots__ = ("_fd", "_transport", "send")

    def __init__(self, send: Send) -> None:
        self.send = send
        self._transport: WriteTransport | None = None
        self._fd = -1

    def open(self) -> None:
        """Find the socket, if this is a server and a response that let us write to it."""
        cycle = getattr(self.send, "__self__", None)
        self._transport = getattr(cycle, "transport", None)
        if self._transport is None or not getattr(cycle, "chunked_encoding", False) or os.name == "nt":
            return
        socket = self._transport.get_extra_info("socket")
        is_plain = self._transport.get_extra_info("sslcontext") is None
        if socket is not None and is_plain:
            self._fd = socket.fileno()

    def write_now(self, piece: Piece) -> bool:
        """Write if that needs no waiting; say whether it was written, or will be, without more ado."""
        transport = self._transport
        if self._fd < 0 or transport is None:
            return self._step(piece.message)
        # A closing connection frees its descriptor at any time, and somebody else may get it.
        if transport.is_closing() or transport.get_write_buffer_size():
            return False
        try:
            written = os.write(self._fd, piece.chunk)
        except OSError:
            # Full, or gone: uvicorn finds out which, and waits.
            return False
        if written < len(piece.chunk):
            transport.write(piece.chunk[written:])
        return True

    def close(self, farewell: bytes) -> None:
        """End the response; a reader that takes nothing is cut off."""
        if not self._step(body(farewell, more=False)):
            self.abort()

    def abort(self) -> None:
        """Close the connection without waiting for the reader to take what is buffered for it."""
        if self._transport is not None:
            self._transport.abort()

    def _step(self, message: Message) -> bool:
        sending = self.send(message).__await__()
        try:
            sending.send(None)
        except StopIteration:
            return True
        # It waits for the reader, so nothing of this message is written yet: it is taken back, and read again later.
        sending.close()
        return False
