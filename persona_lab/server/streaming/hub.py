"""From the log to every open stream: each new event is read and encoded once.

A stream that has sent everything is *live*: the hub writes new frames to it
directly, without waking a task of its own. A stream that is behind reads the
shared memory of the newest frames, or the log itself, and joins the live ones in
the very step in which it found nothing more to read. So there is no gap and no
repeat at the seam, and no queue per reader that could overflow.
"""

import asyncio
import logging
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, TypeVarTuple

from persona_lab.errors import NotFound, PersonaLabError, ProjectNotFound, TokenExpired, TooBusy, TooManyStreams
from persona_lab.models import LOCAL_COMPANY, PURGED, Event, Identity, now
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming import sse
from persona_lab.server.streaming.wire import piece
from persona_lab.store import events, projects, transaction
from persona_lab.store.database import Store
from persona_lab.store.people import access

if TYPE_CHECKING:
    from persona_lab.server.streaming.stream import EventStream

log = logging.getLogger(__name__)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

# The newest frames of a project that is read: what a reader that was away for a moment catches up from.
MEMORY_FRAMES = 512
MEMORY_BYTES = 4_000_000
# The most that one read of the log gives: it ends with the event that reaches one of them.
PAGE = 256
PAGE_BYTES = 256 * 1024
TICK_SECONDS = 1.0
READERS = 2
PING_SECONDS = 30.0
# Whoever lost their rights is told at once; where that news was lost, they read on for no longer than 30 s.
RIGHTS_SECONDS = 25.0
# After these somebody may have lost them.
OF_RIGHTS = frozenset({"member:removed", "member:changed", "project:updated"})


@dataclass(frozen=True)
class Limits:
    """How many streams may be open: on this server, on one project, by one user."""

    total: int = 10_000
    project: int = 10_000
    user: int = 10_000


class Frame(NamedTuple):
    """An event as it goes over the wire, and what is counted of it."""

    seq: int
    data: bytes
    type: str
    at: datetime


class Channel:
    """One project's newest frames, and whoever reads them."""

    def __init__(self, project_id: str, frames: Sequence[Frame], newest: int, now: float) -> None:
        self.project_id = project_id
        self.newest = newest
        self.live: dict[EventStream, None] = {}
        self.behind: dict[EventStream, None] = {}
        # Who reads of the project without a stream, and is to be told when they may no more.
        self.losing: dict[asyncio.Future[PersonaLabError], Identity] = {}
        # Set when there is more than `newest`, and then replaced: take it before looking.
        self.news = asyncio.Event()
        self.waiting = 0
        self.last_sent = now
        self.rights_checked = now
        self.is_stale = False
        self.is_refreshing = False
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._remember(frames)

    @property
    def streams(self) -> list["EventStream"]:
        return [*self.live, *self.behind]

    def after(self, seq: int) -> list[Frame] | None:
        """Return the frames that follow `seq`, None when they reach further back than the memory."""
        missing = self.newest - seq
        if missing <= 0:
            return []
        if missing > len(self._frames):
            return None
        return list(islice(self._frames, len(self._frames) - missing, None))

    def publish(self, frames: Sequence[Frame], now: float) -> None:
        """Hand the next frames to every live stream; those that can't take them fall behind."""
        if any(frame.type == PURGED for frame in frames):
            # What is remembered may say what the log does no longer.
            self._frames.clear()
            self._bytes = 0
        self._remember(frames)
        self.newest = frames[-1].seq
        self._hand_out(b"".join(frame.data for frame in frames), now)
        self.news.set()
        self.news = asyncio.Event()

    def ping(self, now: float) -> None:
        self._hand_out(sse.PING, now)

    def _hand_out(self, data: bytes, now: float) -> None:
        self.last_sent = now
        written = piece(data)
        for stream in [stream for stream in self.live if not stream.step(written, self.newest)]:
            del self.live[stream]
            self.behind[stream] = None
            stream.fall_behind()

    def _remember(self, frames: Sequence[Frame]) -> None:
        self._frames.extend(frames)
        self._bytes += sum(len(frame.data) for frame in frames)
        while len(self._frames) > MEMORY_FRAMES or self._bytes > MEMORY_BYTES:
            self._bytes -= len(self._frames.popleft().data)


