"""Running one worker: it does what a team's servers queue, beside any number of others."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType

from persona_lab.errors import InvalidRequest
from persona_lab.models import EngineName
from persona_lab.server import parts


def work(workspace: Path, *, engine: EngineName, database: str | None, files: str | None = None) -> None:
    """Work until SIGTERM or SIGINT; what is unfinished then goes on in another worker.

    Args:
        workspace: the folder with the uploaded files, the same as the servers'.
        files: the URL of a bucket, in place of that folder.
        engine: who analyses for projects that have chosen none.

    Raises:
        InvalidRequest: no database was named: a workspace of one's own has its server to work.
        Conflict: the database's tables are to be made or migrated first, or are too new.
        DatabaseUnavailable: it can't be reached.
    """
    if database is None:
        raise InvalidRequest(
            "Say which database the servers use: set PERSONA_LAB_DATABASE, or give --database. "
            "A workspace without one needs no worker."
        )
    os.umask(0o077)
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    with parts.opened(workspace, engine, kind="worker", database=database, files_url=files) as opened:
        print(f"working as {opened.process.id}", flush=True)
        ended.wait()
