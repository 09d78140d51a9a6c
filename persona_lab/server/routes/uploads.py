"""Files coming in, and the analyses that follow from them."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from persona_lab import logs
from persona_lab.errors import FilesUnavailable, TooBusy
from persona_lab.models import (
    Interview,
)
from persona_lab.server import forms
from persona_lab.server.identity import rights
from persona_lab.server.routes.interviews import get_interview
from persona_lab.server.services import Services, Serving
from persona_lab.store import beside, interviews, projects
from persona_lab.store.database import Store
from persona_lab.store.files import references
from persona_lab.store.files.kept import Received
from persona_lab.store.people import limits
from persona_lab.store.people.access import Level
from persona_lab.transcripts import check

log = logging.getLogger(__name__)

api = APIRouter(prefix="/api")

PROCESS_SECONDS = 300.0
# A file is in memory as a whole while it is looked at, and so many are at once.
_CHECKING = threading.BoundedSemaphore(2)
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "project_id"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "project_id": {"type": "string"},
                        "title": {"type": "string"},
                        "interview_date": {"type": "string", "format": "date"},
                        "allow_duplicate": {"type": "boolean"},
                        "columns": {"type": "string", "description": "JSON, for tables: use to heading."},
                    },
                }
            },
            "application/json": {"schema": forms.PastedText.model_json_schema(by_alias=False)},
        },
    }
}


@api.post("/workflow/async", status_code=202, openapi_extra=UPLOAD_BODY)
async def upload(serving: Serving, request: Request) -> dict[str, Any]:
    """Keep the file, record its interview, and answer; the analysis goes on in the background."""
    async with forms.upload_in(request) as sent:
        keeping = partial(_keep, serving, request.app.state.services.store, sent, request.user)
        interview, duplicate = await asyncio.get_running_loop().run_in_executor(serving.receiving, keeping)
    logs.note(interview_id=interview.id)
    return {
        "success": True,
        "interview_id": interview.id,
        "status": interview.status,
        "interview": interview,
        "duplicate": duplicate,
    }


def _count(house: Store, project_id: str) -> None:
    """Count the upload, where its company may make only so many.

    Raises:
        TooManyUploads: it may make no more at the moment.
    """
    with house.reading() as connection:
        is_limited = limits.is_uploading_limited(connection, project_id)
    if is_limited:
        with house.writing() as connection:
            limits.take_upload(connection, project_id)


def _keep(serving: Services, house: Store, sent: forms.Upload, user: str) -> tuple[Interview, bool]:
    rights.may(serving.store, Level.WRITE, sent.project_id)
    # Counted by the house: what others of the company did is not everybody's to see.
    _count(house, sent.project_id)
    with _CHECKING:
        check(sent.content.read(), sent.filename)
        sent.content.seek(0)
    with serving.store.reading() as connection:
        company_id = references.company_of_project(connection, sent.project_id)
    interview_id = interviews.new_id()
    received = serving.files.receive(company_id, interview_id, sent.content)
    try:
        interview, is_duplicate = _record(serving, sent, interview_id, received, user)
    except TooBusy:
        # Perhaps the database has recorded it and could not say so any more: the bytes stay for that.
        raise
    except Exception:
        _quietly(serving.files.drop, company_id, interview_id)
        raise
    if is_duplicate and (interview.redacted or interview.masked):
        _quietly(serving.files.drop, company_id, interview_id)
    elif not interview.redacted:
        # In place of what is there: whoever is told that it was changed uploads it again.
        _quietly(serving.files.keep, company_id, interview_id, received.sha256)
    if not is_duplicate:
        serving.jobs.analyse(interview)
    return interview, is_duplicate


def _record(
    serving: Services, sent: forms.Upload, interview_id: str, received: Received, user: str
) -> tuple[Interview, bool]:
    entry = interviews.Upload(
        title=sent.title,
        filename=sent.filename,
        sha256=received.sha256,
        size_bytes=received.size_bytes,
        interview_date=sent.interview_date,
        columns={str(use): heading for use, heading in sent.columns.items()} if sent.columns else None,
        created_by=user,
    )
    with serving.store.writing() as connection:
        # The setting that holds at this moment decides whether the file is kept as it is.
        project = projects.get(connection, sent.project_id, epoch=serving.store.epoch)
        entry = entry._replace(redacted=project.redaction == "storage")
        return interviews.add(
            connection, project.id, entry, allow_duplicate=sent.allow_duplicate, interview_id=interview_id
        )


def _quietly(deed: Callable[..., None], *about: str) -> None:
    """Do what the next sweep does otherwise: what was received can be read all the same."""
    try:
        deed(*about)
    except FilesUnavailable:
        log.warning("what was received for an upload stays among the received until the files are swept")


@api.post("/workflow/process", responses={202: {"description": "It goes on."}})
async def process(serving: Serving, body: forms.InterviewChoice, response: Response) -> dict[str, Any]:
    """Answer when the interview's analysis has ended; 202 when it has not after 300 s."""
    answer = await asyncio.to_thread(get_interview, serving, body.interview_id)
    with contextlib.suppress(TimeoutError):
        async with serving.hub.waiting(answer["interview"].project_id) as channel, asyncio.timeout(PROCESS_SECONDS):
            while interviews.is_in_flight(answer["interview"]):
                news = channel.news
                await serving.hub.check(serving.store.identity, channel.project_id)
                answer = await asyncio.to_thread(get_interview, serving, body.interview_id)
                if interviews.is_in_flight(answer["interview"]):
                    await news.wait()
    if interviews.is_in_flight(answer["interview"]):
        response.status_code = 202
    return {"success": answer["interview"].status == "completed", "interview_id": body.interview_id, **answer}


@api.post("/workflow/retry", status_code=202)
def retry(serving: Serving, body: forms.InterviewChoice) -> dict[str, Any]:
    with serving.store.writing() as connection:
        interview = interviews.retry(connection, body.interview_id)
    serving.jobs.analyse(interview)
    logs.note(interview_id=interview.id)
    return {"success": True, "interview_id": interview.id, "status": interview.status, "interview": interview}


@api.post("/interviews/{interview_id}/analyse", status_code=202)
def analyse(serving: Serving, interview_id: str, body: forms.EngineChoice) -> Interview:
    """Analyse it again, keeping its result meanwhile; another engine than the project's works beside it."""
    with serving.store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        project = projects.get(connection, interview.project_id, epoch=serving.store.epoch)
    wanted = body.engine or serving.engines.name_for(project)
    serving.engines.named(wanted)
    if wanted == serving.engines.name_for(project):
        with serving.store.writing() as connection:
            interview = interviews.again(connection, interview_id)
        serving.jobs.analyse(interview)
    else:
        with serving.store.writing() as connection:
            begun = beside.start(connection, interview_id, wanted)
        serving.jobs.compare(begun)
    logs.note(interview_id=interview.id)
    return interview


@api.post("/interviews/{interview_id}/cancel")
def cancel(serving: Serving, interview_id: str) -> Interview:
    """End the analyses that are under way, its own and those beside it; a result from before stays."""
    with serving.store.writing() as connection:
        interview = interviews.get(connection, interview_id)
        compared = beside.cancel(connection, interview_id)
        if interviews.is_in_flight(interview) or not compared:
            interview = interviews.cancel(connection, interview_id)
    serving.jobs.merge(interview.project_id)
    return interview
