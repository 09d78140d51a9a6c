"""Who somebody is, by the token that they come with: the workspace's owner, or an account of a team's server.

Whoever was let in is known for a few seconds, so that a token that is revoked, or an account that is closed, ends soon.
"""

import secrets
import time
from collections import OrderedDict
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy import Row
from starlette.concurrency import run_in_threadpool

from persona_lab.errors import AccountClosed, NotAllowed, TokenExpired, TokenRevoked
from persona_lab.models import NOBODY, Identity
from persona_lab.server.identity.vouching import Voucher
from persona_lab.settings import Settings
from persona_lab.store.database import Store
from persona_lab.store.people import accounts, tokens
from persona_lab.store.people.access import is_past

KNOWN_SECONDS = 5.0
# More than so many are looked up again.
KNOWN = 20_000
# Figures of the whole house are for whoever runs it.
HOUSE_PATHS = frozenset({"/metrics"})


class Door(Protocol):
    """Lets people in."""

    async def identify(self, store: Store, token: str, path: str) -> Identity:
        """Return who comes with this token.

        Raises:
            NotAllowed: it is none that lets in.
            Forbidden: it is one, but whoever it belongs to may not come in.
        """
        ...


class Workspace:
    """One token, and whoever has it owns all there is."""

    def __init__(self, token: str, owner: Identity) -> None:
        self._token = token.encode()
        self._owner = owner

    async def identify(self, store: Store, token: str, path: str) -> Identity:
        if not secrets.compare_digest(token.encode(), self._token):
            raise NotAllowed
        return self._owner


class Team:
    """Accounts: a JWT of whoever vouches for them, or a personal access token.

    The server's own token is its operator's, and opens nothing but the figures of the whole house.
    """

    def __init__(self, token: str, settings: Settings) -> None:
        self._token = token.encode()
        self._voucher = Voucher(settings)
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def identify(self, store: Store, token: str, path: str) -> Identity:
        if secrets.compare_digest(token.encode(), self._token):
            if path in HOUSE_PATHS:
                return OPERATOR
            raise NotAllowed("This is the server's own token. Sign in, or make one of yours: persona-lab token create.")
        key = sha256(token.encode()).digest()
        until, identity = self._known.get(key, (0.0, NOBODY))
        if until < time.monotonic():
            identity = await run_in_threadpool(self._looked_up, store, token)
            self._known[key] = time.monotonic() + KNOWN_SECONDS, identity
            self._known.move_to_end(key)
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return identity

    def _looked_up(self, store: Store, token: str) -> Identity:
        if tokens.is_one(token):
            return _by_token(store, token)
        return _by_vouching(store, self._voucher, token)


# Belongs to no company, and so sees nobody's projects.
OPERATOR = NOBODY.model_copy(update={"name": "operator", "scopes": ("read",)})


def _by_token(store: Store, token: str) -> Identity:
    unknown = NotAllowed(
        "The token isn't known. Copy it again, or make another one: persona_lab.connect(url, token=…)."
    )
    if not tokens.is_whole(token):
        raise unknown
    with store.reading() as connection:
        row = tokens.presented(connection, token)
    if row is None:
        raise unknown
    if row.revoked_at is not None:
        raise TokenRevoked(
            f"The token “{row.name}” was revoked. Make another one, and pass it: persona_lab.connect(url, token=…)."
        )
    if is_past(row.expires_at):
        raise TokenExpired(
            f"The token “{row.name}” expired on {row.expires_at[:10]}. Make another one, and pass it: "
            "persona_lab.connect(url, token=…)."
        )
    if row.user_closed_at is not None:
        raise AccountClosed
    if accounts.is_due(row.last_used_at):
        with store.writing() as connection:
            tokens.used(connection, row)
    return Identity(
        user_id=row.user_id,
        company_id=row.company_id,
        company_role=row.user_role,
        name=row.user_name,
        email=row.user_email,
        scopes=tuple(row.scopes),
        expires_at=None if row.expires_at is None else datetime.fromisoformat(row.expires_at),
        token_id=row.id,
    )


def _by_vouching(store: Store, voucher: Voucher, token: str) -> Identity:
    told = voucher.check(token)
    with store.reading() as connection:
        known = accounts.row(connection, told.user_id)
    if known is None or known.company_id != told.company_id or accounts.is_due(known.last_seen_at):
        with store.writing() as connection:
            known = accounts.ensure(
                connection,
                told.user_id,
                told.company_id,
                company_name=told.company_name,
                role=told.company_role,
                names=told.names,
                email=told.email,
            )
            accounts.seen(connection, known)
    return _of_account(known, told.expires_at)


def _of_account(known: Row[Any], expires_at: datetime) -> Identity:
    if known.closed_at is not None:
        raise AccountClosed
    return Identity(
        user_id=known.id,
        company_id=known.company_id,
        company_role=known.role,
        name=known.name,
        email=known.email,
        expires_at=expires_at,
    )
