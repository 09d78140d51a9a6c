"""What people say of a speaker is laid over what the file says, and never written into it."""

import pytest
from sqlalchemy import select

from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest
from persona_lab.models import Event, Failure, Interview, Speaker, Transcript, Turn
from persona_lab.store import events, insights, interviews, speakers, transcripts
from persona_lab.store.database import Store
from persona_lab.store.schema.tables import turns
from tests.support import making

BROKEN = Failure(code="engine_unavailable", message="The analysis process ended unexpectedly. Try again.")


@pytest.fixture
def read(store: Store, interview: Interview) -> Interview:
    """An interview of Q and P that has been read and not yet analysed."""
    with store.writing() as connection:
        transcripts.save(connection, interview.id, making.transcript(), [[], []])
        interviews.was_read(connection, interview.id, making.transcript())
    return now(store, interview)


@pytest.fixture
def completed(store: Store, read: Interview) -> Interview:
    complete(store, read)
    return now(store, read)


def now(store: Store, interview: Interview) -> Interview:
    with store.reading() as connection:
        return interviews.get(connection, interview.id, even_deleted=True)


def complete(store: Store, interview: Interview, run_id: str = "run-1") -> None:
    with store.writing() as connection:
        interviews.complete(connection, interview.id, making.analysis(run_id))


def correct(store: Store, interview: Interview, *changes: speakers.Change) -> bool:
    """Correct the speakers; say whether the interview must be analysed again."""
    with store.writing() as connection:
        return speakers.correct(connection, interview.id, changes)[1]


def said(store: Store, interview: Interview) -> Transcript:
    with store.reading() as connection:
        return transcripts.get(connection, interview.id)


def log_of(store: Store, interview: Interview) -> list[Event]:
    with store.reading() as connection:
        return events.after(connection, interview.project_id, 0, 1000)


def result_of(store: Store, interview: Interview) -> str | None:
    """Return the run of the result that counts."""
    with store.reading() as connection:
        found = interviews.result(connection, interview.id)
    return None if found is None else found.provenance.run_id


def test_speakers_come_in_the_order_of_speaking(store: Store, completed: Interview) -> None:
    with store.reading() as connection:
        assert speakers.of(connection, completed.id) == [
            Speaker(speaker="Q", name="Q", role="interviewer", turns=1),
            Speaker(speaker="P", name="P", role="participant", turns=1),
        ]


def test_a_name_stands_over_the_turns_and_nothing_else_of_them_changes(store: Store, completed: Interview) -> None:
    before = said(store, completed)
    assert correct(store, completed, {"speaker": "P", "name": "Mina"}) is False
    after = said(store, completed)
    assert [(turn.speaker, turn.label, turn.role) for turn in after.turns] == [
        ("Q", None, "interviewer"),
        ("Mina", "P", "participant"),
    ]
    assert after.text == before.text
    assert [(turn.start, turn.end, turn.text) for turn in after.turns] == [
        (turn.start, turn.end, turn.text) for turn in before.turns
    ]


