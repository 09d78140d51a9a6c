"""Keeps a project's replica and its boards level with the log, on the background thread.

Boards are told first and from the events alone, at most twenty times a second.
The replica follows at its own pace, in one transaction per batch: while a cell
keeps the kernel busy that takes a while, and no board waits for it.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, TypeVarTuple

import duckdb

from persona_lab.client.follow import Connection, Locate, Place, Reset, follow
from persona_lab.errors import InterviewNotFound, PersonaLabError, ServerError, ServerUnreachable
from persona_lab.lab.following import rows
from persona_lab.lab.following.stream_log import StreamLog
from persona_lab.lab.following.watch import Watch
from persona_lab.models import PURGED, Event, Snapshot, Transcript
from persona_lab.replica import Replica, wanted

if TYPE_CHECKING:
    from persona_lab.widgets.board import Board
    from persona_lab.widgets.monitor import Monitor

log = logging.getLogger(__name__)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

NOTICES: dict[str, Literal["added", "completed", "failed"]] = {
    "interview:added": "added",
    "interview:completed": "completed",
    "interview:failed": "failed",
}
BATCH_SECONDS = 0.05
RETRY_SECONDS = 1.0
HISTORY_PAGE = 1000
TOGETHER = 8


class Listener(Protocol):
    """Something on a page that wants to know what happens, on the background thread and beside the replica.

    Attributes:
        connection: the state of the line to the server, kept current.
    """

    connection: str

    @property
    def comm(self) -> Any:
        """Its line to the page; None once it was closed."""

    def hear(self, events: Sequence[Event]) -> None:
        """Take what came, in order."""

    def reload(self, snapshot: Snapshot) -> None:
        """Begin anew from here: what happened meanwhile is not told."""


class Feed:
    """One project's stream, and what it feeds.

    Attributes:
        rows: the interviews as a board shows them, by id; of the moment.
        connection: the state of the line.
        log: what came through the line, and when.
        changed: notified when the replica has taken a batch or the line's state changed.
    """

    def __init__(self, locate: Locate, project_id: str, replica: Replica) -> None:
        self._locate = locate
        self._project_id = project_id
        self._replica = replica
        self._boards: list[Board] = []
        self._listeners: list[Listener] = []
        self._news: asyncio.Queue[Event | Connection] = asyncio.Queue()
        self._unsaved: asyncio.Queue[Event] = asyncio.Queue()
        self.rows = rows.from_replica(replica)
        self.seq = 0
        self._epoch = ""
        self._shown = 0
        self.connection = self._heard = Connection("reconnecting")
        self.changed = threading.Condition()
        self.log = StreamLog()
        self._watch = Watch(locate, project_id, self.log)
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Follow the project until it is gone, the token is refused, or this is cancelled."""
        self._running = asyncio.current_task()
        try:
            cursor = self._replica.cursor()
            place = Place(*cursor) if cursor else await self._persist(self._load)
            # A kernel that was killed may have left it undone.
            await asyncio.to_thread(self._replica.scrub)
            self._epoch = place.epoch
            self._advance(place.seq)
            self._show(place.seq)
            async with asyncio.TaskGroup() as group:
                working = [group.create_task(self._take()), group.create_task(self._save())]
                async for news in follow(self._locate, self._project_id, place):
                    self.log.saw(news)
                    if isinstance(news, Reset) or (isinstance(news, Event) and news.type == PURGED):
                        # What is shown may rest on what was purged, and so may what is on the disk.
                        await self._all_saved()
                        loaded = await self._persist(self._load)
                        place.epoch, place.seq = loaded.epoch, loaded.seq
                        self._epoch = place.epoch
                        await asyncio.to_thread(self._replica.scrub)
                        self._advance(place.seq)
                    else:
                        self._news.put_nowait(news)
                    if isinstance(news, Connection) and news.is_purged:
                        await self._empty()
                await self._all_saved()
                for task in working:
                    task.cancel()
        except PersonaLabError as error:
            self._lose("offline", error.message)
        except Exception as error:
            # A program that ends has no more work done beside it, and there is nothing to be done about that.
            if not _program_ends():
                log.exception("following a project ended")
            self._lose("offline", f"{type(error).__name__}: {error}")

    async def end(self) -> None:
        """Stop following; nothing touches the replica afterwards."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self._watch.end()

    def attach(self, board: "Board") -> None:
        """Keep the board level from now on."""
        self._boards.append(board)
        board.connection = self.connection.state
        board.bring_to(list(self.rows.values()))

    def tell(self, listener: Listener) -> None:
        """Keep the listener current from now on, until it is closed."""
        self._listeners = [one for one in self._listeners if one.comm is not None]
        self._listeners.append(listener)
        listener.connection = self.connection.state

    def watch(self, monitor: "Monitor") -> None:
        """Keep the monitor true from now on."""
        self._watch.attach(monitor)

    def is_of(self, epoch: str, seconds: float) -> bool:
        """Wait until the replica is of this log, and not of one that a backup was restored over; say whether it is."""
        with self.changed:
            return self.changed.wait_for(lambda: self._epoch == epoch, seconds)

    def level(self, seq: int, seconds: float) -> bool:
        """Wait until the replica contains event `seq`; say whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: self.seq >= seq, seconds)

    def rows_level(self, seq: int, seconds: float) -> bool:
        """Wait until the rows show event `seq`, which the replica may still lack; say whether they do."""
        with self.changed:
            return self.changed.wait_for(lambda: self._shown >= seq, seconds)

    def saved(self, seconds: float) -> bool:
        """Wait until the replica contains what the rows show; say whether it does."""
        return self.level(self._shown, seconds)

    async def _take(self) -> None:
        """Tell the boards what came, and hand it on."""
        while True:
            batch = await _next(self._news)
            for news in batch:
                if isinstance(news, Connection):
                    self._heard = news
                    self._line(news)
            events = [news for news in batch if isinstance(news, Event)]
            if events:
                self._tell(events)
                self._show(events[-1].seq)
            for event in events:
                self._unsaved.put_nowait(event)
            for _ in batch:
                self._news.task_done()
            await asyncio.sleep(BATCH_SECONDS)

    async def _save(self) -> None:
        """Bring the replica up to what the boards show."""
        while True:
            events = await _next(self._unsaved)
            said = await self._persist(self._transcripts, wanted(events))
            try:
                await asyncio.to_thread(self._replica.apply, events, said)
            except (duckdb.Error, ValueError) as error:
                # Somebody wrote to it through `project.duckdb`, perhaps. It is a copy, so it is made again.
                log.warning("the replica is built again: %s", error)
                await asyncio.to_thread(self._replica.rebuild)
                await self._persist(self._load)
            self._advance(events[-1].seq)
            for _ in events:
                self._unsaved.task_done()

    async def _all_saved(self) -> None:
        await self._news.join()
        await self._unsaved.join()

    async def _load(self) -> Place:
        """Replace the rows and the replica by the project's snapshot; the rows at once, since boards wait for them."""
        api = await self._locate()
        snapshot = await api.snapshot(self._project_id)
        before = set(self.rows)
        self.rows = await asyncio.to_thread(rows.from_snapshot, snapshot)
        for board in self._boards:
            board.update(list(self.rows.values()), [key for key in before if key not in self.rows])
        self._each_listener(lambda listener: listener.reload(snapshot))
        self._show(snapshot.seq)
        history: list[Event] = []
        while (after := history[-1].seq if history else 0) < snapshot.seq:
            history += await api.history(self._project_id, after=after, limit=HISTORY_PAGE)
        said = await api.transcripts(self._project_id)
        await asyncio.to_thread(self._replica.load, snapshot, history, said)
        return Place(snapshot.epoch, snapshot.seq)

    async def _empty(self) -> None:
        """Keep nothing of a project that was purged."""
        await self._all_saved()
        gone = list(self.rows)
        self.rows.clear()
        for board in self._boards:
            board.update([], gone)
        await asyncio.to_thread(self._replica.rebuild)
        await asyncio.to_thread(self._replica.scrub)

    async def _transcripts(self, interview_ids: set[str]) -> dict[str, Transcript]:
        api = await self._locate()
        room = asyncio.Semaphore(TOGETHER)

        async def fetch(interview_id: str) -> tuple[str, Transcript] | None:
            async with room:
                try:
                    return interview_id, await api.transcript(interview_id)
                except InterviewNotFound:
                    # Deleted since; the event that says so is on its way.
                    return None

        found = await asyncio.gather(*(fetch(key) for key in sorted(interview_ids)))
        return dict(pair for pair in found if pair is not None)

    async def _persist(self, work: Callable[[*Arguments], Awaitable[Result]], *args: *Arguments) -> Result:
        """Do the work; while the server can't be reached, try again."""
        while True:
            try:
                done = await work(*args)
            except (ServerUnreachable, ServerError) as error:
                self._lose("reconnecting", error.message)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                # The stream may have been live all the while.
                if self.connection != self._heard:
                    self.log.saw(self._heard)
                    self._line(self._heard)
                return done

    def _tell(self, events: Sequence[Event]) -> None:
        touched = dict.fromkeys(key for event in events for key in self.rows.take(event))
        changed = [self.rows[key] for key in touched if key in self.rows]
        removed = [key for key in touched if key not in self.rows]
        for board in self._boards:
            board.update(changed, removed)
            for kind, notice in NOTICES.items():
                titles = [event.data["interview"]["title"] for event in events if event.type == kind]
                if titles:
                    board.notify(notice, len(titles), titles[-1])
        self._each_listener(lambda listener: listener.hear(events))

    def _each_listener(self, tell: Callable[[Listener], None]) -> None:
        """Tell each; one that fails is told nothing any more, and the others go on."""
        for listener in list(self._listeners):
            try:
                tell(listener)
            except Exception:
                log.exception("a widget that listened failed")
                self._listeners.remove(listener)
                listener.connection = "offline"

    def _lose(self, state: Literal["reconnecting", "offline"], reason: str) -> None:
        """Say that the line is down, as found here and not by `follow`."""
        connection = Connection(state, reason)
        self.log.saw(connection)
        self._line(connection)

    def _line(self, connection: Connection) -> None:
        for board in self._boards:
            board.connection = connection.state
        for listener in self._listeners:
            listener.connection = connection.state
        with self.changed:
            self.connection = connection
            self.changed.notify_all()

    def _show(self, seq: int) -> None:
        with self.changed:
            self._shown = seq
            self.changed.notify_all()

    def _advance(self, seq: int) -> None:
        self.log.reach(seq)
        with self.changed:
            self.seq = seq
            self.changed.notify_all()


async def _next(queue: asyncio.Queue[Result]) -> list[Result]:
    """Wait for something in the queue, and return all there is."""
    batch = [await queue.get()]
    while not queue.empty():
        batch.append(queue.get_nowait())
    return batch


def _program_ends() -> bool:
    """Say whether the interpreter is on its way out: no executor takes work then, which is the only sign of it."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        try:
            executor.submit(int)
        except RuntimeError:
            return True
    return False