class Hub:
    """The channels of one server process. Used from the event loop only, but for `wake`."""

    def __init__(self, store: Store, metrics: Metrics, limits: Limits | None = None) -> None:
        self.store = store
        self.metrics = metrics
        self._limits = limits or Limits()
        self._by_user: Counter[str] = Counter()
        self._loop = asyncio.get_running_loop()
        self._channels: dict[str, Channel] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._pages: dict[tuple[str, int], asyncio.Task[list[Frame]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._threads = ThreadPoolExecutor(READERS, "hub")
        self.streams = 0
        self.closing = asyncio.Event()
        self._spawn(self._tick())
        store.listen(self.wake)

    @property
    def epoch(self) -> str:
        return self.store.epoch

    def by_project(self) -> dict[str, int]:
        """Return how many streams are open, by project."""
        return {key: len(channel.live) + len(channel.behind) for key, channel in self._channels.items()}

    def wake(self, news: str | None) -> None:
        """Say that a project may have new events, or somebody other rights; callable from any thread.

        Args:
            news: a project's id, or a user's behind `transaction.OF_SOMEBODY`; None is about everything.
        """
        if self._loop.is_closed():
            return
        if news is None:
            wake = self._wake_all
        elif news.startswith(transaction.OF_SOMEBODY):
            wake = partial(self._wake_of, news.removeprefix(transaction.OF_SOMEBODY))
        else:
            wake = partial(self._wake, news)
        self._loop.call_soon_threadsafe(wake)

    async def channel(self, project_id: str) -> Channel:
        """Return the project's channel. Be counted in it before the next await.

        Raises:
            ProjectNotFound: there is none of that id.
        """
        while (channel := self._channels.get(project_id)) is None:
            opening = self._opening.get(project_id)
            if opening is None:
                opening = self._opening[project_id] = self._spawn(self._open(project_id))
            await asyncio.shield(opening)
        return channel

    def join(self, stream: "EventStream", channel: Channel) -> None:
        """Count the stream in; it is behind until it has caught up. `leave` at the end.

        Raises:
            TooManyStreams: the server, the project or the user has as many as may be.
        """
        full = self._full(stream, channel)
        if full is not None:
            self._drop_if_idle(channel)
            self.metrics.refused()
            raise TooManyStreams(full)
        self._count(stream, 1)
        channel.behind[stream] = None

    def leave(self, stream: "EventStream", channel: Channel) -> None:
        self._count(stream, -1)
        channel.live.pop(stream, None)
        channel.behind.pop(stream, None)
        self._drop_if_idle(channel)

    @asynccontextmanager
    async def waiting(self, project_id: str) -> AsyncIterator[Channel]:
        """The project's channel for somebody who waits for its `news` without a stream."""
        channel = await self.channel(project_id)
        channel.waiting += 1
        try:
            yield channel
        finally:
            channel.waiting -= 1
            self._drop_if_idle(channel)

    async def check(self, identity: Identity, project_id: str) -> None:
        """Make sure that somebody may still read the project; be counted in its channel before.

        Whoever comes is known for some seconds, and what they lost meanwhile would be noticed late.

        Raises:
            NotAllowed: what they came in with has ended.
            Forbidden: their account was closed.
            ProjectNotFound: it is gone, or no longer theirs to read.
        """
        if identity.company_id != LOCAL_COMPANY:
            losses = await self._read(self._lost, project_id, {identity})
            if identity in losses:
                raise losses[identity]

    async def lost(self, identity: Identity, project_id: str) -> PersonaLabError:
        """Wait until somebody may not read the project any more; return why."""
        left = None if identity.expires_at is None else (identity.expires_at - now()).total_seconds()
        try:
            async with asyncio.timeout(left):
                return await self._lost_by_rights(identity, project_id)
        except TimeoutError:
            return TokenExpired()

    async def after(self, channel: Channel, seq: int) -> list[Frame]:
        """Return the next frames after `seq`, none when the reader is up to date.

        Readers that ask for the same page of the log at the same time share one read.
        """
        frames = channel.after(seq)
        if frames is not None:
            return frames
        page = channel.project_id, seq
        reading = self._pages.get(page)
        if reading is None:
            reading = self._pages[page] = self._spawn(self._read(self._page, *page))
            reading.add_done_callback(lambda _: self._pages.pop(page, None))
        return await asyncio.shield(reading)

    async def newest(self, project_id: str) -> int:
        """Return the number of the project's newest event, from the log."""
        return await self._read(self._newest, project_id)

    def close(self) -> None:
        """End every stream, telling its client when to come back: not all at the same moment."""
        self.closing.set()
        for channel in self._channels.values():
            for stream in channel.streams:
                stream.end("closing", farewell=sse.retry(random.randrange(1_000, 6_000)))  # noqa: S311 - spreads clients, hides nothing
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False)

    def _full(self, stream: "EventStream", channel: Channel) -> str | None:
        """Say what is full, and what to do; None while there is room."""
        if self._by_user[stream.user] >= self._limits.user:
            return f"You have {self._limits.user:,} event streams open, and may not have more. Close notebooks or tabs."
        if len(channel.live) + len(channel.behind) >= self._limits.project:
            return f"{self._limits.project:,} event streams are open on this project, and no more may be. Try later."
        if self.streams >= self._limits.total:
            return f"This server carries {self._limits.total:,} event streams, and no more. Try again later."
        return None

    def _count(self, stream: "EventStream", change: int) -> None:
        self.streams += change
        self._by_user[stream.user] += change
        if not self._by_user[stream.user]:
            del self._by_user[stream.user]
        self.metrics.streams.set(self.streams)

    def _drop_if_idle(self, channel: Channel) -> None:
        if not (channel.live or channel.behind or channel.waiting):
            self._channels.pop(channel.project_id, None)

    async def _lost_by_rights(self, identity: Identity, project_id: str) -> PersonaLabError:
        loss: asyncio.Future[PersonaLabError] = self._loop.create_future()
        # Whoever has the workspace's token has all there is, for ever.
        if identity.company_id == LOCAL_COMPANY:
            return await loss
        while True:
            try:
                async with self.waiting(project_id) as channel:
                    channel.losing[loss] = identity
                    try:
                        await self.check(identity, project_id)
                        return await loss
                    finally:
                        del channel.losing[loss]
            except TooBusy:
                # The database is away; it is asked again.
                await asyncio.sleep(TICK_SECONDS)
            except PersonaLabError as error:
                return error

    def _wake_all(self) -> None:
        for project_id, channel in list(self._channels.items()):
            self._wake(project_id)
            # At the next tick: somebody's rights may have changed unheard.
            channel.rights_checked = -inf

    def _wake_of(self, user_id: str) -> None:
        for channel in list(self._channels.values()):
            reading = {stream.user for stream in channel.streams} | {one.user_id for one in channel.losing.values()}
            if user_id in reading:
                self._spawn(self._check_rights(channel))

    def _wake(self, project_id: str) -> None:
        channel = self._channels.get(project_id)
        if channel is None:
            return
        # While one read is under way, the flag is enough: it looks at it again before it ends.
        channel.is_stale = True
        if not channel.is_refreshing:
            channel.is_refreshing = True
            self._spawn(self._refresh(channel))

    async def _open(self, project_id: str) -> None:
        try:
            frames, newest = await self._read(self._newest_frames, project_id)
            self._channels[project_id] = Channel(project_id, frames, newest, self._loop.time())
        finally:
            del self._opening[project_id]
        # Whatever was committed between that reading and this registering is found now.
        self._wake(project_id)

    async def _refresh(self, channel: Channel) -> None:
        try:
            while channel.is_stale:
                channel.is_stale = False
                frames = await self._read(self._page, channel.project_id, channel.newest)
                if frames:
                    channel.publish(frames, self._loop.time())
                    self.metrics.sent(channel.project_id, [(frame.type, frame.at) for frame in frames])
                    if frames[-1].type == "project:deleted":
                        self._end_all(channel)
                    elif any(frame.type in OF_RIGHTS for frame in frames):
                        self._spawn(self._check_rights(channel))
                    channel.is_stale = channel.is_stale or _is_full(frames)
        except Exception:
            # Nothing is lost, it is all in the log: the next tick looks again.
            log.exception("new events could not be read")
            channel.is_stale = True
        finally:
            channel.is_refreshing = False

    async def _tick(self) -> None:
        """Once a second: ping where it has been quiet, cut off who takes nothing, look at rights again."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._loop.time()
            for channel in list(self._channels.values()):
                if now - channel.last_sent >= PING_SECONDS:
                    channel.ping(now)
                    # A wake-up that was lost on its way is made up for here.
                    channel.is_stale = True
                if channel.is_stale:
                    self._wake(channel.project_id)
                for stream in list(channel.behind):
                    stream.cut_if_stalled(now)
                if now - channel.rights_checked >= RIGHTS_SECONDS:
                    channel.rights_checked = now
                    self._spawn(self._check_rights(channel))

    async def _check_rights(self, channel: Channel) -> None:
        streams, losing = channel.streams, dict(channel.losing)
        identities = {stream.identity for stream in streams} | set(losing.values())
        try:
            losses = await self._read(self._lost, channel.project_id, identities)
        except NotFound:
            self._end_all(channel)
            return
        except Exception:
            log.exception("rights could not be looked at")
            return
        for stream in streams:
            if stream.identity in losses:
                stream.end("rights")
        for loss, identity in losing.items():
            if identity in losses and not loss.done():
                loss.set_result(losses[identity])

    def _end_all(self, channel: Channel) -> None:
        # Whoever asks from here on is told that the project is gone.
        self._channels.pop(channel.project_id, None)
        for stream in channel.streams:
            stream.end("gone")
        for loss in channel.losing:
            if not loss.done():
                loss.set_result(ProjectNotFound())

    async def _read(self, function: Callable[[*Arguments], Result], *args: *Arguments) -> Result:
        """Read from the log, in threads that nobody else can occupy."""
        return await self._loop.run_in_executor(self._threads, function, *args)

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _newest(self, project_id: str) -> int:
        with self.store.reading() as connection:
            return events.newest(connection, project_id)

    def _newest_frames(self, project_id: str) -> tuple[list[Frame], int]:
        with self.store.reading() as connection:
            newest = projects.get(connection, project_id, epoch=self.store.epoch).seq
            page = events.after(connection, project_id, newest - MEMORY_FRAMES, MEMORY_FRAMES)
        return [self._frame(event) for event in page], newest

    def _page(self, project_id: str, seq: int) -> list[Frame]:
        frames: list[Frame] = []
        size = 0
        with self.store.reading() as connection:
            for event in events.each_after(connection, project_id, seq, PAGE):
                frames.append(self._frame(event))
                size += len(frames[-1].data)
                if size >= PAGE_BYTES:
                    break
        return frames

    def _lost(self, project_id: str, identities: set[Identity]) -> dict[Identity, PersonaLabError]:
        with self.store.reading() as connection:
            return access.lost(connection, project_id, identities)

    def _frame(self, event: Event) -> Frame:
        data = sse.frame(event.model_dump(mode="json"), event_id=f"{self.store.epoch}-{event.seq}")
        return Frame(event.seq, data, event.type, event.at)


def _is_full(page: Sequence[Frame]) -> bool:
    """Say whether a page ends where it does because it was long enough, so that more may follow."""
    return len(page) == PAGE or sum(len(frame.data) for frame in page) >= PAGE_BYTES
