import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from persona_lab.errors import QueryError
from persona_lab.lab.following import rows
from persona_lab.models import Event, Snapshot
from persona_lab.replica import TABLES, Replica, wanted
from persona_lab.store.database import Store
from tests.support.histories import History, deeds, folded, made, tables

# Store and replicas are the same for all examples: each makes a project of its own, and loading replaces everything.
SCRATCH = Replica(Path(":memory:"))
quick = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])

BUSY = [
    *[("upload", number) for number in range(1, 4)],
    *[(deed, which) for which in range(3) for deed in ("start", "read")],
    ("complete", 0),
    ("fail", 1),
    ("complete", 2),
    ("merge", 0),
    ("rename", 0),
    ("name speaker", 0),
    ("change role", 0),
    ("complete", 0),
    ("note", 0),
    ("note", 2),
    ("reply", 0),
    ("edit note", 0),
    ("delete note", 2),
    *[("code", which) for which in (0, 0, 2, 2)],
    ("uncode", 0),
    ("delete", 2),
    ("merge", 0),
    ("retry", 1),
    ("change project", 1),
    ("restore", 2),
    ("complete", 1),
    ("merge", 0),
    ("change project", 2),
    # The kind of judgement goes by the step's number: these are a name and a pin.
    ("judge", 0),
    ("judge", 0),
    *[("talk", 0)] * 2,
    *[("say", which) for which in (0, 0, 1, 1)],
    ("rename talk", 0),
    ("delete talk", 1),
    ("say", 0),
    ("set axes", 0),
    ("add persona", 1),
    ("add persona", 0),
    ("change persona", 0),
    *[(deed, which) for which in range(3) for deed in ("propose", "decide")],
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("store") / "persona_lab.sqlite")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def copy() -> Iterator[Replica]:
    opened = Replica(Path(":memory:"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def busy(store: Store) -> History:
    """A project in which everything has happened once."""
    return made(store, BUSY)


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    opened = Replica(tmp_path / "study.duckdb")
    yield opened
    opened.close()


def begun(replica: Replica, history: History) -> Replica:
    """Load the project as it was before its first event."""
    nothing = Snapshot(
        epoch=history.snapshot.epoch, seq=0, project=history.snapshot.project, interviews=(), insights=()
    )
    replica.load(nothing, [], {})
    return replica


def feed(replica: Replica, history: History, batches: Sequence[Sequence[Event]]) -> None:
    """Apply the batches, each with the transcripts that it asks for."""
    for batch in batches:
        said = {key: history.transcripts[key] for key in wanted(batch)}
        replica.apply(batch, said)


def from_events(history: History) -> dict[str, list[str]]:
    """Return the tables that the events give when they come one after the other, never interrupted."""
    replica = begun(SCRATCH, history)
    feed(replica, history, [history.log])
    return tables(replica)


@quick
@given(deeds)
def test_a_snapshot_says_what_the_events_say(store: Store, steps: list[tuple[str, int]]) -> None:
    history = made(store, steps)
    assert history.snapshot.model_dump(mode="json") == folded(history.log)


@quick
@given(deeds)
def test_the_log_of_any_project_counts_without_gaps(store: Store, steps: list[tuple[str, int]]) -> None:
    history = made(store, steps)
    assert [event.seq for event in history.log] == list(range(1, history.snapshot.seq + 1))


@quick
@given(deeds)
def test_snapshot_and_history_give_what_all_events_give(
    store: Store, copy: Replica, steps: list[tuple[str, int]]
) -> None:
    history = made(store, steps)
    completed = {record.interview.id for record in history.snapshot.interviews if record.result}
    copy.load(history.snapshot, history.log, {key: history.transcripts[key] for key in completed})
    assert tables(copy) == from_events(history)


@quick
@given(deeds, some.data())
def test_a_snapshot_on_the_way_and_the_events_after_it_give_the_same(
    store: Store, copy: Replica, steps: list[tuple[str, int]], data: some.DataObject
) -> None:
    cut = data.draw(some.integers(0, len(steps)))
    early = made(store, steps[:cut])
    history = made(store, steps)
    # Ids and times differ between the two projects, so the early snapshot is folded from the later log.
    snapshot = Snapshot.model_validate(folded(history.log[: early.snapshot.seq]))
    completed = {record.interview.id for record in snapshot.interviews if record.result}
    said = {key: history.transcripts[key] for key in completed}
    copy.load(snapshot, history.log[: snapshot.seq], said)
    feed(copy, history, [history.log[snapshot.seq :]])
    assert tables(copy) == from_events(history)


@quick
@given(deeds, some.data())
def test_however_the_events_are_split_and_repeated_the_tables_are_the_same(
    store: Store, copy: Replica, steps: list[tuple[str, int]], data: some.DataObject
) -> None:
    history = made(store, steps)
    cuts = sorted(data.draw(some.lists(some.integers(0, len(history.log)), max_size=6)))
    batches = []
    for start, end in zip([0, *cuts], [*cuts, len(history.log)], strict=True):
        again = data.draw(some.integers(0, start))
        batches.append(history.log[again:end])
    begun(copy, history)
    feed(copy, history, batches)
    assert tables(copy) == from_events(history)


@settings(quick, max_examples=10)
@given(deeds, some.lists(some.integers(0, 30), max_size=3))
def test_a_replica_that_was_closed_goes_on_where_it_was(
    store: Store, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], cuts: list[int]
) -> None:
    history = made(store, steps)
    path = tmp_path_factory.mktemp("replica") / "study.duckdb"
    begun(Replica(path), history).close()
    for cut in [*sorted(cuts), len(history.log)]:
        replica = Replica(path)
        cursor = replica.cursor()
        assert cursor is not None
        feed(replica, history, [history.log[cursor[1] : cut]])
        replica.close()
    replica = Replica(path)
    assert tables(replica) == from_events(history)
    replica.close()


@quick
@given(deeds, some.data())
def test_rows_made_from_events_are_rows_made_from_the_replica(
    store: Store, copy: Replica, steps: list[tuple[str, int]], data: some.DataObject
) -> None:
    history = made(store, steps)
    cut = data.draw(some.integers(0, len(history.log)))
    begun(copy, history)
    feed(copy, history, [history.log[:cut]])
    current = rows.from_replica(copy)
    for event in history.log[cut:]:
        current.take(event)
    feed(copy, history, [history.log[cut:]])
    assert current == rows.from_replica(copy)
    assert current == rows.from_snapshot(history.snapshot)


def test_a_busy_project_fills_every_table(busy: History) -> None:
    """Otherwise the tests above would compare empty tables."""
    assert {table for table, found in from_events(busy).items() if not found} == set()


def test_a_batch_that_breaks_changes_nothing(replica: Replica, busy: History, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(replica, busy)
    feed(replica, busy, [busy.log[:5]])
    before = tables(replica)
    monkeypatch.setitem(TABLES, "events", {"no such column": "VARCHAR"})
    with pytest.raises(duckdb.Error):
        replica.apply(busy.log[5:], {})
    monkeypatch.undo()
    assert tables(replica) == before


def test_a_gap_is_refused(replica: Replica, busy: History) -> None:
    begun(replica, busy)
    with pytest.raises(ValueError, match="event 3 can't follow 0"):
        replica.apply(busy.log[2:], {})
    assert replica.cursor() == (busy.snapshot.epoch, 0)


def test_a_new_replica_has_no_cursor(replica: Replica) -> None:
    assert replica.cursor() is None


def test_loading_again_leaves_nothing_of_before(replica: Replica, busy: History, store: Store) -> None:
    replica.load(busy.snapshot, busy.log, busy.transcripts)
    other = made(store, [("upload", 1)])
    replica.load(other.snapshot, other.log, {})
    assert tables(replica) == from_events(other)


@pytest.mark.parametrize("ending", ["closed", "killed"])
def test_what_a_load_deleted_is_not_left_in_the_file(tmp_path: Path, busy: History, store: Store, ending: str) -> None:
    path = tmp_path / "study.duckdb"
    replica = Replica(path)
    replica.load(busy.snapshot, busy.log, busy.transcripts)
    said = [turn.text for one in busy.transcripts.values() for turn in one.turns]
    replica.connection.execute("CHECKPOINT")
    assert [words for words in said if is_in(path, words)], "nothing of it can be found in the file at all"
    other = made(store, [("upload", 1)])
    replica.load(other.snapshot, other.log, {})
    if ending == "closed":
        replica.close()
    else:
        # As a kernel ends that is killed: nothing is done after the load, and the next one opens what is there.
        replica.connection.close()
        again = Replica(path)
        again.scrub()
        again.close()
    assert [words for words in said if is_in(path, words)] == []


def is_in(path: Path, words: str) -> bool:
    files = [path, path.with_name(f"{path.name}.wal")]
    return any(words.encode() in file.read_bytes() for file in files if file.exists())


def test_a_replica_of_another_shape_is_built_again(tmp_path: Path, busy: History) -> None:
    path = tmp_path / "study.duckdb"
    replica = begun(Replica(path), busy)
    replica.connection.execute("UPDATE cursor SET shape = 0")
    replica.connection.execute("ALTER TABLE interviews DROP COLUMN title")
    replica.close()
    again = Replica(path)
    assert again.cursor() is None
    feed(begun(again, busy), busy, [busy.log])
    assert tables(again) == from_events(busy)
    again.close()


def test_insights_count_people_and_show_their_words(replica: Replica, busy: History) -> None:
    replica.load(busy.snapshot, busy.log, busy.transcripts)
    found = replica.frame("SELECT kind, support, participants, len(quotes) AS quotes FROM insights")
    assert found.to_dict("records") == [{"kind": "pain", "support": 3, "participants": 3, "quotes": 3}]


def test_what_duckdb_cant_run_is_said_with_the_tables_there_are(replica: Replica) -> None:
    with pytest.raises(QueryError, match=r"(?s)intervews.*Tables: project, interviews, analyses, .*insights\.$"):
        replica.frame("SELECT * FROM intervews")


def test_parameters_are_bound(replica: Replica) -> None:
    assert replica.frame("SELECT ? AS said", ["'; DROP TABLE turns"])["said"][0] == "'; DROP TABLE turns"


def test_a_second_process_gets_a_copy_of_its_own_and_is_told_so(tmp_path: Path, replica: Replica) -> None:
    program = "from pathlib import Path; from persona_lab.replica import Replica; import sys;" + (
        "r = Replica(Path(sys.argv[1])); r.frame('SELECT * FROM insights'); print(r.note); print(r.path.name)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(replica.path)], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert told[0].startswith("Another process uses this project's DuckDB file, so this one keeps its own copy: ")
    assert told[1] != replica.path.name
    assert replica.note == ""


def test_a_damaged_file_is_built_again_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "study.duckdb"
    path.write_bytes(b"this is no database" * 1000)
    replica = Replica(path)
    assert replica.note == f"The project's DuckDB file was damaged, so it is built again: {path}"
    assert replica.cursor() is None
    replica.close()


def test_copies_of_processes_that_have_ended_are_deleted(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    stale = tmp_path / f"study-{ended.stdout.strip()}.duckdb"
    in_use = tmp_path / f"study-{os.getpid()}.duckdb"
    other = tmp_path / "study-notes.duckdb"
    for path in (stale, in_use, other):
        path.touch()
    Replica(tmp_path / "study.duckdb").close()
    assert [path.exists() for path in (stale, in_use, other)] == [False, True, True]


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE interviews",
        "DELETE FROM cursor",
        "UPDATE interviews SET title = 'X'",
        "SELECT 1; DROP TABLE turns",
        "",
    ],
)
def test_a_query_that_would_change_the_copy_is_refused(replica: Replica, busy: History, query: str) -> None:
    replica.apply(busy.log, busy.transcripts)
    before = tables(replica)
    with pytest.raises(QueryError, match="Give one SELECT"):
        replica.frame(query)
    assert tables(replica) == before


def test_a_table_can_be_copied_out_but_nothing_in(replica: Replica, busy: History, tmp_path: Path) -> None:
    replica.apply(busy.log, busy.transcripts)
    before = tables(replica)
    replica.frame(f"COPY (SELECT * FROM project) TO '{tmp_path / 'project.csv'}'")
    replica.frame(f"COPY project FROM '{tmp_path / 'project.csv'}'")
    assert (tmp_path / "project.csv").read_text().startswith("id,name")
    assert tables(replica) == before


@pytest.mark.parametrize("harm", ["DROP TABLE turns", "DELETE FROM cursor", "ALTER TABLE quotes DROP COLUMN status"])
def test_a_copy_that_somebody_changed_by_hand_is_built_again(tmp_path: Path, busy: History, harm: str) -> None:
    replica = Replica(tmp_path / "study.duckdb")
    replica.apply(busy.log, busy.transcripts)
    replica.connection.execute("DROP VIEW insights")
    replica.connection.execute(harm)
    replica.close()
    again = Replica(tmp_path / "study.duckdb")
    assert again.cursor() is None
    again.apply(busy.log, busy.transcripts)
    assert again.rows("SELECT count(*) FROM events") == [(len(busy.log),)]
    again.close()


def test_an_insight_spreads_over_personas_and_over_the_types_of_axes(replica: Replica, busy: History) -> None:
    replica.load(busy.snapshot, busy.log, busy.transcripts)
    found = replica.rows('SELECT "by", value, support, participants FROM spread ORDER BY ALL')
    sides = {by for by, *_ in found}
    assert {"language", "interview", "persona"} <= sides
    placed = dict(replica.rows("SELECT label, count(*) FROM interviews_by_persona WHERE label IS NOT NULL GROUP BY 1"))
    assert {value: participants for by, value, _, participants in found if by == "persona"} == placed
    assert all(support <= participants for *_, support, participants in found)
