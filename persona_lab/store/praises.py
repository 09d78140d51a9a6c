"""What participants are pleased with, so that no interview is read for it twice."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from persona_lab.store import transaction
from persona_lab.store.schema.tables import praises as table


class Kept(NamedTuple):
    """Who found the praises, the praises as JSON, and their packed vectors."""

    made_by: str
    said: Sequence[dict[str, Any]]
    vectors: bytes


def save(connection: Connection, interview_id: str, kept: Kept) -> None:
    """Keep an interview's praises, in place of those from before."""
    transaction.hold_interviews(connection, interview_id)
    connection.execute(table.delete().where(table.c.interview_id == interview_id))
    connection.execute(table.insert().values(interview_id=interview_id, **kept._asdict()))


def get(connection: Connection, interview_ids: Collection[str]) -> dict[str, Kept]:
    """Return the praises by interview; interviews that were not read for them yet are left out."""
    rows = connection.execute(select(table).where(table.c.interview_id.in_(interview_ids)))
    return {row.interview_id: Kept(row.made_by, row.said, row.vectors) for row in rows}
