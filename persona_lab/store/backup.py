"""A copy of everything, made while it is used, and put back into an empty place.

A backup is a folder: `manifest.json`, `rows/TABLE.ndjson` as they were at one moment, and `files/`. It is the same for
both databases, so a workspace's can be put into a team's. The jobs' own records are left out: what is unfinished stands
in the tables, and a server or worker that starts there goes on with it, without paying twice for what is paid.

The rows are read in one transaction that holds up nobody. Files never change; one that went after that moment is
looked for in a later state of the rows, which no longer needs it.
"""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, LargeBinary, Table, exists, insert, select

from persona_lab import __version__
from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest, PersonaLabError
from persona_lab.models import Interview, now
from persona_lab.store import interviews as recorded
from persona_lab.store.database import Store
from persona_lab.store.files import references
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Files
from persona_lab.store.schema import migrations
from persona_lab.store.schema.tables import companies, interviews, meta, metadata, projects, transcripts

FORMAT = 1
ROWS_AT_ONCE = 500
ATTEMPTS = 5
MANIFEST, ROWS, FILES = "manifest.json", "rows", "files"
# What a database says of itself; a restored one is another.
OWN = frozenset({meta.name})


class Copied(NamedTuple):
    """What was copied, and the interviews whose file was missing or changed where it should be."""

    rows: int
    interviews: int
    files: int
    missing: tuple[str, ...]


class Needed(NamedTuple):
    """A file that the rows need."""

    company_id: str
    interview: Interview


