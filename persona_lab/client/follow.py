"""Following a project: its snapshot, and then each event once, in order, however often the line breaks.

The decision what to do with what arrives (`Place`) is apart from the I/O, so
that repeats, gaps and resets can be tested without a network.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse

from persona_lab.client.api import Api
from persona_lab.client.asking import raise_for_problem
from persona_lab.errors import Forbidden, NotAllowed, PersonaLabError, ProjectNotFound, ProjectPurged, ServerError
from persona_lab.models import Event

# The server pings every 30 s; two and a half of them missing means that the line is dead.
SILENCE_SECONDS = 75.0
RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 30.0

Locate = Callable[[], Awaitable[Api]]


@dataclass(frozen=True)
class Connection:
    """The state of the line. `offline` is final: `reason` says why, and `is_purged` that nothing is left to follow."""

    state: Literal["live", "reconnecting", "offline"]
    reason: str = ""
    is_purged: bool = False


@dataclass(frozen=True)
class Reset:
    """The events since the last one can't be had: load the snapshot and tell `follow` its place."""


@dataclass
class Place:
    """How far a reader has come in a log; `epoch` names the log."""

    epoch: str
    seq: int

    @property
    def last_event_id(self) -> str:
        return f"{self.epoch}-{self.seq}"

    def take(self, sent: ServerSentEvent) -> Event | Reset | None:
        """Return what a frame means for this reader; None for pings, comments and repeats.

        Raises:
            ServerError: it is no event; whoever said it is not our server.
        """
        # After the first id, httpx-sse reports each comment line as an event without data.
        if not sent.data:
            return None
        try:
            return self._take(json.loads(sent.data))
        except (ValueError, TypeError, KeyError):
            raise ServerError("The stream said something that is no event.") from None

    def _take(self, content: dict[str, Any]) -> Event | Reset | None:
        if content["type"] == "reset":
            return Reset()
        if "seq" not in content or content["seq"] <= self.seq:
            return None
        if content["seq"] != self.seq + 1:
            # A gap would mean a lost event; the snapshot is the way to be right again.
            return Reset()
        event = Event.model_validate(content)
        self.seq = event.seq
        return event


async def follow(locate: Locate, project_id: str, place: Place) -> AsyncIterator[Event | Reset | Connection]:
    """Yield the project's events after `place`, and what becomes of the line.

    After a `Reset` the caller sets `place` to that of the snapshot it loaded. The
    generator ends after an `offline`: the token was refused or the project is gone.

    Args:
        locate: returns the server; it is called again after each break, since the
            server may have moved.
    """
    failures = 0
    retry_seconds = RETRY_SECONDS
    was_live = False
    while True:
        try:
            api = await locate()
            async with aconnect_sse(
                api.http,
                "GET",
                f"/api/sse/projects/{project_id}",
                # The server counts who comes back by the header, as a browser sends it.
                params={} if was_live else {"last_event_id": place.last_event_id},
                headers={"last-event-id": place.last_event_id} if was_live else {},
                timeout=httpx.Timeout(10.0, read=SILENCE_SECONDS),
            ) as source:
                await raise_for_problem(source.response)
                was_live = True
                yield Connection("live")
                async for sent in source.aiter_sse():
                    failures = 0
                    if sent.retry is not None:
                        retry_seconds = sent.retry / 1000
                    news = place.take(sent)
                    if news is not None:
                        yield news
                    if isinstance(news, Reset):
                        was_live = False
                        break
                else:
                    yield Connection("reconnecting", "the server ended the stream")
                    await asyncio.sleep(_pause(failures := failures + 1, retry_seconds))
                continue
        except (NotAllowed, Forbidden, ProjectNotFound) as error:
            yield Connection("offline", error.message, is_purged=isinstance(error, ProjectPurged))
            return
        except (httpx.TransportError, SSEError, PersonaLabError) as error:
            yield Connection("reconnecting", str(error) or type(error).__name__)
        await asyncio.sleep(_pause(failures := failures + 1, retry_seconds))


def _pause(failures: int, retry_seconds: float) -> float:
    """Return how long to wait: quickly at first, then as the server says, then ever longer, never all at once."""
    if failures == 1:
        return random.uniform(0.1, 0.5)  # noqa: S311 - spreads clients, hides nothing
    longest = min(retry_seconds * 2 ** (failures - 2), LONGEST_RETRY_SECONDS)
    return random.uniform(longest / 2, longest)  # noqa: S311 - likewise
