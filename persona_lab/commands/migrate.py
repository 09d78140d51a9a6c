"""`persona-lab migrate`."""

import argparse

from persona_lab.commands import options

DESCRIPTION = """\
Make a team database's tables, roles and policies, or bring them up to this version. Run it as the owner of the
tables, with CREATEROLE, before servers of a new version are started; servers of the version before go on meanwhile
where a step only adds. A workspace's own file is migrated by its server."""
EPILOG = """\
environment:
  PERSONA_LAB_DATABASE  the owner's URL, with its password

examples:
  PERSONA_LAB_DATABASE=postgresql://owner:secret@db/personas persona-lab migrate"""


def arguments(parser: argparse.ArgumentParser) -> None:
    options.database(parser.add_argument_group("which database"))


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.store import postgresql

    before, after = postgresql.migrate(options.needed_database(chosen))
    print(f"The database is at schema {after}." if before == after else f"Migrated from schema {before} to {after}.")
    return 0
