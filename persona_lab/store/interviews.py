"""Interviews and the states they pass through, each change with its event.

`processing → analyzing → completed | failed`, and `failed → processing` by
retry. The functions that the analysis calls may be called twice (a job that was
cut off starts again): the second call changes and announces nothing.

Once completed, an interview stays completed. When it must be analysed again it
keeps its result, at the stage `re-analysing`, until the new one is there; when
there will be none it is `outdated`, with the error that says why.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from persona_lab.errors import AnalysisCancelled, Conflict, InterviewNotFound
from persona_lab.models import Analysis, Failure, Interview, Provenance, Transcript, now
from persona_lab.store import codings, events, notes, spending, transaction
from persona_lab.store.schema.tables import analyses, interviews, projects

IN_FLIGHT = ("processing", "analyzing")
RE_ANALYSING = "re-analysing"
OUTDATED = "outdated"


class Upload(NamedTuple):
    """What is known of a file before anybody has read it."""

    title: str
    filename: str
    sha256: str
    size_bytes: int
    interview_date: str | None
    created_by: str
    columns: dict[str, str] | None = None
    redacted: bool = False


class Began(NamedTuple):
    """When a run began, and the project's newest event then: what it was given is as it was at that event."""

    at: datetime
    seq: int


def new_id() -> str:
    return str(uuid4())


def add(
    connection: Connection,
    project_id: str,
    upload: Upload,
    *,
    allow_duplicate: bool,
    interview_id: str | None = None,
) -> tuple[Interview, bool]:
    """Record an uploaded file; return its interview and whether it was here already, to be read in the same way.

    Args:
        interview_id: what it is to be called, where its file was received under that name.
    """
    transaction.hold(connection, project_id)
    if not allow_duplicate:
        same = _alive().where(interviews.c.project_id == project_id, interviews.c.sha256 == upload.sha256)
        for known in connection.execute(same):
            if known.columns == upload.columns:
                return _interview(known), True
    last = connection.scalar(select(func.max(interviews.c.number)).where(interviews.c.project_id == project_id))
    at = now().isoformat()
    interview_id = interview_id or new_id()
    connection.execute(
        interviews.insert().values(
            id=interview_id,
            project_id=project_id,
            number=(last or 0) + 1,
            status="processing",
            stage="queued",
            attempt=1,
            created_at=at,
            updated_at=at,
            **upload._asdict(),
        )
    )
    return _announce(connection, interview_id, "interview:added"), False


def get(connection: Connection, interview_id: str, *, even_deleted: bool = False) -> Interview:
    """Return the interview.

    Raises:
        InterviewNotFound: there is none of that id, or it was deleted.
    """
    transaction.hold_interviews(connection, interview_id)
    query = select(interviews) if even_deleted else _alive()
    row = connection.execute(query.where(interviews.c.id == interview_id)).first()
    if row is None:
        raise InterviewNotFound
    return _interview(row)


def columns(connection: Connection, interview_id: str) -> dict[str, str] | None:
    """Return which headings of its table hold what, as the uploader said; None when nothing was said."""
    return connection.scalar(select(interviews.c.columns).where(interviews.c.id == interview_id))


def of_project(connection: Connection, project_id: str) -> list[Interview]:
    """Return the project's interviews in the order of uploading."""
    rows = connection.execute(_alive().where(interviews.c.project_id == project_id).order_by(interviews.c.number))
    return [_interview(row) for row in rows]


class Page(NamedTuple):
    """Part of a list, and where the next part begins (None at the end)."""

    interviews: list[Interview]
    next_cursor: int | None


def page(
    connection: Connection,
    project_id: str,
    *,
    cursor: int = 0,
    limit: int = 100,
    status: str | None = None,
    text: str | None = None,
    created_by: str | None = None,
) -> Page:
    """Return interviews after `cursor`, filtered by state, part of the title and who uploaded."""
    query = _alive().where(interviews.c.project_id == project_id, interviews.c.number > cursor)
    if status:
        query = query.where(interviews.c.status == status)
    if text:
        query = query.where(interviews.c.title.icontains(text, autoescape=True))
    if created_by:
        query = query.where(interviews.c.created_by == created_by)
    rows = connection.execute(query.order_by(interviews.c.number).limit(limit + 1)).all()
    shown = rows[:limit]
    return Page([_interview(row) for row in shown], shown[-1].number if len(rows) > limit else None)