def make(store: Store, files: Files, folder: Path) -> Copied:
    """Write a backup; the folder is there when all of it is.

    Args:
        folder: is made, and must not be there.

    Raises:
        InvalidRequest: it is there, or can't be made.
        FilesUnavailable: the files can't be read.
    """
    if folder.exists():
        raise InvalidRequest(f"{folder} is there already. Name a folder that isn't.")
    part = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        (part / ROWS).mkdir(parents=True, mode=0o700)
        copied, at = _made(store, files, part)
        manifest = {
            "format": FORMAT,
            "persona_lab": __version__,
            "schema": migrations.VERSION,
            "epoch": store.epoch,
            "at": at.isoformat(),
            **copied._asdict(),
        }
        (part / MANIFEST).write_text(json.dumps(manifest, indent=2))
        _flush(part)
        part.replace(folder)
    except OSError as error:
        raise InvalidRequest(f"{folder} can't be written: {error.strerror}. Choose another place.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return copied


def put_back(folder: Path, store: Store, files: Files, *, is_workspaces: bool) -> Copied:
    """Put a backup into an empty database and an empty place for files, all of it or nothing.

    The database has an epoch of its own, so that whoever followed the one before begins anew.

    Args:
        is_workspaces: whether database and files are in one workspace.

    Raises:
        InvalidRequest: there is no backup, or it isn't whole.
        Conflict: something is there, or another version of persona_lab made the backup.
    """
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT or manifest.get("schema") != migrations.VERSION:
        raise Conflict(
            f"The backup was made by persona_lab {manifest.get('persona_lab')} (schema {manifest.get('schema')}, this "
            f"one has {migrations.VERSION}). Restore it with that version, then upgrade."
        )
    if next(files.held(), None) is not None:
        raise Conflict("There are files already. Name an empty place for them.")
    with store.writing() as connection:
        if any(connection.scalar(select(exists().select_from(table))) for table in (companies, projects)):
            raise Conflict("The database isn't empty. Make a new one, or name an empty workspace.")
        # A database that was made as a copy of another has its epoch.
        epoch = migrations.begin_anew(connection) if store.epoch == manifest["epoch"] else store.epoch
    files.belong_to(epoch, is_workspaces=is_workspaces)
    kept = Files(Folder(folder / FILES))
    with store.writing() as connection:
        rows = sum(_insert(connection, table, folder) for table in metadata.sorted_tables if table.name not in OWN)
        if rows != manifest["rows"]:
            raise InvalidRequest(f"The backup isn't whole: it has {rows} rows of {manifest['rows']}.")
        needed = list(_needed(connection))
        try:
            missing = _copy(needed, kept, files)
            lost = set(missing) - set(manifest["missing"])
            if lost:
                raise InvalidRequest(f"The backup isn't whole: {len(lost)} of its files are missing or were changed.")
        except PersonaLabError:
            for company_id in {one.company_id for one in needed}:
                files.erase(company_id)
            raise
    return Copied(rows, manifest["interviews"], len(needed) - len(missing), missing)


def _made(store: Store, files: Files, part: Path) -> tuple[Copied, datetime]:
    target = Files(Folder(part / FILES))
    done: set[tuple[str, str]] = set()
    for attempt in range(ATTEMPTS):
        at = now()
        with store.reading() as connection:
            rows = sum(_dump(connection, table, part) for table in metadata.sorted_tables if table.name not in OWN)
            needed = list(_needed(connection))
            number = len(connection.scalars(select(interviews.c.id)).all())
        missing = _copy(needed, files, target, done)
        # A file that is needed no more is missing for a moment; one that was lost stays missing.
        if not missing or attempt == ATTEMPTS - 1:
            break
    return Copied(rows, number, len(needed) - len(missing), missing), at


def _needed(connection: Connection) -> Iterator[Needed]:
    """Yield the files that interviews need, deleted ones as well; what is masked, or was redacted and read, is gone."""
    joined = interviews.outerjoin(transcripts, transcripts.c.interview_id == interviews.c.id)
    found = connection.execute(
        select(interviews.c.id, transcripts.c.interview_id).select_from(joined).order_by(interviews.c.id)
    )
    for interview_id, read in found.all():
        interview = recorded.get(connection, interview_id, even_deleted=True)
        if not (interview.masked or (interview.redacted and read)):
            yield Needed(references.company_of(connection, interview_id), interview)


def _copy(
    needed: list[Needed], source: Files, target: Files, done: set[tuple[str, str]] | None = None
) -> tuple[str, ...]:
    """Copy them, each content once; return the interviews whose file is missing or was changed."""
    done = set() if done is None else done
    missing = []
    for company_id, interview in needed:
        content = (company_id, interview.id if interview.redacted else interview.sha256)
        if content in done:
            continue
        try:
            with source.opened(company_id, interview) as file:
                target.receive(company_id, interview.id, file)
        except InterviewNotFound:
            missing.append(interview.id)
            continue
        if not interview.redacted:
            target.keep(company_id, interview.id, interview.sha256)
        done.add(content)
    return tuple(missing)


def _dump(connection: Connection, table: Table, part: Path) -> int:
    binary = _binary(table)
    # Who answers stands before the answer, and is older.
    ordered = [table.c.created_at] if "created_at" in table.c else list(table.primary_key)
    number = 0
    with _place(part, table).open("w", encoding="utf-8") as file:
        found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table).order_by(*ordered))
        for row in found.mappings():
            told = {
                name: base64.b64encode(value).decode() if name in binary and value is not None else value
                for name, value in row.items()
            }
            file.write(f"{json.dumps(told)}\n")
            number += 1
    return number


def _insert(connection: Connection, table: Table, folder: Path) -> int:
    binary = _binary(table)
    number = 0
    rows: list[dict[str, Any]] = []
    try:
        with _place(folder, table).open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                rows.append(
                    {
                        name: base64.b64decode(value) if name in binary and value is not None else value
                        for name, value in row.items()
                    }
                )
                if len(rows) == ROWS_AT_ONCE:
                    number += _add(connection, table, rows)
    except (OSError, ValueError):
        raise InvalidRequest(f"The backup isn't whole: its table {table.name} can't be read.") from None
    return number + _add(connection, table, rows)


def _add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    number = len(rows)
    if rows:
        connection.execute(insert(table), rows)
        rows.clear()
    return number


def _binary(table: Table) -> set[str]:
    return {column.name for column in table.c if isinstance(column.type, LargeBinary)}


def _place(folder: Path, table: Table) -> Path:
    return folder / ROWS / f"{table.name}.ndjson"


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise InvalidRequest(f"{folder} is no backup: it has no {MANIFEST} that can be read.") from None
    return manifest


def _flush(folder: Path) -> None:
    """Have everything on the disk before the folder gets its name; `files` has seen to its own."""
    for path in [*(folder / ROWS).iterdir(), folder / MANIFEST]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
