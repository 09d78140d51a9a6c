"""Axes and personas, and which interview belongs to whom."""

import asyncio

from fastapi import APIRouter, Response
from starlette.requests import Request

from persona_lab.models import (
    Assignment,
    Axis,
    Persona,
    PersonaRecord,
)
from persona_lab.server import forms
from persona_lab.server.editing import personas
from persona_lab.server.services import Serving
from persona_lab.store import (
    axes,
    projects,
)

api = APIRouter(prefix="/api")

PICTURE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("image/png", "image/jpeg", "image/webp")
        },
    }
}


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


@api.get(
    "/personas/{persona_id}/picture",
    response_class=Response,
    responses={200: {"content": {"image/png": {}, "image/svg+xml": {}}}},
)
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
