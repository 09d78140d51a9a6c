"""A reader that had read the words before they were purged comes to the same tables as one that never saw them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection

from persona_lab.models import PURGED, Snapshot, Transcript, TrashKind
from persona_lab.replica import Replica, wanted
from persona_lab.store import conversations, events, interviews, notes, personas, projects, snapshots, transcripts
from persona_lab.store.database import Store
from persona_lab.store.removing import forgetting, trash
from tests.support.histories import deeds, do, tables

quick = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
STORY = [
    *[("upload", number) for number in range(1, 4)],
    *[(deed, which) for which in range(3) for deed in ("start", "read", "complete")],
    ("merge", 1),
    *[("note", which) for which in (0, 1)],
    ("reply", 0),
    ("note insight", 0),
    *[("code", which) for which in (0, 1, 2)],
    ("judge", 0),
    ("judge", 1),
    *[("talk", 0)] * 2,
    *[("say", which) for which in (0, 0, 1, 1, 0)],
    ("set axes", 0),
    *[("add persona", 1)] * 2,
    ("change persona", 0),
    *[(deed, which) for which in range(3) for deed in ("propose", "decide")],
]


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    opened = Replica(tmp_path_factory.mktemp("following") / "study.duckdb")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def fresh() -> Iterator[Replica]:
    opened = Replica(Path(":memory:"))
    yield opened
    opened.close()


class Reader:
    """A replica that reads what there is of a project's log whenever it is told to."""

    def __init__(self, store: Store, project_id: str, replica: Replica) -> None:
        self._store, self._project_id, self.replica = store, project_id, replica
        with store.reading() as connection:
            project = projects.get(connection, project_id, epoch=store.epoch)
        replica.load(Snapshot(epoch=store.epoch, seq=0, project=project, interviews=(), insights=()), [], {})

    def read(self) -> None:
        _, seq = self.replica.cursor() or ("", 0)
        with self._store.reading() as connection:
            news = events.after(connection, self._project_id, seq, 10_000)
            ids = {key for key in wanted(news) if transcripts.is_read(connection, key)}
            said = {key: transcripts.get(connection, key) for key in ids}
        self.replica.apply(news, said)


def begun(store: Store) -> str:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name="Study").id


def agree(store: Store, project_id: str, reader: Reader, fresh: Replica) -> None:
    reader.read()
    again = Reader(store, project_id, fresh)
    again.read()
    told = tables(reader.replica)
    assert told == tables(fresh)
    with store.reading() as connection:
        snapshot = snapshots.take(connection, project_id, epoch=store.epoch)
        log = events.after(connection, project_id, 0, 10_000)
        there = {record.interview.id for record in snapshot.interviews if record.result}
        said = {key: transcripts.get(connection, key) for key in there}
    fresh.load(snapshot, log, said)
    assert told == tables(fresh)


DELETE: dict[TrashKind, Callable[[Connection, str], None]] = {
    "interview": interviews.delete,
    "persona": personas.delete,
    "conversation": conversations.delete,
    "note": notes.delete,
}


def delete_first(store: Store, project_id: str, kind: TrashKind) -> str:
    """Put the first thing of that kind into the trash, and return its id."""
    with store.writing() as connection:
        snapshot = snapshots.take(connection, project_id, epoch=store.epoch)
        first = {
            "interview": [record.interview.id for record in snapshot.interviews],
            "persona": [persona.id for persona in snapshot.personas],
            "conversation": [talk.id for talk in snapshot.conversations],
            "note": [note.id for note in snapshot.notes],
        }[kind][0]
        DELETE[kind](connection, first)
    return first


@pytest.mark.parametrize("kind", DELETE)
def test_a_purge_reaches_a_reader_that_had_read_everything(
    store: Store, following: Replica, fresh: Replica, kind: TrashKind
) -> None:
    project_id = begun(store)
    reader = Reader(store, project_id, following)
    for number, step in enumerate(STORY):
        do(store, project_id, step, number, {})
    reader.read()
    one = delete_first(store, project_id, kind)
    reader.read()
    with store.writing() as connection:
        assert forgetting.forget(connection, kind, one) > 0
    agree(store, project_id, reader, fresh)
    with store.reading() as connection:
        assert trash.of_project(connection, project_id) == []
        log = events.after(connection, project_id, 0, 10_000)
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert log[-1].type == PURGED


def test_whoever_was_erased_is_gone_from_a_reader_that_had_read_everything(
    store: Store, following: Replica, fresh: Replica
) -> None:
    project_id = begun(store)
    reader = Reader(store, project_id, following)
    said: dict[str, Transcript] = {}
    for number, step in enumerate([*STORY, ("name speaker", 0), ("change role", 0), ("complete", 0), ("merge", 1)]):
        do(store, project_id, step, number, said)
    reader.read()
    first = "SELECT t.text FROM turns t JOIN interviews i ON i.id = t.interview_id WHERE i.number = 1 AND t.index = 1"
    ((answer,),) = reader.replica.rows(first)
    do(store, project_id, ("erase", 0), 80, said)
    agree(store, project_id, reader, fresh)
    assert reader.replica.rows("SELECT status, stage FROM interviews ORDER BY number")[0] == ("processing", "queued")
    for number, step in enumerate([("start", 0), ("read", 0), ("complete", 0), ("merge", 0), ("erase", 1)], start=81):
        do(store, project_id, step, number, said)
    reader.read()
    for number, step in enumerate([("delete", 1), ("purge", 0), ("complete", 0)], start=90):
        do(store, project_id, step, number, said)
    agree(store, project_id, reader, fresh)
    turns = reader.replica.rows("SELECT text, speaker, role FROM turns ORDER BY interview_id, index")
    assert answer not in {text for text, *_ in turns}
    assert ("Participant withdrawn", "other") in {(speaker, role) for _, speaker, role in turns}


def test_purges_one_after_the_other_reach_a_reader_that_missed_some(
    store: Store, following: Replica, fresh: Replica
) -> None:
    project_id = begun(store)
    reader = Reader(store, project_id, following)
    for number, step in enumerate(STORY):
        do(store, project_id, step, number, {})
    reader.read()
    for kind in ("note", "interview", "persona", "interview", "conversation"):
        one = delete_first(store, project_id, kind)
        with store.writing() as connection:
            forgetting.forget(connection, kind, one)
    agree(store, project_id, reader, fresh)


@quick
@given(deeds, deeds)
def test_whatever_is_purged_readers_agree_wherever_they_had_come_to(
    store: Store, following: Replica, fresh: Replica, before: list[tuple[str, int]], after: list[tuple[str, int]]
) -> None:
    project_id = begun(store)
    reader = Reader(store, project_id, following)
    said: dict[str, Transcript] = {}
    for number, step in enumerate([*STORY[:14], *before]):
        do(store, project_id, step, number, said)
    reader.read()
    for number, step in enumerate([*after, ("delete", 0), ("purge", 0), ("purge", 1)], start=50):
        do(store, project_id, step, number, said)
    agree(store, project_id, reader, fresh)
