"""The HTTP interface, in one place: each handler parses, makes one call, and answers."""

import asyncio
import contextlib
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request

from persona_lab import __version__
from persona_lab.engines.base import context_of
from persona_lab.engines.merging.keywords import Said, keywords
from persona_lab.errors import Conflict, InterviewNotFound, ServerError
from persona_lab.models import (
    Analysis,
    Assignment,
    Axis,
    Coding,
    Conversation,
    EngineName,
    Estimate,
    Event,
    Insight,
    Interview,
    Judgement,
    Keyword,
    MindMap,
    Note,
    Passage,
    Persona,
    PersonaRecord,
    Project,
    Redaction,
    Refreshed,
    Snapshot,
    Speaker,
    Spent,
    Stale,
    Status,
    Summary,
    Transcript,
    TranscriptRecord,
)
from persona_lab.server import (
    answering,
    asking,
    coding,
    feeding,
    forms,
    judging,
    mapping,
    noting,
    personas,
    previewing,
    staleness,
    summing,
)
from persona_lab.server.services import Services, Serving
from persona_lab.server.sse import PartStream
from persona_lab.store import (
    axes,
    beside,
    codings,
    conversations,
    events,
    insights,
    interviews,
    judgements,
    projects,
    snapshots,
    speakers,
    spending,
    transcripts,
)
from persona_lab.transcripts import check

api = APIRouter(prefix="/api")
metrics_api = APIRouter()

PROCESS_SECONDS = 300.0
# The largest number that the database can compare with.
LARGEST = 2**63 - 1

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

PICTURE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("image/png", "image/jpeg", "image/webp")
        },
    }
}


@api.get("/health")
def health(serving: Serving) -> dict[str, str]:
    return {"status": "ok", "version": __version__, "engine": serving.engines.default}


@api.get("/me")
def me(request: Request) -> dict[str, str]:
    """Who the server takes you for: the coder of what you code."""
    return {"user": request.user}


@api.get("/monitor")
async def monitor(serving: Serving, project_id: str | None = None) -> dict[str, Any]:
    """How the streams are doing: open ones, events a second, reconnects, readers cut off, latency."""
    return serving.hub.metrics.summary(serving.hub.by_project(), project_id)


@metrics_api.get("/metrics")
async def metrics(serving: Serving) -> Response:
    """The same for Prometheus."""
    return Response(serving.hub.metrics.text(), media_type=CONTENT_TYPE_LATEST)


# Projects


@api.get("/projects")
def list_projects(serving: Serving) -> list[Project]:
    with serving.store.reading() as connection:
        return projects.every(connection, epoch=serving.store.epoch)


@api.post("/projects", status_code=201)
def create_project(serving: Serving, request: Request, body: forms.NewProject, response: Response) -> Project:
    epoch = serving.store.epoch
    with serving.store.writing() as connection:
        known = projects.named(connection, body.name, epoch=epoch) if body.reuse else None
        if known is not None:
            response.status_code = 200
            return known
        if body.engine is not None:
            serving.engines.named(body.engine)
        identity = request.scope["identity"]
        return projects.create(
            connection,
            epoch=epoch,
            company_id=identity.company_id,
            owner_id=identity.user_id,
            **body.model_dump(exclude={"reuse"}),
        )


@api.get("/projects/{project_id}")
def get_project(serving: Serving, project_id: str) -> Project:
    with serving.store.reading() as connection:
        return projects.get(connection, project_id, epoch=serving.store.epoch)


@api.patch("/projects/{project_id}")
def change_project(serving: Serving, project_id: str, body: forms.ProjectChange) -> Project:
    if body.engine is not None:
        serving.engines.named(body.engine)
    with serving.store.writing() as connection:
        return projects.change(connection, project_id, body.changes(), epoch=serving.store.epoch)


@api.delete("/projects/{project_id}", status_code=204)
def delete_project(serving: Serving, project_id: str) -> None:
    with serving.store.writing() as connection:
        projects.delete(connection, project_id, epoch=serving.store.epoch)


@api.get("/projects/{project_id}/snapshot")
def snapshot(serving: Serving, project_id: str) -> Snapshot:
    with serving.store.reading() as connection:
        return snapshots.take(connection, project_id, epoch=serving.store.epoch)


