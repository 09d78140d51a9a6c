"""Studies: making, reading, changing and searching them, and making anew what is stale."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from persona_lab.engines.base import context_of
from persona_lab.engines.merging.keywords import Said, keywords
from persona_lab.errors import InterviewNotFound
from persona_lab.models import (
    EngineName,
    Estimate,
    Event,
    Keyword,
    Passage,
    Project,
    Redaction,
    Refreshed,
    Snapshot,
    Spent,
    Stale,
    Summary,
)
from persona_lab.server import feeding, forms, previewing, staleness
from persona_lab.server.editing import trashing
from persona_lab.server.services import Serving
from persona_lab.server.talking import summing
from persona_lab.store import events, interviews, projects, snapshots, spending, transcripts
from persona_lab.store.people import audit

api = APIRouter(prefix="/api")


@api.get("/projects")
def list_projects(serving: Serving) -> list[Project]:
    with serving.store.reading() as connection:
        return projects.every(connection, epoch=serving.store.epoch, seen_by=serving.store.identity)


@api.post("/projects", status_code=201, responses={200: {"model": Project, "description": "It was there."}})
def create_project(serving: Serving, body: forms.NewProject, response: Response) -> Project:
    epoch = serving.store.epoch
    with serving.store.writing() as connection:
        identity = serving.store.identity
        known = projects.named(connection, body.name, epoch=epoch, seen_by=identity) if body.reuse else None
        if known is not None:
            response.status_code = 200
            return known
        if body.engine is not None:
            serving.engines.named(body.engine)
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
    after: Annotated[int, Query(ge=0, le=forms.LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> list[Event]:
    """Part of the project's log, for readers that want all of it."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return events.after(connection, project_id, after, limit)


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


@api.get("/projects/{project_id}/redactions")
async def redactions(serving: Serving, request: Request, project_id: str) -> list[Redaction]:
    """What pseudonyms stand in for, interview by interview.

    It shows the originals, to whoever may read the transcripts; they go nowhere else.
    """
    await asyncio.to_thread(get_project, serving, project_id)
    identity = request.scope["identity"]
    await asyncio.to_thread(trashing.write_down, serving, identity, audit.LOOKED, project_id)
    return await previewing.preview(serving.store, serving.scans, project_id)


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


@api.post("/projects/{project_id}/summary")
def sum_up(serving: Serving, project_id: str) -> Summary:
    """What the findings say together, by the project's engine."""
    return summing.summarise(serving, project_id)


@api.post("/projects/{project_id}/knowledge", status_code=202)
async def feed_knowledge(serving: Serving, project_id: str) -> dict[str, int]:
    """Feed the findings to the project's knowledge base in MISO; what comes of it is an event."""
    return {"findings": await feeding.begin(serving, project_id)}
