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
    def __init__(self, inner: httpx2.AsyncByteStream, *, is_events: bool) -> None:
        self._inner = inner
        self._is_events = is_events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in _without_ids(self._counted()) if self._is_events else self._counted():
            yield part

    async def _counted(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise TooMuch("the answer is too large")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _without_ids(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a stream's lines without ids and waits: after one, the client takes each blank line for an event."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if kept := b"".join(line + b"\n" for line in lines if not line.startswith((b"id:", b"retry:"))):
            yield kept
    if rest:
        yield rest
