"""Server-Sent Events: framing, and the response that streams a project's log.

The wire format is the WHATWG standard's: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from persona_lab.server.hub import Hub

RETRY_MILLISECONDS = 5000
PING_SECONDS = 30.0
# Further behind than this, a snapshot is cheaper for everybody than a replay.
REPLAY_LIMIT = 10_000

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


def frame(data: dict[str, Any], *, event_id: str | None = None) -> bytes:
    """Return one event as bytes. JSON escapes line ends, so the data is always one line."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


RETRY = f"retry: {RETRY_MILLISECONDS}\n\n".encode()
PING = frame({"type": "ping"})
RESET = frame({"type": "reset"})


def position(last_event_id: str | None, *, epoch: str, newest: int) -> int | None:
    """Return the number a returning reader is at; None when it must load the snapshot.

    A reader that says nothing starts from now.
    """
    if not last_event_id:
        return newest
    log, _, number = last_event_id.rpartition("-")
    if log != epoch or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    seq = int(number)
    return seq if newest - REPLAY_LIMIT <= seq <= newest else None


class EventStream(Response):
    """The ASGI response of `GET /api/sse/projects/{id}`."""

    def __init__(self, hub: "Hub", project_id: str, *, epoch: str, last_event_id: str | None) -> None:
        super().__init__()
        self._hub = hub
        self._project_id = project_id
        self._epoch = epoch
        self._last_event_id = last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # "From now on" begins before the reader hears that the stream is open: it may load the snapshot then.
        newest = await self._hub.newest(self._project_id)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _stream(self._frames(newest), receive, send, closing=self._hub.closing)

    async def _frames(self, newest: int) -> AsyncGenerator[bytes]:
        channel = await self._hub.join(self._project_id)
        try:
            yield RETRY
            seq = position(self._last_event_id, epoch=self._epoch, newest=newest)
            if seq is None:
                yield RESET
                seq = newest
            while True:
                news = channel.news
                frames = await self._hub.after(self._project_id, channel, seq)
                if frames:
                    yield b"".join(entry.data for entry in frames)
                    seq = frames[-1].seq
                    continue
                try:
                    await asyncio.wait_for(news.wait(), PING_SECONDS)
                except TimeoutError:
                    yield PING
        finally:
            self._hub.leave(self._project_id)


class PartStream(Response):
    """A response that sends each part of an answer as one frame, until the parts end."""

    def __init__(self, parts: AsyncGenerator[dict[str, Any]], *, closing: asyncio.Event) -> None:
        super().__init__()
        self._parts = parts
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _stream((frame(part) async for part in self._parts), receive, send, closing=self._closing)


async def _stream(frames: AsyncGenerator[bytes], receive: Receive, send: Send, *, closing: asyncio.Event) -> None:
    """Send frames until they end, the reader leaves, or the server closes."""

    async def write() -> None:
        async with aclosing(frames):
            async for data in frames:
                await send({"type": "http.response.body", "body": data, "more_body": True})

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    writing = asyncio.create_task(write())
    others = [asyncio.create_task(gone()), asyncio.create_task(closing.wait())]
    await asyncio.wait([writing, *others], return_when=asyncio.FIRST_COMPLETED)
    for task in (writing, *others):
        task.cancel()
    outcome, *_ = await asyncio.gather(writing, *others, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome
    await send({"type": "http.response.body", "body": b"", "more_body": False})
