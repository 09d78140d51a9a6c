"""Analyses by other engines, made to be compared with an interview's own and not in its place.

Each is announced when it is started, and again when it ended: `analysis:added` with its
result, or `analysis:failed` with the reason. The interview's own state doesn't move.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from persona_lab.errors import AnalysisCancelled
from persona_lab.models import Analysis, EngineName, Failure, now
from persona_lab.store import events, interviews, spending
from persona_lab.store.schema.tables import analyses, comparisons

STARTED, ADDED, FAILED = "analysis:started", "analysis:added", "analysis:failed"


class Started(NamedTuple):
    """One that is under way."""

    interview_id: str
    engine: EngineName
    run_id: str


def start(connection: Connection, interview_id: str, engine: EngineName) -> Started:
    """Announce that an engine begins.

    Raises:
        InterviewNotFound: there is no such interview.
    """
    interview = interviews.get(connection, interview_id)
    begun = Started(interview_id, engine, f"{interview_id}:{engine}:{secrets.token_hex(4)}")
    connection.execute(comparisons.insert().values(**begun._asdict(), begun_at=now().isoformat()))
    events.append(connection, interview.project_id, STARTED, begun._asdict())
    return begun


def add(connection: Connection, begun: Started, analysis: Analysis, began: interviews.Began) -> None:
    """The analysis is there; the second time it is told changes nothing."""
    if not _end(connection, begun):
        return
    result = analysis.model_dump(mode="json")
    connection.execute(
        analyses.insert().values(
            run_id=begun.run_id,
            interview_id=begun.interview_id,
            result=result,
            created_at=now().isoformat(),
            beside=True,
        )
    )
    spending.drop_parts(connection, begun.interview_id, begun.engine)
    run = {"began_at": began.at.isoformat(), "began_seq": began.seq}
    _announce(connection, ADDED, begun, {"result": result, "run": run})


def fail(connection: Connection, begun: Started, failure: Failure) -> None:
    """There will be none."""
    if _end(connection, begun):
        _announce(connection, FAILED, begun, {"error": failure.model_dump(mode="json")})


def cancel(connection: Connection, interview_id: str) -> list[Started]:
    """End those that are under way; return which they were."""
    ended = under_way(connection, interview_id)
    for begun in ended:
        fail(connection, begun, Failure(code=AnalysisCancelled.code, message=AnalysisCancelled().message))
    return ended


def under_way(connection: Connection, interview_id: str | None = None) -> list[Started]:
    """Return what was started and has not ended, of one interview or of all; the oldest first."""
    conditions = [] if interview_id is None else [comparisons.c.interview_id == interview_id]
    return [begun for _, begun in begun_where(connection, *conditions)]


def begun_where(connection: Connection, *conditions: ColumnElement[bool]) -> list[tuple[datetime, Started]]:
    """Return what has not ended and since when, of those for which the conditions hold; the oldest first."""
    query = select(comparisons).where(*conditions).order_by(comparisons.c.begun_at, comparisons.c.run_id)
    return [
        (datetime.fromisoformat(row.begun_at), Started(row.interview_id, row.engine, row.run_id))
        for row in connection.execute(query)
    ]


def _end(connection: Connection, begun: Started) -> bool:
    """Say whether it was under way; it is no more."""
    return bool(connection.execute(comparisons.delete().where(comparisons.c.run_id == begun.run_id)).rowcount)


def _announce(connection: Connection, kind: str, begun: Started, more: Mapping[str, Any]) -> None:
    project_id = interviews.get(connection, begun.interview_id, even_deleted=True).project_id
    events.append(connection, project_id, kind, {**begun._asdict(), **more})
