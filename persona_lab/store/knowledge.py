"""What becomes of feeding a project's findings to its knowledge base, which goes on after it was asked for."""

from sqlalchemy import Connection, func, select

from persona_lab.errors import Conflict, EngineUnavailable, PersonaLabError
from persona_lab.models import Fed
from persona_lab.store import events, projects, transaction
from persona_lab.store.schema.tables import events as log
from persona_lab.store.schema.tables import projects as table

BEGUN, FED, FAILED = "knowledge:begun", "knowledge:fed", "knowledge:failed"


def begin(connection: Connection, project_id: str, findings: int, *, process_id: str) -> None:
    """Announce that so many findings are being fed, and by which process.

    Raises:
        Conflict: they are being fed already, by whichever process.
    """
    transaction.hold(connection, project_id)
    query = select(log.c.type).where(log.c.project_id == project_id, log.c.type.in_((BEGUN, FED, FAILED)))
    if connection.scalar(query.order_by(log.c.seq.desc()).limit(1)) == BEGUN:
        raise Conflict("The project's findings are being fed already. Wait until that has ended.")
    events.append(connection, project_id, BEGUN, {"findings": findings, "process_id": process_id})


def end(connection: Connection, project_id: str, came: Fed | PersonaLabError) -> None:
    """Announce what came of it; of a project that is gone nobody wants to know."""
    if not projects.exists(connection, project_id):
        return
    if isinstance(came, Fed):
        events.append(connection, project_id, FED, {"knowledge": came.model_dump(mode="json")})
    else:
        events.append(connection, project_id, FAILED, {"error": {"code": came.code, "message": came.message}})


def end_left_open(connection: Connection, process_id: str) -> None:
    """Announce that feeding failed wherever this process, which is gone, has begun and not ended it."""
    newest = (
        select(log.c.project_id, func.max(log.c.seq).label("seq"))
        .where(log.c.type.in_((BEGUN, FED, FAILED)))
        .group_by(log.c.project_id)
        .subquery()
    )
    begun = (
        select(log.c.project_id)
        .join(newest, (newest.c.project_id == log.c.project_id) & (newest.c.seq == log.c.seq))
        .join(table, table.c.id == log.c.project_id)
        .where(log.c.type == BEGUN, table.c.deleted_at.is_(None))
        .where(log.c.data["process_id"].as_string() == process_id)
    )
    ended = EngineUnavailable("The server ended before the findings were fed. Feed them again.")
    for project_id in connection.scalars(begun).all():
        end(connection, project_id, ended)
