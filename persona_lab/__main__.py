"""The command line: `persona-lab demo | lab | serve | worker | nginx | migrate | token | doctor`."""

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from persona_lab import __version__, settings
from persona_lab.errors import InvalidRequest, PersonaLabError
from persona_lab.lab.locales import LOCALES
from persona_lab.models import ENGINES, now

if TYPE_CHECKING:
    from persona_lab.store.database import Store

LONGEST_DAYS = 3650


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except PersonaLabError as error:
        print(f"persona-lab: {error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="persona-lab", description="A workbench for customer interviews.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="analyse the sample interviews and show what comes out")
    demo.add_argument("--workspace", type=Path, default=Path("persona_lab_demo"), help="folder to work in")
    demo.set_defaults(run=_demo)

    lab = commands.add_parser("lab", help="open the quickstart notebook in JupyterLab")
    lab.add_argument("--folder", type=Path, default=Path(), help="where the notebooks are put that aren't there")
    lab.add_argument("--locale", choices=sorted(LOCALES), default="en", help="the quickstart's language (default: en)")
    lab.add_argument("jupyter", nargs="*", help="further arguments for jupyter lab, after --")
    lab.set_defaults(run=_lab)

    serve = commands.add_parser("serve", help="run the server of a workspace")
    serve.add_argument(
        "--workspace", type=Path, help="folder of database and files (default: PERSONA_LAB_HOME or ./.persona_lab)"
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=0, help="port to listen on (default: any that is free)")
    serve.add_argument("--engine", choices=ENGINES, help="who analyses (default: PERSONA_LAB_ENGINE or local)")
    serve.add_argument(
        "--leave-when-idle", action="store_true", help="end when nobody has needed the server for a while"
    )
    _add_database(serve)
    _add_files(serve)
    serve.add_argument(
        "--work", action="store_true", help="analyse, too; without --database it always does, with it workers do"
    )
    serve.set_defaults(run=_serve)

    worker = commands.add_parser("worker", help="analyse what the servers of a team's database queue")
    worker.add_argument(
        "--workspace", type=Path, help="folder of the uploaded files, the servers' (default: PERSONA_LAB_HOME)"
    )
    worker.add_argument("--engine", choices=ENGINES, help="who analyses (default: PERSONA_LAB_ENGINE or local)")
    _add_database(worker)
    _add_files(worker)
    worker.set_defaults(run=_work)

    nginx = commands.add_parser("nginx", help="print nginx's configuration for several servers")
    nginx.add_argument("--upstream", nargs="+", required=True, metavar="URL", help="where the servers listen")
    nginx.add_argument("--listen", default="80", help="port, or address:port, that nginx listens on (default: 80)")
    nginx.add_argument("--name", default="lab.example.com", help="what people call the site")
    nginx.set_defaults(run=_nginx)

    migrate = commands.add_parser("migrate", help="make or migrate a team database's tables, as its owner")
    _add_database(migrate)
    migrate.set_defaults(run=_migrate)

    token = commands.add_parser(
        "token", help="make, list and revoke people's tokens for notebooks, in a team's database"
    )
    _add_tokens(token)

    doctor = commands.add_parser("doctor", help="check the settings and reach each engine with one cheap call")
    doctor.set_defaults(run=_doctor)
    return parser


def _add_tokens(token: argparse.ArgumentParser) -> None:
    deeds = token.add_subparsers(required=True, metavar="DEED")
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
    create.set_defaults(run=_create_token)
    listed = deeds.add_parser("list", help="list all tokens; none can be seen again")
    listed.set_defaults(run=_list_tokens)
    revoke = deeds.add_parser("revoke", help="end a token")
    revoke.add_argument("id", help="its id, as listed")
    revoke.set_defaults(run=_revoke_token)
    for deed in (create, listed, revoke):
        _add_database(deed)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is no number of days from 0 to {LONGEST_DAYS}")
    return days


def _add_database(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--database", help="URL of a PostgreSQL database, without its password: that is for PERSONA_LAB_DATABASE"
    )


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--files",
        help="where uploaded files are: s3://bucket/prefix (default: PERSONA_LAB_FILES or a folder in the workspace)",
    )


def _port(text: str) -> int:
    # Larger numbers would be cut to 16 bits by the system, and listened on without a word.
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is not a port; a port is a number from 0 to 65535")
    return int(text)


