"""From the log to every open stream: each new event is read and encoded once.

A stream asks for the frames after the last one it sent. While it keeps up, they
come from a short memory that all streams share; when it is further behind, from
the log itself. So replay and live are one path, and there is no queue per reader
that could overflow.
"""

import asyncio
from collections import deque
from itertools import islice
from typing import NamedTuple

from persona_lab.models import Event
from persona_lab.server import sse
from persona_lab.store import events
from persona_lab.store.database import Store

# Frames kept for streams that keep up, and the most that one read of the log gives.
MEMORY = 256
PAGE = 256


class Frame(NamedTuple):
    """An event as it goes over the wire."""

    seq: int
    data: bytes


class Channel:
    """The newest frames of one project, and whoever waits for the next."""

    def __init__(self, seq: int) -> None:
        self.newest = seq
        # Set when there is more than `newest`, and then replaced: take it before asking for frames.
        self.news = asyncio.Event()
        self.readers = 0
        self.is_stale = False
        self.is_refreshing = False
        self._frames: deque[Frame] = deque(maxlen=MEMORY)

    def add(self, frames: list[Frame]) -> None:
        self._frames.extend(frames)
        self.newest = frames[-1].seq
        self.news.set()
        self.news = asyncio.Event()

    def after(self, seq: int) -> list[Frame] | None:
        """Return the frames that follow `seq`, None when they reach further back than the memory."""
        if seq >= self.newest:
            return []
        first = self.newest - len(self._frames) + 1
        if seq + 1 < first:
            return None
        return list(islice(self._frames, seq + 1 - first, None))


class Hub:
    """The channels of one server process. Used from the event loop only, but for `wake`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._channels: dict[str, Channel] = {}
        self._loop = asyncio.get_running_loop()
        self._reading: set[asyncio.Task[None]] = set()
        self.closing = asyncio.Event()
        self.streams = 0
        store.listen(self.wake)

    def wake(self, project_id: str) -> None:
        """Say that a project may have new events; callable from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, project_id)

    async def join(self, project_id: str) -> Channel:
        """Return the project's channel, counting one more reader; `leave` it at the end."""
        channel = self._channels.get(project_id)
        if channel is None:
            newest = await self.newest(project_id)
            channel = self._channels.setdefault(project_id, Channel(newest))
        channel.readers += 1
        self.streams += 1
        # Whatever was committed between reading `newest` and registering is found now.
        self._wake(project_id)
        return channel

    def leave(self, project_id: str) -> None:
        channel = self._channels[project_id]
        channel.readers -= 1
        self.streams -= 1
        if not channel.readers:
            del self._channels[project_id]

    async def after(self, project_id: str, channel: Channel, seq: int) -> list[Frame]:
        """Return the next frames after `seq`, at most a page, none when the reader is up to date."""
        frames = channel.after(seq)
        if frames is None:
            frames = await asyncio.to_thread(self._page, project_id, seq)
        return frames[:PAGE]

    def close(self) -> None:
        """Tell every stream to end; its client will come back."""
        self.closing.set()

    def _wake(self, project_id: str) -> None:
        channel = self._channels.get(project_id)
        if channel is None:
            return
        # While one read is under way, the flag is enough: it looks at it again before it ends.
        channel.is_stale = True
        if channel.is_refreshing:
            return
        channel.is_refreshing = True
        task = self._loop.create_task(self._refresh(project_id, channel))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _refresh(self, project_id: str, channel: Channel) -> None:
        try:
            while channel.is_stale:
                channel.is_stale = False
                frames = await asyncio.to_thread(self._page, project_id, channel.newest)
                if frames:
                    channel.add(frames)
                    channel.is_stale = True
        finally:
            channel.is_refreshing = False

    async def newest(self, project_id: str) -> int:
        """Return the number of the project's newest event, from the log."""
        return await asyncio.to_thread(self._newest, project_id)

    def _newest(self, project_id: str) -> int:
        with self._store.reading() as connection:
            return events.newest(connection, project_id)

    def _page(self, project_id: str, seq: int) -> list[Frame]:
        with self._store.reading() as connection:
            page = events.after(connection, project_id, seq, PAGE)
        return [Frame(event.seq, encode(self._store.epoch, event)) for event in page]


def encode(epoch: str, event: Event) -> bytes:
    """Return the event's frame; its id is opaque to clients."""
    return sse.frame(event.model_dump(mode="json"), event_id=f"{epoch}-{event.seq}")
