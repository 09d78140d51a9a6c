"""Numbered steps that bring an older database to today's tables.

A step is never edited once released: what a fresh database gets from
`tables.metadata` must equal what the steps build, and a test compares the two.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, inspect, select

from persona_lab.errors import Conflict
from persona_lab.store.tables import meta, metadata


def _first_tables(connection: Connection) -> None:
    metadata.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first_tables,)
VERSION = len(STEPS)


def migrate(connection: Connection) -> None:
    """Bring the database to `VERSION`, and give a new log its epoch.

    Raises:
        Conflict: the database was written by a newer persona_lab.
    """
    found = version(connection)
    if found > VERSION:
        raise Conflict(
            f"The workspace was written by a newer persona_lab (schema {found}, this one knows {VERSION}). "
            "Upgrade persona-lab."
        )
    for step in STEPS[found:]:
        step(connection)
    if found == 0:
        connection.execute(
            meta.insert(), [{"key": "version", "value": str(VERSION)}, {"key": "epoch", "value": secrets.token_hex(4)}]
        )
    else:
        connection.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def version(connection: Connection) -> int:
    """Return the schema's number, 0 for an empty database."""
    if not inspect(connection).has_table("meta"):
        return 0
    return int(connection.scalar(select(meta.c.value).where(meta.c.key == "version")) or 0)


def epoch(connection: Connection) -> str:
    """Return the mark of this log; a restored backup gets a new one."""
    return str(connection.scalar(select(meta.c.value).where(meta.c.key == "epoch")))
