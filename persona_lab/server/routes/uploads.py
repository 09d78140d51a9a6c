"""Files coming in, and the analyses that follow from them."""

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from persona_lab.models import (
    Interview,
)
from persona_lab.server import forms, rights
from persona_lab.server.routes.interviews import get_interview
from persona_lab.server.services import Services, Serving
from persona_lab.store import (
    beside,
    interviews,
    projects,
)
from persona_lab.store.access import Level
from persona_lab.transcripts import check

api = APIRouter(prefix="/api")

PROCESS_SECONDS = 300.0
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
    sent = await forms.read_upload(request)
    interview, duplicate = await asyncio.to_thread(_keep, serving, sent, request.user)
    return {
        "success": True,
        "interview_id": interview.id,
        "status": interview.status,
        "interview": interview,
        "duplicate": duplicate,
    }


def _keep(serving: Services, sent: forms.Upload, user: str) -> tuple[Interview, bool]:
    rights.may(serving.store, Level.WRITE, sent.project_id)
    check(sent.raw, sent.filename)
    interview_id = interviews.new_id()
    sha256 = serving.files.receive(interview_id, sent.raw)
    entry = interviews.Upload(
        title=sent.title,
        filename=sent.filename,
        sha256=sha256,
        size_bytes=len(sent.raw),
        interview_date=sent.interview_date,
        columns={str(use): heading for use, heading in sent.columns.items()} if sent.columns else None,
        created_by=user,
    )
    with serving.store.writing() as connection:
        # The setting that holds at this moment decides whether the file is kept as it is.
        project = projects.get(connection, sent.project_id, epoch=serving.store.epoch)
        entry = entry._replace(redacted=project.redaction == "storage")
        interview, is_duplicate = interviews.add(
            connection, project.id, entry, allow_duplicate=sent.allow_duplicate, interview_id=interview_id
        )
        if not is_duplicate and not interview.redacted:
            serving.files.keep(interview_id, sha256)
    if is_duplicate:
        serving.files.drop(interview_id)
    else:
        serving.jobs.analyse(interview)
    return interview, is_duplicate


@api.post("/workflow/process")
async def process(serving: Serving, body: forms.InterviewChoice, response: Response) -> dict[str, Any]:
    """Answer when the interview's analysis has ended; 202 when it has not after 300 s."""
    answer = await asyncio.to_thread(get_interview, serving, body.interview_id)
    with contextlib.suppress(TimeoutError):
        async with serving.hub.waiting(answer["interview"].project_id) as channel, asyncio.timeout(PROCESS_SECONDS):
            while interviews.is_in_flight(answer["interview"]):
                news = channel.news
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
