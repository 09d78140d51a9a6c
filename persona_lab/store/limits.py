"""What a company may have of the servers that it shares with others; where nothing is said, as much as there is."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Column, Connection, select

from persona_lab.models import Interview, now
from persona_lab.store import interviews
from persona_lab.store.tables import attempts, companies, projects
from persona_lab.store.tables import interviews as table

WINDOW_SECONDS = 60.0


def limited_company(connection: Connection, project_id: str) -> str | None:
    """Return the project's company where it may have only so many interviews analysed at once."""
    found: str | None = connection.scalar(
        select(companies.c.id)
        .join(projects, projects.c.company_id == companies.c.id)
        .where(projects.c.id == project_id, companies.c.analyses_at_once.is_not(None))
    )
    return found


def waiting_companies(connection: Connection) -> list[str]:
    """Return those of them that have interviews in flight."""
    return list(
        connection.scalars(
            select(companies.c.id)
            .distinct()
            .join(projects, projects.c.company_id == companies.c.id)
            .join(table, table.c.project_id == projects.c.id)
            .where(companies.c.analyses_at_once.is_not(None), projects.c.deleted_at.is_(None), interviews.WAITS)
        )
    )


def line(connection: Connection, company_id: str) -> tuple[int | None, list[Interview]]:
    """Return how many analyses the company may have at once, and what it has in flight, the oldest first.

    Nobody else looks at the company's line until the transaction ends.
    """
    limit = _held(connection, companies.c.analyses_at_once, company_id)
    waiting = interviews.in_flight_where(
        connection,
        table.c.project_id.in_(select(projects.c.id).where(projects.c.company_id == company_id, _THERE)),
    )
    return limit, waiting


def take_upload(connection: Connection, project_id: str) -> float | None:
    """Count an upload to the project; return how many seconds to wait where its company may make no more now."""
    company_id = connection.scalar(select(projects.c.company_id).where(projects.c.id == project_id))
    is_limited = companies.c.uploads_per_minute.is_not(None)
    if company_id is None or not connection.scalar(
        select(companies.c.id).where(companies.c.id == company_id, is_limited)
    ):
        return None
    limit = _held(connection, companies.c.uploads_per_minute, company_id)
    at, key = now(), f"upload:{company_id}"
    since = (at - timedelta(seconds=WINDOW_SECONDS)).isoformat()
    connection.execute(attempts.delete().where(attempts.c.key == key, attempts.c.at <= since))
    made = list(connection.scalars(select(attempts.c.at).where(attempts.c.key == key).order_by(attempts.c.at)))
    if limit is not None and len(made) >= limit:
        return WINDOW_SECONDS - (at - at.fromisoformat(made[-limit])).total_seconds() if limit else WINDOW_SECONDS
    connection.execute(attempts.insert().values(id=str(uuid4()), key=key, at=at.isoformat()))
    return None


_THERE = projects.c.deleted_at.is_(None)


def _held(connection: Connection, limit: Column[int], company_id: str) -> int | None:
    """Return a limit of the company, whose row is locked: others who go by it come one after the other."""
    query = select(limit).where(companies.c.id == company_id).with_for_update(key_share=True)
    found: int | None = connection.scalar(query)
    return found
