"""What people write beside turns and insights, and reply to each other.

A note on a turn goes and comes back with its interview. A note that is deleted takes
nobody else's words with it: the replies to it stay, in its place.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, or_, select

from persona_lab.errors import Conflict, NoteNotFound
from persona_lab.models import Anchor, Note, now
from persona_lab.store import events, transaction
from persona_lab.store.schema.tables import interviews, projects
from persona_lab.store.schema.tables import notes as table


class Place(NamedTuple):
    """Where a note stands: at a turn of an interview, or at an insight with what it rests on."""

    interview_id: str | None = None
    turn: int | None = None
    insight_id: str | None = None
    anchors: Sequence[Anchor] = ()


def add(
    connection: Connection, project_id: str, place: Place, text: str, *, user: str, parent_id: str | None = None
) -> Note:
    """Keep a note and announce it."""
    at = now()
    note = Note(
        id=str(uuid4()),
        project_id=project_id,
        **{**place._asdict(), "anchors": tuple(place.anchors)},
        parent_id=parent_id,
        text=text,
        created_by=user,
        created_at=at,
        updated_at=at,
    )
    connection.execute(table.insert().values(**note.model_dump(mode="json")))
    _announce(connection, "note:added", note)
    return note


def reply(connection: Connection, project_id: str, parent_id: str, text: str, *, user: str) -> Note:
    """Keep a reply, which stands where the note stands that it answers.

    Raises:
        NoteNotFound: there is no such note in the project.
    """
    parent = get(connection, parent_id)
    if parent.project_id != project_id:
        raise NoteNotFound
    place = Place(parent.interview_id, parent.turn, parent.insight_id, parent.anchors)
    return add(connection, project_id, place, text, user=user, parent_id=parent_id)


def get(connection: Connection, note_id: str) -> Note:
    """Return the note.

    Raises:
        NoteNotFound: there is none of that id; or it, its interview or its project was deleted.
    """
    transaction.hold_of(connection, table, note_id)
    row = connection.execute(_there().where(table.c.id == note_id)).first()
    if row is None:
        raise NoteNotFound
    return _note(row)


def change(connection: Connection, note_id: str, text: str) -> Note:
    """Say it in other words and announce that; nothing is announced when nothing differs.

    Raises:
        NoteNotFound: there is no such note.
    """
    before = get(connection, note_id)
    if before.text == text:
        return before
    note = before.model_copy(update={"text": text, "updated_at": now()})
    values: Mapping[str, Any] = note.model_dump(mode="json", include={"text", "updated_at"})
    connection.execute(table.update().where(table.c.id == note_id).values(**values))
    _announce(connection, "note:updated", note)
    return note


def delete(connection: Connection, note_id: str) -> None:
    """Put the note aside and announce that.

    Raises:
        NoteNotFound: there is no such note.
    """
    note = get(connection, note_id)
    connection.execute(table.update().where(table.c.id == note_id).values(**transaction.deleted(connection)))
    events.append(connection, note.project_id, "note:deleted", {"note_id": note_id})


def restore(connection: Connection, note_id: str) -> Note:
    """Bring a deleted note back and announce that; see `trash.get`.

    Raises:
        Conflict: its interview is in the trash.
    """
    connection.execute(table.update().where(table.c.id == note_id).values(**transaction.RESTORED))
    try:
        note = get(connection, note_id)
    except NoteNotFound:
        raise Conflict("The note stands at an interview that is in the trash. Restore the interview first.") from None
    _announce(connection, "note:restored", note)
    return note


def of_project(connection: Connection, project_id: str) -> list[Note]:
    """Return the project's notes, oldest first; those at turns of deleted interviews are left out."""
    return [_note(row) for row in connection.execute(_in_order(_there().where(table.c.project_id == project_id)))]


def of_interview(connection: Connection, interview_id: str) -> list[Note]:
    """Return the notes at an interview's turns, oldest first, even if it is deleted."""
    kept = select(table).where(table.c.interview_id == interview_id, table.c.deleted_at.is_(None))
    return [_note(row) for row in connection.execute(_in_order(kept))]


def _there() -> Select[Any]:
    """Notes that are there: neither they, nor their interview or project, were deleted."""
    return (
        select(table)
        .join(projects, projects.c.id == table.c.project_id)
        .outerjoin(interviews, interviews.c.id == table.c.interview_id)
        .where(
            table.c.deleted_at.is_(None),
            projects.c.deleted_at.is_(None),
            or_(table.c.interview_id.is_(None), interviews.c.deleted_at.is_(None)),
        )
    )


def _in_order(query: Select[Any]) -> Select[Any]:
    return query.order_by(table.c.created_at, table.c.id)


def _announce(connection: Connection, kind: str, note: Note) -> None:
    events.append(connection, note.project_id, kind, {"note": note.model_dump(mode="json")})


def _note(row: Row[Any]) -> Note:
    return Note.model_validate(dict(row._mapping), extra="ignore")
