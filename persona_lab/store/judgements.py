"""What people said of insights: added and undone, never changed."""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Connection, Select, func, select

from persona_lab.errors import JudgementNotFound
from persona_lab.models import Anchor, Insight, Judgement, JudgementKind, now
from persona_lab.store.schema.tables import interviews
from persona_lab.store.schema.tables import judgements as table

_COLUMNS = [column for column in table.c if column.name not in ("project_id", "undone_at")]


def add(
    connection: Connection,
    project_id: str,
    insight: Insight,
    kind: JudgementKind,
    *,
    anchors: Sequence[Anchor],
    others: Sequence[Anchor] = (),
    text: str = "",
    user: str,
) -> Judgement:
    """Keep a judgement; announcing it, with what it changes, is for the caller in the same transaction."""
    number = connection.scalar(select(func.max(table.c.number)).where(table.c.project_id == project_id))
    newest = connection.scalar(select(func.max(interviews.c.number)).where(interviews.c.project_id == project_id))
    judgement = Judgement(
        id=str(uuid4()),
        number=(number or 0) + 1,
        kind=kind,
        insight_id=insight.id,
        insight_kind=insight.kind,
        text=text,
        anchors=tuple(anchors),
        others=tuple(others),
        newest_interview=newest or 0,
        created_by=user,
        created_at=now(),
    )
    connection.execute(table.insert().values(project_id=project_id, **judgement.model_dump(mode="json")))
    return judgement


def undo(connection: Connection, project_id: str, judgement_id: str) -> Judgement:
    """Take a judgement back and return it; announcing that is for the caller, too.

    Raises:
        JudgementNotFound: there is none of that id, or it was undone before.
    """
    found = connection.execute(_standing(project_id).where(table.c.id == judgement_id)).first()
    if found is None:
        raise JudgementNotFound
    connection.execute(table.update().where(table.c.id == judgement_id).values(undone_at=now().isoformat()))
    return Judgement.model_validate(dict(found._mapping))


def of_project(connection: Connection, project_id: str) -> list[Judgement]:
    """Return the judgements that stand, oldest first."""
    rows = connection.execute(_standing(project_id).order_by(table.c.number))
    return [Judgement.model_validate(dict(row._mapping)) for row in rows]


def _standing(project_id: str) -> Select[tuple[object, ...]]:
    return select(*_COLUMNS).where(table.c.project_id == project_id, table.c.undone_at.is_(None))
