"""Answers of bounded size: an endpoint that never stops sending fills no memory."""

from collections.abc import AsyncIterator

import httpx2

# A hundred times what a model can write at once.
MOST_BYTES = 16 * 2**20


class TooMuch(httpx2.TransportError):
    """The answer is larger than any answer can be."""


async def bound(response: httpx2.Response) -> None:
    """Let an answer end in an error when it becomes too large; an event hook, called before it is read."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise TooMuch("the answer is too large")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
