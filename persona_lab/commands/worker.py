"""`persona-lab worker`."""

import argparse

from persona_lab.commands import options

DESCRIPTION = """\
Analyse what the servers of a team's database queue, beside any number of other workers. It says as whom it works.

SIGTERM ends it, and gives back what it has begun; when it is killed, others notice within seconds and go on with
its work. Nothing is finished twice. A workspace without a team's database needs no worker."""
EPILOG = """\
environment:
  PERSONA_LAB_DATABASE  the team's database, with its password
  and the engines' settings, the same as the servers'; `persona-lab settings` lists them

examples:
  PERSONA_LAB_DATABASE=postgresql://app:secret@db/personas persona-lab worker --files s3://interviews"""


def arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what it works on, the same as the servers'")
    options.database(what)
    options.workspace(what, "folder of the uploaded files, unless they are in a bucket")
    options.files(what)
    how = parser.add_argument_group("how it works")
    options.engine(how)
    options.log(how)


def run(chosen: argparse.Namespace) -> int:
    from persona_lab import logs, memory, settings
    from persona_lab.server.worker import work

    memory.give_back()
    found = settings.load()
    database = options.database_of(chosen, found)
    settings.check(found, database=database, files=chosen.files)
    logs.set_up(chosen.log or found.log)
    work(chosen.workspace or found.home, engine=chosen.engine or found.engine, database=database, files=chosen.files)
    options.leave()