WAITS = or_(interviews.c.status.in_(IN_FLIGHT), interviews.c.stage == RE_ANALYSING)


def in_flight(connection: Connection, project_id: str | None = None) -> list[Interview]:
    """Return what is waiting or being analysed: in one project, or in all and then even what is deleted.

    The analysis of a deleted interview goes on, since it may be restored; but its project doesn't wait for it.
    """
    if project_id is None:
        return in_flight_where(connection)
    return in_flight_where(connection, interviews.c.project_id == project_id, interviews.c.deleted_at.is_(None))


def in_flight_where(connection: Connection, *conditions: ColumnElement[bool]) -> list[Interview]:
    """Return what is waiting or being analysed, of those for which the conditions hold; the oldest first."""
    query = select(interviews).where(WAITS, *conditions).order_by(interviews.c.created_at, interviews.c.id)
    return [_interview(row) for row in connection.execute(query)]


def is_in_flight(interview: Interview) -> bool:
    """Say whether a result, or a new one, is to come."""
    return interview.status in IN_FLIGHT or interview.stage == RE_ANALYSING


def start(connection: Connection, interview_id: str) -> None:
    """The analysis began: the file is being read."""
    _move(connection, interview_id, status="processing", stage="reading")


def was_read(connection: Connection, interview_id: str, transcript: Transcript) -> None:
    """The transcript was read; the engine is next."""
    people = {turn.speaker for turn in transcript.turns if turn.role == "participant"}
    _move(
        connection,
        interview_id,
        status="analyzing",
        stage="analysing",
        format=transcript.format,
        encoding=transcript.encoding,
        certainty=transcript.certainty,
        remarks=list(transcript.remarks),
        language=transcript.language,
        turns=len(transcript.turns),
        participants=len(people),
    )


def complete(connection: Connection, interview_id: str, analysis: Analysis, began: Began | None = None) -> None:
    """The analysis is there."""
    before = get(connection, interview_id, even_deleted=True)
    if not is_in_flight(before):
        return
    at = now().isoformat()
    connection.execute(
        analyses.insert().values(
            run_id=analysis.provenance.run_id,
            interview_id=interview_id,
            result=analysis.model_dump(mode="json"),
            created_at=at,
        )
    )
    spending.drop_parts(connection, interview_id, analysis.provenance.engine)
    _set(connection, interview_id, status="completed", stage="completed", completed_at=at)
    run = {"began_at": began.at.isoformat(), "began_seq": began.seq} if began else None
    _announce(connection, interview_id, "interview:completed", result=analysis.model_dump(mode="json"), run=run)


def cancel(connection: Connection, interview_id: str) -> Interview:
    """End an analysis that somebody doesn't want any more; a result from before stays, and retry starts it again.

    Raises:
        Conflict: there is none under way.
    """
    before = get(connection, interview_id)
    if not is_in_flight(before):
        raise Conflict(f"“{before.title}” is {before.status}; only an analysis that is under way can be cancelled.")
    fail(connection, interview_id, Failure(code=AnalysisCancelled.code, message=AnalysisCancelled().message))
    return get(connection, interview_id)


def fail(connection: Connection, interview_id: str, failure: Failure) -> None:
    """The analysis could not be done; retry starts it again. A result from before stays."""
    before = get(connection, interview_id, even_deleted=True)
    if not is_in_flight(before):
        return
    why = {f"error_{name}": value for name, value in failure.model_dump(mode="json").items()}
    if before.status == "completed":
        _set(connection, interview_id, stage=OUTDATED, **why)
        _announce_status(connection, interview_id)
        return
    _set(connection, interview_id, status="failed", stage="failed", **why)
    _announce(connection, interview_id, "interview:failed", error=failure.model_dump(mode="json"))


