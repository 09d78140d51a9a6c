"""`persona-lab token`."""

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from persona_lab.commands import options

if TYPE_CHECKING:
    from persona_lab.store.database import Store

DESCRIPTION = """\
Make, list and revoke people's tokens for notebooks, in a team's database. Everybody makes and revokes their own in a
notebook, too; this is for whoever runs the servers. A token is shown once, and kept as a hash."""
EPILOG = """\
environment:
  PERSONA_LAB_DATABASE  the team's database, with its password

examples:
  persona-lab token create --user 6f1c… --company acme --role admin --days 30
  persona-lab token list
  persona-lab token revoke 0b9a…"""

LONGEST_DAYS = 3650


def arguments(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(required=True, metavar="DEED")
    create = deeds.add_parser("create", help="make a token, and show it this once")
    create.add_argument("--user", required=True, help="the account's id, as whoever vouches for people calls it (sub)")
    create.add_argument("--company", help="the company's id; needed for an account that isn't there yet")
    create.add_argument(
        "--role", choices=("user", "admin"), default="user", help="role of a new account (default: user)"
    )
    create.add_argument("--name", default="notebook", help="what the token is for (default: notebook)")
    create.add_argument(
        "--days", type=_days, default=90.0, help="how long it holds (default: 90; 0: until it is revoked)"
    )
    create.add_argument("--read-only", action="store_true", help="it may only read")
    create.set_defaults(deed=_create)
    listed = deeds.add_parser("list", help="list all tokens; none can be seen again")
    listed.set_defaults(deed=_list)
    revoke = deeds.add_parser("revoke", help="end a token")
    revoke.add_argument("id", help="its id, as listed")
    revoke.set_defaults(deed=_revoke)
    for deed in (create, listed, revoke):
        options.database(deed.add_argument_group("which database"))


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.store.database import Store

    store = Store(options.needed_database(chosen))
    try:
        chosen.deed(chosen, store)
    finally:
        store.close()
    return 0


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is no number of days from 0 to {LONGEST_DAYS}")
    return days


def _create(chosen: argparse.Namespace, store: "Store") -> None:
    from persona_lab.errors import InvalidRequest
    from persona_lab.models import now
    from persona_lab.store.people import accounts, audit, tokens

    with store.writing() as connection:
        known = accounts.row(connection, chosen.user)
        company = chosen.company or (known.company_id if known is not None else None)
        if company is None:
            raise InvalidRequest(f"{chosen.user} has no account yet. Say of which company it is to be: --company.")
        known = accounts.ensure(connection, chosen.user, company, role=chosen.role, names=(chosen.user,))
        made = tokens.create(
            connection,
            company_id=known.company_id,
            user_id=known.id,
            name=chosen.name,
            scopes=("read",) if chosen.read_only else ("read", "write"),
            expires_at=now() + timedelta(days=chosen.days) if chosen.days else None,
        )
        audit.write_for_operator(connection, known.company_id, audit.TOKEN_MADE, made.id)
    print(f"This is shown once:\n{made.token}")


def _list(_chosen: argparse.Namespace, store: "Store") -> None:
    from persona_lab.store.people import tokens

    with store.reading() as connection:
        for one in tokens.every(connection):
            until = one.expires_at.date().isoformat() if one.expires_at else "until revoked"
            state = "revoked" if one.revoked_at else until
            used = one.last_used_at.isoformat(timespec="minutes") if one.last_used_at else "never used"
            print(f"{one.id}  {one.user_id}  {one.name}  {'+'.join(one.scopes)}  {state}  {used}")


def _revoke(chosen: argparse.Namespace, store: "Store") -> None:
    from persona_lab.store.people import accounts, audit, tokens

    with store.writing() as connection:
        revoked = tokens.revoke(connection, chosen.id)
        owner = accounts.row(connection, revoked.user_id)
        if owner is not None:
            audit.write_for_operator(connection, owner.company_id, audit.TOKEN_REVOKED, revoked.id)
    print(f"“{revoked.name}” is revoked.")
