"""Answers as the client can take them: of bounded size, and streams without what its reader trips over."""

from collections.abc import AsyncIterator

import httpx2

# A hundred times what a model can write at once.
MOST_BYTES = 16 * 2**20


class TooMuch(httpx2.TransportError):
    """The answer is larger than any answer can be."""


async def bound(response: httpx2.Response) -> None:
    """Let an answer end in an error when it becomes too large; an event hook, called before it is read."""
    stream = response.stream
    if isinstance(stream, httpx2.AsyncByteStream):
        is_events = response.headers.get("content-type", "").startswith("text/event-stream")
        response.stream = _Bounded(stream, is_events=is_events)


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of an answer; of a stream of events, without ids and waits.

    After one of these the client takes each blank line for an event of its own.
    """

    def __init__(self, inner: httpx2.AsyncByteStream, *, is_events: bool) -> None:
        self._inner = inner
        self._is_events = is_events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        rest = b""
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise TooMuch("the answer is too large")
            if not self._is_events:
                yield part
                continue
            *lines, rest = (rest + part).split(b"\n")
            yield b"".join(line + b"\n" for line in lines if not line.startswith((b"id:", b"retry:")))
        yield rest

    async def aclose(self) -> None:
        await self._inner.aclose()
