"""Companies, and the people who have an account in them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import Connection, Row, Table, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from persona_lab.errors import Conflict, NoCompany, UserNotFound
from persona_lab.models import CompanyRole, User, now
from persona_lab.store import transaction
from persona_lab.store.schema.tables import companies, users

# Being seen is written down at most so often.
SEEN_SECONDS = 60.0


def ensure(
    connection: Connection,
    user_id: str,
    company_id: str,
    *,
    company_name: str | None = None,
    role: CompanyRole = "user",
    names: tuple[str, ...] = (),
    email: str | None = None,
) -> Row[Any]:
    """Return the account's row; it is made, and its company with it, when somebody is seen for the first time.

    Args:
        role: what they are at first; from then on an admin of the company says.
        names: what they might be called, the best first; one that is taken gets a number.

    Raises:
        NoCompany: the account belongs to another company.
    """
    known = row(connection, user_id)
    if known is None:
        _add_company(connection, company_id, company_name or company_id)
        # Two servers may see them at the same moment.
        known = _add(connection, user_id, company_id, role, names, email) or row(connection, user_id)
    if known is None or known.company_id != company_id:
        raise NoCompany(
            "Your account belongs to another company here than your token says. Whoever runs this server has to settle "
            "it."
        )
    return known


def row(connection: Connection, user_id: str) -> Row[Any] | None:
    """Return the account as it is kept, None where there is none."""
    return connection.execute(select(users).where(users.c.id == user_id)).first()


def seen(connection: Connection, known: Row[Any]) -> None:
    """Write down that somebody was here, at most once a minute."""
    if is_due(known.last_seen_at):
        connection.execute(users.update().where(users.c.id == known.id).values(last_seen_at=now().isoformat()))


def is_due(written: str | None) -> bool:
    """Say whether a minute has gone by since a time as it is kept."""
    return written is None or _age(written) >= SEEN_SECONDS


def of_company(connection: Connection, company_id: str) -> list[User]:
    """Return everybody of the company, closed accounts too, by name."""
    rows = connection.execute(select(users).where(users.c.company_id == company_id).order_by(users.c.name))
    return [_user(one) for one in rows]


def get(connection: Connection, company_id: str, user_id: str) -> User:
    """Return somebody of the company.

    Raises:
        UserNotFound: there is nobody of that id.
    """
    found = row(connection, user_id)
    if found is None or found.company_id != company_id:
        raise UserNotFound
    return _user(found)


def called(connection: Connection, company_id: str, words: str) -> User:
    """Return somebody of the company by id, e-mail address or name; whoever's account was closed isn't there.

    Raises:
        UserNotFound: nobody is called so.
    """
    words = words.strip()
    named = or_(users.c.id == words, func.lower(users.c.email) == words.lower(), users.c.name == words)
    found = connection.execute(
        select(users).where(users.c.company_id == company_id, users.c.closed_at.is_(None), named)
    ).all()
    if len(found) != 1:
        raise UserNotFound
    return _user(found[0])


def change(
    connection: Connection,
    company_id: str,
    user_id: str,
    *,
    role: CompanyRole | None = None,
    is_closed: bool | None = None,
) -> User:
    """Change somebody's role, close their account, or open it again.

    Raises:
        UserNotFound: there is nobody of that id.
        Conflict: the company would have no admin left.
    """
    _hold(connection, company_id)
    known = get(connection, company_id, user_id)
    values: dict[str, Any] = {}
    if role is not None:
        values["role"] = role
    if is_closed is not None:
        values["closed_at"] = (known.closed_at or now()).isoformat() if is_closed else None
    becomes_less = values.get("role", known.role) != "admin" or values.get("closed_at", known.closed_at) is not None
    if (
        known.role == "admin"
        and known.closed_at is None
        and becomes_less
        and not _other_admins(connection, known.id, company_id)
    ):
        raise Conflict(f"{known.name} is the company's only admin. Make somebody else one first.")
    if values:
        connection.execute(users.update().where(users.c.id == user_id).values(**values))
        transaction.rights_changed(connection, user_id)
    return get(connection, company_id, user_id)


def _hold(connection: Connection, company_id: str) -> None:
    # Two admins who demote each other at the same moment must not both succeed.
    if transaction.of(connection) is not None and connection.dialect.name == "postgresql":
        connection.execute(
            select(users.c.id).where(users.c.company_id == company_id, users.c.role == "admin").with_for_update()
        )


def _other_admins(connection: Connection, user_id: str, company_id: str) -> bool:
    others = select(users.c.id).where(
        users.c.company_id == company_id, users.c.role == "admin", users.c.closed_at.is_(None), users.c.id != user_id
    )
    return connection.execute(others).first() is not None


def _add_company(connection: Connection, company_id: str, name: str) -> None:
    if connection.scalar(select(companies.c.id).where(companies.c.id == company_id)) is not None:
        return
    # Another server may be quicker.
    _insert(connection, companies, id=company_id, name=name, created_at=now().isoformat())


def _add(
    connection: Connection, user_id: str, company_id: str, role: CompanyRole, names: tuple[str, ...], email: str | None
) -> Row[Any] | None:
    for name in _possible(names or (user_id,)):
        taken = select(users.c.id).where(users.c.company_id == company_id, users.c.name == name)
        if connection.execute(taken).first() is not None:
            continue
        is_added = _insert(
            connection,
            users,
            id=user_id,
            company_id=company_id,
            name=name,
            email=email,
            role=role,
            created_at=now().isoformat(),
        )
        if not is_added:
            if row(connection, user_id) is not None:
                return None
            continue
        return row(connection, user_id)
    return None


def _insert(connection: Connection, table: Table, **values: object) -> bool:
    """Add a row unless another stands in its way; PostgreSQL would write an error down with name and address."""
    is_postgresql = connection.dialect.name == "postgresql"
    adding = (postgresql.insert(table) if is_postgresql else sqlite.insert(table)).values(**values)
    return connection.execute(adding.on_conflict_do_nothing()).rowcount == 1


def _possible(names: tuple[str, ...]) -> Iterator[str]:
    return chain(names, (f"{names[0]} {number}" for number in count(2)))


def _age(written: str) -> float:
    return (now() - datetime.fromisoformat(written)).total_seconds()


def _user(found: Row[Any]) -> User:
    return User.model_validate(dict(found._mapping), extra="ignore")
