"""What a company may have of the servers that it shares with others; where nothing is said, as much as there is."""

from datetime import datetime, timedelta
from operator import itemgetter
from uuid import uuid4

from sqlalchemy import Column, Connection, or_, select

from persona_lab.errors import TooManyUploads
from persona_lab.models import Interview, now
from persona_lab.store import beside, interviews
from persona_lab.store.schema.tables import attempts, companies, comparisons, projects
from persona_lab.store.schema.tables import interviews as table

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
    """Return those of them that have interviews in flight, or comparisons under way."""
    is_compared = table.c.id.in_(select(comparisons.c.interview_id))
    return list(
        connection.scalars(
            select(companies.c.id)
            .distinct()
            .join(projects, projects.c.company_id == companies.c.id)
            .join(table, table.c.project_id == projects.c.id)
            .where(companies.c.analyses_at_once.is_not(None), _THERE, or_(interviews.WAITS, is_compared))
        )
    )


def line(connection: Connection, company_id: str) -> tuple[int | None, list[Interview | beside.Started]]:
    """Return how many analyses the company may have at once, and what it has in flight, the oldest first.

    Interviews stand in it since they were uploaded, and comparisons since they were asked for. Nobody else looks at
    the company's line until the transaction ends.
    """
    limit = _held(connection, companies.c.analyses_at_once, company_id)
    its = table.c.project_id.in_(select(projects.c.id).where(projects.c.company_id == company_id, _THERE))
    compared = beside.begun_where(connection, comparisons.c.interview_id.in_(select(table.c.id).where(its)))
    waiting: list[tuple[datetime, Interview | beside.Started]] = [*compared]
    waiting += [(one.created_at, one) for one in interviews.in_flight_where(connection, its)]
    return limit, [one for _, one in sorted(waiting, key=itemgetter(0))]


def is_uploading_limited(connection: Connection, project_id: str) -> bool:
    """Say whether the project's company may upload only so much in a minute."""
    query = select(companies.c.uploads_per_minute).join(projects, projects.c.company_id == companies.c.id)
    return connection.scalar(query.where(projects.c.id == project_id)) is not None


def take_upload(connection: Connection, project_id: str) -> None:
    """Count an upload to the project, by whichever server.

    Raises:
        TooManyUploads: its company has uploaded as much as it may in a minute; this one isn't counted.
    """
    company_id = str(connection.scalar(select(projects.c.company_id).where(projects.c.id == project_id)))
    limit = _held(connection, companies.c.uploads_per_minute, company_id)
    if limit is None:
        return
    at, key = now(), f"upload:{company_id}"
    since = (at - timedelta(seconds=WINDOW_SECONDS)).isoformat()
    connection.execute(attempts.delete().where(attempts.c.key == key, attempts.c.at <= since))
    made = list(connection.scalars(select(attempts.c.at).where(attempts.c.key == key).order_by(attempts.c.at)))
    if len(made) >= limit:
        # There is room again when the oldest of the newest `limit` is a minute old.
        oldest = at.fromisoformat(made[len(made) - limit]) if limit else at
        raise TooManyUploads.of(limit, WINDOW_SECONDS - (at - oldest).total_seconds())
    connection.execute(attempts.insert().values(id=str(uuid4()), key=key, at=at.isoformat()))


_THERE = projects.c.deleted_at.is_(None)


def _held(connection: Connection, limit: Column[int], company_id: str) -> int | None:
    """Return a limit of the company, whose row is locked: others who go by it come one after the other."""
    query = select(limit).where(companies.c.id == company_id).with_for_update(key_share=True)
    found: int | None = connection.scalar(query)
    return found
