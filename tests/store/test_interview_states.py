"""The states an interview passes through, and what each step announces."""

import pytest

from persona_lab.errors import Conflict, InterviewNotFound
from persona_lab.models import Failure, Interview
from persona_lab.store import events, interviews
from persona_lab.store.database import Store
from tests.support import making

NO_SPEECH = Failure(code="no_speech", message="It holds no speech.")


def announced(store: Store, interview: Interview) -> list[str]:
    """Return the types of the interview's events."""
    with store.reading() as connection:
        log = events.after(connection, interview.project_id, 0, 1000)
    return [event.type for event in log if event.data.get("interview_id") == interview.id]


def now(store: Store, interview: Interview) -> Interview:
    with store.reading() as connection:
        return interviews.get(connection, interview.id, even_deleted=True)


def complete(store: Store, interview: Interview, run_id: str = "run-1") -> None:
    with store.writing() as connection:
        interviews.complete(connection, interview.id, making.analysis(run_id))


def fail(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        interviews.fail(connection, interview.id, NO_SPEECH)


def delete(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        interviews.delete(connection, interview.id)


def restore(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        interviews.restore(connection, interview.id)


def test_an_upload_waits_to_be_processed(interview: Interview) -> None:
    assert (interview.status, interview.stage, interview.attempt, interview.number) == ("processing", "queued", 1, 1)


def test_an_upload_is_announced(store: Store, interview: Interview) -> None:
    assert announced(store, interview) == ["interview:added"]


def test_each_step_of_an_analysis_is_announced_once(store: Store, interview: Interview) -> None:
    for _ in range(2):
        with store.writing() as connection:
            interviews.start(connection, interview.id)
    for _ in range(2):
        with store.writing() as connection:
            interviews.was_read(connection, interview.id, making.transcript())
    for _ in range(2):
        complete(store, interview)
    assert announced(store, interview) == [
        "interview:added",
        "interview:status_changed",
        "interview:status_changed",
        "interview:completed",
    ]


def test_what_was_read_stands_in_the_interview(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        interviews.was_read(connection, interview.id, making.transcript())
    read = now(store, interview)
    assert (read.status, read.stage) == ("analyzing", "analysing")
    assert (read.format, read.encoding, read.language, read.turns, read.participants) == ("txt", "utf-8", "en", 2, 1)


@pytest.mark.parametrize("late", ["start", "fail"])
def test_a_completed_interview_never_turns_back(store: Store, interview: Interview, late: str) -> None:
    complete(store, interview)
    before = now(store, interview)
    with store.writing() as connection:
        if late == "start":
            interviews.start(connection, interview.id)
            interviews.was_read(connection, interview.id, making.transcript())
        else:
            interviews.fail(connection, interview.id, NO_SPEECH)
    assert now(store, interview) == before
    assert announced(store, interview)[-1] == "interview:completed"


def test_a_second_result_of_a_completed_interview_is_not_kept(store: Store, interview: Interview) -> None:
    complete(store, interview, "run-1")
    complete(store, interview, "run-2")
    with store.reading() as connection:
        found = interviews.result(connection, interview.id)
    assert found is not None
    assert found.provenance.run_id == "run-1"


def test_a_failed_interview_says_why(store: Store, interview: Interview) -> None:
    fail(store, interview)
    assert now(store, interview).error == NO_SPEECH


def test_a_failure_is_announced_once_however_often_it_is_said(store: Store, interview: Interview) -> None:
    fail(store, interview)
    fail(store, interview)
    assert announced(store, interview) == ["interview:added", "interview:failed"]


def test_a_result_that_comes_after_the_failure_changes_nothing(store: Store, interview: Interview) -> None:
    fail(store, interview)
    complete(store, interview)
    assert now(store, interview).status == "failed"


def test_retry_starts_a_failed_interview_as_a_new_attempt(store: Store, interview: Interview) -> None:
    fail(store, interview)
    with store.writing() as connection:
        again = interviews.retry(connection, interview.id)
    assert (again.status, again.stage, again.attempt, again.error) == ("processing", "queued", 2, None)
    assert announced(store, interview)[-1] == "interview:status_changed"


@pytest.mark.parametrize("status", ["processing", "analyzing", "completed"])
def test_retry_is_refused_unless_it_failed(store: Store, interview: Interview, status: str) -> None:
    with store.writing() as connection:
        if status == "analyzing":
            interviews.was_read(connection, interview.id, making.transcript())
        elif status == "completed":
            interviews.complete(connection, interview.id, making.analysis("run-1"))
    with pytest.raises(Conflict, match=f"“first” is {status}; only a failed interview"), store.writing() as connection:
        interviews.retry(connection, interview.id)
    assert now(store, interview).attempt == 1


def test_an_interview_nobody_has_is_not_found(store: Store) -> None:
    with pytest.raises(InterviewNotFound), store.reading() as connection:
        interviews.get(connection, "nowhere")


def test_a_change_is_announced_and_no_change_is_not(store: Store, interview: Interview) -> None:
    for _ in range(2):
        with store.writing() as connection:
            changed = interviews.change(connection, interview.id, {"title": "Mina, 34"})
    assert changed.title == "Mina, 34"
    assert announced(store, interview) == ["interview:added", "interview:updated"]


def test_a_deleted_interview_is_not_found(store: Store, interview: Interview) -> None:
    delete(store, interview)
    with pytest.raises(InterviewNotFound), store.reading() as connection:
        interviews.get(connection, interview.id)
    with store.reading() as connection:
        assert interviews.of_project(connection, interview.project_id) == []


def test_deleting_twice_is_refused_the_second_time(store: Store, interview: Interview) -> None:
    delete(store, interview)
    with pytest.raises(InterviewNotFound):
        delete(store, interview)
    assert announced(store, interview) == ["interview:added", "interview:deleted"]


def test_restoring_brings_back_what_was_found(store: Store, interview: Interview) -> None:
    complete(store, interview)
    delete(store, interview)
    restore(store, interview)
    with store.reading() as connection:
        assert interviews.get(connection, interview.id).status == "completed"
        restored = events.after(connection, interview.project_id, 0, 100)[-1]
    assert restored.type == "interview:restored"
    assert restored.data["result"] == making.analysis("run-1").model_dump(mode="json")


def test_restoring_what_was_not_deleted_is_refused(store: Store, interview: Interview) -> None:
    with pytest.raises(Conflict, match="“first” is not deleted"):
        restore(store, interview)


def test_what_happens_to_a_deleted_interview_is_told_when_it_is_restored(store: Store, interview: Interview) -> None:
    delete(store, interview)
    complete(store, interview)
    assert announced(store, interview) == ["interview:added", "interview:deleted"]
    restore(store, interview)
    assert announced(store, interview)[-1] == "interview:restored"
    assert now(store, interview).status == "completed"


def test_the_results_of_deleted_interviews_do_not_count(store: Store, interview: Interview) -> None:
    complete(store, interview)
    with store.reading() as connection:
        assert list(interviews.results(connection, interview.project_id)) == [interview.id]
    delete(store, interview)
    with store.reading() as connection:
        assert interviews.results(connection, interview.project_id) == {}


def test_what_is_deleted_in_flight_is_still_to_be_finished_after_a_restart(store: Store, interview: Interview) -> None:
    """Otherwise it would be restored as an interview that waits for ever."""
    delete(store, interview)
    with store.reading() as connection:
        assert [waiting.id for waiting in interviews.in_flight(connection)] == [interview.id]


def test_what_is_deleted_in_flight_does_not_hold_up_its_project(store: Store, interview: Interview) -> None:
    delete(store, interview)
    with store.reading() as connection:
        assert interviews.in_flight(connection, interview.project_id) == []
