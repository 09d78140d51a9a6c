"""`persona-lab restore`."""

import argparse
from contextlib import closing
from pathlib import Path

from persona_lab.commands import WELL, options

DESCRIPTION = """\
Put a backup into an empty workspace, or an empty team database and an empty place for files: all of it, or nothing.
A team database is made ready on the way, so give its owner's URL. A workspace's backup may be put into a team's
database, and the other way round.

Start servers and workers afterwards. Analyses that were under way go on. Notebooks and pages that had followed
see that it is another database, and load everything anew."""
EPILOG = """\
examples:
  persona-lab restore /backups/2026-03-01 --workspace study-again
  PERSONA_LAB_DATABASE=postgresql://owner:secret@db/new persona-lab restore --files s3://new /backups/team"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what `persona-lab backup` wrote")
    target = parser.add_argument_group("where to")
    options.workspace(target)
    options.database(target)
    options.files(target)


def run(chosen: argparse.Namespace) -> int:
    import os

    from filelock import FileLock, Timeout

    from persona_lab import settings
    from persona_lab.errors import Conflict
    from persona_lab.server import setting_up
    from persona_lab.server.parts import DATABASE
    from persona_lab.store import backup, postgresql
    from persona_lab.store.database import Store

    os.umask(0o077)
    found = settings.load()
    settings.check(found, files=chosen.files)
    workspace = chosen.workspace or found.home
    database = options.database_of(chosen, found)
    workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    # As a server holds it.
    lock = FileLock(workspace / "server.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Conflict(f"{workspace} is being served. Name an empty --workspace, or end its server.") from None
    with lock:
        if database is not None:
            postgresql.migrate(database)
        with closing(Store(database or workspace / DATABASE)) as store:
            files = setting_up.files(found, workspace, chosen.files)
            is_workspaces = database is None and not (chosen.files or found.files)
            copied = backup.put_back(chosen.folder, store, files, is_workspaces=is_workspaces)
    print(f"Restored {copied.interviews} interviews, {copied.rows} rows, {copied.files} files.")
    return WELL
