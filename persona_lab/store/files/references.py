"""Which uploaded bytes the database refers to, and which company they are of.

Asked by the house itself, which sees every row: somebody who sees less would take for unneeded what others need.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from persona_lab.errors import InterviewNotFound, ProjectNotFound
from persona_lab.store.schema.tables import interviews, meta, projects, transcripts

SWEPT = "files_swept_at"


class Awaited(NamedTuple):
    """What an interview needs of the bytes that were received for it."""

    sha256: str
    redacted: bool
    masked: bool
    is_read: bool


def company_of(connection: Connection, interview_id: str) -> str:
    """Return the company that an interview is of, deleted or not."""
    joined = projects.join(interviews, interviews.c.project_id == projects.c.id)
    found = connection.scalar(select(projects.c.company_id).select_from(joined).where(interviews.c.id == interview_id))
    if found is None:
        raise InterviewNotFound
    return str(found)


def company_of_project(connection: Connection, project_id: str) -> str:
    found = connection.scalar(select(projects.c.company_id).where(projects.c.id == project_id))
    if found is None:
        raise ProjectNotFound
    return str(found)


def unreferenced(connection: Connection, company_id: str, sha256: str) -> bool:
    """Say whether no interview of the company, not even a deleted one, needs what is kept under this sha256."""
    return not referenced(connection, company_id, [sha256])


def referenced(connection: Connection, company_id: str, sha256s: Collection[str]) -> set[str]:
    """Return those of the sha256s that interviews of the company need.

    What is redacted was never kept, and of what is masked nobody needs the file any more.
    """
    joined = interviews.join(projects, interviews.c.project_id == projects.c.id)
    found = connection.scalars(
        select(interviews.c.sha256)
        .select_from(joined)
        .where(
            projects.c.company_id == company_id,
            interviews.c.sha256.in_(list(sha256s)),
            interviews.c.redacted.is_(False),
            interviews.c.masked.is_(False),
        )
    )
    return set(found)


def awaited(connection: Connection, interview_ids: Collection[str]) -> dict[str, Awaited]:
    """Return what those of the interviews need that are there, even deleted ones."""
    joined = interviews.outerjoin(transcripts, transcripts.c.interview_id == interviews.c.id)
    rows = connection.execute(
        select(
            interviews.c.id,
            interviews.c.sha256,
            interviews.c.redacted,
            interviews.c.masked,
            transcripts.c.interview_id,
        )
        .select_from(joined)
        .where(interviews.c.id.in_(list(interview_ids)))
    )
    return {row[0]: Awaited(row[1], row[2], row[3], row[4] is not None) for row in rows}


def claim_sweep(connection: Connection, at: datetime, every: timedelta) -> bool:
    """Say whether it is time to sweep the files, and that the caller is the one who does it."""
    connection.execute(text("INSERT INTO meta (key, value) VALUES (:k, '') ON CONFLICT (key) DO NOTHING"), {"k": SWEPT})
    due = meta.update().where(meta.c.key == SWEPT, meta.c.value <= (at - every).isoformat())
    return connection.execute(due.values(value=at.isoformat())).rowcount == 1
