"""Server-Sent Events: framing, places in a log, and the response that streams an answer.

The wire format is the WHATWG standard's: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from persona_lab.server.streaming.wire import body

RETRY_MILLISECONDS = 5000
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


def retry(milliseconds: int) -> bytes:
    """Return the field that tells a client how long to wait before it comes back."""
    return f"retry: {milliseconds}\n\n".encode()


RETRY = retry(RETRY_MILLISECONDS)
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
                await send(body(data))

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
    await send(body(b"", more=False))
