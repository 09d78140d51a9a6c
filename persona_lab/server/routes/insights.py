"""What several interviews say, what people judge of it, and what they note beside it."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from persona_lab.models import (
    Insight,
    Judgement,
    Note,
)
from persona_lab.server import forms
from persona_lab.server.editing import judging, noting
from persona_lab.server.services import Serving
from persona_lab.store import (
    insights,
    judgements,
    projects,
)

api = APIRouter(prefix="/api")


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


@api.post(
    "/projects/{project_id}/insights/{insight_id}/judgements",
    status_code=201,
    responses={200: {"model": Judgement, "description": "It holds already."}},
)
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