def _demo(chosen: argparse.Namespace) -> int:
    from persona_lab.lab.demo import demo

    return demo(chosen.workspace)


def _lab(chosen: argparse.Namespace) -> int:
    from persona_lab.lab.quickstart import open_quickstart

    return open_quickstart(chosen.folder, chosen.jupyter, locale=chosen.locale)


def _serve(chosen: argparse.Namespace) -> int:
    # Nothing that is imported ever goes again: to look for it would take a fifth of the start.
    gc.disable()
    from persona_lab.server.hub import Limits
    from persona_lab.server.run import serve

    gc.freeze()
    gc.enable()
    found = settings.load()
    database = _database(chosen, found)
    serve(
        chosen.workspace or found.home,
        host=chosen.host,
        port=chosen.port,
        token=found.token.get_secret_value() if found.token else None,
        engine=chosen.engine or found.engine,
        limits=Limits(found.streams, found.streams_per_project, found.streams_per_user),
        idle_exit_seconds=found.idle_exit_seconds if chosen.leave_when_idle else None,
        database=database,
        files=chosen.files,
        works=chosen.work or database is None,
    )
    _leave()


def _work(chosen: argparse.Namespace) -> int:
    from persona_lab.server.worker import work

    found = settings.load()
    work(
        chosen.workspace or found.home,
        engine=chosen.engine or found.engine,
        database=_database(chosen, found),
        files=chosen.files,
    )
    _leave()


def _nginx(chosen: argparse.Namespace) -> int:
    from persona_lab.server.proxying import nginx

    print(nginx(chosen.upstream, listen=chosen.listen, name=chosen.name), end="")
    return 0


def _leave() -> NoReturn:
    """End now: an analysis that is still under way goes on elsewhere, and its thread must not keep this process."""
    sys.stdout.flush()
    os._exit(0)


def _migrate(chosen: argparse.Namespace) -> int:
    from persona_lab.store import postgresql

    before, after = postgresql.migrate(_needed_database(chosen))
    print(f"The database is at schema {after}." if before == after else f"Migrated from schema {before} to {after}.")
    return 0


def _database(chosen: argparse.Namespace, found: settings.Settings) -> str | None:
    url: str | None = chosen.database
    return url or (found.database.get_secret_value() if found.database else None)


def _needed_database(chosen: argparse.Namespace) -> str:
    database = _database(chosen, settings.load())
    if database is None:
        raise InvalidRequest("Say which database: set PERSONA_LAB_DATABASE, or give --database.")
    return database


def _create_token(chosen: argparse.Namespace) -> int:
    from persona_lab.store import accounts, tokens

    with _store(chosen) as store, store.writing() as connection:
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
    print(f"This is shown once:\n{made.token}")
    return 0


def _list_tokens(chosen: argparse.Namespace) -> int:
    from persona_lab.store import tokens

    with _store(chosen) as store, store.reading() as connection:
        for one in tokens.every(connection):
            until = one.expires_at.date().isoformat() if one.expires_at else "until revoked"
            state = "revoked" if one.revoked_at else until
            used = one.last_used_at.isoformat(timespec="minutes") if one.last_used_at else "never used"
            print(f"{one.id}  {one.user_id}  {one.name}  {'+'.join(one.scopes)}  {state}  {used}")
    return 0


def _revoke_token(chosen: argparse.Namespace) -> int:
    from persona_lab.store import tokens

    with _store(chosen) as store, store.writing() as connection:
        print(f"“{tokens.revoke(connection, chosen.id).name}” is revoked.")
    return 0


@contextmanager
def _store(chosen: argparse.Namespace) -> "Iterator[Store]":
    from persona_lab.store.database import Store

    store = Store(_needed_database(chosen))
    try:
        yield store
    finally:
        store.close()


def _doctor(_chosen: argparse.Namespace) -> int:
    from persona_lab.engines.workroom import Workroom
    from persona_lab.server.setting_up import findings

    found = settings.load()
    print(f"The settings can be read. {found.engine} is the engine of projects that have chosen none.")
    workroom = Workroom()
    try:
        works = {}
        for name, is_well, words in findings(found, workroom):
            works[name] = is_well
            print(f"{'✓' if is_well else '✗'} {name:5} {words}")
    finally:
        workroom.close()
    # Engines that nobody has set up are no fault.
    return 0 if works[found.engine] else 1


if __name__ == "__main__":
    sys.exit(main())
