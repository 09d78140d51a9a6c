"""One open event stream, and the route that opens it: `GET /api/sse/projects/{id}`."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from persona_lab import logs
from persona_lab.errors import PersonaLabError, ProjectNotFound
from persona_lab.models import Identity, now
from persona_lab.server.identity.rights import check_holds, may
from persona_lab.server.metrics import Ending, Opening
from persona_lab.server.problems import Problem, status_of
from persona_lab.server.requests import HEADER, who
from persona_lab.server.streaming import sse
from persona_lab.server.streaming.wire import Piece, Wire, body
from persona_lab.store.people.access import Level

if TYPE_CHECKING:
    from persona_lab.server.streaming.hub import Channel, Hub

log = logging.getLogger(__name__)

PATH = "/api/sse/projects/"
# The most that is handed to a connection at once; a whole backlog would be copied for each reader.
BATCH_BYTES = 64 * 1024
# A reader that takes nothing for so long, or misses so much meanwhile, is cut off. It comes back and catches up.
STALL_SECONDS = 20.0
STALL_EVENTS = 1_000

# What the OpenAPI says of this route, which the framework doesn't know.
STREAM_DOCS = {
    f"{PATH}{{project_id}}": {
        "get": {
            "summary": "Stream",
            "description": "The project's events as they happen, those after `Last-Event-ID` first. A frame without "
            "an id is a ping, or `reset`: load the snapshot.",
            "operationId": "stream_events",
            "parameters": [
                {"name": "project_id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}},
                {"name": "last_event_id", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {"description": "Open until either side ends it.", "content": {"text/event-stream": {}}},
                "401": {"description": "The token is missing, wrong, or at its end."},
                "404": {"description": "There is no such project, for whoever asks."},
                "429": {"description": "As many streams are open as may be."},
            },
        }
    }
}


class StreamRoute:
    """Answers `GET /api/sse/projects/{id}` itself and passes everything else on.

    It stands before the application: a stream lives for hours, and what a framework
    keeps for each request would be kept for each of thousands of readers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return
        hub: Hub = scope["app"].state.services.hub
        identity: Identity = scope["identity"]
        project_id = scope["path"].removeprefix(PATH)
        try:
            check_holds(identity)
            if "\0" in project_id:
                raise ProjectNotFound
            await run_in_threadpool(may, hub.store.acting_as(identity), Level.READ, project_id)
            channel = await hub.channel(project_id)
            await EventStream(hub, channel, identity, send).run(scope, receive)
        except PersonaLabError as error:
            log.info("stream refused", extra={"told": {"status": status_of(error), "code": error.code, **who(scope)}})
            await Problem(error)(scope, receive, send)


def _last_event_id(scope: Scope) -> tuple[str | None, bool]:
    """Return where the reader says it is, and whether it says so as one that returns.

    A reader that returns sends the header. The query is for the place that a
    snapshot gave, and for clients that can't set headers.
    """
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            return str(value, "latin-1"), True
    return QueryParams(scope["query_string"]).get("last_event_id"), False


