"""Invitations to a project: a code that is shown once, kept as a hash, and ends."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, select

from persona_lab.errors import InvitationNotFound
from persona_lab.models import Invitation, NewInvitation, ProjectRole, User, now
from persona_lab.store import events, transaction
from persona_lab.store.people.access import is_past
from persona_lab.store.schema.tables import invitations, projects

_SHOWN = [column for column in invitations.c if column.name != "sha256"]


def create(
    connection: Connection, project_id: str, *, role: ProjectRole, email: str | None, days: float, by: str
) -> NewInvitation:
    """Invite somebody, and return the invitation for the one time that its code can be seen.

    Args:
        role: `"admin"` or `"member"`.
        email: whose address it must be; None is anybody of the company.
        days: how long it holds.
    """
    transaction.hold(connection, project_id)
    code = secrets.token_urlsafe(24)
    invitation_id = str(uuid4())
    connection.execute(
        invitations.insert().values(
            id=invitation_id,
            project_id=project_id,
            role=role,
            email=email,
            sha256=_hash(code),
            created_by=by,
            created_at=now().isoformat(),
            expires_at=(now() + timedelta(days=days)).isoformat(),
        )
    )
    events.append(connection, project_id, "invitation:made", {"invited_as": role})
    return NewInvitation(code=code, **_get(connection, project_id, invitation_id).model_dump())


def of_project(connection: Connection, project_id: str) -> list[Invitation]:
    """Return the project's invitations, the oldest first."""
    query = select(*_SHOWN).where(invitations.c.project_id == project_id)
    return [_invitation(row) for row in connection.execute(query.order_by(invitations.c.created_at, invitations.c.id))]


def revoke(connection: Connection, project_id: str, invitation_id: str) -> Invitation:
    """End an invitation.

    Raises:
        InvitationNotFound: there is none of that id.
    """
    transaction.hold(connection, project_id)
    if _get(connection, project_id, invitation_id).revoked_at is None:
        ended = invitations.update().where(invitations.c.id == invitation_id)
        connection.execute(ended.values(revoked_at=now().isoformat()))
    return _get(connection, project_id, invitation_id)


def accept(connection: Connection, code: str, user: User, *, company_id: str) -> Invitation:
    """Use an invitation up, and return it; the caller makes its user a member.

    Raises:
        InvitationNotFound: it isn't known, is for somebody else, was used or has ended: which of them isn't said.
    """
    row = connection.execute(
        select(*_SHOWN, projects.c.company_id, projects.c.deleted_at)
        .join(projects, projects.c.id == invitations.c.project_id)
        .where(invitations.c.sha256 == _hash(code))
        .with_for_update(of=invitations)
    ).first()
    if row is None or row.company_id != company_id or row.deleted_at or row.revoked_at or row.accepted_at:
        raise InvitationNotFound
    is_theirs = row.email is None or row.email.lower() == (user.email or "").lower()
    if is_past(row.expires_at) or not is_theirs:
        raise InvitationNotFound
    used = invitations.update().where(invitations.c.id == row.id)
    connection.execute(used.values(accepted_by=user.id, accepted_at=now().isoformat()))
    return _invitation(row)


def _get(connection: Connection, project_id: str, invitation_id: str) -> Invitation:
    of_project = (invitations.c.project_id == project_id, invitations.c.id == invitation_id)
    row = connection.execute(select(*_SHOWN).where(*of_project)).first()
    if row is None:
        raise InvitationNotFound
    return _invitation(row)


def _hash(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def _invitation(row: Row[*tuple[Any, ...]]) -> Invitation:
    return Invitation.model_validate(dict(row._mapping), extra="ignore")
