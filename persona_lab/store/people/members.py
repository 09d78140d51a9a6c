"""Who belongs to a project: its owner, and those whom somebody added or who joined by themselves."""

from typing import Any

from sqlalchemy import Connection, Row, select

from persona_lab.errors import Conflict, UserNotFound
from persona_lab.models import LOCAL_COMPANY, Member, ProjectRole, User, now
from persona_lab.store import events, transaction
from persona_lab.store.schema.tables import members, projects, users


def of_project(connection: Connection, project_id: str) -> list[Member]:
    """Return the project's members, the owner first and then in the order of joining."""
    listed = connection.execute(
        select(members, users.c.name, users.c.email)
        .join(users, users.c.id == members.c.user_id)
        .where(members.c.project_id == project_id)
        .order_by(members.c.added_at, members.c.user_id)
    )
    owner = _owner(connection, project_id)
    return [
        *([owner] if owner else []),
        *(_member(row) for row in listed if owner is None or row.user_id != owner.user_id),
    ]


def add(connection: Connection, project_id: str, user: User, role: ProjectRole, *, by: str) -> Member:
    """Let somebody take part, or in another role than before, and announce it; the same again is no news.

    Args:
        user: somebody of the project's company.
        role: `"admin"` or `"member"`.

    Raises:
        Conflict: the project is theirs, or has no company whose people could take part.
    """
    transaction.hold(connection, project_id)
    _check_company(connection, project_id)
    before = {one.user_id: one for one in of_project(connection, project_id)}.get(user.id)
    if before is not None and before.role == "owner":
        raise Conflict(f"{user.name} owns the project, and so may do everything in it. Hand it over first.")
    if before is not None and before.role == role:
        return before
    if before is not None:
        connection.execute(members.update().where(*_is(project_id, user.id)).values(role=role))
        return _announce(connection, project_id, user.id, "member:changed")
    connection.execute(
        members.insert().values(
            project_id=project_id, user_id=user.id, role=role, added_by=by, added_at=now().isoformat()
        )
    )
    return _announce(connection, project_id, user.id, "member:added")


def change(connection: Connection, project_id: str, user_id: str, role: ProjectRole) -> Member:
    """Give a member another role, and announce it.

    Raises:
        UserNotFound: they aren't a member.
        Conflict: the project is theirs.
    """
    transaction.hold(connection, project_id)
    before = _get(connection, project_id, user_id)
    if before.role == "owner":
        raise Conflict(f"{before.name} owns the project, and so may do everything in it. Hand it over first.")
    if before.role == role:
        return before
    connection.execute(members.update().where(*_is(project_id, user_id)).values(role=role))
    return _announce(connection, project_id, user_id, "member:changed")


def remove(connection: Connection, project_id: str, user_id: str) -> None:
    """Take somebody out of the project, and announce it; what they did stays.

    Raises:
        UserNotFound: they aren't a member.
        Conflict: the project is theirs.
    """
    transaction.hold(connection, project_id)
    before = _get(connection, project_id, user_id)
    if before.role == "owner":
        raise Conflict(f"{before.name} owns the project and can't leave it. Hand it over first.")
    # While it is announced, whoever leaves still belongs to it.
    events.append(connection, project_id, "member:removed", {"user_id": user_id, "name": before.name})
    connection.execute(members.delete().where(*_is(project_id, user_id)))


def hand_over(connection: Connection, project_id: str, user: User) -> list[Member]:
    """Make somebody the project's owner; whoever it belonged to administers it from then on.

    Raises:
        Conflict: the project has no company whose people could own it.
    """
    transaction.hold(connection, project_id)
    _check_company(connection, project_id)
    owner = _owner(connection, project_id)
    if owner is not None and owner.user_id == user.id:
        return of_project(connection, project_id)
    if owner is not None:
        connection.execute(
            members.insert().values(
                project_id=project_id,
                user_id=owner.user_id,
                role="admin",
                added_by=user.name,
                added_at=now().isoformat(),
            )
        )
    connection.execute(members.delete().where(*_is(project_id, user.id)))
    connection.execute(projects.update().where(projects.c.id == project_id).values(owner_id=user.id))
    _announce(connection, project_id, user.id, "member:changed")
    if owner is not None:
        _announce(connection, project_id, owner.user_id, "member:changed")
    return of_project(connection, project_id)


def _get(connection: Connection, project_id: str, user_id: str) -> Member:
    found = {one.user_id: one for one in of_project(connection, project_id)}.get(user_id)
    if found is None:
        raise UserNotFound("They aren't a member of this project. `project.members` lists who is.")
    return found


def _owner(connection: Connection, project_id: str) -> Member | None:
    row = connection.execute(
        select(users.c.id, users.c.name, users.c.email, projects.c.created_at)
        .join(projects, projects.c.owner_id == users.c.id)
        .where(projects.c.id == project_id)
    ).first()
    if row is None:
        return None
    return Member(user_id=row.id, name=row.name, email=row.email, role="owner", added_at=row.created_at)


def _check_company(connection: Connection, project_id: str) -> None:
    if connection.scalar(select(projects.c.company_id).where(projects.c.id == project_id)) == LOCAL_COMPANY:
        raise Conflict("This workspace has no accounts: whoever has its token may do everything. Use a team's server.")


def _is(project_id: str, user_id: str) -> tuple[Any, ...]:
    return members.c.project_id == project_id, members.c.user_id == user_id


def _announce(connection: Connection, project_id: str, user_id: str, kind: str) -> Member:
    found = _get(connection, project_id, user_id)
    # An address is for whoever asks for the members, and not for a log that is kept for ever.
    events.append(connection, project_id, kind, {"member": found.model_dump(mode="json", exclude={"email"})})
    return found


def _member(row: Row[Any]) -> Member:
    return Member.model_validate(dict(row._mapping), extra="ignore")
