"""The command line: `persona-lab demo | lab | serve | worker | nginx | migrate | doctor`."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from persona_lab import __version__, settings
from persona_lab.errors import InvalidRequest, PersonaLabError
from persona_lab.lab.locales import LOCALES
from persona_lab.models import ENGINES


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

    doctor = commands.add_parser("doctor", help="check the settings and reach each engine with one cheap call")
    doctor.set_defaults(run=_doctor)
    return parser


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

    database = _database(chosen, settings.load())
    if database is None:
        raise InvalidRequest("Say which database: set PERSONA_LAB_DATABASE, or give --database.")
    before, after = postgresql.migrate(database)
    print(f"The database is at schema {after}." if before == after else f"Migrated from schema {before} to {after}.")
    return 0


def _database(chosen: argparse.Namespace, found: settings.Settings) -> str | None:
    url: str | None = chosen.database
    return url or (found.database.get_secret_value() if found.database else None)


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
