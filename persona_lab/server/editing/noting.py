"""Notes: where they stand, and who may change them.

A note at an insight holds on to the insight's evidence as a judgement does, so it is
found under whatever id the insight has now.
"""

from sqlalchemy import Connection

from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest, NotYours
from persona_lab.models import Note
from persona_lab.server.editing import coding, judging
from persona_lab.server.forms import NewNote
from persona_lab.store import interviews, notes, projects, transcripts
from persona_lab.store.database import Store
from persona_lab.store.notes import Place

TEXT_CHARACTERS = 20_000


def add(store: Store, project_id: str, body: NewNote, *, user: str) -> Note:
    """Keep a note, or a reply, and return it.

    Raises:
        NotFound: there is no such project, interview, insight or note.
        Conflict: the interview has not been read, or the insight's evidence is not there at the moment.
        InvalidRequest: it says nothing, or stands nowhere, or at two places.
    """
    text = _text(body.text)
    with store.writing() as connection:
        projects.get(connection, project_id, epoch=store.epoch)
        given = [name for name in ("interview_id", "insight_id", "parent_id") if getattr(body, name) is not None]
        if len(given) != 1:
            raise InvalidRequest("Say where the note stands: interview_id with a turn, insight_id, or parent_id.")
        if body.insight_id is None and body.interview_id is None:
            return notes.reply(connection, project_id, str(body.parent_id), text, user=user)
        place = _at_insight(connection, project_id, body) if body.insight_id else _at_turn(connection, project_id, body)
        return notes.add(connection, project_id, place, text, user=user)


def change(store: Store, note_id: str, text: str, *, user: str) -> Note:
    """Put other words in one's own note.

    Raises:
        NoteNotFound: there is no such note.
        NotYours: somebody else wrote it.
        InvalidRequest: nothing would be left of it, or too much.
    """
    text = _text(text)
    with store.writing() as connection:
        _check_own(notes.get(connection, note_id), user, "change")
        return notes.change(connection, note_id, text)


def delete(store: Store, note_id: str, *, user: str) -> None:
    """Take one's own note away; replies to it stay.

    Raises:
        NoteNotFound: there is no such note.
        NotYours: somebody else wrote it.
    """
    with store.writing() as connection:
        _check_own(notes.get(connection, note_id), user, "delete")
        notes.delete(connection, note_id)


def listed(
    connection: Connection, project_id: str, *, interview_id: str | None = None, insight_id: str | None = None
) -> list[Note]:
    """Return notes, oldest first, those at insights under the ids that these have now.

    Args:
        interview_id: only those at its turns.
        insight_id: only those at this insight; an id of before leads to what it has become part of.
    """
    held = judging.as_judged(connection, project_id)
    found = [held.present(note) for note in notes.of_project(connection, project_id)]
    if interview_id is not None:
        found = [note for note in found if note.interview_id == interview_id]
    if insight_id is not None:
        wanted = held.named(insight_id).id
        found = [note for note in found if note.insight_id == wanted]
    return found


def _at_turn(connection: Connection, project_id: str, body: NewNote) -> Place:
    interview = interviews.get(connection, str(body.interview_id))
    if interview.project_id != project_id:
        raise InterviewNotFound
    if not transcripts.is_read(connection, interview.id):
        raise Conflict(f"“{interview.title}” has not been read, so there is no turn in it to write a note at.")
    transcript = transcripts.get(connection, interview.id)
    if body.said is not None:
        return Place(interview.id, coding.said(transcript, body.said, body.turn).turn)
    if body.turn is None:
        raise InvalidRequest("Say at which turn the note stands: turn, by its number, or said, by its words.")
    return Place(interview.id, coding.turn_at(transcript, body.turn).index)


def _at_insight(connection: Connection, project_id: str, body: NewNote) -> Place:
    held = judging.as_judged(connection, project_id)
    insight = held.named(str(body.insight_id))
    anchors = [anchor for of_one in held.anchors(insight).values() for anchor in of_one]
    return Place(insight_id=insight.id, anchors=anchors)


def _text(text: str) -> str:
    if not text.strip():
        raise InvalidRequest("text: the note is empty. Write what there is to say.")
    if len(text) > TEXT_CHARACTERS:
        raise InvalidRequest(
            f"text: the note has {len(text):,} characters; {TEXT_CHARACTERS:,} are the most. Write several."
        )
    return text.strip()


def _check_own(note: Note, user: str, deed: str) -> None:
    if note.created_by != user:
        raise NotYours(f"{note.created_by} wrote this note, and nobody else may {deed} it. Reply to it instead.")
