"""What a transaction knows of itself: who acts, which projects it changes, and which it holds.

A project is held by whoever writes to it: its row is locked until the transaction ends, so what was read before a
change still holds when the change is made. SQLite lets one writer in at a time, and needs no such lock. Everything
that reads in order to write must hold the project before it reads: each aggregate's `get` does so by itself.
"""

from sqlalchemy import Connection, Table, bindparam, select

from persona_lab.models import now
from persona_lab.store.schema.tables import interviews, projects

_INFO = "persona_lab"
# NO KEY UPDATE: rows that refer to the project may be added meanwhile by whoever needs no order.
_HOLD = select(projects.c.id).where(projects.c.id == bindparam("project")).with_for_update(key_share=True)


class Writing:
    """What one writing transaction has done so far.

    Attributes:
        actor: who does it; None is work that follows from what somebody did.
        changed: the projects that have new events, and whoever has other rights: see `rights_changed`.
        held: the projects whose rows are locked.
    """

    def __init__(self, actor: str | None) -> None:
        self.actor = actor
        self.changed: set[str] = set()
        self.held: set[str] = set()


def begin(connection: Connection, actor: str | None) -> Writing:
    """Mark the connection as one that writes, until `end`."""
    found = connection.info[_INFO] = Writing(actor)
    return found


def end(connection: Connection) -> None:
    # What was noted of a connection that was lost is lost with it.
    if not connection.invalidated:
        connection.info.pop(_INFO, None)


def of(connection: Connection) -> Writing | None:
    """Return what the transaction has done, None for one that only reads."""
    found: Writing | None = connection.info.get(_INFO)
    return found


def actor(connection: Connection) -> str | None:
    """Return who acts, None for work that follows from what somebody did."""
    writing = of(connection)
    return None if writing is None else writing.actor


# What undoes `deleted`.
RESTORED = {"deleted_at": None, "deleted_by": None}


def deleted(connection: Connection) -> dict[str, str | None]:
    """Return what a row says that is put into the trash: since when, and by whom."""
    return {"deleted_at": now().isoformat(), "deleted_by": actor(connection)}


def changed(connection: Connection, project_id: str) -> None:
    """Note that the project has a new event."""
    writing = of(connection)
    if writing is None:
        raise RuntimeError("Events are written within Store.writing().")
    writing.changed.add(project_id)


# How the news begins that it isn't of a project, but of somebody.
OF_SOMEBODY = "user:"


def rights_changed(connection: Connection, user_id: str) -> None:
    """Note that somebody may do less than before, or more, so that what they have open is looked at again."""
    writing = of(connection)
    if writing is None:
        raise RuntimeError("Rights are changed within Store.writing().")
    writing.changed.add(f"{OF_SOMEBODY}{user_id}")


def hold(connection: Connection, project_id: str | None) -> None:
    """Let nobody else write to the project until the transaction ends; nothing for one that only reads."""
    writing = of(connection)
    if writing is None or project_id is None or project_id in writing.held:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"project": project_id})
    writing.held.add(project_id)


def hold_of(connection: Connection, table: Table, row_id: str) -> None:
    """Hold the project that a row belongs to, by the row's `id` and its `project_id`."""
    if of(connection) is not None and connection.dialect.name == "postgresql":
        hold(connection, connection.scalar(select(table.c.project_id).where(table.c.id == row_id)))


def hold_interviews(connection: Connection, interview_id: str) -> None:
    """Hold the project that an interview belongs to."""
    hold_of(connection, interviews, interview_id)