class EventStream:
    """Sends a channel's events from a place in the log, for as long as the reader stays.

    Attributes:
        seq: the number of the newest event that this reader was handed.
        identity: whose it is.
    """

    __slots__ = (
        "_blocked_at",
        "_blocked_since",
        "_catching_up",
        "_channel",
        "_ending",
        "_hub",
        "_wire",
        "identity",
        "seq",
    )

    def __init__(self, hub: "Hub", channel: "Channel", identity: Identity, send: Send) -> None:
        self.seq = 0
        self.identity = identity
        self._hub = hub
        self._channel = channel
        self._wire = Wire(send)
        self._catching_up: asyncio.Task[None] | None = None
        # While a write waits for the reader: since when, and what was the newest event then.
        self._blocked_since: float | None = None
        self._blocked_at = 0
        self._ending: Ending = "left"

    @property
    def user(self) -> str:
        return self.identity.user_id

    async def run(self, scope: Scope, receive: Receive) -> None:
        """Send until the reader leaves, or what they came in with ends."""
        self._hub.join(self, self._channel)
        try:
            await self._hub.check(self.identity, self._channel.project_id)
            await self._serve(scope, receive)
        finally:
            self._hub.leave(self, self._channel)

    async def _serve(self, scope: Scope, receive: Receive) -> None:
        begun = time.monotonic()
        expiry: asyncio.TimerHandle | None = None
        try:
            opening = sse.RETRY + await self._find_place(scope)
            # The stream lives for hours, and nobody asks for its request's headers, or the token in them, again.
            scope["headers"].clear()
            head = [*sse.HEADERS, (HEADER.encode(), (logs.request_id() or "").encode())]
            await self._wire.send({"type": "http.response.start", "status": 200, "headers": head})
            await self._wire.send(body(opening))
            self._wire.open()
            self.fall_behind()
            if self.identity.expires_at is not None:
                left = (self.identity.expires_at - now()).total_seconds()
                expiry = asyncio.get_running_loop().call_later(left, self.end, "expired")
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            if expiry is not None:
                expiry.cancel()
            if self._catching_up is not None:
                self._catching_up.cancel()
            self._hub.metrics.ended(self._channel.project_id, self._ending)
            seconds = round(time.monotonic() - begun, 1)
            log.info("stream ended", extra={"told": {**self._told(scope), "why": self._ending, "seconds": seconds}})

    def step(self, piece: Piece, seq: int) -> bool:
        """Write what every live reader gets, if that needs no waiting; say whether it was written."""
        if not self._wire.write_now(piece):
            return False
        self.seq = seq
        return True

    def fall_behind(self) -> None:
        """Read what is missing, at the reader's pace, and become live again."""
        self._catching_up = asyncio.create_task(self._catch_up())

    def cut_if_stalled(self, now: float) -> bool:
        """Cut the reader off if it has taken nothing for too long, or too much has happened meanwhile."""
        since = self._blocked_since
        if since is None:
            return False
        if now - since < STALL_SECONDS and self._channel.newest - self._blocked_at < STALL_EVENTS:
            return False
        self._ending = "slow"
        self._wire.abort()
        return True

    def end(self, why: Ending, farewell: bytes = b"") -> None:
        """End the stream; a reader that takes nothing is cut off."""
        self._ending = why
        if self in self._channel.behind:
            self._wire.abort()
        else:
            self._wire.close(farewell)

    async def _find_place(self, scope: Scope) -> bytes:
        """Set `seq` to where the reader is; return the reset frame when it must load the snapshot."""
        last_event_id, is_return = _last_event_id(scope)
        newest = self._channel.newest
        seq = sse.position(last_event_id, epoch=self._hub.epoch, newest=newest)
        if seq is None or not last_event_id:
            # The channel can be a moment behind the log, and the reader may know that.
            newest = await self._hub.newest(self._channel.project_id)
            seq = sse.position(last_event_id, epoch=self._hub.epoch, newest=newest)
        self.seq = newest if seq is None else seq
        how: Opening = "reset" if seq is None else "resumed" if is_return else "new"
        self._hub.metrics.opened(self._channel.project_id, how, newest - self.seq)
        log.info("stream opened", extra={"told": {**self._told(scope), "how": how, "after": self.seq}})
        return sse.RESET if seq is None else b""

    def _told(self, scope: Scope) -> dict[str, str]:
        return {"project_id": self._channel.project_id, **who(scope)}

    async def _catch_up(self) -> None:
        while frames := await self._hub.after(self._channel, self.seq):
            size = 0
            taken: list[bytes] = []
            for frame in frames:
                if taken and size + len(frame.data) > BATCH_BYTES:
                    break
                taken.append(frame.data)
                size += len(frame.data)
            seq = frames[len(taken) - 1].seq
            # A reader that takes nothing holds what is sent to it, and not the page that was read for it.
            del frames, frame
            loop = asyncio.get_running_loop()
            self._blocked_since, self._blocked_at = loop.time(), self._channel.newest
            await self._wire.send(body(b"".join(taken)))
            self._blocked_since = None
            self.seq = seq
        # No await since `after` found nothing more: no event can come between.
        self._channel.behind.pop(self, None)
        self._channel.live[self] = None
        self._catching_up = None
