"""Notes are kept beside what they are about, announced whole, and go and come with their interview."""

import pytest

from persona_lab.errors import NoteNotFound, NotYours
from persona_lab.models import Event, Interview, Note
from persona_lab.server.editing import noting
from persona_lab.server.problems import Problem
from persona_lab.store import events, interviews, notes, projects, snapshots
from persona_lab.store.database import Store


def write(store: Store, interview: Interview, text: str = "Ask again", user: str = "mina", turn: int = 1) -> Note:
    with store.writing() as connection:
        return notes.add(connection, interview.project_id, notes.Place(interview.id, turn), text, user=user)


def reply(store: Store, note: Note, text: str = "I did") -> Note:
    with store.writing() as connection:
        return notes.reply(connection, note.project_id, note.id, text, user="jun")


def of(store: Store, interview: Interview) -> list[Note]:
    with store.reading() as connection:
        found = notes.of_project(connection, interview.project_id)
        assert snapshots.take(connection, interview.project_id, epoch=store.epoch).notes == tuple(found)
    return found


def log_of(store: Store, interview: Interview) -> list[Event]:
    with store.reading() as connection:
        return events.after(connection, interview.project_id, 0, 1000)


def test_a_note_is_announced_whole(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    event = log_of(store, interview)[-1]
    assert (event.type, event.data) == ("note:added", {"note": note.model_dump(mode="json")})
    assert of(store, interview) == [note]


def test_a_reply_stands_where_the_note_stands(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    answer = reply(store, note)
    assert (answer.interview_id, answer.turn, answer.parent_id) == (interview.id, 1, note.id)
    assert of(store, interview) == [note, answer]


def test_other_words_are_announced_and_the_same_words_are_not(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    with store.writing() as connection:
        changed = notes.change(connection, note.id, "Ask her again")
        assert notes.change(connection, note.id, "Ask her again") == changed
    assert (changed.text, changed.created_at) == ("Ask her again", note.created_at)
    assert [event.type for event in log_of(store, interview)].count("note:updated") == 1
    assert log_of(store, interview)[-1].data == {"note": changed.model_dump(mode="json")}


def test_a_note_that_is_deleted_leaves_what_others_answered(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    answer = reply(store, note)
    with store.writing() as connection:
        notes.delete(connection, note.id)
    assert of(store, interview) == [answer]
    assert (log_of(store, interview)[-1].type, log_of(store, interview)[-1].data) == (
        *("note:deleted", {"note_id": note.id}),
    )
    with store.writing() as connection, pytest.raises(NoteNotFound):
        notes.delete(connection, note.id)


def test_notes_go_and_come_back_with_their_interview(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    gone = write(store, interview, "Never mind")
    with store.writing() as connection:
        notes.delete(connection, gone.id)
        interviews.delete(connection, interview.id)
    assert of(store, interview) == []
    with store.writing() as connection, pytest.raises(NoteNotFound):
        notes.change(connection, note.id, "Not now")
    with store.writing() as connection:
        interviews.restore(connection, interview.id)
    assert of(store, interview) == [note]
    assert log_of(store, interview)[-1].data["notes"] == [note.model_dump(mode="json")]


def test_notes_of_a_deleted_project_are_not_there(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    with store.writing() as connection:
        projects.delete(connection, interview.project_id, epoch=store.epoch)
    with store.reading() as connection, pytest.raises(NoteNotFound):
        notes.get(connection, note.id)


def test_a_note_of_another_project_cant_be_answered_here(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    with store.writing() as connection:
        other = projects.create(connection, epoch=store.epoch, name="Other")
        with pytest.raises(NoteNotFound):
            notes.reply(connection, other.id, note.id, "Here", user="jun")


def test_only_who_wrote_it_may_change_or_delete_it(store: Store, interview: Interview) -> None:
    note = write(store, interview)
    with pytest.raises(NotYours, match=r"mina wrote this note, and nobody else may change it\. Reply to it instead\."):
        noting.change(store, note.id, "Mine now", user="jun")
    with pytest.raises(NotYours, match="nobody else may delete it") as refused:
        noting.delete(store, note.id, user="jun")
    assert Problem(refused.value).status_code == 403
    assert of(store, interview) == [note]
    noting.delete(store, note.id, user="mina")
    assert of(store, interview) == []
