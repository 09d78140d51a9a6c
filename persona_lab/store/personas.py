"""Personas: making, changing, ordering and deleting them, with their portraits and pictures.

The id is what a persona is; label, title, position and place may change and move no interview.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select

from persona_lab.errors import Conflict, PersonaNotFound
from persona_lab.models import Persona, Place, now
from persona_lab.store import assignments, events, transaction
from persona_lab.store.schema.tables import personas as table
from persona_lab.store.schema.tables import pictures, projects


def add(
    connection: Connection,
    project_id: str,
    *,
    user: str,
    title: str = "",
    description: str = "",
    place: Place | None = None,
    label: str = "",
) -> Persona:
    """Make a persona behind the others and announce it.

    Args:
        label: what it is called in short; "" is P and the first number from its position on that is free.

    Raises:
        Conflict: another one has that label.
    """
    transaction.hold(connection, project_id)
    there = of_project(connection, project_id)
    # Labels of deleted ones may still be spoken of.
    count = connection.scalar(select(func.count()).where(table.c.project_id == project_id)) or 0
    position = max((one.position for one in there), default=0) + 1
    if label:
        _check_label(there, label)
    else:
        taken = {one.label.casefold() for one in there}
        number = max(position, count + 1)
        while f"p{number}" in taken:
            number += 1
        label = f"P{number}"
    at = now()
    name = connection.scalar(select(projects.c.name).where(projects.c.id == project_id))
    persona = Persona(
        id=str(uuid4()),
        project_id=project_id,
        position=position,
        label=label,
        title=title,
        description=description,
        place=place or {},
        seed=f"{name}\n{label}",
        created_by=user,
        created_at=at,
        updated_at=at,
    )
    connection.execute(table.insert().values(**persona.model_dump(mode="json")))
    _announce(connection, "persona:added", persona)
    return persona


def get(connection: Connection, persona_id: str) -> Persona:
    """Return the persona.

    Raises:
        PersonaNotFound: there is none of that id, or it or its project was deleted.
    """
    transaction.hold_of(connection, table, persona_id)
    query = (
        select(table)
        .join(projects, projects.c.id == table.c.project_id)
        .where(table.c.id == persona_id, table.c.deleted_at.is_(None), projects.c.deleted_at.is_(None))
    )
    row = connection.execute(query).first()
    if row is None:
        raise PersonaNotFound
    return _persona(row)


def of_project(connection: Connection, project_id: str) -> list[Persona]:
    """Return the project's personas by position."""
    query = select(table).where(table.c.project_id == project_id, table.c.deleted_at.is_(None))
    return [_persona(row) for row in connection.execute(query.order_by(table.c.position, table.c.id))]


def check_there(connection: Connection, project_id: str, persona_id: str) -> None:
    """Make sure that the project has this persona.

    Raises:
        PersonaNotFound: it hasn't.
    """
    if get(connection, persona_id).project_id != project_id:
        raise PersonaNotFound


def change(connection: Connection, persona_id: str, values: Mapping[str, Any]) -> Persona:
    """Set label, title, description, place or portrait and announce it; nothing is announced when nothing differs.

    Raises:
        PersonaNotFound: there is no such persona.
        Conflict: another one has that label.
    """
    before = get(connection, persona_id)
    if "label" in values:
        _check_label([one for one in of_project(connection, before.project_id) if one.id != before.id], values["label"])
    changed = before.model_copy(update=dict(values))
    if changed == before:
        return before
    changed = changed.model_copy(update={"updated_at": now()})
    row = changed.model_dump(mode="json", include={*values, "updated_at"})
    connection.execute(table.update().where(table.c.id == persona_id).values(**row))
    _announce(connection, "persona:updated", changed)
    return changed


def move(connection: Connection, persona_id: str, position: int) -> Persona:
    """Put the persona at a position, from 1; labels, and where interviews belong, stay as they are."""
    moved = get(connection, persona_id)
    order = [one for one in of_project(connection, moved.project_id) if one.id != persona_id]
    order.insert(min(max(position, 1), len(order) + 1) - 1, moved)
    for number, one in enumerate(order, start=1):
        change(connection, one.id, {"position": number})
    return get(connection, persona_id)


def delete(connection: Connection, persona_id: str) -> None:
    """Put the persona aside; its interviews belong to none then, which is announced for each.

    Raises:
        PersonaNotFound: there is no such persona.
    """
    before = get(connection, persona_id)
    assignments.release(connection, before.project_id, persona_id)
    connection.execute(table.update().where(table.c.id == persona_id).values(**transaction.deleted(connection)))
    events.append(connection, before.project_id, "persona:deleted", {"persona_id": persona_id})


def restore(connection: Connection, persona_id: str) -> Persona:
    """Bring a deleted persona back, with its interviews that belong to nobody now, and announce it; see `trash.get`.

    Raises:
        Conflict: another persona has its label meanwhile.
    """
    connection.execute(table.update().where(table.c.id == persona_id).values(**transaction.RESTORED))
    persona = get(connection, persona_id)
    _check_label([one for one in of_project(connection, persona.project_id) if one.id != persona_id], persona.label)
    _announce(connection, "persona:restored", persona)
    assignments.give_back(connection, persona.project_id, persona_id)
    return persona


def show(connection: Connection, persona_id: str, picture: bytes | None) -> Persona:
    """Keep a picture of the persona and announce it; None is again the one that is drawn from its seed."""
    before = get(connection, persona_id)
    if picture is None:
        return change(connection, persona_id, {"picture": None})
    sha256 = hashlib.sha256(picture).hexdigest()
    if not connection.scalar(select(pictures.c.sha256).filter_by(project_id=before.project_id, sha256=sha256)):
        connection.execute(pictures.insert().values(project_id=before.project_id, sha256=sha256, data=picture))
    return change(connection, persona_id, {"picture": sha256})


def picture(connection: Connection, persona: Persona) -> bytes | None:
    """Return the uploaded picture, None where there is none."""
    kept: bytes | None = connection.scalar(
        select(pictures.c.data).filter_by(project_id=persona.project_id, sha256=persona.picture)
    )
    return kept


def _check_label(others: list[Persona], label: str) -> None:
    if any(_read(one.label) == _read(label) for one in others):
        raise Conflict(f"Another persona is called “{label}”. Give this one a label of its own.")


def _read(label: str) -> str:
    """Return a label as readers tell it from others: not by case, by width or by blanks."""
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def _announce(connection: Connection, kind: str, persona: Persona) -> None:
    events.append(connection, persona.project_id, kind, {"persona": persona.model_dump(mode="json")})


def _persona(row: Row[Any]) -> Persona:
    return Persona.model_validate(dict(row._mapping), extra="ignore")
