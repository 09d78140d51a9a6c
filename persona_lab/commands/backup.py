"""`persona-lab backup`."""

import argparse
from contextlib import closing
from pathlib import Path

from persona_lab.commands import FAILED, WELL, options

DESCRIPTION = """\
Copy a workspace, or a team's database and files, into a new folder, while servers and workers go on. All rows are of
one moment; uploaded files are checked against their sha256 on the way. The folder is there when it is whole.

Accounts, tokens (hashed) and pseudonyms are in it, and every interview: keep it as safe as the database.
The passwords in settings, and the workspace's own token, are not."""
EPILOG = """\
what it writes:
  manifest.json         what it is of, and how much
  rows/TABLE.ndjson     the tables, one JSON object a row
  files/                the uploaded files, whether they were in a folder or in a bucket

Ends with 1 when an uploaded file is missing or was changed where it lies; the rest is backed up all the same.

examples:
  persona-lab backup /backups/2026-03-01
  persona-lab backup --workspace study /backups/study
  PERSONA_LAB_DATABASE=postgresql://app:secret@db/personas persona-lab backup --files s3://interviews /backups/team"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to; it must not be there yet")
    source = parser.add_argument_group("what is copied")
    options.workspace(source)
    options.database(source)
    options.files(source)


def run(chosen: argparse.Namespace) -> int:
    import os

    from persona_lab import settings
    from persona_lab.errors import Conflict, InvalidRequest
    from persona_lab.server import setting_up
    from persona_lab.server.parts import DATABASE
    from persona_lab.store import backup, sqlite
    from persona_lab.store.database import Store

    os.umask(0o077)
    found = settings.load()
    settings.check(found, files=chosen.files)
    workspace = chosen.workspace or found.home
    database = options.database_of(chosen, found)
    if database is None:
        if not (workspace / DATABASE).is_file():
            raise InvalidRequest(f"{workspace} is no workspace: it has no {DATABASE}. Name another --workspace.")
        if not sqlite.is_current(workspace / DATABASE):
            raise Conflict("The workspace was last used by another version of persona_lab. Start its server once.")
    with closing(Store(database or workspace / DATABASE)) as store:
        copied = backup.make(store, setting_up.files(found, workspace, chosen.files), chosen.folder)
    print(f"{chosen.folder}: {copied.interviews} interviews, {copied.rows} rows, {copied.files} files.")
    if copied.missing:
        print(f"The files of {len(copied.missing)} interviews are missing or changed: {', '.join(copied.missing)}.")
    return FAILED if copied.missing else WELL
