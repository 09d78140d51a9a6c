"""Opening the database, reading from it, and writing to it.

A write is one transaction that takes the lock at its beginning; when it has
committed, whoever listens is told which projects changed. That call is a hint
to look at the log, never the news itself.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event

from persona_lab.store import migrations

Listener = Callable[[str], None]


class Store:
    """The database of a workspace. Usable from any thread; close it when done.

    Args:
        path: the SQLite file; it is made when it isn't there.

    Raises:
        Conflict: a newer persona_lab wrote the file.
    """

    def __init__(self, path: Path) -> None:
        self._reader = _sqlite(path)
        self._writer = self._reader.execution_options(writes=True)
        # Writers wait in line here: at SQLite's own lock nobody is next, and each would hold a connection meanwhile.
        self._turn = threading.Lock()
        self._listeners: list[Listener] = []
        with self.writing() as connection:
            migrations.migrate(connection)
            self.epoch = migrations.epoch(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the database as it is at its first statement."""
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are committed together, or not at all."""
        changed: set[str] = set()
        with self._turn, self._writer.begin() as connection:
            connection.info["changed"] = changed
            yield connection
        for project_id in changed:
            for listener in self._listeners:
                listener(project_id)

    def listen(self, listener: Listener) -> None:
        """Call `listener(project_id)` after each commit that added events, in the writer's thread."""
        self._listeners.append(listener)

    def close(self) -> None:
        self._reader.dispose()


def _sqlite(path: Path) -> Engine:
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

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began as a reader could fail at its first write; IMMEDIATE waits at the door instead.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
