"""Studies: making, finding, changing and deleting them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, func, select

from persona_lab.errors import Conflict, ProjectNotFound, ProjectPurged
from persona_lab.models import LOCAL_COMPANY, EngineName, Identity, Project, RedactionSetting, Visibility, now
from persona_lab.store import events, transaction
from persona_lab.store.people import access
from persona_lab.store.schema.tables import events as log
from persona_lab.store.schema.tables import interviews, projects

# No transaction in somebody's name may read the password's hash.
_ALIVE = select(*[column for column in projects.c if column.name != "password_hash"]).where(
    projects.c.deleted_at.is_(None)
)
# Built once: it stands before every change.
_GET = _ALIVE.where(projects.c.id == bindparam("project"))


def create(
    connection: Connection,
    *,
    epoch: str,
    name: str,
    purpose: str = "",
    audience: str = "",
    method: str = "",
    description: str = "",
    company: str = "",
    company_info: str = "",
    glossary: Sequence[str] = (),
    redaction: RedactionSetting = "network",
    engine: EngineName | None = None,
    visibility: Visibility = "private",
    company_id: str = LOCAL_COMPANY,
    owner_id: str | None = None,
) -> Project:
    """Make a project and announce it as its first event.

    Args:
        company_id: the tenant that it belongs to.
        owner_id: the user whose it is; None where there are no accounts.
    """
    at = now().isoformat()
    project_id = str(uuid4())
    values = {
        "name": name,
        "purpose": purpose,
        "audience": audience,
        "method": method,
        "description": description,
        "company": company,
        "company_info": company_info,
        "glossary": list(glossary),
        "redaction": redaction,
        "engine": engine,
        "visibility": visibility,
    }
    connection.execute(
        projects.insert().values(
            id=project_id, company_id=company_id, owner_id=owner_id, seq=0, created_at=at, updated_at=at, **values
        )
    )
    return _announce(connection, project_id, "project:created", epoch)


def get(connection: Connection, project_id: str, *, epoch: str) -> Project:
    """Return the project.

    Raises:
        ProjectNotFound: there is none of that id, or it was deleted.
    """
    transaction.hold(connection, project_id)
    row = connection.execute(_GET, {"project": project_id}).first()
    if row is None:
        is_purged = projects.c.id == project_id, projects.c.purged_at.is_not(None)
        raise ProjectPurged if connection.scalar(select(projects.c.id).where(*is_purged)) else ProjectNotFound
    return _project(row, epoch)


def exists(connection: Connection, project_id: str) -> bool:
    """Say whether there is such a project, and it is not deleted."""
    return connection.execute(_GET, {"project": project_id}).first() is not None


def named(connection: Connection, name: str, *, epoch: str, seen_by: Identity) -> Project | None:
    """Return the oldest project of that name that somebody sees, if there is one."""
    query = _ALIVE.where(projects.c.name == name, access.visible(seen_by)).order_by(projects.c.created_at)
    row = connection.execute(query).first()
    return None if row is None else _project(row, epoch)


def every(connection: Connection, *, epoch: str, seen_by: Identity) -> list[Project]:
    """Return all projects that somebody sees, oldest first."""
    query = _ALIVE.where(access.visible(seen_by)).order_by(projects.c.created_at, projects.c.id)
    return [_project(row, epoch) for row in connection.execute(query)]


def seen(connection: Connection, seen_by: Identity) -> set[str]:
    """Return the ids of all projects that somebody sees."""
    return set(connection.scalars(select(projects.c.id).where(access.visible(seen_by))))


def protect(connection: Connection, project_id: str, password_hash: str | None) -> None:
    """Let people of the company join by a password, or by none from now on; that there is one is announced."""
    transaction.hold(connection, project_id)
    connection.execute(projects.update().where(projects.c.id == project_id).values(password_hash=password_hash))
    events.append(connection, project_id, "password:changed", {"is_set": password_hash is not None})


def password_hash(connection: Connection, project_id: str, company_id: str) -> str | None:
    """Return the hash of the password that a company's project can be joined by; None where that isn't possible."""
    found: str | None = connection.scalar(
        select(projects.c.password_hash).where(
            projects.c.id == project_id, projects.c.company_id == company_id, projects.c.deleted_at.is_(None)
        )
    )
    return found


def earlier(connection: Connection, project_id: str) -> list[Project]:
    """Return the project as it was after each of its changes, with the `seq` of the event that announced it."""
    kinds = log.c.type.in_(("project:created", "project:updated"))
    rows = connection.execute(
        select(log.c.seq, log.c.data["project"].label("project"))
        .where(log.c.project_id == project_id, kinds)
        .order_by(log.c.seq)
    )
    return [Project.model_validate({**row.project, "seq": row.seq}) for row in rows]


def change(connection: Connection, project_id: str, values: Mapping[str, Any], *, epoch: str) -> Project:
    """Set the given columns and announce it; nothing is announced when nothing differs.

    Raises:
        Conflict: redaction before storage is wanted, and there are interviews that are kept as they were uploaded.
    """
    before = get(connection, project_id, epoch=epoch)
    if all(getattr(before, key) == value for key, value in values.items()):
        return before
    if values.get("redaction") == "storage":
        _check_all_redacted(connection, before)
    connection.execute(
        projects.update().where(projects.c.id == project_id).values(updated_at=now().isoformat(), **values)
    )
    return _announce(connection, project_id, "project:updated", epoch)


def delete(connection: Connection, project_id: str, *, epoch: str) -> None:
    """Put the project aside; its rows and files stay until they are purged."""
    get(connection, project_id, epoch=epoch)
    events.append(connection, project_id, "project:deleted", {"project_id": project_id})
    connection.execute(projects.update().where(projects.c.id == project_id).values(**transaction.deleted(connection)))


def restore(connection: Connection, project_id: str, *, epoch: str) -> Project:
    """Bring a deleted project back, with everything in it.

    Raises:
        ProjectNotFound: there is none of that id, or it was purged.
        Conflict: it is not deleted.
    """
    transaction.hold(connection, project_id)
    there = select(projects).where(projects.c.id == project_id, projects.c.purged_at.is_(None))
    row = connection.execute(there).first()
    if row is None:
        raise ProjectNotFound
    if row.deleted_at is None:
        raise Conflict(f"“{row.name}” is not deleted.")
    connection.execute(projects.update().where(projects.c.id == project_id).values(**transaction.RESTORED))
    return _announce(connection, project_id, "project:restored", epoch)


def _check_all_redacted(connection: Connection, project: Project) -> None:
    # Deleted ones count: they are kept, and can be restored.
    there = interviews.c.project_id == project.id
    kept = connection.scalar(select(func.count()).where(there, interviews.c.redacted.is_(False)))
    if kept:
        raise Conflict(
            f"“{project.name}” keeps {kept:,} interview{'' if kept == 1 else 's'} as uploaded, deleted ones included, "
            "so it can't say that all are redacted before storage. Make a new project with that setting, and upload "
            "them there."
        )


def _announce(connection: Connection, project_id: str, kind: str, epoch: str) -> Project:
    project = get(connection, project_id, epoch=epoch)
    written = events.append(connection, project_id, kind, {"project": project.model_dump(mode="json", exclude={"seq"})})
    return project.model_copy(update={"seq": written.seq})


def _project(row: Row[Any], epoch: str) -> Project:
    return Project.model_validate({**row._mapping, "epoch": epoch}, extra="ignore")
