"""What engines were paid for, and the finished parts of analyses that need not be paid for again."""

from uuid import uuid4

from sqlalchemy import Connection, func, select

from persona_lab.models import Spent, Usage, now
from persona_lab.store import transaction
from persona_lab.store.schema.tables import parts, projects, spending


def part(connection: Connection, interview_id: str, engine: str, key: str) -> str | None:
    """Return a part that an engine has finished, None where there is none of that key."""
    here = parts.c.interview_id == interview_id, parts.c.key == f"{engine}:{key}"
    return connection.scalar(select(parts.c.part).where(*here))


def keep_part(connection: Connection, interview_id: str, engine: str, key: str, made: str) -> None:
    transaction.hold_interviews(connection, interview_id)
    own = f"{engine}:{key}"
    connection.execute(parts.delete().where(parts.c.interview_id == interview_id, parts.c.key == own))
    connection.execute(parts.insert().values(interview_id=interview_id, key=own, part=made))


def drop_parts(connection: Connection, interview_id: str, engine: str) -> None:
    """Forget the parts of an engine's analysis, which is complete; another engine may be at work beside it."""
    own = parts.c.key.startswith(f"{engine}:", autoescape=True)
    connection.execute(parts.delete().where(parts.c.interview_id == interview_id, own))


def add(
    connection: Connection,
    project_id: str,
    *,
    engine: str,
    model: str,
    usage: Usage,
    interview_id: str | None = None,
    run_id: str | None = None,
) -> None:
    """Write down what was paid for; without an interview it was for an answer."""
    connection.execute(
        spending.insert().values(
            id=str(uuid4()),
            project_id=project_id,
            interview_id=interview_id,
            run_id=run_id,
            engine=engine,
            model=model,
            at=now().isoformat(),
            **usage.model_dump(),
        )
    )


def tokens(connection: Connection, project_id: str) -> int:
    """Return how many tokens the project has used in all, in and out."""
    used = func.sum(spending.c.input_tokens + spending.c.output_tokens)
    return connection.scalar(select(used).where(spending.c.project_id == project_id)) or 0


def budget(connection: Connection, project_id: str) -> int | None:
    """Return how many tokens the project may use in all; None is as many as it wants."""
    return connection.scalar(select(projects.c.budget).where(projects.c.id == project_id))


def of_project(connection: Connection, project_id: str) -> list[Spent]:
    """Return what was paid for, oldest first."""
    rows = connection.execute(select(spending).where(spending.c.project_id == project_id).order_by(spending.c.at))
    return [Spent.model_validate(row._mapping, extra="ignore") for row in rows]
