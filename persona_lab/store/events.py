"""The project's history: every change as a numbered event, kept for ever.

Streams are read from here and never from memory, so a reader that was away
asks for "everything after 41" and misses nothing. `append` must be called in
the transaction that makes the change.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from persona_lab.errors import ProjectNotFound
from persona_lab.models import Event, now
from persona_lab.store import transaction
from persona_lab.store.schema.tables import events, projects

FETCHED = 16
# Built once: every change of a project runs through them, and building costs more than running.
_TAKE_NUMBER = (
    projects.update()
    .where(projects.c.id == bindparam("project"))
    .values(seq=projects.c.seq + 1)
    .returning(projects.c.seq)
)
_WRITE = events.insert()
_AFTER = (
    select(events)
    .where(events.c.project_id == bindparam("project"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("limit"))
)


def append(connection: Connection, project_id: str, kind: str, data: dict[str, Any]) -> Event:
    """Write the project's next event and return it.

    The number comes from the project's own row, which stays locked until the
    transaction ends: whoever has seen 41 can't later find an uncommitted 40.
    """
    took = connection.execute(_TAKE_NUMBER, {"project": project_id}).first()
    if took is None:
        raise ProjectNotFound
    entry = Event(seq=took.seq, type=kind, at=now(), data=data)
    actor = transaction.actor(connection)
    connection.execute(_WRITE, {"project_id": project_id, "actor": actor, **entry.model_dump(mode="json")})
    transaction.changed(connection, project_id)
    return entry


def after(connection: Connection, project_id: str, seq: int, limit: int) -> list[Event]:
    """Return up to `limit` events that follow number `seq`, in order."""
    return list(each_after(connection, project_id, seq, limit))


def each_after(connection: Connection, project_id: str, seq: int, limit: int) -> Iterator[Event]:
    """Yield the same, a few at a time: whoever stops early has not read the rest."""
    place = {"project": project_id, "after": seq, "limit": limit}
    rows = connection.execute(_AFTER, place, execution_options={"yield_per": FETCHED})
    for row in rows.mappings():
        yield Event.model_validate(dict(row))


def newest(connection: Connection, project_id: str) -> int:
    """Return the number of the project's newest event, 0 before the first."""
    return connection.scalar(select(func.max(events.c.seq)).where(events.c.project_id == project_id)) or 0


def newest_of(connection: Connection, project_id: str, kind: str) -> dict[str, Any] | None:
    """Return what the project's newest event of this type says, None where there is none."""
    query = select(events.c.data).where(events.c.project_id == project_id, events.c.type == kind)
    found: dict[str, Any] | None = connection.scalar(query.order_by(events.c.seq.desc()).limit(1))
    return found


def newest_type(connection: Connection, project_id: str) -> str | None:
    """Return what the project's newest event announced."""
    query = select(events.c.type).where(events.c.project_id == project_id).order_by(events.c.seq.desc()).limit(1)
    found: str | None = connection.scalar(query)
    return found
