"""What was deleted and is still there: since when, by whom, and how it comes back."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, select

from persona_lab.errors import (
    Conflict,
    ConversationNotFound,
    InterviewNotFound,
    NoteNotFound,
    NotFound,
    PersonaNotFound,
    ProjectNotFound,
)
from persona_lab.models import Identity, Trashed, TrashKind
from persona_lab.store import conversations, interviews, notes, personas, transaction
from persona_lab.store import projects as stored_projects
from persona_lab.store.people import access
from persona_lab.store.schema import tables as t

TITLE_CHARACTERS = 80
TABLES: dict[TrashKind, Table] = {
    "project": t.projects,
    "interview": t.interviews,
    "persona": t.personas,
    "conversation": t.conversations,
    "note": t.notes,
}
MISSING: dict[TrashKind, type[NotFound]] = {
    "project": ProjectNotFound,
    "interview": InterviewNotFound,
    "persona": PersonaNotFound,
    "conversation": ConversationNotFound,
    "note": NoteNotFound,
}


def of_project(connection: Connection, project_id: str) -> list[Trashed]:
    """Return what was deleted from a project, the latest first."""
    found = [
        _trashed(kind, row)
        for kind, table in TABLES.items()
        if kind != "project"
        for row in connection.execute(
            _rows(table).where(table.c.project_id == project_id, table.c.deleted_at.is_not(None))
        )
    ]
    return sorted(found, key=lambda one: (one.deleted_at, one.id), reverse=True)


def projects(connection: Connection, company_id: str) -> list[Trashed]:
    """Return the company's deleted projects, the latest first."""
    there = t.projects.c.deleted_at.is_not(None), t.projects.c.purged_at.is_(None)
    rows = connection.execute(_rows(t.projects).where(t.projects.c.company_id == company_id, *there))
    return sorted((_trashed("project", row) for row in rows), key=lambda one: (one.deleted_at, one.id), reverse=True)


def get(connection: Connection, kind: TrashKind, thing_id: str) -> Trashed:
    """Return something that is in the trash.

    Raises:
        NotFound: there is no such thing, or it was purged, or its project is in the trash itself.
        Conflict: it is not deleted.
    """
    table = TABLES[kind]
    if kind == "project":
        transaction.hold(connection, thing_id)
        query = _rows(table).where(table.c.id == thing_id, table.c.purged_at.is_(None))
    else:
        transaction.hold_of(connection, table, thing_id)
        there = and_(t.projects.c.id == table.c.project_id, t.projects.c.deleted_at.is_(None))
        query = _rows(table).join(t.projects, there).where(table.c.id == thing_id)
    row = connection.execute(query).first()
    if row is None:
        raise MISSING[kind]
    if row.deleted_at is None:
        raise Conflict(f"“{_title(kind, row)}” is not deleted.")
    return _trashed(kind, row)


def restore(connection: Connection, kind: TrashKind, thing_id: str, *, epoch: str = "") -> None:
    """Bring something back and announce it; `get` says whether it is there to be brought back.

    Raises:
        Conflict: something else stands in its place, or it stands at something that is in the trash itself.
    """
    match kind:
        case "project":
            stored_projects.restore(connection, thing_id, epoch=epoch)
        case "interview":
            interviews.restore(connection, thing_id)
        case "persona":
            personas.restore(connection, thing_id)
        case "conversation":
            conversations.restore(connection, thing_id)
        case "note":
            notes.restore(connection, thing_id)


def governs(connection: Connection, identity: Identity, project_id: str) -> bool:
    """Say whether somebody decides about a project, be it in the trash."""
    found = access.reached(connection, "project", project_id, identity.user_id)
    return found is not None and access.level(found, identity) >= access.Level.GOVERN


def expired(connection: Connection, before: str) -> Iterator[Trashed]:
    """Yield what was deleted before that time; what goes with something else that is yielded is left out."""
    gone = set()
    for row in connection.execute(_rows(t.projects).where(t.projects.c.purged_at.is_(None))).all():
        if row.deleted_at is not None and row.deleted_at < before:
            gone.add(row.id)
            yield _trashed("project", row)
    for kind, table in TABLES.items():
        if kind != "project":
            for row in connection.execute(_rows(table).where(table.c.deleted_at < before)).all():
                if row.project_id not in gone:
                    yield _trashed(kind, row)


def _rows(table: Table) -> Select[Any]:
    """Return a query of what the trash says of a table's rows; a project's password is nobody's to read."""
    wanted = ("id", "project_id", "name", "title", "label", "text", "deleted_at", "deleted_by")
    return select(*[table.c[name] for name in wanted if name in table.c])


def _trashed(kind: TrashKind, row: Row[Any]) -> Trashed:
    values = row._mapping
    return Trashed(
        kind=kind,
        id=str(values["id"]),
        project_id=str(values["id" if kind == "project" else "project_id"]),
        title=_title(kind, row),
        deleted_at=values["deleted_at"],
        deleted_by=values["deleted_by"],
    )


def _title(kind: TrashKind, row: Row[Any]) -> str:
    values = row._mapping
    if kind == "project":
        return str(values["name"])
    if kind == "persona":
        return f"{values['label']} {values['title']}".strip()
    text = " ".join(str(values["text" if kind == "note" else "title"]).split())
    return text if len(text) <= TITLE_CHARACTERS else f"{text[: TITLE_CHARACTERS - 1].rstrip()}…"
