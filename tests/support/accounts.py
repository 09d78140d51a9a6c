"""A team for tests: two companies on one server with accounts, and tokens for whoever is in them."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import jwt

from persona_lab.trust import trusted
from tests.support.server import Server

SECRET = "a secret of tests, long enough for HS256"
ACME, RIVAL = "acme", "rival"
# Who there is, with company and role in it.
PEOPLE = {
    "olga": (ACME, "user"),
    "ada": (ACME, "user"),
    "max": (ACME, "user"),
    "carl": (ACME, "user"),
    "boss": (ACME, "admin"),
    "eve": (RIVAL, "admin"),
}


def claims(name: str, **other: Any) -> dict[str, Any]:
    """Return what a JWT says of somebody, as Supabase would have it."""
    company, role = PEOPLE[name]
    return {
        "sub": f"id-of-{name}",
        "aud": "authenticated",
        "exp": int(time.time()) + 3600,
        "email": f"{name}@{company}.example",
        "app_metadata": {"company_id": company, "company_name": company.title(), "company_role": role},
        "user_metadata": {"full_name": name},
        **other,
    }


def token_of(name: str, **other: Any) -> str:
    return jwt.encode(claims(name, **other), SECRET, algorithm="HS256")


class Accounts(Server):
    """A server that knows people by JWT."""

    def __init__(self, workspace: Path, database: str, *arguments: str, **settings: str) -> None:
        super().__init__(workspace, "--work", *arguments, database=database, **{"jwt_secret": SECRET, **settings})

    def as_(self, name: str, **other: Any) -> httpx.Client:
        """Return a client for one of `PEOPLE`."""
        return self.with_token(token_of(name, **other))

    def with_token(self, token: str | None) -> httpx.Client:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0, verify=trusted(self.url))


class Unchecked(Accounts):
    """The same with the checks in code taken out: nobody asks the table of rights."""

    program: Sequence[str] = (
        sys.executable,
        "-c",
        "from persona_lab.server.identity import rights\n"
        "def may(*_, **__): pass\n"
        "rights.may = may\n"
        "from persona_lab.store import projects\n"
        "from persona_lab.store.people import access\n"
        "from sqlalchemy import true\n"
        "access.visible = lambda identity: true()\n"
        "import sys\n"
        "from persona_lab.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))",
    )
