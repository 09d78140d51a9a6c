"""Who may do what in which project, worked out from the rows alone: the server's own check.

Row-level security, in `policies`, says the same in SQL and knows nothing of this.
"""

from collections.abc import Collection
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, exists, or_, select

from persona_lab.errors import AccountClosed, PersonaLabError, ProjectNotFound, TokenExpired, TokenRevoked
from persona_lab.models import Identity, now
from persona_lab.store.schema.tables import (
    codings,
    conversations,
    interviews,
    members,
    messages,
    notes,
    personas,
    projects,
    tokens,
    users,
)

# What a project is found by.
Kind = Literal["project", "interview", "persona", "conversation", "message", "note", "coding"]


class Level(IntEnum):
    """What somebody may do in a project; each holds what stands before it."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    # Members, invitations, visibility and password, deleting the project.
    GOVERN = 3
    # Handing it over.
    OWN = 4


class Reached(NamedTuple):
    """A project as far as it decides who may do what in it, and the role of whoever asks among its members."""

    project_id: str
    company_id: str
    owner_id: str | None
    visibility: str
    deleted_at: str | None
    role: str | None
    purged_at: str | None = None


def _reaching(project_id: Any) -> Select[Any]:
    return (
        select(
            projects.c.id,
            projects.c.company_id,
            projects.c.owner_id,
            projects.c.visibility,
            projects.c.deleted_at,
            members.c.role,
            projects.c.purged_at,
        )
        .outerjoin(members, and_(members.c.project_id == projects.c.id, members.c.user_id == bindparam("user")))
        .where(projects.c.id == project_id)
    )


_ID: BindParameter[str] = bindparam("id")
# Built once: one of them stands before every request.
_REACHED: dict[Kind, Select[Any]] = {
    "project": _reaching(_ID),
    "message": _reaching(
        select(conversations.c.project_id)
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(messages.c.id == _ID)
        .scalar_subquery()
    ),
    "coding": _reaching(
        select(interviews.c.project_id)
        .join(codings, codings.c.interview_id == interviews.c.id)
        .where(codings.c.id == _ID)
        .scalar_subquery()
    ),
    "interview": _reaching(select(interviews.c.project_id).where(interviews.c.id == _ID).scalar_subquery()),
    "persona": _reaching(select(personas.c.project_id).where(personas.c.id == _ID).scalar_subquery()),
    "conversation": _reaching(select(conversations.c.project_id).where(conversations.c.id == _ID).scalar_subquery()),
    "note": _reaching(select(notes.c.project_id).where(notes.c.id == _ID).scalar_subquery()),
}


def reached(connection: Connection, kind: Kind, row_id: str, user_id: str) -> Reached | None:
    """Return the project that a row belongs to, None where there is no such row."""
    row = connection.execute(_REACHED[kind], {"id": row_id, "user": user_id}).first()
    return None if row is None else Reached(*row)


def level(found: Reached, identity: Identity) -> Level:
    """Return what somebody may do in the project."""
    if not identity.company_id or found.company_id != identity.company_id:
        return Level.NOTHING
    if identity.company_role == "admin" or found.owner_id == identity.user_id:
        return Level.OWN
    if found.role is not None:
        return Level.GOVERN if found.role == "admin" else Level.WRITE
    return Level.READ if found.visibility == "public" else Level.NOTHING


def visible(identity: Identity) -> ColumnElement[bool]:
    """Return the condition under which somebody sees a row of `projects`."""
    own_company = projects.c.company_id == identity.company_id
    if identity.company_role == "admin":
        return own_company
    is_member = exists().where(members.c.project_id == projects.c.id, members.c.user_id == identity.user_id)
    return and_(own_company, or_(projects.c.visibility == "public", projects.c.owner_id == identity.user_id, is_member))


def lost(connection: Connection, project_id: str, identities: Collection[Identity]) -> dict[Identity, PersonaLabError]:
    """Return who of these may not read the project any more, by the rows as they are now, and why.

    Raises:
        ProjectNotFound: it is gone, for everybody.
    """
    ids = {identity.user_id for identity in identities}
    known = {row.id: row for row in connection.execute(select(users).where(users.c.id.in_(ids)))}
    roles = {
        row.user_id: row.role
        for row in connection.execute(
            select(members.c.user_id, members.c.role).where(
                members.c.project_id == project_id, members.c.user_id.in_(ids)
            )
        )
    }
    found = reached(connection, "project", project_id, "")
    if found is None or found.deleted_at is not None:
        raise ProjectNotFound
    ended = _ended_tokens(connection, {identity.token_id for identity in identities if identity.token_id})
    losses: dict[Identity, PersonaLabError] = {}
    for identity in identities:
        user = known.get(identity.user_id)
        role = identity.company_role if user is None else user.role
        as_now = identity.model_copy(update={"company_role": role})
        if identity.token_id in ended:
            losses[identity] = ended[identity.token_id]
        elif user is not None and user.closed_at is not None:
            losses[identity] = AccountClosed()
        elif level(found._replace(role=roles.get(identity.user_id)), as_now) < Level.READ:
            losses[identity] = ProjectNotFound()
    return losses


def _ended_tokens(connection: Connection, ids: Collection[str]) -> dict[str | None, PersonaLabError]:
    rows = connection.execute(
        select(tokens.c.id, tokens.c.revoked_at, tokens.c.expires_at).where(tokens.c.id.in_(ids))
    ).all()
    live = {row.id for row in rows if row.revoked_at is None and not is_past(row.expires_at)}
    expired = {row.id for row in rows if row.revoked_at is None} - live
    return {token_id: TokenExpired() if token_id in expired else TokenRevoked() for token_id in set(ids) - live}


def is_past(written: str | None) -> bool:
    """Say whether a time as it is kept has come; none never does."""
    return written is not None and datetime.fromisoformat(written) <= now()
