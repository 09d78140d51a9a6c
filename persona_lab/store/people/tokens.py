"""Personal access tokens, for notebooks: shown once, kept as a hash, and good until they end or are revoked.

A token says what it is, so that whoever searches repositories for secrets knows one when they see it, and ends with a
checksum, so that a mistyped one is refused without asking the database.
"""

import re
import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, select

from persona_lab.errors import TokenNotFound
from persona_lab.models import Identity, NewToken, Scope, Token, now
from persona_lab.store import transaction
from persona_lab.store.people.accounts import is_due
from persona_lab.store.schema.tables import tokens, users

PREFIX = "plab_"
_SECRET_BYTES = 24
_FORM = re.compile(rf"{PREFIX}([0-9a-f]{{{2 * _SECRET_BYTES}}})([0-9a-f]{{8}})")
# All but the hash, which no transaction in somebody's name may read.
_SHOWN = [column for column in tokens.c if column.name != "sha256"]


def is_one(token: str) -> bool:
    """Say whether this is a personal access token, or pretends to be one."""
    return token.startswith(PREFIX)


def is_whole(token: str) -> bool:
    """Say whether a personal access token has no slip of the pen in it."""
    found = _FORM.fullmatch(token)
    return found is not None and found[2] == _checksum(found[1])


def create(
    connection: Connection,
    *,
    company_id: str,
    user_id: str,
    name: str,
    scopes: Sequence[Scope] = ("read", "write"),
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token for an account, and return it for the one time that it can be seen."""
    secret = secrets.token_hex(_SECRET_BYTES)
    token = f"{PREFIX}{secret}{_checksum(secret)}"
    token_id = str(uuid4())
    connection.execute(
        tokens.insert().values(
            id=token_id,
            company_id=company_id,
            user_id=user_id,
            name=name,
            sha256=_hash(token),
            scopes=list(scopes),
            created_at=now().isoformat(),
            expires_at=None if expires_at is None else expires_at.isoformat(),
        )
    )
    return NewToken(token=token, **_get(connection, token_id).model_dump())


def of_user(connection: Connection, user_id: str) -> list[Token]:
    """Return somebody's tokens, revoked ones too, the oldest first."""
    query = select(*_SHOWN).where(tokens.c.user_id == user_id).order_by(tokens.c.created_at, tokens.c.id)
    return [_token(row) for row in connection.execute(query)]


def every(connection: Connection) -> list[Token]:
    """Return all tokens, for whoever runs the server."""
    return [_token(row) for row in connection.execute(select(*_SHOWN).order_by(tokens.c.created_at, tokens.c.id))]


def revoke(connection: Connection, token_id: str, *, by: Identity | None = None) -> Token:
    """End a token; one that was revoked before stays as it is.

    Args:
        by: whose it must be; an admin may revoke all of the company's, and None is whoever runs the server.

    Raises:
        TokenNotFound: there is none of that id.
    """
    known = _get(connection, token_id)
    if by is not None:
        row = connection.execute(select(tokens.c.user_id, tokens.c.company_id).where(tokens.c.id == token_id)).one()
        is_admin = by.company_role == "admin" and row.company_id == by.company_id
        if row.user_id != by.user_id and not is_admin:
            raise TokenNotFound
    if known.revoked_at is None:
        at = now().isoformat()
        connection.execute(tokens.update().where(tokens.c.id == token_id).values(revoked_at=at))
        transaction.rights_changed(connection, known.user_id)
    return _get(connection, token_id)


def presented(connection: Connection, token: str) -> Row[Any] | None:
    """Return a token's row with its owner's, `user_…` before the names of the latter; None where it isn't known."""
    of_user = [column.label(f"user_{column.name}") for column in users.c if column.name != "id"]
    query = select(*_SHOWN, *of_user).join(users, users.c.id == tokens.c.user_id)
    return connection.execute(query.where(tokens.c.sha256 == _hash(token))).first()


def used(connection: Connection, row: Row[Any]) -> None:
    """Write down that a token was used, at most once a minute."""
    if is_due(row.last_used_at):
        connection.execute(tokens.update().where(tokens.c.id == row.id).values(last_used_at=now().isoformat()))


def _get(connection: Connection, token_id: str) -> Token:
    row = connection.execute(select(*_SHOWN).where(tokens.c.id == token_id)).first()
    if row is None:
        raise TokenNotFound
    return _token(row)


def _hash(token: str) -> str:
    # 192 bits of chance need no slow hash.
    return sha256(token.encode()).hexdigest()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"


def _token(row: Row[Any]) -> Token:
    return Token.model_validate(dict(row._mapping), extra="ignore")