def retry(connection: Connection, interview_id: str) -> Interview:
    """Start a failed interview again, or one that could not be analysed again.

    Raises:
        Conflict: it is neither.
    """
    before = get(connection, interview_id)
    if before.status != "failed" and before.stage != OUTDATED:
        raise Conflict(f"“{before.title}” is {before.status}; only a failed interview can be retried.")
    return restart(connection, before)


def again(connection: Connection, interview_id: str) -> Interview:
    """Start an analysis again, whatever came of the one before.

    Raises:
        Conflict: one is under way.
    """
    before = get(connection, interview_id)
    if is_in_flight(before):
        raise Conflict(f"“{before.title}” is being analysed. Wait for it, or cancel it.")
    return restart(connection, before)


def restart(connection: Connection, before: Interview) -> Interview:
    """Put an interview back to the start, as a new attempt; one that is completed stays so meanwhile."""
    is_completed = before.status == "completed"
    _set(
        connection,
        before.id,
        status="completed" if is_completed else "processing",
        stage=RE_ANALYSING if is_completed else "queued",
        attempt=before.attempt + 1,
        **{f"error_{name}": None for name in Failure.model_fields},
    )
    return _announce_status(connection, before.id)


def was_masked(connection: Connection, interview_id: str, *, title: str, filename: str, remarks: Sequence[str]) -> None:
    """Somebody who took part was erased: what was found is gone, and a new attempt finds what others said.

    Nothing is announced, for the event of the erasing says how the interview is now.
    """
    before = get(connection, interview_id, even_deleted=True)
    _set(
        connection,
        interview_id,
        status="processing",
        stage="queued",
        attempt=before.attempt + 1,
        completed_at=None,
        masked=True,
        title=title,
        filename=filename,
        remarks=list(remarks),
        **{f"error_{name}": None for name in Failure.model_fields},
    )


def change(connection: Connection, interview_id: str, values: Mapping[str, str | None]) -> Interview:
    """Set title or interview_date and announce it."""
    before = get(connection, interview_id)
    if all(getattr(before, key) == value for key, value in values.items()):
        return before
    _set(connection, interview_id, **values)
    return _announce(connection, interview_id, "interview:updated")


def speakers_corrected(
    connection: Connection, interview_id: str, corrections: Sequence[Mapping[str, Any]], *, participants: int
) -> Interview:
    """People corrected who speaks: announce it, with all corrections there are now."""
    _set(connection, interview_id, participants=participants)
    return _announce(connection, interview_id, "interview:updated", speakers=list(corrections))


def delete(connection: Connection, interview_id: str) -> None:
    """Put the interview aside; `restore` brings it back."""
    before = get(connection, interview_id)
    _set(connection, interview_id, **transaction.deleted(connection))
    events.append(connection, before.project_id, "interview:deleted", {"interview_id": interview_id})


def restore(connection: Connection, interview_id: str) -> Interview:
    """Bring a deleted interview back, with its result.

    Raises:
        Conflict: it is not deleted.
    """
    deleted = connection.scalar(select(interviews.c.deleted_at).where(interviews.c.id == interview_id))
    before = get(connection, interview_id, even_deleted=True)
    if connection.scalar(select(projects.c.deleted_at).where(projects.c.id == before.project_id)):
        raise InterviewNotFound
    if deleted is None:
        raise Conflict(f"“{before.title}” is not deleted.")
    _set(connection, interview_id, **transaction.RESTORED)
    found = result(connection, interview_id) if before.status == "completed" else None
    return _announce(
        connection,
        interview_id,
        "interview:restored",
        result=found.model_dump(mode="json") if found else None,
        codings=[coding.model_dump(mode="json") for coding in codings.of_interview(connection, interview_id)],
        notes=[note.model_dump(mode="json") for note in notes.of_interview(connection, interview_id)],
    )


