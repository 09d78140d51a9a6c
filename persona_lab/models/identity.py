"""Who is acting, what every request is held to in code and in the database; and who else there is."""

from datetime import datetime
from typing import Literal

from persona_lab.models.values import Value

CompanyRole = Literal["admin", "user"]
ProjectRole = Literal["owner", "admin", "member"]
Visibility = Literal["private", "public"]
Scope = Literal["read", "write"]


class Identity(Value):
    """Somebody of a company.

    Attributes:
        user_id: as whoever vouches for them calls them, `sub` of a JWT.
        company_id: the tenant they belong to, and see nothing beyond.
        company_role: an admin may do everything in all of the company's projects.
        name: what stands beside all that they do; nobody else in the company has it.
        email: where known.
        scopes: what the token lets them do of what they may do.
        expires_at: when that ends, and their streams are closed; None is never.
        token_id: the personal access token that they came with; None is any other way.
    """

    user_id: str
    company_id: str
    company_role: CompanyRole
    name: str
    email: str | None = None
    scopes: tuple[Scope, ...] = ("read", "write")
    expires_at: datetime | None = None
    token_id: str | None = None


# Where there are no accounts: whoever has the workspace's token owns all of it.
LOCAL_COMPANY = "local"


def local(name: str) -> Identity:
    """Return who acts on a workspace of one's own."""
    return Identity(user_id=name, company_id=LOCAL_COMPANY, company_role="admin", name=name)


# Before anybody has said who they are; nothing belongs to them.
NOBODY = Identity(user_id="", company_id="", company_role="user", name="", scopes=())


class Me(Value):
    """Who the server takes somebody for. `user` is the name that stands beside all that they do."""

    user: str
    user_id: str
    company_id: str
    company_role: CompanyRole
    email: str | None = None
    scopes: tuple[Scope, ...]
    expires_at: datetime | None = None


class User(Value):
    """Somebody of a company. With `closed_at` they may not come in any more; what they did stays theirs."""

    id: str
    name: str
    email: str | None = None
    role: CompanyRole
    created_at: datetime
    last_seen_at: datetime | None = None
    closed_at: datetime | None = None


class Member(Value):
    """Somebody of a project; its owner is one, too."""

    user_id: str
    name: str
    email: str | None = None
    role: ProjectRole
    added_by: str | None = None
    added_at: datetime


class Token(Value):
    """What is known of a personal access token. The token itself is shown once, when it is made."""

    id: str
    user_id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewToken(Token):
    """A token as it is made; nobody can see `token` again."""

    token: str


class Invitation(Value):
    """An invitation to a project, for whoever has the e-mail address, or else anybody of the company."""

    id: str
    project_id: str
    role: ProjectRole
    email: str | None = None
    created_by: str
    created_at: datetime
    expires_at: datetime
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None


class NewInvitation(Invitation):
    """An invitation as it is made; nobody can see `code` again."""

    code: str
