"""What was deleted, bringing it back, removing it for good; and who did what."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request

from persona_lab.models import Deeds, Erasure, Identity, Purged, Trashed
from persona_lab.server import forms
from persona_lab.server.editing import deeds, erasing, trashing
from persona_lab.server.services import Services, Serving
from persona_lab.store import projects
from persona_lab.store.people import audit
from persona_lab.store.removing import trash

api = APIRouter(prefix="/api")

Locale = Literal["en", "ko"]


@api.get("/trash")
def list_deleted_projects(serving: Serving, request: Request) -> list[Trashed]:
    """The deleted projects that one may bring back, the latest first."""
    identity: Identity = request.scope["identity"]
    with serving.store.reading() as connection:
        found = trash.projects(connection, identity.company_id)
        return [one for one in trashing.listed(connection, identity, found) if one.can_restore]


@api.get("/projects/{project_id}/trash")
def list_trash(serving: Serving, request: Request, project_id: str) -> list[Trashed]:
    """What was deleted from a project, by whom and when, the latest first."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return trashing.listed(connection, request.scope["identity"], trash.of_project(connection, project_id))


@api.post("/projects/{project_id}/restore", status_code=204)
def restore_project(serving: Serving, request: Request, project_id: str) -> None:
    """Bring a deleted project back, for who deleted it and for admins."""
    trashing.restore(serving, request.scope["identity"], "project", project_id)


@api.post("/personas/{persona_id}/restore", status_code=204)
def restore_persona(serving: Serving, request: Request, persona_id: str) -> None:
    """Bring a deleted persona back, with those of its interviews that belong to nobody now."""
    trashing.restore(serving, request.scope["identity"], "persona", persona_id)


@api.post("/conversations/{conversation_id}/restore", status_code=204)
def restore_conversation(serving: Serving, request: Request, conversation_id: str) -> None:
    """Bring a deleted conversation back, with all that was said in it."""
    trashing.restore(serving, request.scope["identity"], "conversation", conversation_id)


@api.post("/notes/{note_id}/restore", status_code=204)
def restore_note(serving: Serving, request: Request, note_id: str) -> None:
    """Bring a deleted note back; 409 while its interview is in the trash."""
    trashing.restore(serving, request.scope["identity"], "note", note_id)


@api.post("/projects/{project_id}/purge")
def purge_project(serving: Serving, request: Request, project_id: str) -> Purged:
    """Remove a deleted project for good: rows, files, what its events said. For admins."""
    return trashing.purge(serving, request.scope["identity"], "project", project_id)


@api.post("/interviews/{interview_id}/purge")
def purge_interview(serving: Serving, request: Request, interview_id: str) -> Purged:
    """Remove a deleted interview for good, and all that rests on its words. For admins."""
    return trashing.purge(serving, request.scope["identity"], "interview", interview_id)


@api.post("/personas/{persona_id}/purge")
def purge_persona(serving: Serving, request: Request, persona_id: str) -> Purged:
    """Remove a deleted persona for good. For admins."""
    return trashing.purge(serving, request.scope["identity"], "persona", persona_id)


@api.post("/conversations/{conversation_id}/purge")
def purge_conversation(serving: Serving, request: Request, conversation_id: str) -> Purged:
    """Remove a deleted conversation for good. For admins."""
    return trashing.purge(serving, request.scope["identity"], "conversation", conversation_id)


@api.post("/notes/{note_id}/purge")
def purge_note(serving: Serving, request: Request, note_id: str) -> Purged:
    """Remove a deleted note for good. For admins."""
    return trashing.purge(serving, request.scope["identity"], "note", note_id)


@api.post("/projects/{project_id}/participants/erase")
def erase_participant(serving: Serving, request: Request, project_id: str, body: forms.Erasing) -> Erasure:
    """Remove one participant from every interview for good, or say what that would remove. For admins.

    Interviews in which nobody else is interviewed are purged. In others a mask as long as what they said takes its
    place, the file goes, and the interview is analysed again.
    """
    return erasing.erase(serving, request.scope["identity"], project_id, body.name, sure=body.sure)


@api.get("/projects/{project_id}/history")
def project_history(
    serving: Serving,
    request: Request,
    project_id: str,
    after: Annotated[str, Query(max_length=200)] = "",
    actor: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    locale: Locale = "en",
) -> Deeds:
    """Who did what in a project, oldest first, for its admins; ask again `after` `next` until it is null."""
    identity: Identity = request.scope["identity"]
    with serving.store.on_behalf_of(identity).reading() as connection:
        trashing.check_there(connection, identity, project_id)
    where = audit.Where(identity.company_id, project_id)
    return _history(serving, where, after, actor, kind, limit, locale)


@api.get("/history")
def company_history(
    serving: Serving,
    request: Request,
    after: Annotated[str, Query(max_length=200)] = "",
    actor: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    locale: Locale = "en",
) -> Deeds:
    """The same over all of the company's projects and beside them, for its admins."""
    identity: Identity = request.scope["identity"]
    return _history(serving, audit.Where(identity.company_id), after, actor, kind, limit, locale)


@api.post("/projects/{project_id}/exports", status_code=204)
def tell_export(serving: Serving, request: Request, project_id: str) -> None:
    """Write down that somebody took the project along as files, which notebooks make by themselves."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
    trashing.write_down(serving, request.scope["identity"], audit.EXPORTED, project_id)


def _history(
    serving: Services, where: audit.Where, after: str, actor: str | None, kind: str | None, limit: int, locale: Locale
) -> Deeds:
    # What is written down of others is the house's to read, and may be read by whom it was checked for above.
    with serving.store.on_behalf_of(serving.store.identity).reading() as connection:
        done, following = audit.page(connection, where, after=after, actor=actor, kind=kind, limit=limit)
        return deeds.told(done, following, audit.titles(connection, done), locale)
