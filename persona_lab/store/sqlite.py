"""One person's database: a file in the workspace."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event

from persona_lab.models import Identity
from persona_lab.store.schema import migrations

# A journal can't be emptied while somebody reads from it; it is tried so often.
CHECKPOINTS = 50
# Files of an older schema may have traces of what was deleted, and are written anew when they are brought up to it.
OVERWRITES = 11
CHECKPOINT_SECONDS = 0.1

News = Callable[[str | None], None]


class SQLite:
    """A SQLite file, which lets one writer in at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = _engine(path)
        self._writer = self._reader.execution_options(writes=True)
        # Writers wait in line here: at SQLite's own lock nobody is next, and each would hold a connection meanwhile.
        self._turn = threading.Lock()
        self._listeners: list[News] = []
        with self._writer.begin() as connection:
            before = migrations.version(connection)
            migrations.migrate(connection)
        if 0 < before < OVERWRITES:
            with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as once:
                once.execute("VACUUM")
        self._opened = _identity_of(path)

    @contextmanager
    def reading(self, _identity: Identity | None) -> Iterator[Connection]:
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, _identity: Identity | None) -> Iterator[Connection]:
        with self._turn, self._writer.begin() as connection:
            yield connection

    def announce(self, _connection: Connection, _changed: set[str]) -> None:
        """Nobody else can be told from within the transaction."""

    def committed(self, changed: set[str]) -> None:
        """Tell whoever listens in this process."""
        for project_id in changed:
            for listener in self._listeners:
                listener(project_id)

    def listen(self, listener: News) -> None:
        self._listeners.append(listener)

    def is_listening(self) -> bool:
        return True

    def is_there(self) -> bool:
        return _identity_of(self._path) == self._opened

    def compact(self) -> None:
        """Leave nothing of what was deleted in the workspace's databases and their journals.

        This one overwrites what is deleted, so only its journal is emptied, and nobody waits. The record of jobs,
        which stands beside it, is small, and written anew.
        """
        for path in sorted(self._path.parent.glob("*.sqlite")):
            with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
                if path != self._path:
                    connection.execute("VACUUM")
                _empty_journal(connection)

    def presence(self, _lock: int) -> None:
        """Whoever opens the file has it to themselves: the workspace's own lock sees to that."""

    def close(self) -> None:
        self._reader.dispose()


def _empty_journal(connection: SQLiteConnection) -> None:
    """Empty a database's journal once nobody reads there; whoever wants to write waits for one look at a time."""
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * CHECKPOINT_SECONDS)}")
    for _ in range(CHECKPOINTS):
        # Most of it while others write; what is left is done quickly.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not is_busy:
            return
        time.sleep(CHECKPOINT_SECONDS)


def _identity_of(path: Path) -> tuple[int, int] | None:
    """Return what a file keeps for as long as somebody has it open, whatever happens to its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": 30, "check_same_thread": False},
        pool_size=8,
        # Readers don't wait for each other; there are never more of them than threads.
        max_overflow=-1,
        # What is written are people's interviews, and no error and no log may repeat them.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: SQLiteConnection, _record: object) -> None:
        # SQLAlchemy, not the driver, says when a transaction begins: see `begin`.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten: to write the whole file anew after a purge would hold up everybody.
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began as a reader could fail at its first write; IMMEDIATE waits at the door instead.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def is_current(path: Path) -> bool:
    """Say whether the file has today's tables, without bringing it up to them."""
    engine = _engine(path)
    try:
        with engine.begin() as connection:
            return migrations.version(connection) == migrations.VERSION
    finally:
        engine.dispose()