def result(connection: Connection, interview_id: str) -> Analysis | None:
    """Return the newest analysis, None before there is one."""
    found = connection.scalar(
        select(analyses.c.result)
        .where(analyses.c.interview_id == interview_id, analyses.c.beside.is_(False))
        .order_by(analyses.c.created_at.desc())
        .limit(1)
    )
    return None if found is None else Analysis.model_validate(found)


def results(connection: Connection, project_id: str) -> dict[str, Analysis]:
    """Return the newest analysis of each of the project's completed interviews, by interview id."""
    rows = connection.execute(_newest(project_id, analyses.c.result))
    return {row.interview_id: Analysis.model_validate(row.result) for row in rows}


def runs(connection: Connection, project_id: str) -> dict[str, str]:
    """Return the ids of the same analyses, by interview id."""
    rows = connection.execute(_newest(project_id, analyses.c.run_id))
    return {row.interview_id: row.run_id for row in rows}


def has_run(connection: Connection, interview_id: str, run_id: str) -> bool:
    """Say whether what that run found is there still; it goes with an interview, and with somebody who is erased."""
    its = analyses.c.interview_id == interview_id, analyses.c.run_id == run_id
    return connection.scalar(select(analyses.c.run_id).where(*its)) is not None


def provenances(connection: Connection, project_id: str) -> dict[str, Provenance]:
    """Return what made the newest analysis of each of the project's completed interviews, by interview id."""
    rows = connection.execute(_newest(project_id, analyses.c.result["provenance"].label("made_by")))
    return {row.interview_id: Provenance.model_validate(row.made_by) for row in rows}


def _newest(project_id: str, wanted: ColumnElement[Any]) -> Select[Any]:
    """Return what asks for one thing of all analyses of completed interviews, by interview, the newest last."""
    return (
        select(analyses.c.interview_id, wanted)
        .join(interviews, interviews.c.id == analyses.c.interview_id)
        .where(
            interviews.c.project_id == project_id,
            interviews.c.status == "completed",
            interviews.c.deleted_at.is_(None),
            analyses.c.beside.is_(False),
        )
        .order_by(interviews.c.number, analyses.c.created_at)
    )


def _move(connection: Connection, interview_id: str, *, status: str, stage: str, **values: Any) -> None:
    before = get(connection, interview_id, even_deleted=True)
    if before.status in IN_FLIGHT and (before.status, before.stage) != (status, stage):
        _set(connection, interview_id, status=status, stage=stage, **values)
        _announce_status(connection, interview_id)


def _set(connection: Connection, interview_id: str, **values: Any) -> None:
    connection.execute(
        interviews.update().where(interviews.c.id == interview_id).values(updated_at=now().isoformat(), **values)
    )


def _announce_status(connection: Connection, interview_id: str) -> Interview:
    interview = get(connection, interview_id, even_deleted=True)
    return _announce(
        connection, interview_id, "interview:status_changed", status=interview.status, stage=interview.stage
    )


def _announce(connection: Connection, interview_id: str, kind: str, **data: Any) -> Interview:
    """Write the event; each carries the whole interview, so that a reader needs no state of its own."""
    interview = get(connection, interview_id, even_deleted=True)
    deleted = connection.scalar(select(interviews.c.deleted_at).where(interviews.c.id == interview_id))
    # What happens to a deleted interview is nobody's news until it is restored.
    if deleted is None:
        whole = {"interview_id": interview_id, **data, "interview": interview.model_dump(mode="json")}
        events.append(connection, interview.project_id, kind, whole)
    return interview


def _alive() -> Select[Any]:
    """Interviews that are there: neither they nor their project were deleted."""
    kept = select(projects.c.id).where(projects.c.deleted_at.is_(None))
    return select(interviews).where(interviews.c.deleted_at.is_(None), interviews.c.project_id.in_(kept))


def _interview(row: Row[Any]) -> Interview:
    values = dict(row._mapping)
    told = {name: values.pop(f"error_{name}") for name in Failure.model_fields}
    # What an older version wrote down says less.
    error = Failure.model_validate({k: v for k, v in told.items() if v is not None}) if told["code"] else None
    return Interview.model_validate({**values, "error": error}, extra="ignore")
