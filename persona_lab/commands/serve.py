"""`persona-lab serve`."""

import argparse
import gc

from persona_lab.commands import options

DESCRIPTION = """\
Run the server of a workspace: one process, a SQLite file and a folder of files. It says where it listens,
and writes that and its token into the workspace, where notebooks in the same folder find it.

With a team's database it is one of any number of servers, which keep nothing of their own, and leave the
analysing to workers. Put a proxy in front of them (`persona-lab nginx` has a configuration), and look at
/api/ready to know which may be sent requests. SIGTERM ends a server within seconds; its streams go on at
another, and what was under way is taken over."""
EPILOG = """\
environment:
  PERSONA_LAB_TOKEN     what clients must send; without it the server makes one and keeps it in the workspace
  PERSONA_LAB_DATABASE  a team's database, with its password
  and what else `persona-lab settings` lists. An option goes before its variable.

open without a token:
  GET /api/health       200 while the process answers
  GET /api/ready        200 while database, files and notifications do, 503 and what is wrong otherwise

log:
  On stderr, a line for each request: route, status, milliseconds, ids. X-Request-ID is taken over when it is
  16 to 64 hexadecimal digits, made otherwise, and sent back. Nothing of an interview is written there.

examples:
  persona-lab serve
  persona-lab serve --workspace study --port 8000
  PERSONA_LAB_DATABASE=postgresql://app:secret@db/personas persona-lab serve --host 0.0.0.0 --port 8000"""


def arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_argument_group("where it listens")
    where.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    where.add_argument("--port", type=_port, default=0, help="port to listen on (default: the last one, if it is free)")
    what = parser.add_argument_group("what it serves")
    options.workspace(what)
    options.database(what)
    options.files(what)
    how = parser.add_argument_group("how it works")
    options.engine(how)
    how.add_argument(
        "--work", action="store_true", help="analyse, too; without --database it always does, with it workers do"
    )
    how.add_argument(
        "--leave-when-idle",
        action="store_true",
        help="end when nobody has needed it for a while (PERSONA_LAB_IDLE_EXIT_SECONDS; default: 900)",
    )
    options.log(how)


def run(chosen: argparse.Namespace) -> int:
    # Nothing that is imported ever goes again: to look for it would take a fifth of the start.
    gc.disable()
    from persona_lab import logs, memory, settings
    from persona_lab.server.run import serve
    from persona_lab.server.streaming.hub import Limits

    gc.freeze()
    gc.enable()
    memory.give_back()
    found = settings.load()
    database = options.database_of(chosen, found)
    settings.check(found, database=database, files=chosen.files)
    logs.set_up(chosen.log or found.log)
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
    options.leave()


def _port(text: str) -> int:
    # Larger numbers would be cut to 16 bits by the system, and listened on without a word.
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is not a port; a port is a number from 0 to 65535")
    return int(text)
