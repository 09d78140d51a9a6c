"""Becoming a member by oneself: by an invitation's code, or by the project's password.

Whoever joins can't see the project yet, so the house looks it up, and makes them a member, in their name. What is wrong
isn't said: neither tells anybody that a project is there.
"""

from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from persona_lab.errors import WrongPassword
from persona_lab.models import Identity, Project, ProjectRole
from persona_lab.server.services import Services
from persona_lab.store import projects
from persona_lab.store.people import accounts, attempts, invitations, members

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Return argon2's hash of a password, with all that it is checked by."""
    return _hasher.hash(password)


def by_password(house: Services, identity: Identity, project_id: str, password: str) -> Project:
    """Join a project of one's company by its password.

    Raises:
        WrongPassword: it is wrong, or there is no such project, or none to be joined by a password.
        TooManyAttempts: it was tried too often, on whichever server.
    """
    key = "join:" + sha256(f"{project_id} {identity.user_id}".encode()).hexdigest()
    with house.store.writing() as connection:
        attempts.take(connection, key)
    with house.store.reading() as connection:
        kept = projects.password_hash(connection, project_id, identity.company_id)
    # As much work where there is none, so that the time taken tells nothing.
    if not _matches(kept or _nobodys(), password) or kept is None:
        raise WrongPassword
    with house.store.writing() as connection:
        attempts.forget(connection, key)
        return _joined(house, connection, project_id, identity, "member", by=identity.name)


def by_code(house: Services, identity: Identity, code: str) -> Project:
    """Join the project that one was invited to.

    Raises:
        InvitationNotFound: it isn't known, is for somebody else, was used or has ended.
    """
    with house.store.writing() as connection:
        user = accounts.get(connection, identity.company_id, identity.user_id)
        invitation = invitations.accept(connection, code, user, company_id=identity.company_id)
        return _joined(house, connection, invitation.project_id, identity, invitation.role, by=invitation.created_by)


def _joined(
    house: Services, connection: Connection, project_id: str, identity: Identity, role: ProjectRole, *, by: str
) -> Project:
    user = accounts.get(connection, identity.company_id, identity.user_id)
    there = {one.user_id: one.role for one in members.of_project(connection, project_id)}
    # Nobody loses by it what they are already.
    if there.get(user.id) not in ("owner", "admin", role):
        members.add(connection, project_id, user, role, by=by)
    return projects.get(connection, project_id, epoch=house.store.epoch)


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return hashed("nobody's")
