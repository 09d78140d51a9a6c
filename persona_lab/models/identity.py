"""Who is acting: what every request is held to, in code and in the database."""

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
    """

    user_id: str
    company_id: str
    company_role: CompanyRole
    name: str
    email: str | None = None
    scopes: tuple[Scope, ...] = ("read", "write")
    expires_at: datetime | None = None


# Where there are no accounts: whoever has the workspace's token owns all of it.
LOCAL_COMPANY = "local"


def local(name: str) -> Identity:
    """Return who acts on a workspace of one's own."""
    return Identity(user_id=name, company_id=LOCAL_COMPANY, company_role="admin", name=name)
