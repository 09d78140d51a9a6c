"""What the store keeps of how results were made."""

import pytest
from sqlalchemy import select

from persona_lab.models import Analysis, Merge, Provenance
from persona_lab.store import events, insights, interviews, projects, speakers, transcripts
from persona_lab.store.database import Store
from persona_lab.store.schema.tables import analyses
from tests.support import making


@pytest.fixture
def project_id(store: Store) -> str:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name="Study", purpose="Why?").id


@pytest.fixture
def interview_id(store: Store, project_id: str) -> str:
    """An interview that was read and analysed once."""
    with store.writing() as connection:
        interview, _ = interviews.add(connection, project_id, making.upload(), allow_duplicate=False)
        transcripts.save(connection, interview.id, making.transcript(), [[], []])
        interviews.complete(connection, interview.id, making.analysis("first"), interviews.Began(making.NOON, 2))
    return interview.id


def again(store: Store, interview_id: str, run_id: str) -> None:
    """Analyse it again."""
    with store.writing() as connection:
        interviews.restart(connection, interviews.get(connection, interview_id))
        interviews.complete(connection, interview_id, making.analysis(run_id))


def test_every_run_is_kept_and_the_newest_counts(store: Store, project_id: str, interview_id: str) -> None:
    again(store, interview_id, "second")
    with store.reading() as connection:
        assert set(connection.scalars(select(analyses.c.run_id))) == {"first", "second"}
        made_by = interviews.provenances(connection, project_id)
    assert {key: one.run_id for key, one in made_by.items()} == {interview_id: "second"}
    assert made_by[interview_id] == making.analysis("second").provenance


def test_a_result_of_before_more_was_kept_is_read(store: Store, project_id: str, interview_id: str) -> None:
    old = making.analysis("first").model_dump(mode="json")
    for field in ("context_hash", "redaction", "speakers"):
        del old["provenance"][field]
    with store.writing() as connection:
        connection.execute(analyses.update().values(result=old))
        found = interviews.provenances(connection, project_id)[interview_id]
        assert interviews.result(connection, interview_id) == Analysis.model_validate(old)
    assert found == Provenance(
        engine="local", model="test", prompt_hash="p", transcript_sha256="0" * 64, run_id="first"
    )


def test_the_log_says_when_a_run_began_and_what_was_true_then(store: Store, project_id: str, interview_id: str) -> None:
    with store.reading() as connection:
        told = events.after(connection, project_id, 0, 100)[-1]
    assert told.data["run"] == {"began_at": "2026-03-02T12:00:00+00:00", "began_seq": 2}


def test_insights_know_the_runs_that_they_were_merged_from(store: Store, project_id: str, interview_id: str) -> None:
    merge = Merge(model="m", rules_hash="r", runs={interview_id: "first", "without findings": "other"})
    with store.writing() as connection:
        assert insights.newest_merge(connection, project_id) is None
        insights.save(connection, project_id, [making.insight(interview_id)], merge)
    with store.reading() as connection:
        assert insights.newest_merge(connection, project_id) == merge
        (found,) = insights.supported(connection, project_id)
    assert found.merge == Merge(model="m", rules_hash="r", runs={interview_id: "first"})


def test_the_same_from_other_runs_is_announced(store: Store, project_id: str, interview_id: str) -> None:
    for run_id in ("first", "first", "second"):
        merge = Merge(model="m", rules_hash="r", runs={interview_id: run_id})
        with store.writing() as connection:
            insights.save(connection, project_id, [making.insight(interview_id)], merge)
    with store.reading() as connection:
        log = events.after(connection, project_id, 0, 100)
    told = [event.data["merge"]["runs"][interview_id] for event in log if event.type == insights.ANNOUNCEMENT]
    assert told == ["first", "second"]


def test_a_run_that_was_replaced_backs_no_insight_until_the_next_merge(
    store: Store, project_id: str, interview_id: str
) -> None:
    """The first finding of the new run may be about something else."""
    merge = Merge(model="m", rules_hash="r", runs={interview_id: "first"})
    with store.writing() as connection:
        insights.save(connection, project_id, [making.insight(interview_id)], merge)
    again(store, interview_id, "second")
    with store.reading() as connection:
        assert insights.supported(connection, project_id) == []


@pytest.mark.parametrize(
    ("merged", "now", "said"),
    [
        ({}, {}, ()),
        ({"a": "1"}, {"a": "1"}, ()),
        ({"a": "1"}, {"a": "1", "b": "1", "c": "1"}, ("2 interviews were added.",)),
        ({"a": "1", "b": "1"}, {"a": "1"}, ("1 interview was deleted.",)),
        (
            {"a": "1", "b": "1"},
            {"a": "2", "c": "1"},
            ("1 interview was added.", "1 interview was deleted.", "1 interview was analysed again."),
        ),
    ],
)
def test_what_happened_since_a_merge_is_said(
    merged: dict[str, str], now: dict[str, str], said: tuple[str, ...]
) -> None:
    assert Merge(model="m", rules_hash="r", runs=merged).since(now) == said


def test_the_project_after_each_of_its_changes(store: Store, project_id: str) -> None:
    with store.writing() as connection:
        projects.change(connection, project_id, {"purpose": "How?"}, epoch=store.epoch)
    with store.reading() as connection:
        found = projects.earlier(connection, project_id)
    assert [(one.seq, one.purpose) for one in found] == [(1, "Why?"), (2, "How?")]


def test_transcripts_of_a_time_have_the_speakers_of_that_time(store: Store, project_id: str, interview_id: str) -> None:
    names = ["P"]
    for name in ("Mina", "Anna"):
        with store.writing() as connection:
            interviews.change(connection, interview_id, {"title": f"{name}'s"})
            speakers.correct(connection, interview_id, [{"speaker": "P", "name": name}])
    with store.writing() as connection:
        interviews.delete(connection, interview_id)
        newest = events.newest(connection, project_id)
    names = []
    with store.reading() as connection:
        assert transcripts.page(connection, project_id, after=0) == []
        for seq in range(1, newest + 1):
            (record,) = transcripts.page(connection, project_id, after=0, as_of=seq)
            names.append(record.transcript.turns[1].speaker)
    assert names == ["P"] * 4 + ["Mina"] * 2 + ["Anna"] * 2
