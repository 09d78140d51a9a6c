"""The vectors by which turns and findings are compared, so that nothing is encoded twice."""

from collections.abc import Collection
from typing import Literal

from sqlalchemy import Connection, select

from persona_lab.store.tables import meanings as table

Of = Literal["turns", "findings"]


def save(connection: Connection, interview_id: str, of: Of, *, made_by: str, vectors: bytes) -> None:
    """Keep the vectors, in place of those from before."""
    connection.execute(table.delete().where(table.c.interview_id == interview_id, table.c.of == of))
    connection.execute(table.insert().values(interview_id=interview_id, of=of, made_by=made_by, vectors=vectors))


def get(connection: Connection, interview_ids: Collection[str], of: Of) -> dict[str, tuple[str, bytes]]:
    """Return by interview who made the vectors, and the vectors; interviews without any are left out."""
    rows = connection.execute(select(table).where(table.c.interview_id.in_(interview_ids), table.c.of == of))
    return {row.interview_id: (row.made_by, row.vectors) for row in rows}
