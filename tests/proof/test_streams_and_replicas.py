"""Readers who are cut off, closed and reset while the server comes and goes: all of them end level.

The writer, the readers and the server are moved by hypothesis, and everything
between them is real: the store, the hub, uvicorn, sockets and DuckDB files.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from persona_lab.errors import InterviewNotFound
from persona_lab.models import Event, Snapshot, Transcript
from persona_lab.replica import Replica, wanted
from persona_lab.server.streaming import hub, sse
from persona_lab.server.streaming import stream as stream_module
from persona_lab.store import events, interviews, projects, snapshots, transcripts
from persona_lab.store.database import Store
from tests.support import streams
from tests.support.histories import DEEDS, do, tables
from tests.support.streaming import Streaming, streaming
from tests.support.streams import Stream, follow

READERS = 3
whose = some.integers(0, READERS - 1)
steps = some.lists(some.tuples(some.sampled_from(DEEDS), some.integers(0, 3)), min_size=1, max_size=12)


def said(store: Store, interview_ids: set[str]) -> dict[str, Transcript]:
    """Return the transcripts that the server would give: none of what has been deleted."""
    found = {}
    with store.reading() as connection:
        for interview_id in interview_ids:
            try:
                interviews.get(connection, interview_id)
                found[interview_id] = transcripts.get(connection, interview_id)
            except InterviewNotFound:
                continue
    return found


def whole_log(store: Store, project_id: str) -> list[Event]:
    with store.reading() as connection:
        return events.after(connection, project_id, 0, 100_000)


class Reader:
    """One analyst: a DuckDB file, and a line to the server when it is not cut.

    Attributes:
        resets: how often it was told to load the snapshot.
    """

    def __init__(self, server: Streaming, http: httpx.Client, project_id: str, path: Path) -> None:
        self._server = server
        self._http = http
        self._project_id = project_id
        self._path = path
        self._line = ExitStack()
        self._stream: Stream | None = None
        self.resets = 0
        self.replica = Replica(path)

    @property
    def seq(self) -> int:
        cursor = self.replica.cursor()
        return 0 if cursor is None else cursor[1]

    def connect(self) -> None:
        """Go on after the cursor; a new replica begins with the snapshot."""
        if self._stream is None:
            if self.replica.cursor() is None:
                self._load()
            place = "{}-{}".format(*self.replica.cursor() or ())
            self._stream = self._line.enter_context(follow(self._http, self._project_id, after=place))

    def cut(self) -> None:
        self._stream = None
        self._line.close()

    def read(self, newest: int) -> None:
        """Read up to event `newest`, as a batch for each stretch without a break."""
        while self.seq < newest:
            self.connect()
            batch = self._batch(newest)
            self.replica.apply(batch, said(self._server.store, wanted(batch)))

    def close(self) -> None:
        """End the process of this reader, whatever was on its way."""
        self.cut()
        self.replica.close()

    def reopen(self, *, is_lost: bool) -> None:
        """Begin again with the same file, or with none."""
        self.close()
        if is_lost:
            self._path.unlink()
        self.replica = Replica(self._path)

    def _batch(self, newest: int) -> list[Event]:
        """Return what comes up to `newest` or up to a break; each event must be the very next one."""
        assert self._stream is not None
        batch: list[Event] = []
        seq = self.seq
        while seq < newest:
            content = self._next()
            if content is None:
                self.cut()
                break
            if content["type"] == "reset":
                assert not batch, "a reset comes first or not at all"
                self.resets += 1
                self.cut()
                self._load()
                break
            assert content["seq"] == seq + 1, f"{content['seq']} came after {seq}"
            batch.append(Event.model_validate(content))
            seq += 1
        return batch

    def _next(self) -> dict[str, object] | None:
        """Return what the next frame says, None when the line has ended."""
        assert self._stream is not None
        try:
            while frame := self._stream.frame():
                if "data" in frame and frame["data"] != '{"type":"ping"}':
                    content: dict[str, object] = json.loads(frame["data"])
                    return content
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # A server that ends cuts off whoever is behind.
            return None
        return None

    def _load(self) -> None:
        store = self._server.store
        with store.reading() as connection:
            snapshot = snapshots.take(connection, self._project_id, epoch=store.epoch)
            history = events.after(connection, self._project_id, 0, 100_000)
        completed = {record.interview.id for record in snapshot.interviews if record.result}
        self.replica.load(snapshot, history, said(store, completed))


class Study(RuleBasedStateMachine):
    """A project with a writer and some readers."""

    def __init__(self, server: Streaming, http: httpx.Client, whole: Replica, folder: Path) -> None:
        super().__init__()
        self.server = server
        self.whole = whole
        self.project_id = server.project()
        self.done = 0
        self.said: dict[str, Transcript] = {}
        self.readers = [
            Reader(server, http, self.project_id, folder / f"{self.project_id}-of-{number}.duckdb")
            for number in range(READERS)
        ]

    @property
    def newest(self) -> int:
        with self.server.store.reading() as connection:
            return events.newest(connection, self.project_id)

    @rule(steps=steps)
    def something_happens(self, steps: list[tuple[str, int]]) -> None:
        """Change the project; what its state doesn't allow is refused."""
        for step in steps:
            do(self.server.store, self.project_id, step, self.done, self.said)
            self.done += 1

    @rule(who=whose)
    def a_reader_connects(self, who: int) -> None:
        self.readers[who].connect()

    @rule(who=whose, share=some.floats(0, 1))
    def a_reader_reads_some_of_what_is_there(self, who: int, share: float) -> None:
        reader = self.readers[who]
        reader.read(reader.seq + round(share * (self.newest - reader.seq)))

    @rule(who=whose)
    def a_reader_is_cut_off(self, who: int) -> None:
        self.readers[who].cut()

    @rule(who=whose, steps=steps)
    def a_reader_misses_something(self, who: int, steps: list[tuple[str, int]]) -> None:
        self.readers[who].cut()
        self.something_happens(steps)
        self.readers[who].read(self.newest)

    @rule(who=whose, is_lost=some.sampled_from([False, False, False, True]))
    def a_replica_is_closed_and_opened_again(self, who: int, is_lost: bool) -> None:
        self.readers[who].reopen(is_lost=is_lost)

    @precondition(lambda self: any(reader._stream for reader in self.readers))
    @rule()
    def the_server_is_restarted(self) -> None:
        self.server.restart()

    @rule()
    def all_are_level(self) -> None:
        log = whole_log(self.server.store, self.project_id)
        expected = self.from_the_whole_log(log)
        for reader in self.readers:
            reader.connect()
            reader.read(len(log))
            assert tables(reader.replica) == expected

    def from_the_whole_log(self, log: list[Event]) -> dict[str, list[str]]:
        """Return the tables that the events alone give."""
        store = self.server.store
        assert [event.seq for event in log] == list(range(1, len(log) + 1))
        with store.reading() as connection:
            project = projects.get(connection, self.project_id, epoch=store.epoch)
        self.whole.load(Snapshot(epoch=store.epoch, seq=0, project=project, interviews=(), insights=()), [], {})
        self.whole.apply(log, said(store, wanted(log)))
        return tables(self.whole)

    def teardown(self) -> None:
        try:
            self.all_are_level()
        finally:
            for reader in self.readers:
                reader.close()


@pytest.fixture(scope="module")
def narrow() -> Iterator[None]:
    """Limits so low that each short history crosses them all: of memory, page, batch and replay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "MEMORY_FRAMES", 4)
        patch.setattr(hub, "PAGE", 3)
        patch.setattr(stream_module, "BATCH_BYTES", 2_000)
        patch.setattr(sse, "REPLAY_LIMIT", 12)
        # A stream that says nothing is waited for once more when hypothesis repeats what failed.
        patch.setattr(streams, "PATIENCE_SECONDS", 10.0)
        yield


@pytest.fixture(scope="module")
def server(narrow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streaming]:
    with streaming(tmp_path_factory.mktemp("proof")) as running:
        yield running


def test_every_reader_ends_level_whatever_happened_between(server: Streaming, tmp_path: Path) -> None:
    whole = Replica(Path(":memory:"))
    with server.client() as http:

        class Here(Study):
            def __init__(self) -> None:
                super().__init__(server, http, whole, tmp_path)

        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                deadline=None,
                # To shrink a failure takes minutes with a real server, and its steps can be read as they are.
                phases=[Phase.explicit, Phase.reuse, Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
    whole.close()