def test_the_stored_turns_are_never_rewritten(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina", "role": "interviewer"})
    with store.reading() as connection:
        assert connection.execute(select(turns.c.speaker, turns.c.role).order_by(turns.c.index)).all() == [
            ("Q", "interviewer"),
            ("P", "participant"),
        ]


def test_pages_of_transcripts_have_the_speakers_that_were_corrected(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina"})
    with store.reading() as connection:
        (record,) = transcripts.page(connection, completed.project_id, after=0)
    assert record.transcript == said(store, completed)


def test_a_name_is_announced_and_the_interview_is_not_analysed_again(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina"})
    event = log_of(store, completed)[-1]
    assert event.type == "interview:updated"
    assert event.data["speakers"] == [{"speaker": "P", "name": "Mina", "role": None}]
    assert (now(store, completed).stage, now(store, completed).attempt) == ("completed", 1)


def test_a_role_has_the_interview_analysed_again(store: Store, completed: Interview) -> None:
    assert correct(store, completed, {"speaker": "P", "role": "interviewer"}) is True
    assert [event.type for event in log_of(store, completed)[-2:]] == ["interview:updated", "interview:status_changed"]
    again = now(store, completed)
    assert (again.status, again.stage, again.attempt, again.participants) == ("completed", "re-analysing", 2, 0)


def test_both_are_taken_back_with_none(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina", "role": "other"})
    assert correct(store, completed, {"speaker": "P", "name": None, "role": None}) is True
    assert said(store, completed) == making.transcript()


def test_what_is_left_out_stays(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina"})
    correct(store, completed, {"speaker": "P", "role": "other"})
    assert (said(store, completed).turns[1].speaker, said(store, completed).turns[1].role) == ("Mina", "other")


def test_a_name_given_before_is_understood_like_the_label(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina"})
    correct(store, completed, {"speaker": "Mina", "name": "Mina Kim"})
    assert said(store, completed).turns[1].speaker == "Mina Kim"


def test_two_speakers_can_change_places(store: Store, completed: Interview) -> None:
    swap = ({"speaker": "P", "name": "Q"}, {"speaker": "Q", "name": "P"})
    correct(store, completed, *swap)
    correct(store, completed, *swap)
    assert [turn.speaker for turn in said(store, completed).turns] == ["P", "Q"]


def test_the_same_correction_again_announces_nothing(store: Store, completed: Interview) -> None:
    correct(store, completed, {"speaker": "P", "name": "Mina", "role": "other"})
    before = log_of(store, completed)
    assert correct(store, completed, {"speaker": "P", "name": "Mina", "role": "other"}) is False
    assert log_of(store, completed) == before


def test_a_role_that_it_has_already_is_no_reason_to_analyse_again(store: Store, completed: Interview) -> None:
    assert correct(store, completed, {"speaker": "P", "role": "participant"}) is False


def two_people(count: int = 2) -> Transcript:
    """Return an interview in which nobody asks and each of `count` people says one thing, after a note."""
    words = ["(laughter)", *(f"I am number {n}." for n in range(count))]
    text = "\n".join(words)
    found = []
    for index, line in enumerate(words):
        at = text.index(line)
        who, role = (None, "other") if index == 0 else (f"Speaker {index}", "participant")
        found.append(Turn(index=index, speaker=who, role=role, text=line, start=at, end=at + len(line)))
    return making.transcript().model_copy(update={"text": text, "turns": tuple(found)})


@pytest.fixture
def panel(store: Store, interview: Interview) -> Interview:
    with store.writing() as connection:
        transcripts.save(connection, interview.id, two_people(), [[]] * 3)
        interviews.was_read(connection, interview.id, two_people())
    complete(store, interview)
    return now(store, interview)


def test_two_labels_of_one_person_become_one_participant(store: Store, panel: Interview) -> None:
    assert panel.participants == 2
    correct(store, panel, {"speaker": "Speaker 1", "name": "Mina"}, {"speaker": "Speaker 2", "name": "Mina"})
    assert now(store, panel).participants == 1
    with store.reading() as connection:
        assert transcripts.participants(connection, panel.project_id) == {panel.id: {"Mina"}}


def test_a_note_in_nobodys_mouth_is_nobody_to_correct(store: Store, panel: Interview) -> None:
    with pytest.raises(InvalidRequest, match=r"“nobody \(turns without a name\)” does not speak in “first”"):
        correct(store, panel, {"speaker": None, "name": "Mina"})


def test_turns_without_a_name_can_be_given_one(store: Store, interview: Interview) -> None:
    nameless = making.transcript()
    nameless = nameless.model_copy(
        update={
            "turns": tuple(turn.model_copy(update={"speaker": None, "role": "participant"}) for turn in nameless.turns)
        }
    )
    with store.writing() as connection:
        transcripts.save(connection, interview.id, nameless, [[], []])
    correct(store, interview, {"speaker": None, "name": "Mina"})
    assert [(turn.speaker, turn.label) for turn in said(store, interview).turns] == [("Mina", None)] * 2


def test_insights_name_the_speaker_that_was_corrected(store: Store, completed: Interview) -> None:
    with store.writing() as connection:
        insights.save(connection, completed.project_id, [making.insight(completed.id)])
    correct(store, completed, {"speaker": "P", "name": "Mina"})
    with store.reading() as connection:
        (found,) = insights.supported(connection, completed.project_id)
    assert [quote.speaker for quote in found.quotes] == ["Mina"]


# Refusals


def test_an_interview_that_was_not_read_has_nobody_to_correct(store: Store, interview: Interview) -> None:
    with pytest.raises(Conflict, match=r"“first” has not been read yet\. Correct its speakers when it is"):
        correct(store, interview, {"speaker": "P", "name": "Mina"})


def test_an_interview_that_could_not_be_read_has_nobody_to_correct(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        interviews.fail(connection, interview.id, BROKEN)
    with pytest.raises(Conflict, match="“first” could not be read, so nobody speaks in it"):
        correct(store, interview, {"speaker": "P", "name": "Mina"})


def test_somebody_who_does_not_speak_is_refused_and_those_who_do_are_named(store: Store, completed: Interview) -> None:
    before = log_of(store, completed)
    with pytest.raises(InvalidRequest, match=r"“Bob” does not speak in “first”\. Who does: Q, P\."):
        correct(store, completed, {"speaker": "P", "name": "Mina"}, {"speaker": "Bob", "name": "Mina"})
    assert log_of(store, completed) == before


def test_somebody_who_is_corrected_twice_is_refused(store: Store, completed: Interview) -> None:
    with pytest.raises(InvalidRequest, match=r"“P” is corrected twice\. Say it once\."):
        correct(store, completed, {"speaker": "P", "name": "Mina"}, {"speaker": "P", "name": "Jun"})


def test_the_speakers_of_a_deleted_interview_are_not_corrected(store: Store, completed: Interview) -> None:
    with store.writing() as connection:
        interviews.delete(connection, completed.id)
    with pytest.raises(InterviewNotFound):
        correct(store, completed, {"speaker": "P", "name": "Mina"})


# Being analysed again


@pytest.fixture
def again(store: Store, completed: Interview) -> Interview:
    """A completed interview whose roles were corrected."""
    correct(store, completed, {"speaker": "P", "role": "other"})
    return now(store, completed)


def test_the_old_result_counts_until_the_new_one_is_there(store: Store, again: Interview) -> None:
    assert result_of(store, again) == "run-1"
    complete(store, again, "run-2")
    assert result_of(store, again) == "run-2"
    assert (now(store, again).status, now(store, again).stage) == ("completed", "completed")
    assert log_of(store, again)[-1].type == "interview:completed"


def test_a_new_result_that_is_said_twice_is_kept_once(store: Store, again: Interview) -> None:
    complete(store, again, "run-2")
    before = log_of(store, again)
    complete(store, again, "run-3")
    assert (result_of(store, again), log_of(store, again)) == ("run-2", before)


def test_what_is_analysed_again_is_in_flight_and_its_project_waits_for_it(store: Store, again: Interview) -> None:
    assert interviews.is_in_flight(again)
    with store.reading() as connection:
        assert [one.id for one in interviews.in_flight(connection, again.project_id)] == [again.id]
        assert list(interviews.results(connection, again.project_id)) == [again.id]


def fail(store: Store, interview: Interview) -> Interview:
    with store.writing() as connection:
        interviews.fail(connection, interview.id, BROKEN)
    return now(store, interview)


def test_an_analysis_that_fails_the_second_time_leaves_it_completed_and_says_so(store: Store, again: Interview) -> None:
    failed = fail(store, again)
    assert (failed.status, failed.stage, failed.error) == ("completed", "outdated", BROKEN)
    assert result_of(store, again) == "run-1"
    assert [event.type for event in log_of(store, again)].count("interview:failed") == 0
    assert log_of(store, again)[-1].data["interview"]["error"]["message"] == BROKEN.message
    assert not interviews.is_in_flight(failed)


def test_what_is_outdated_can_be_tried_again(store: Store, again: Interview) -> None:
    fail(store, again)
    with store.writing() as connection:
        retried = interviews.retry(connection, again.id)
    assert (retried.status, retried.stage, retried.attempt, retried.error) == ("completed", "re-analysing", 3, None)


def test_what_is_being_analysed_again_can_not_be_retried(store: Store, again: Interview) -> None:
    with pytest.raises(Conflict, match="“first” is completed; only a failed interview"), store.writing() as connection:
        interviews.retry(connection, again.id)


@pytest.fixture
def with_broken_engine(store: Store, read: Interview) -> Interview:
    return fail(store, read)


@pytest.fixture
def in_the_middle(read: Interview) -> Interview:
    return read


@pytest.mark.parametrize("state", ["with_broken_engine", "in_the_middle"])
def test_a_role_corrected_before_there_is_a_result_begins_a_new_attempt(
    store: Store, request: pytest.FixtureRequest, state: str
) -> None:
    interview: Interview = request.getfixturevalue(state)
    assert correct(store, interview, {"speaker": "P", "role": "other"}) is True
    restarted = now(store, interview)
    assert (restarted.status, restarted.stage, restarted.attempt, restarted.error) == ("processing", "queued", 2, None)
