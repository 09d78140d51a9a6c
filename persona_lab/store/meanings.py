"""The vectors by which turns, their sentences and findings are compared, so that nothing is encoded twice."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from sqlalchemy import Connection, String, and_, column, select, values

from persona_lab.store import transaction
from persona_lab.store.schema.tables import meanings as table

Of = Literal["turns", "findings"]
Place = tuple[str, int]
# So many places are looked up at once: databases take no more values in one statement.
AT_ONCE = 250


def save(connection: Connection, interview_id: str, of: Of, *, made_by: str, vectors: bytes) -> None:
    """Keep the vectors, in place of those from before."""
    transaction.hold_interviews(connection, interview_id)
    connection.execute(table.delete().where(table.c.interview_id == interview_id, table.c.of == of))
    connection.execute(table.insert().values(interview_id=interview_id, of=of, made_by=made_by, vectors=vectors))


def get(connection: Connection, interview_ids: Collection[str], of: Of) -> dict[str, tuple[str, bytes]]:
    """Return by interview who made the vectors, and the vectors; interviews without any are left out."""
    rows = connection.execute(select(table).where(table.c.interview_id.in_(interview_ids), table.c.of == of))
    return {row.interview_id: (row.made_by, row.vectors) for row in rows}


def save_sentences(connection: Connection, interview_id: str, turns: Sequence[bytes], *, made_by: str) -> None:
    """Keep the vectors of each turn's sentences, in place of those from before; turns without any are left out."""
    transaction.hold_interviews(connection, interview_id)
    connection.execute(table.delete().where(table.c.interview_id == interview_id, table.c.of.startswith(_of_turn(""))))
    rows = [
        {"interview_id": interview_id, "of": _of_turn(turn), "made_by": made_by, "vectors": vectors}
        for turn, vectors in enumerate(turns)
        if vectors
    ]
    if rows:
        connection.execute(table.insert(), rows)


def of_sentences(connection: Connection, places: Iterable[Place], *, made_by: str) -> dict[Place, bytes]:
    """Return the vectors of the sentences of the turns at (interview id, index), as far as this model made any."""
    keys = {(interview_id, _of_turn(turn)): (interview_id, turn) for interview_id, turn in places}
    wanted = list(keys)
    found = {}
    for first in range(0, len(wanted), AT_ONCE):
        # A list of pairs after IN would make SQLite read every row there is.
        asked = values(column("interview_id", String), column("of", String), name="places")
        place = asked.data(wanted[first : first + AT_ONCE]).cte()
        rows = connection.execute(
            select(table.c.interview_id, table.c.of, table.c.vectors)
            .select_from(place)
            .join(table, and_(table.c.interview_id == place.c.interview_id, table.c.of == place.c.of))
            .where(table.c.made_by == made_by)
        )
        found.update({keys[row.interview_id, row.of]: row.vectors for row in rows})
    return found


def _of_turn(turn: int | str) -> str:
    return f"turn {turn}"
