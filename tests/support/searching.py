"""Looking for words wherever a workspace could hold them, however they are written there."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path


def places_of(workspace: Path, words: Collection[str]) -> set[str]:
    """Return where any of the words stands: files by all their bytes, tables of SQLite databases by their cells too."""
    found = set()
    for path in (path for path in workspace.rglob("*") if path.is_file()):
        name = str(path.relative_to(workspace))
        if _has(path.read_bytes(), words):
            found.add(name)
        if path.suffix == ".sqlite":
            found |= {f"{name}: {table}" for table in _tables_with(path, words)}
    return found


def empty(database: Path, table: str) -> None:
    """Delete all rows of the table and overwrite their bytes; those of other tables' deleted rows stay in the file."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f'DELETE FROM "{table}"')
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _tables_with(path: Path, words: Collection[str]) -> Iterator[str]:
    connection = sqlite3.connect(path)
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        cells = (cell for row in connection.execute(f'SELECT * FROM "{table}"') for cell in row)
        raws = [cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells]
        if any(_has(raw, words) or _has(_unpacked(raw), words) for raw in raws):
            yield table
    connection.close()


def _unpacked(raw: bytes) -> bytes:
    """Return what a cell says in base64, as jobs are recorded; nothing where it is none."""
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error:
        return b""


def _has(raw: bytes, words: Collection[str]) -> bool:
    return any(form in raw for word in words for form in _forms(word))


def _forms(word: str) -> tuple[bytes, ...]:
    """Return the word's bytes as text, in JSON, in UTF-16 and as Windows saves Korean."""
    return word.encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le"), word.encode("cp949")
