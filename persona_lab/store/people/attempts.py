"""What may be tried only so often, counted in the database so that it holds over all servers."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, select, text

from persona_lab.errors import TooManyAttempts
from persona_lab.models import now
from persona_lab.store.schema.tables import attempts

MOST = 5
SECONDS = 900.0


def take(connection: Connection, key: str) -> None:
    """Count one more try. Commit it before it is known how the try ends.

    Raises:
        TooManyAttempts: there were as many as there may be within a quarter of an hour; this one isn't counted.
            The error says in how many seconds the next may be.
    """
    if connection.dialect.name == "postgresql":
        # Several at the same moment must see each other.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    at = now()
    since = (at - timedelta(seconds=SECONDS)).isoformat()
    connection.execute(attempts.delete().where(attempts.c.key == key, attempts.c.at <= since))
    tried = list(connection.scalars(select(attempts.c.at).where(attempts.c.key == key).order_by(attempts.c.at.desc())))
    if len(tried) >= MOST:
        oldest = datetime.fromisoformat(tried[MOST - 1])
        raise TooManyAttempts.of(SECONDS - (at - oldest).total_seconds())
    connection.execute(attempts.insert().values(id=str(uuid4()), key=key, at=at.isoformat()))


def forget(connection: Connection, key: str) -> None:
    """Begin to count anew: it was done right."""
    connection.execute(attempts.delete().where(attempts.c.key == key))