@api.get("/projects/{project_id}/events")
def history(
    serving: Serving,
    project_id: str,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> list[Event]:
    """Part of the project's log, for readers that want all of it."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return events.after(connection, project_id, after, limit)


@api.get("/projects/{project_id}/insights")
def project_insights(serving: Serving, project_id: str, rejected: bool = False) -> list[Insight]:
    """What several interviews say, the best supported first; with `rejected`, also what people rejected."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return insights.supported(connection, project_id, even_rejected=rejected)


@api.get("/projects/{project_id}/insights/{insight_id}")
def get_insight(serving: Serving, project_id: str, insight_id: str) -> Insight:
    """One insight, even a rejected one; an id of before leads to what it has become part of."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return judging.present(connection, project_id, insight_id)


@api.get("/projects/{project_id}/keywords")
def project_keywords(
    serving: Serving,
    project_id: str,
    k: Annotated[int, Query(ge=1, le=500)] = 20,
    interview_id: str | None = None,
) -> list[Keyword]:
    """The words that participants use most widely; of an interview those that it uses more than the others."""
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
        if interview_id is not None and interviews.get(connection, interview_id).project_id != project_id:
            raise InterviewNotFound
        said = [
            Said(*told, is_part=interview_id in (None, told.interview_id))
            for told in transcripts.told(connection, project_id)
        ]
    return keywords(said, k, project.glossary)


@api.post("/projects/{project_id}/insights/{insight_id}/judgements", status_code=201)
def judge(
    serving: Serving,
    request: Request,
    project_id: str,
    insight_id: str,
    body: forms.NewJudgement,
    response: Response,
) -> Judgement:
    """Merge, split, rename, pin or reject an insight; 200 when that holds already."""
    made, is_known = judging.judge(serving.store, project_id, insight_id, body, user=request.user)
    if is_known:
        response.status_code = 200
    return made


@api.get("/projects/{project_id}/judgements")
def list_judgements(serving: Serving, project_id: str) -> list[Judgement]:
    """What people said of insights and did not take back, oldest first."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return judgements.of_project(connection, project_id)


@api.delete("/projects/{project_id}/judgements/{judgement_id}", status_code=204)
def undo_judgement(serving: Serving, project_id: str, judgement_id: str) -> None:
    judging.undo(serving.store, project_id, judgement_id)


@api.get("/projects/{project_id}/notes")
def list_notes(
    serving: Serving, project_id: str, interview_id: str | None = None, insight_id: str | None = None
) -> list[Note]:
    """What people wrote beside turns and insights, oldest first; those at insights under the ids that they have now."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return noting.listed(connection, project_id, interview_id=interview_id, insight_id=insight_id)


@api.post("/projects/{project_id}/notes", status_code=201)
def add_note(serving: Serving, request: Request, project_id: str, body: forms.NewNote) -> Note:
    """Write a note at a turn or an insight, or answer one."""
    return noting.add(serving.store, project_id, body, user=request.user)


@api.patch("/notes/{note_id}")
def change_note(serving: Serving, request: Request, note_id: str, body: forms.NoteChange) -> Note:
    """Put other words in one's own note."""
    return noting.change(serving.store, note_id, body.text, user=request.user)


@api.delete("/notes/{note_id}", status_code=204)
def delete_note(serving: Serving, request: Request, note_id: str) -> None:
    """Take one's own note away; replies to it stay, in its place."""
    noting.delete(serving.store, note_id, user=request.user)


@api.post("/projects/{project_id}/knowledge", status_code=202)
async def feed_knowledge(serving: Serving, project_id: str) -> dict[str, int]:
    """Feed the findings to the project's knowledge base in MISO; what comes of it is an event."""
    return {"findings": await feeding.begin(serving, project_id)}


@api.post("/projects/{project_id}/summary")
def sum_up(serving: Serving, project_id: str) -> Summary:
    """What the findings say together, by the project's engine."""
    return summing.summarise(serving, project_id)


@api.get("/projects/{project_id}/stale")
def list_stale(serving: Serving, project_id: str) -> list[Stale]:
    """What may no longer be true, with the reasons: analyses in the order of uploading, the insights, portraits."""
    with serving.store.reading() as connection:
        return staleness.stale(connection, project_id, serving.engines, epoch=serving.store.epoch)


@api.post("/projects/{project_id}/refresh", status_code=202)
def refresh(serving: Serving, project_id: str) -> Refreshed:
    """Make anew what is stale, and nothing else; each interview keeps its result until the new one is there."""
    with serving.store.writing() as connection:
        begun = staleness.refresh(connection, project_id, serving.engines, epoch=serving.store.epoch)
    for interview in begun.interviews:
        serving.jobs.analyse(interview)
    if begun.merging:
        serving.jobs.merge(project_id)
    if begun.portraits:
        serving.jobs.make_portraits(project_id, again=True)
    return begun


@api.get("/projects/{project_id}/spending")
def list_spending(serving: Serving, project_id: str) -> list[Spent]:
    """What engines were paid for, oldest first."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return spending.of_project(connection, project_id)


@api.get("/projects/{project_id}/estimate")
def estimate(serving: Serving, project_id: str, engine: EngineName | None = None) -> Estimate:
    """What analysing the interviews that have been read would cost, rather too much than too little."""
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
        asked = serving.engines.named(engine or serving.engines.name_for(project))
        return asked.estimate(transcripts.every(connection, project_id), context_of(project))


@api.get("/projects/{project_id}/redactions")
async def redactions(serving: Serving, project_id: str) -> list[Redaction]:
    """What pseudonyms stand in for, interview by interview.

    It shows the originals, to whoever may read the transcripts; they go nowhere else.
    """
    await asyncio.to_thread(get_project, serving, project_id)
    return await previewing.preview(serving.store, serving.scans, project_id)


@api.get("/projects/{project_id}/search")
async def search(
    serving: Serving,
    project_id: str,
    q: Annotated[str, Query(min_length=1, max_length=2000)],
    k: Annotated[int, Query(ge=1, le=200)] = 10,
    interview_id: str | None = None,
) -> list[Passage]:
    project = await asyncio.to_thread(get_project, serving, project_id)
    among = [interview_id] if interview_id else None
    return await serving.retrieval.find(project_id, q, k=k, interview_ids=among, glossary=project.glossary)


# Interviews


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
    check(sent.raw, sent.filename)
    with serving.store.reading() as connection:
        projects.get(connection, sent.project_id, epoch=serving.store.epoch)
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


@api.get("/projects/{project_id}/interviews", response_model=None, responses={304: {"description": "Nothing changed."}})
def list_interviews(
    serving: Serving,
    response: Response,
    project_id: str,
    cursor: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
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
def restore_interview(serving: Serving, interview_id: str) -> Interview:
    with serving.store.writing() as connection:
        interview = interviews.restore(connection, interview_id)
    serving.jobs.merge(interview.project_id)
    return interview


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


@api.post("/interviews/{interview_id}/codings", status_code=201)
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
    after: Annotated[int, Query(ge=0)] = 0,
    as_of: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> list[TranscriptRecord]:
    """The transcripts that follow interview number `after`, a page at a time; an empty page is the end.

    With `as_of`, the number of an event: as they were corrected by then, with those of deleted interviews.
    """
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return transcripts.page(connection, project_id, after=after, as_of=as_of)


@api.get("/interviews/{interview_id}/file")
def file(serving: Serving, interview_id: str) -> Response:
    """The original bytes, never shown in the browser: they are somebody else's.

    Of an interview that is redacted before storage it is the redacted text, as UTF-8; the original if that failed.
    """
    with serving.store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        is_text = interview.redacted and transcripts.is_read(connection, interview_id)
        text = transcripts.get(connection, interview_id).text if is_text else ""
    if is_text:
        suffix, raw = ".txt", text.encode()
    elif interview.redacted and interviews.is_in_flight(interview):
        raise Conflict(f"“{interview.title}” is being redacted. Its file is there when it has been read.")
    else:
        suffix, raw = PurePosixPath(interview.filename).suffix, serving.files.of(interview)
    headers = {
        "content-disposition": f'attachment; filename="{interview_id}{suffix if suffix.isascii() else ""}"',
        "x-content-type-options": "nosniff",
    }
    return Response(raw, media_type="application/octet-stream", headers=headers)


# Personas


@api.get("/projects/{project_id}/axes")
def get_axes(serving: Serving, project_id: str) -> tuple[Axis, ...]:
    """What the project's participants are told apart by."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return axes.get(connection, project_id)


@api.put("/projects/{project_id}/axes")
def set_axes(serving: Serving, request: Request, project_id: str, body: forms.AxesChange) -> tuple[Axis, ...]:
    """Set all axes; 409 says which interviews would lose their place."""
    return personas.set_axes(serving, project_id, body, user=request.user)


@api.get("/projects/{project_id}/personas")
def list_personas(serving: Serving, project_id: str) -> list[PersonaRecord]:
    """The personas by position, each with its interviews and why it is stale."""
    return personas.listed(serving, project_id)


@api.post("/projects/{project_id}/personas")
def propose_personas(
    serving: Serving, request: Request, project_id: str, body: forms.PersonaCount | None = None
) -> list[PersonaRecord]:
    """Propose personas for all analysed interviews; what somebody decided stays."""
    return personas.propose(serving, project_id, body.count if body else None, user=request.user)


@api.post("/projects/{project_id}/personas/add", status_code=201)
def add_persona(serving: Serving, request: Request, project_id: str, body: forms.NewPersona) -> PersonaRecord:
    """Make a persona of one's own, on a place of the axes or on none."""
    return personas.add(serving, project_id, body, user=request.user)


@api.post("/projects/{project_id}/personas/accept")
def accept_personas(
    serving: Serving, request: Request, project_id: str, body: forms.Acceptance | None = None
) -> list[Assignment]:
    """Decide as it is proposed, for some interviews or all; what was decided before stays with who did."""
    return personas.accept(serving, project_id, body.interview_ids if body else None, user=request.user)


@api.put("/interviews/{interview_id}/persona")
def assign_persona(serving: Serving, request: Request, interview_id: str, body: forms.PersonaChoice) -> Assignment:
    return personas.assign(serving, interview_id, body.persona_id, user=request.user)


@api.get("/personas/{persona_id}")
def get_persona(serving: Serving, persona_id: str) -> PersonaRecord:
    return personas.one(serving, persona_id)


@api.patch("/personas/{persona_id}")
def change_persona(serving: Serving, persona_id: str, body: forms.PersonaChange) -> PersonaRecord:
    return personas.change(serving, persona_id, body)


@api.delete("/personas/{persona_id}", status_code=204)
def delete_persona(serving: Serving, persona_id: str) -> None:
    """Put it aside; its interviews belong to no persona then."""
    personas.delete(serving, persona_id)


@api.get("/personas/{persona_id}/picture")
def persona_picture(serving: Serving, persona_id: str) -> Response:
    """The uploaded picture, or the one drawn from the persona's id."""
    picture, media_type = personas.picture(serving, persona_id)
    return Response(picture, media_type=media_type, headers=personas.PICTURE_HEADERS)


@api.put("/personas/{persona_id}/picture", openapi_extra=PICTURE_BODY)
async def upload_picture(serving: Serving, request: Request, persona_id: str) -> Persona:
    """A PNG, JPEG or WebP of at most 5 MB as the body; it is made small and its metadata goes."""
    raw = await forms.read_picture(request, personas.PICTURE_BYTES)
    return await asyncio.to_thread(personas.show, serving, persona_id, raw)


@api.delete("/personas/{persona_id}/picture", status_code=204)
def delete_picture(serving: Serving, persona_id: str) -> None:
    """Again the picture that is drawn."""
    personas.show(serving, persona_id, None)


# Conversation


@api.post("/chat")
async def chat(serving: Serving, request: Request, body: forms.Question) -> Response:
    """Answer from what participants said; `data:` frames, ended by one `done` or `error`."""
    asked = await asyncio.to_thread(asking.ask, serving, body, user=request.user)
    return PartStream(answering.answered(serving, asked), closing=serving.hub.closing)


@api.post("/interviews/{interview_id}/assist")
async def assist(serving: Serving, request: Request, interview_id: str, body: forms.AssistantsAction) -> Response:
    """Sum the interview up, list its findings, say what to do or what to ask next; frames as of `/api/chat`."""
    asked = await asyncio.to_thread(asking.assist, serving, interview_id, body.action, user=request.user)
    return PartStream(answering.answered(serving, asked), closing=serving.hub.closing)


@api.post("/chat/summary")
def summarise(serving: Serving, body: forms.ConversationChoice) -> MindMap:
    """A conversation as a mind map, which is kept with it; drawn anew when something was said since."""
    drawn = mapping.draw(serving, body.conversation_id).mind_map
    if drawn is None:
        raise ServerError
    return drawn


@api.post("/chat/{message_id}/stop", status_code=202)
async def stop(serving: Serving, message_id: str, response: Response) -> None:
    """Stop an answer that is being written, and keep what there is of it; 204 where it has ended already."""
    if not await answering.stop(serving, message_id):
        response.status_code = 204


@api.get("/projects/{project_id}/conversations")
def list_conversations(serving: Serving, project_id: str) -> list[Conversation]:
    """The whole team's conversations, the oldest first."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return conversations.of_project(connection, project_id)


@api.get("/conversations/{conversation_id}")
def get_conversation(serving: Serving, conversation_id: str) -> dict[str, Any]:
    """A conversation with its messages in order."""
    with serving.store.reading() as connection:
        return {
            "conversation": conversations.get(connection, conversation_id),
            "messages": conversations.messages(connection, conversation_id),
        }


@api.patch("/conversations/{conversation_id}")
def rename_conversation(serving: Serving, conversation_id: str, body: forms.ConversationChange) -> Conversation:
    with serving.store.writing() as connection:
        return conversations.rename(connection, conversation_id, body.title)


@api.delete("/conversations/{conversation_id}", status_code=204)
def delete_conversation(serving: Serving, conversation_id: str) -> None:
    with serving.store.writing() as connection:
        conversations.delete(connection, conversation_id)
