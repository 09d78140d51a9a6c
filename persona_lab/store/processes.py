"""Servers and workers: which are there, and which are gone and left work lying.

Each has a row and holds a lock, see `presence`. A row is ended by the process itself, or by whoever found its lock
free. One that was taken for dead and is not counts itself in again. Some days after its end a row is removed.
"""

import platform
import secrets
from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, exists, select

from persona_lab import __version__
from persona_lab.models import now
from persona_lab.store.schema.tables import messages, processes

# So long whoever looks into what happened finds it.
KEPT_DAYS = 7.0

Kind = Literal["server", "worker"]


class Process(NamedTuple):
    """One of them.

    Attributes:
        lock: the number of the lock it holds while it is there.
        version: of persona_lab, with the version of the work that it does, if it does any, behind a plus.
    """

    id: str
    kind: Kind
    lock: int
    version: str

    @property
    def works_on(self) -> str:
        """The version of the work that it does, empty for one that does none."""
        return self.version.partition("+")[2]


def new(kind: Kind, works_on: str = "") -> Process:
    version = f"{__version__}+{works_on}" if works_on else __version__
    return Process(str(uuid4()), kind, secrets.randbits(63), version)


def begin(connection: Connection, process: Process) -> None:
    """Count the process in, or in again. It must hold its lock already, or others take it for dead."""
    known = connection.execute(processes.update().where(processes.c.id == process.id).values(ended_at=None))
    if not known.rowcount:
        row = {**process._asdict(), "host": platform.node(), "started_at": now().isoformat()}
        connection.execute(processes.insert().values(row))


def end(connection: Connection, process_id: str) -> None:
    connection.execute(processes.update().where(processes.c.id == process_id).values(ended_at=now().isoformat()))


def ended_long_ago(connection: Connection) -> list[str]:
    """Return the ids of those whose rows nobody needs any more."""
    return list(connection.scalars(select(processes.c.id).where(_ended_long_ago())))


def forget(connection: Connection) -> int:
    """Remove the rows of those that ended long ago, unless an answer is said to be written by them; return how many.

    One that was taken for dead and is there after all is counted in with a new row.
    """
    is_referred_to = exists().where(messages.c.process_id == processes.c.id)
    return connection.execute(processes.delete().where(_ended_long_ago(), ~is_referred_to)).rowcount


def _ended_long_ago() -> ColumnElement[bool]:
    return processes.c.ended_at < (now() - timedelta(days=KEPT_DAYS)).isoformat()


def there(connection: Connection) -> list[Process]:
    """Return those that have not ended, as far as anybody has noticed."""
    columns = [processes.c[name] for name in Process._fields]
    rows = connection.execute(select(*columns).where(processes.c.ended_at.is_(None)).order_by(processes.c.started_at))
    return [Process(*row) for row in rows]
