from typing import Any

import pytest
from sqlalchemy import event

from persona_lab.errors import InterviewNotFound
from persona_lab.models import Interview
from persona_lab.store import insights, interviews, transcripts
from persona_lab.store.database import Store
from tests.support import making

TERMS = [["be"], ["card", "form", "slow"]]


@pytest.fixture
def read(store: Store, interview: Interview) -> Interview:
    with store.writing() as connection:
        transcripts.save(connection, interview.id, making.transcript(), TERMS)
        interviews.was_read(connection, interview.id, making.transcript())
    return interview


def test_a_transcript_comes_back_as_it_was_read(store: Store, read: Interview) -> None:
    with store.reading() as connection:
        assert transcripts.get(connection, read.id) == making.transcript()
        assert transcripts.terms(connection, read.id) == TERMS


def test_a_transcript_that_is_there_stays_as_it_is(store: Store, read: Interview) -> None:
    with store.writing() as connection:
        transcripts.save(connection, read.id, making.transcript("Something else."), TERMS)
        assert transcripts.get(connection, read.id) == making.transcript()


def test_a_transcript_that_nobody_has_read_is_not_found(store: Store, interview: Interview) -> None:
    with pytest.raises(InterviewNotFound, match=r"has not been read yet. Wait"), store.reading() as connection:
        transcripts.get(connection, interview.id)


def test_only_completed_interviews_that_are_not_deleted_answer_questions(store: Store, read: Interview) -> None:
    found = []
    with store.writing() as connection:
        found.append(set(transcripts.completed(connection, read.project_id)))
        interviews.complete(connection, read.id, making.analysis("run-1"))
        found.append(set(transcripts.completed(connection, read.project_id)))
        interviews.delete(connection, read.id)
        found.append(set(transcripts.completed(connection, read.project_id)))
    assert found == [set(), {read.id}, set()]


def test_turns_that_do_not_exist_are_left_out(store: Store, read: Interview) -> None:
    with store.reading() as connection:
        found = transcripts.turns_at(connection, [(read.id, 1), (read.id, 2), ("nowhere", 0)])
        assert transcripts.turns_at(connection, []) == {}
    assert {place: turn.turn.text for place, turn in found.items()} == {(read.id, 1): "The card form is slow."}


def test_places_are_looked_up_by_their_key_in_as_many_queries_as_they_need(
    store: Store, read: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "AT_ONCE", 2)
    asked: list[tuple[str, Any]] = []
    with store.reading() as connection:
        event.listen(
            connection, "before_cursor_execute", lambda _1, _2, query, given, *_3: asked.append((query, given))
        )
        found = transcripts.speakers_at(connection, [("nowhere", 0), (read.id, 9), (read.id, 1)])
        queries = [(query, given) for query, given in asked if "places" in query]
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        if explain == "EXPLAIN":
            # Of a table this small, it would read all there is.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = [str(connection.exec_driver_sql(f"{explain} {query}", given).all()) for query, given in queries]
    assert found == {(read.id, 1): "P"}
    assert len(plans) == 2
    assert not any("SCAN turns" in plan or "Seq Scan on turns" in plan for plan in plans)


def test_many_insights_are_read_with_as_many_queries_as_one(store: Store, read: Interview) -> None:
    counts = []
    for names in (["one"], ["one", "two", "three"]):
        asked: list[str] = []
        with store.writing() as connection:
            interviews.complete(connection, read.id, making.analysis("run-1"))
            insights.save(connection, read.project_id, [making.insight(read.id, name=name) for name in names])
        with store.reading() as connection:
            event.listen(connection, "before_cursor_execute", lambda _1, _2, query, *_3, to=asked: to.append(query))
            assert len(insights.supported(connection, read.project_id)) == len(names)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_findings_count_the_participants_who_stand_behind_them(store: Store, read: Interview) -> None:
    with store.writing() as connection:
        interviews.complete(connection, read.id, making.analysis("run-1"))
        insights.save(connection, read.project_id, [making.insight(read.id)])
    with store.reading() as connection:
        (found,) = insights.supported(connection, read.project_id)
    assert (found.support, found.participants) == (1, 1)
    assert [(quote.text, quote.speaker, quote.interview_title) for quote in found.quotes] == [
        ("The card form is slow.", "P", "first")
    ]


def test_findings_that_rest_on_a_deleted_interview_alone_are_left_out(store: Store, read: Interview) -> None:
    with store.writing() as connection:
        interviews.complete(connection, read.id, making.analysis("run-1"))
        insights.save(connection, read.project_id, [making.insight(read.id)])
        interviews.delete(connection, read.id)
    with store.reading() as connection:
        assert insights.supported(connection, read.project_id) == []


def test_the_same_findings_twice_in_a_row_are_announced_once(store: Store, read: Interview) -> None:
    with store.writing() as connection:
        insights.save(connection, read.project_id, [making.insight(read.id)])
        before = insights.events.newest(connection, read.project_id)
        insights.save(connection, read.project_id, [making.insight(read.id)])
        assert insights.events.newest(connection, read.project_id) == before


def test_the_same_findings_are_announced_again_after_something_else_happened(store: Store, read: Interview) -> None:
    """A reader who waits for the findings learns so that there is no more to come."""
    with store.writing() as connection:
        insights.save(connection, read.project_id, [])
        interviews.complete(connection, read.id, making.analysis("run-1"))
        insights.save(connection, read.project_id, [])
        assert insights.events.newest_type(connection, read.project_id) == "insights:merged"


def test_findings_are_out_of_date_from_a_deletion_until_they_are_merged(store: Store, read: Interview) -> None:
    found = []
    with store.writing() as connection:
        found.append(insights.outdated(connection))
        interviews.complete(connection, read.id, making.analysis("run-1"))
        insights.save(connection, read.project_id, [making.insight(read.id)])
        found.append(insights.outdated(connection))
        interviews.delete(connection, read.id)
        found.append(insights.outdated(connection))
        insights.save(connection, read.project_id, [])
        found.append(insights.outdated(connection))
    assert found == [[], [], [read.project_id], []]
