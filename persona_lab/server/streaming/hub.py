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
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, TypeVarTuple

from persona_lab.errors import TooManyStreams
from persona_lab.models import PURGED, Event, Identity
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming import sse
from persona_lab.server.streaming.wire import piece
from persona_lab.store import events, projects
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
# Whoever lost their rights reads on for no longer than 30 s.
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

    def wake(self, project_id: str | None) -> None:
        """Say that a project may have new events, None that all may; callable from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all if project_id is None else partial(self._wake, project_id))

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

    def _wake_all(self) -> None:
        for project_id in list(self._channels):
            self._wake(project_id)

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
        streams = channel.streams
        try:
            staying = await self._read(self._staying, channel.project_id, {stream.identity for stream in streams})
        except Exception:
            log.exception("rights could not be looked at")
            return
        if staying is None:
            self._end_all(channel)
            return
        for stream in streams:
            if stream.identity not in staying:
                stream.end("rights")

    def _end_all(self, channel: Channel) -> None:
        # Whoever asks from here on is told that the project is gone.
        self._channels.pop(channel.project_id, None)
        for stream in channel.streams:
            stream.end("gone")

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

    def _staying(self, project_id: str, identities: set[Identity]) -> set[Identity] | None:
        with self.store.reading() as connection:
            return access.still(connection, project_id, identities)

    def _frame(self, event: Event) -> Frame:
        data = sse.frame(event.model_dump(mode="json"), event_id=f"{self.store.epoch}-{event.seq}")
        return Frame(event.seq, data, event.type, event.at)


def _is_full(page: Sequence[Frame]) -> bool:
    """Say whether a page ends where it does because it was long enough, so that more may follow."""
    return len(page) == PAGE or sum(len(frame.data) for frame in page) >= PAGE_BYTES
