"""Interviews: their lists, transcripts, speakers, codes and files."""

import io
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.requests import Request
from starlette.responses import StreamingResponse

from persona_lab.errors import Conflict, FileErased
from persona_lab.models import (
    Analysis,
    Coding,
    Interview,
    Speaker,
    Status,
    Transcript,
    TranscriptRecord,
)
from persona_lab.server import forms
from persona_lab.server.editing import coding, trashing
from persona_lab.server.services import Serving
from persona_lab.store import codings, interviews, projects, speakers, transcripts
from persona_lab.store.files import references
from persona_lab.store.files.kept import PIECE_BYTES
from persona_lab.store.people import audit

api = APIRouter(prefix="/api")

# It is somebody else's file, and no browser shall show it or run what is in it as if it were ours.
DOWNLOAD_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "no-store",
}


@api.get("/projects/{project_id}/interviews", response_model=None, responses={304: {"description": "Nothing changed."}})
def list_interviews(
    serving: Serving,
    response: Response,
    project_id: str,
    cursor: Annotated[int, Query(ge=0, le=forms.LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    status: Status | None = None,
    text: Annotated[str | None, Query(max_length=200)] = None,
    created_by: Annotated[str | None, Query(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any] | Response:
    """One page; ask again with `next_cursor` until it is null."""
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
        # The project's newest event names this list's state, whatever part of it is asked for.
        tag = f'W/"{project.epoch}-{project.seq}"'
        if if_none_match == tag:
            return Response(status_code=304, headers={"etag": tag})
        page = interviews.page(
            connection, project_id, cursor=cursor, limit=limit, status=status, text=text, created_by=created_by
        )
    response.headers["etag"] = tag
    return page._asdict()


@api.get("/interviews/{interview_id}")
def get_interview(serving: Serving, interview_id: str) -> dict[str, Any]:
    """State and, once completed, `result`."""
    with serving.store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        result: Analysis | None = interviews.result(connection, interview_id)
    return {"status": interview.status, "interview": interview, "result": result}


@api.patch("/interviews/{interview_id}")
def change_interview(serving: Serving, interview_id: str, body: forms.InterviewChange) -> Interview:
    with serving.store.writing() as connection:
        return interviews.change(connection, interview_id, body.model_dump(exclude_none=True))


@api.delete("/interviews/{interview_id}", status_code=204)
def delete_interview(serving: Serving, interview_id: str) -> None:
    with serving.store.writing() as connection:
        project_id = interviews.get(connection, interview_id).project_id
        interviews.delete(connection, interview_id)
    serving.jobs.merge(project_id)


@api.post("/interviews/{interview_id}/restore")
def restore_interview(serving: Serving, request: Request, interview_id: str) -> Interview:
    """Bring a deleted interview back with its result, for who deleted it and for admins."""
    trashing.restore(serving, request.scope["identity"], "interview", interview_id)
    with serving.store.reading() as connection:
        return interviews.get(connection, interview_id)


@api.get("/interviews/{interview_id}/transcript")
def transcript(serving: Serving, interview_id: str) -> Transcript:
    with serving.store.reading() as connection:
        interviews.get(connection, interview_id)
        return transcripts.get(connection, interview_id)


@api.get("/interviews/{interview_id}/speakers")
def list_speakers(serving: Serving, interview_id: str) -> list[Speaker]:
    """Who speaks, in the order of speaking first; nobody before the interview has been read."""
    with serving.store.reading() as connection:
        interviews.get(connection, interview_id)
        return speakers.of(connection, interview_id)


@api.patch("/interviews/{interview_id}/speakers")
def correct_speakers(serving: Serving, interview_id: str, body: forms.SpeakersChange) -> Interview:
    """Correct names and roles; a role has the interview analysed again, which keeps its result meanwhile."""
    changes = [change.model_dump(exclude_unset=True) for change in body.speakers]
    with serving.store.writing() as connection:
        interview, is_to_be_analysed = speakers.correct(connection, interview_id, changes)
    if is_to_be_analysed:
        serving.jobs.analyse(interview)
    return interview


@api.get("/interviews/{interview_id}/codings")
def list_codings(serving: Serving, request: Request, interview_id: str, others: bool = False) -> list[Coding]:
    """One's own codings in the order of the text, so that nobody is led by what others saw; everybody's on request."""
    with serving.store.reading() as connection:
        interviews.get(connection, interview_id)
        return codings.of_interview(connection, interview_id, coder=None if others else request.user)


@api.post(
    "/interviews/{interview_id}/codings",
    status_code=201,
    responses={200: {"model": Coding, "description": "It was coded so before."}},
)
def add_coding(
    serving: Serving, request: Request, interview_id: str, body: forms.NewCoding, response: Response
) -> Coding:
    """Code a turn or a span of it; 200 when it was coded so before."""
    added, is_known = coding.add(serving.store, interview_id, body, user=request.user)
    if is_known:
        response.status_code = 200
    return added


@api.delete("/codings/{coding_id}", status_code=204)
def remove_coding(serving: Serving, coding_id: str) -> None:
    with serving.store.writing() as connection:
        codings.remove(connection, coding_id)


@api.get("/projects/{project_id}/transcripts")
def list_transcripts(
    serving: Serving,
    project_id: str,
    after: Annotated[int, Query(ge=0, le=forms.LARGEST)] = 0,
    as_of: Annotated[int | None, Query(ge=1, le=forms.LARGEST)] = None,
) -> list[TranscriptRecord]:
    """The transcripts that follow interview number `after`, a page at a time; an empty page is the end.

    With `as_of`, the number of an event: as they were corrected by then, with those of deleted interviews.
    """
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return transcripts.page(connection, project_id, after=after, as_of=as_of)


@api.get(
    "/interviews/{interview_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def file(serving: Serving, request: Request, interview_id: str) -> Response:
    """The original bytes, never shown in the browser: they are somebody else's.

    Of an interview that is redacted before storage it is the redacted text, as UTF-8; the original if that failed.
    404 where somebody who took part was erased.
    """
    with serving.store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        company_id = references.company_of(connection, interview_id)
        if interview.masked:
            raise FileErased
        is_text = interview.redacted and transcripts.is_read(connection, interview_id)
        text = transcripts.get(connection, interview_id).text if is_text else ""
    content: IO[bytes]
    if is_text:
        suffix, content = ".txt", io.BytesIO(text.encode())
    elif interview.redacted and interviews.is_in_flight(interview):
        raise Conflict(f"“{interview.title}” is being redacted. Its file is there when it has been read.")
    else:
        suffix, content = PurePosixPath(interview.filename).suffix, serving.files.opened(company_id, interview)
    trashing.write_down(serving, request.scope["identity"], audit.DOWNLOADED, interview.project_id, interview_id)
    headers = {
        "content-disposition": f'attachment; filename="{interview_id}{suffix if suffix.isascii() else ""}"',
        "content-length": str(content.seek(0, io.SEEK_END)),
        **DOWNLOAD_HEADERS,
    }
    content.seek(0)
    return StreamingResponse(_pieces(content), media_type="application/octet-stream", headers=headers)


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while piece := content.read(PIECE_BYTES):
            yield piece
