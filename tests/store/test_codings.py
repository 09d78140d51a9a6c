"""People's judgements are kept beside the transcript, announced, and go and come with their interview."""

import pytest

from persona_lab.errors import CodingNotFound
from persona_lab.models import Coding, Event, Interview
from persona_lab.store import codings, events, interviews, projects, snapshots
from persona_lab.store.codings import Judgement
from persona_lab.store.database import Store
from tests.support import making


def code(store: Store, interview: Interview, code: str = "price", coder: str = "mina", turn: int = 1) -> Coding:
    with store.writing() as connection:
        return codings.add(connection, interview, Judgement(code, coder, making.span(turn), "dear"))[0]


def of(store: Store, interview: Interview, coder: str | None = None) -> list[Coding]:
    with store.reading() as connection:
        return codings.of_interview(connection, interview.id, coder=coder)


def log_of(store: Store, interview: Interview) -> list[Event]:
    with store.reading() as connection:
        return events.after(connection, interview.project_id, 0, 1000)


def test_a_coding_is_announced_whole(store: Store, interview: Interview) -> None:
    coding = code(store, interview)
    event = log_of(store, interview)[-1]
    assert event.type == "coding:added"
    assert event.data == {"interview_id": interview.id, "coding": coding.model_dump(mode="json")}
    assert of(store, interview) == [coding]


def test_the_same_judgement_again_is_the_same_coding(store: Store, interview: Interview) -> None:
    first = code(store, interview)
    before = log_of(store, interview)
    with store.writing() as connection:
        again = codings.add(connection, interview, Judgement("price", "mina", making.span(), "another note"))
    assert again == (first, True)
    assert log_of(store, interview) == before


def test_another_code_coder_or_place_is_another_coding(store: Store, interview: Interview) -> None:
    ids = {
        code(store, interview).id,
        code(store, interview, code="trust").id,
        code(store, interview, coder="jun").id,
        code(store, interview, turn=0).id,
    }
    assert len(ids) == 4


def test_codings_come_in_the_order_of_the_text_and_by_coder(store: Store, interview: Interview) -> None:
    late, early = code(store, interview, turn=1), code(store, interview, turn=0)
    other = code(store, interview, coder="jun", turn=0)
    assert of(store, interview) == [early, other, late]
    assert of(store, interview, coder="jun") == [other]


def test_a_coding_that_is_taken_back_is_gone_and_that_is_announced(store: Store, interview: Interview) -> None:
    coding = code(store, interview)
    with store.writing() as connection:
        codings.remove(connection, coding.id)
    event = log_of(store, interview)[-1]
    assert (event.type, event.data) == ("coding:removed", {"interview_id": interview.id, "coding_id": coding.id})
    assert of(store, interview) == []
    with (
        store.writing() as connection,
        pytest.raises(CodingNotFound, match=r"There is no such coding\. `project\.codes"),
    ):
        codings.remove(connection, coding.id)


def test_codings_go_and_come_back_with_their_interview(store: Store, interview: Interview) -> None:
    coding = code(store, interview)
    with store.writing() as connection:
        interviews.delete(connection, interview.id)
    with store.reading() as connection:
        assert snapshots.take(connection, interview.project_id, epoch=store.epoch).codings == ()
    with store.writing() as connection, pytest.raises(CodingNotFound):
        codings.remove(connection, coding.id)
    with store.writing() as connection:
        interviews.restore(connection, interview.id)
    assert log_of(store, interview)[-1].data["codings"] == [coding.model_dump(mode="json")]
    with store.reading() as connection:
        assert snapshots.take(connection, interview.project_id, epoch=store.epoch).codings == (coding,)


def test_the_codings_of_a_deleted_project_are_not_found(store: Store, interview: Interview) -> None:
    coding = code(store, interview)
    with store.writing() as connection:
        projects.delete(connection, interview.project_id, epoch=store.epoch)
    with store.writing() as connection, pytest.raises(CodingNotFound):
        codings.remove(connection, coding.id)
