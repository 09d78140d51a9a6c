"""The project as it was: times, and the log replayed up to them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from persona_lab.errors import InterviewNotFound, InvalidRequest
from persona_lab.lab.insights.history import Moment, Past, compare, replayed, seq_at
from persona_lab.models import Event, Snapshot
from persona_lab.replica import Replica, wanted
from persona_lab.store.database import Store
from tests.support.histories import History, deeds, made, tables

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


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


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, some.data())
def test_as_of_is_a_copy_that_stopped_there(
    store: Store, copy: Replica, steps: list[tuple[str, int]], data: some.DataObject
) -> None:
    history = made(store, steps)
    completed = {record.interview.id for record in history.snapshot.interviews if record.result}
    copy.load(history.snapshot, history.log, {key: history.transcripts[key] for key in completed})
    seq = data.draw(some.integers(1, len(history.log)))
    past = replayed(copy, seq, history.transcripts)
    stopped = Replica(Path(":memory:"))
    for event in history.log[:seq]:
        stopped.apply([event], {key: history.transcripts[key] for key in wanted([event])})
    assert tables(past) == tables(stopped)
    past.close()
    stopped.close()


@pytest.fixture
def begun() -> Iterator[Replica]:
    """A log of three events: at noon of 1, 2 and 3 March 2026."""
    replica = Replica(Path(":memory:"))
    log = [
        Event(seq=n, type="project:noted", at=datetime(2026, 3, n, 12, tzinfo=UTC), data={"n": n}) for n in (1, 2, 3)
    ]
    replica.apply(log, {})
    yield replica
    replica.close()


@pytest.mark.parametrize(
    ("moment", "seq"),
    [
        (1, 1),
        (3, 3),
        (datetime(2026, 3, 2, 12, tzinfo=UTC), 2),
        (datetime(2026, 3, 2, 11, 59, 59, tzinfo=UTC), 1),
        ("2026-03-02T12:00:00Z", 2),
        ("2026-03-02 21:00+09:00", 2),
        ("2026-03-02 20:59+09:00", 1),
        ("2026-03-02", 2),
        (date(2026, 3, 2), 2),
        (date(2026, 3, 4), 3),
        (timedelta(0), 3),
        (timedelta(days=1, seconds=1), 2),
        (timedelta(days=2), 2),
    ],
)
def test_a_moment_is_the_newest_event_by_then(begun: Replica, moment: Moment, seq: int) -> None:
    assert seq_at("Study", begun, moment, now=NOW) == seq


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (0, "“Study” has the events 1 to 3; there is no event 0."),
        (4, "there is no event 4"),
        (-1, "there is no event -1"),
        (datetime(2026, 3, 1, 11, tzinfo=UTC), r"“Study” began at 2026-03-01 .*\. Give a later time\."),
        (timedelta(days=30), "“Study” began at"),
        (timedelta(days=999_999_999), "too far away"),
        (timedelta(days=-1), r"is in the future\. `project` itself is how it is now\."),
        (datetime(2026, 3, 4, 13, tzinfo=UTC), "is in the future"),
        (date(2026, 3, 9), "is in the future"),
        ("2027-01-01", "is in the future"),
        ("yesterday", r"“yesterday” is no run and no time\. Write it as project\.as_of"),
        ("2026-13-40", "“2026-13-40” is no run and no time"),
        ("", "“” is no run and no time"),
        (True, "True is no time"),
        (None, "None is no time"),
        (1.5, "1.5 is no time"),
    ],
)
def test_a_moment_that_cant_be_is_refused(begun: Replica, moment: Moment, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        seq_at("Study", begun, moment, now=NOW)


def test_before_anything_is_loaded_nothing_is_known() -> None:
    with pytest.raises(InvalidRequest, match="Nothing is known yet"):
        seq_at("Study", Replica(Path(":memory:")), 1)


STEPS = [
    *(("upload", n) for n in (1, 2)),
    ("complete", 0),
    ("merge", 0),
    ("change project", 1),
    ("complete", 1),
    ("rename", 1),
    ("merge", 0),
    ("delete", 0),
    ("merge", 0),
]


@pytest.fixture
def whole(store: Store, copy: Replica) -> History:
    history = made(store, STEPS)
    empty = Snapshot(epoch="e", seq=0, project=history.snapshot.project, interviews=(), insights=())
    copy.load(empty, [], {})
    copy.apply(history.log, history.transcripts)
    return history


def past(history: History, copy: Replica, deed: int) -> Past:
    """Return the project as it was after so many of `STEPS`."""
    seq = 1 + deed
    return Past("Study", replayed(copy, seq, history.transcripts), history.transcripts)


def test_a_past_project_can_be_read(whole: History, copy: Replica) -> None:
    one = past(whole, copy, 4)
    assert (one.seq, one.at, one.name) == (5, whole.log[4].at, "Study")
    assert list(one.interviews["status"]) == ["completed", "processing"]
    assert list(one.insights["support"]) == [1]
    assert list(one.runs["is_current"]) == [True]
    assert one.sql("SELECT count(*) AS n FROM events")["n"][0] == 5
    assert one.speakers["turns"].sum() == 2
    assert "runs" in set(one.tables["table"])
    assert one.coverage().used == 1.0
    assert repr(one).startswith("Study as of 2")
    assert repr(one).endswith("(event 5): 2 interviews, 1 insight")
    assert one._repr_html_().startswith('<p dir="auto">Study as of')


def test_the_transcript_of_what_was_there_then_can_be_read(whole: History, copy: Replica) -> None:
    """The interview has been deleted since."""
    title = past(whole, copy, 4).interviews["title"][0]
    assert past(whole, copy, 4).transcript(title) in whole.transcripts.values()
    with pytest.raises(InterviewNotFound, match="At that time no completed interview was named"):
        past(whole, copy, len(STEPS)).transcript(title)


def test_insights_of_two_times_are_compared(whole: History, copy: Replica) -> None:
    found = compare(past(whole, copy, 4), past(whole, copy, 8))
    assert found.reading == "Insights: 0 came, 0 went, 1 changed, 0 kept."
    assert list(found.table["note"]) == ["1 of 1 → 2 of 2"]
    assert found.reasons == [
        "1 interview was analysed: Title 6.",
        "The project's purpose was empty and is “Why 1?”.",
    ]
    assert compare(past(whole, copy, 8), past(whole, copy, 10)).reasons[0].startswith("1 interview was deleted: ")


def test_insights_that_were_not_there_came(whole: History, copy: Replica) -> None:
    found = compare(past(whole, copy, 1), past(whole, copy, 4))
    assert list(found.table[["change", "after"]].itertuples(index=False, name=None)) == [
        ("came", "The card form is slow.")
    ]
    assert compare(past(whole, copy, 4), past(whole, copy, 1)).table["change"][0] == "went"
