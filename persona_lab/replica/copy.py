"""The analyst's DuckDB copy of a project: a function of its log, and deletable at any time.

The cursor is committed with the rows it stands for, so a batch of events is
there wholly or not at all, and the same batch twice is the same as once.
"""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from persona_lab.errors import InvalidRequest, QueryError
from persona_lab.models import Event, Snapshot, Transcript
from persona_lab.replica.changes import Changes
from persona_lab.replica.kept import KEPT
from persona_lab.replica.tables import SHAPE, TABLES
from persona_lab.replica.views import VIEWS
from persona_lab.replica.writing import write

if TYPE_CHECKING:
    import pandas as pd


# What an analyst's SQL may be. COPY writes a file outside; whatever it would change inside is taken back.
READING = (
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    # What PIVOT is to DuckDB.
    duckdb.StatementType.MULTI,
)


# The names of tables that take up what is free in the file.
FILLING, FILLINGS, SPARE_BLOCKS = "filling", 4, 2
CHECKPOINTS, CHECKPOINT_SECONDS = 100, 0.1


class Replica:
    """One project's copy. Usable from any thread; close it when done.

    Args:
        path: the file; it is made when it isn't there. DuckDB allows one writing
            process, so a second one gets a file of its own beside it, and `note`
            says so in one line.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self.note = ""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _delete_copies_of_ended_processes(path)
        is_new = not path.exists()
        try:
            self._connection = duckdb.connect(path)
        except duckdb.IOException as error:
            if "lock" in str(error):
                path = path.with_name(f"{path.stem}-{os.getpid()}{path.suffix}")
                self.note = f"Another process uses this project's DuckDB file, so this one keeps its own copy: {path}"
            else:
                self.note = f"The project's DuckDB file was damaged, so it is built again: {path}"
            path.unlink(missing_ok=True)
            is_new = True
            self._connection = duckdb.connect(path)
        self.path = path
        self.connection.execute("SET TimeZone = 'UTC'")
        if is_new or not self._is_whole():
            self._build(is_scrubbed=is_new)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open DuckDB connection; use `.cursor()` for another thread.

        Raises:
            InvalidRequest: it was closed.
        """
        if self._is_closed:
            raise InvalidRequest("This project was closed here. Open it again: lab.project(…).")
        return self._connection

    def close(self) -> None:
        """Close it; a batch that is being written is finished first, and what was deleted is not left in the file."""
        if self._is_closed:
            return
        # Where somebody still uses the tables, whoever opens the file next does it.
        with suppress(duckdb.Error):
            self.scrub()
        with self._lock:
            self._connection.close()
            self._is_closed = True

    def cursor(self) -> tuple[str, int] | None:
        """Return (epoch, seq) of the newest event that the tables contain, None before the first snapshot."""
        row = self.connection.cursor().execute("SELECT epoch, seq FROM cursor WHERE epoch IS NOT NULL").fetchone()
        return None if row is None else (row[0], row[1])

    def load(self, snapshot: Snapshot, history: Iterable[Event], transcripts: Mapping[str, Transcript]) -> None:
        """Replace everything by the snapshot.

        Args:
            history: all events up to the snapshot's `seq`, for the `events` table.
            transcripts: by interview id; those of all completed interviews.
        """
        changes = Changes(project=snapshot.project, insights=snapshot.insights, merge=snapshot.merge)
        changes.judgements = {judgement.id: judgement for judgement in snapshot.judgements}
        for record in snapshot.interviews:
            changes.records[record.interview.id] = record
        changes.codings = {coding.id: coding for coding in snapshot.codings}
        for kept in KEPT:
            changes.kept[kept.name].load(kept, snapshot)
        changes.events = [event for event in history if event.seq <= snapshot.seq]
        with self._lock, self._transaction() as cursor:
            for table in TABLES:
                cursor.execute(f'DELETE FROM "{table}"')
            write(cursor, changes, transcripts)
            # The mark is committed with the deletion: whoever is killed before the file is clean cleans it next time.
            cursor.execute(
                "UPDATE cursor SET is_scrubbed = is_scrubbed AND epoch IS NULL, epoch = ?, seq = ?",
                [snapshot.epoch, snapshot.seq],
            )

    def apply(self, events: Sequence[Event], transcripts: Mapping[str, Transcript]) -> None:
        """Add events that follow the cursor; those it has already are passed over.

        Args:
            transcripts: by interview id; those that `wanted(events)` names, as far as they still exist.
        """
        with self._lock, self._transaction() as cursor:
            row = cursor.execute("SELECT seq FROM cursor").fetchone()
            seq = row[0] if row else 0
            changes = Changes()
            for event in events:
                if event.seq == seq + 1:
                    changes.take(event)
                    seq = event.seq
                elif event.seq > seq:
                    raise ValueError(f"event {event.seq} can't follow {seq}")
            write(cursor, changes, transcripts)
            cursor.execute("UPDATE cursor SET seq = ?", [seq])

    def frame(
        self,
        query: str,
        parameters: Sequence[object] | None = None,
        *,
        beside: "Mapping[str, pd.DataFrame] | None" = None,
    ) -> "pd.DataFrame":
        """Run SQL and return its rows.

        Args:
            beside: further tables for this query, by name.

        Raises:
            QueryError: it is no query, or DuckDB refused it; the message says why.
        """
        try:
            kinds = [statement.type for statement in duckdb.extract_statements(query)]
            if len(kinds) != 1 or kinds[0] not in READING:
                raise QueryError(
                    "Give one SELECT, or COPY (SELECT …) TO 'file.parquet'. The tables are a copy of the project, "
                    "so there is nothing to change in them."
                )
            # Whatever it was, nothing of it stays.
            with self._transaction(keep=False) as cursor:
                for name, table in (beside or {}).items():
                    cursor.register(name, table)
                return cursor.execute(query, parameters).df()
        except duckdb.Error as error:
            raise QueryError(f"{error}\nTables: {', '.join([*TABLES, *VIEWS])}.") from None

    def rows(self, query: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL of our own and return its rows."""
        return self.connection.cursor().execute(query, parameters).fetchall()

    def _transaction(self, *, keep: bool = True) -> "_Transaction":
        return _Transaction(self.connection.cursor(), keep=keep)

    def rebuild(self) -> None:
        """Empty all tables and make them anew; the next thing to do is `load`."""
        with self._lock:
            self._build(is_scrubbed=False)

    def scrub(self) -> None:
        """Leave nothing in the file of what `load` and `rebuild` deleted from the tables, if that was not done yet.

        DuckDB frees blocks and does not write over them: so every table is written anew, and what is free then is
        filled with chance and freed again.
        """
        # The connection itself is the analyst's, who may be reading from it.
        with self._lock, self.connection.cursor() as cursor:
            if cursor.execute("SELECT bool_and(is_scrubbed) FROM cursor").fetchall() == [(True,)]:
                return
            for table in (*TABLES, "cursor"):
                with self._transaction() as writing:
                    writing.execute(f'CREATE OR REPLACE TABLE "{table}" AS SELECT * FROM "{table}"')
            _checkpoint(cursor)
            for number in range(FILLINGS):
                free = cursor.execute("SELECT free_blocks, block_size FROM pragma_database_size()").fetchall()
                if not free or not free[0][0]:
                    break
                _fill(cursor, f"{FILLING}_{number}", *free[0])
            for number in range(FILLINGS):
                cursor.execute(f"DROP TABLE IF EXISTS {FILLING}_{number}")
            _checkpoint(cursor)
            cursor.execute("UPDATE cursor SET is_scrubbed = TRUE")

    def _is_whole(self) -> bool:
        """Say whether every table has today's columns: somebody may have used the file for more than reading."""
        found = self.connection.execute(
            """
            SELECT table_name, list(column_name ORDER BY ordinal_position)
            FROM information_schema.columns GROUP BY table_name
            """
        ).fetchall()
        columns = dict(found)
        if any(columns.get(table) != list(expected) for table, expected in TABLES.items()):
            return False
        if not {"cursor", *VIEWS} <= columns.keys():
            return False
        return self.connection.execute("SELECT shape FROM cursor").fetchall() == [(SHAPE,)]

    def _build(self, *, is_scrubbed: bool) -> None:
        with self._transaction() as cursor:
            for view in reversed(VIEWS):
                cursor.execute(f"DROP VIEW IF EXISTS {view}")
            for table, columns in TABLES.items():
                fields = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                cursor.execute(f'CREATE OR REPLACE TABLE "{table}" ({fields})')
            cursor.execute(
                "CREATE OR REPLACE TABLE cursor (shape INTEGER, epoch VARCHAR, seq BIGINT, is_scrubbed BOOLEAN)"
            )
            cursor.execute("INSERT INTO cursor VALUES (?, NULL, 0, ?)", [SHAPE, is_scrubbed])
            for view, query in VIEWS.items():
                cursor.execute(f"CREATE VIEW {view} AS {query}")


def _fill(cursor: duckdb.DuckDBPyConnection, name: str, blocks: int, block_bytes: int) -> None:
    """Write so many blocks, and a few more, of what can't be compressed, into a table of that name."""
    cursor.execute(f"CREATE OR REPLACE TABLE {name} (chance BLOB)")
    cursor.executemany(
        f"INSERT INTO {name} VALUES (?)", [[os.urandom(block_bytes)] for _ in range(blocks + SPARE_BLOCKS)]
    )
    _checkpoint(cursor)


def _checkpoint(cursor: duckdb.DuckDBPyConnection) -> None:
    for _ in range(CHECKPOINTS):
        try:
            cursor.execute("CHECKPOINT")
        except duckdb.Error:
            # Somebody reads at the moment.
            time.sleep(CHECKPOINT_SECONDS)
        else:
            return


def _delete_copies_of_ended_processes(path: Path) -> None:
    for copy in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        pid = copy.stem.removeprefix(f"{path.stem}-")
        if pid.isdigit() and not _is_running(int(pid)):
            copy.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is there, and somebody else's.
        return True
    return True


class _Transaction:
    def __init__(self, cursor: duckdb.DuckDBPyConnection, *, keep: bool) -> None:
        self._cursor = cursor
        self._keep = keep

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self._cursor.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._keep:
            self._cursor.commit()
        else:
            self._cursor.rollback()
        self._cursor.close()
