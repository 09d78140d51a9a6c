"""What people judged a turn, or a span within it, to be.

A coding is added and removed, never changed, and the transcript knows nothing of
it. It goes and comes back with its interview.
"""

from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, select

from persona_lab.errors import CodingNotFound
from persona_lab.models import Coding, Interview, Quote, now
from persona_lab.store import events, transaction
from persona_lab.store.schema.tables import codings as table
from persona_lab.store.schema.tables import interviews, projects


class Judgement(NamedTuple):
    """Who says what of a span of a transcript."""

    code: str
    coder: str
    span: Quote
    note: str = ""


def add(connection: Connection, interview: Interview, judgement: Judgement) -> tuple[Coding, bool]:
    """Keep the judgement and announce it; return it and whether it was there already.

    The same code by the same coder at the same place is the same coding; its first note stays.
    """
    code, coder, span, note = judgement
    place = {"interview_id": interview.id, "start": span.start, "end": span.end}
    same = select(table).filter_by(**place, code=code, coder=coder)
    known = connection.execute(same).first()
    if known is not None:
        return Coding.model_validate(dict(known._mapping)), True
    coding = Coding(
        id=str(uuid4()),
        **place,
        turn=span.turn,
        text=span.text,
        status=span.status,
        code=code,
        coder=coder,
        note=note,
        created_at=now(),
    )
    row = coding.model_dump(mode="json")
    connection.execute(table.insert().values(**row))
    events.append(connection, interview.project_id, "coding:added", {"interview_id": interview.id, "coding": row})
    return coding, False


def remove(connection: Connection, coding_id: str) -> None:
    """Take a coding back and announce it.

    Raises:
        CodingNotFound: there is none of that id, or its interview was deleted.
    """
    interview_id = connection.scalar(select(table.c.interview_id).where(table.c.id == coding_id))
    transaction.hold_interviews(connection, interview_id or "")
    found = connection.execute(
        select(table.c.interview_id, interviews.c.project_id)
        .join(interviews, interviews.c.id == table.c.interview_id)
        .join(projects, projects.c.id == interviews.c.project_id)
        .where(table.c.id == coding_id, interviews.c.deleted_at.is_(None), projects.c.deleted_at.is_(None))
    ).first()
    if found is None:
        raise CodingNotFound
    connection.execute(table.delete().where(table.c.id == coding_id))
    told = {"interview_id": found.interview_id, "coding_id": coding_id}
    events.append(connection, found.project_id, "coding:removed", told)


def of_interview(connection: Connection, interview_id: str, *, coder: str | None = None) -> list[Coding]:
    """Return an interview's codings in the order of the text, all or those of one coder."""
    query = select(table).where(table.c.interview_id == interview_id)
    if coder is not None:
        query = query.where(table.c.coder == coder)
    rows = connection.execute(query.order_by(table.c.start, table.c.end, table.c.created_at, table.c.id))
    return [Coding.model_validate(dict(row._mapping)) for row in rows]


def of_project(connection: Connection, project_id: str) -> list[Coding]:
    """Return the codings of the project's interviews, oldest first; those of deleted interviews are left out."""
    rows = connection.execute(
        select(table)
        .join(interviews, interviews.c.id == table.c.interview_id)
        .where(interviews.c.project_id == project_id, interviews.c.deleted_at.is_(None))
        .order_by(table.c.created_at, table.c.id)
    )
    return [Coding.model_validate(dict(row._mapping)) for row in rows]
