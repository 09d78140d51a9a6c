"""What every route asks of whoever calls it: one table, which a server without a row for each route won't start with.

A project that somebody may not read is to them as if it weren't there, to the last byte of the answer. One dependency
holds all routes to the table; the stream, which no framework sees, asks by itself. The database's own policies stand
beneath.
"""

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from persona_lab import errors
from persona_lab.models import LOCAL_COMPANY, Identity, Value, now
from persona_lab.server import forms
from persona_lab.server.services import Services
from persona_lab.store.database import Store
from persona_lab.store.people import access
from persona_lab.store.people.access import Kind, Level

MISSING: dict[Kind, type[errors.NotFound]] = {
    "project": errors.ProjectNotFound,
    "interview": errors.InterviewNotFound,
    "persona": errors.PersonaNotFound,
    "conversation": errors.ConversationNotFound,
    "message": errors.MessageNotFound,
    "note": errors.NoteNotFound,
    "coding": errors.CodingNotFound,
}


class Right(NamedTuple):
    """What a route asks.

    Attributes:
        level: what one must be allowed in the project; None where it is about none.
        by: what the project is found by: the path's `project_id`, `interview_id` and so on.
        sent: the body that has it, where it isn't in the path.
        is_admins: only for admins of a company.
        is_house: only for whoever runs the server, or owns the workspace.
        is_open: for everybody.
        changes: whether a token that may only read isn't enough; None goes by the method.
        is_late: the handler asks by itself, as soon as it knows the project.
    """

    level: Level | None = None
    by: Kind = "project"
    sent: type[Value] | None = None
    is_admins: bool = False
    is_house: bool = False
    is_open: bool = False
    changes: bool | None = None
    is_late: bool = False


OPEN = Right(is_open=True)
HOUSE = Right(is_house=True)
SIGNED_IN = Right()
ADMIN = Right(is_admins=True)


def _read(by: Kind = "project") -> Right:
    return Right(Level.READ, by)


def _write(by: Kind = "project", sent: type[Value] | None = None) -> Right:
    return Right(Level.WRITE, by, sent)


GOVERN = Right(Level.GOVERN)
OWN = Right(Level.OWN)

RIGHTS: dict[tuple[str, str], Right] = {
    ("GET", "/api/health"): OPEN,
    ("GET", "/api/ready"): OPEN,
    ("GET", "/metrics"): HOUSE,
    ("GET", "/api/me"): SIGNED_IN,
    # It counts only what is going on in projects that one sees.
    ("GET", "/api/monitor"): SIGNED_IN,
    # Accounts
    ("GET", "/api/tokens"): SIGNED_IN,
    ("POST", "/api/tokens"): SIGNED_IN,
    ("DELETE", "/api/tokens/{token_id}"): SIGNED_IN,
    ("GET", "/api/company/users"): ADMIN,
    ("PATCH", "/api/company/users/{user_id}"): ADMIN,
    # Members
    ("GET", "/api/projects/{project_id}/members"): _read(),
    ("POST", "/api/projects/{project_id}/members"): GOVERN,
    ("PATCH", "/api/projects/{project_id}/members/{user_id}"): GOVERN,
    ("DELETE", "/api/projects/{project_id}/members/{user_id}"): GOVERN,
    ("POST", "/api/projects/{project_id}/leave"): _write(),
    ("PUT", "/api/projects/{project_id}/owner"): OWN,
    ("PUT", "/api/projects/{project_id}/visibility"): GOVERN,
    ("PUT", "/api/projects/{project_id}/password"): GOVERN,
    ("GET", "/api/projects/{project_id}/invitations"): GOVERN,
    ("POST", "/api/projects/{project_id}/invitations"): GOVERN,
    ("DELETE", "/api/projects/{project_id}/invitations/{invitation_id}"): GOVERN,
    # The code and the password say whether one may.
    ("POST", "/api/invitations/accept"): SIGNED_IN,
    ("POST", "/api/projects/{project_id}/join"): SIGNED_IN,
    # Studies
    ("GET", "/api/projects"): SIGNED_IN,
    ("POST", "/api/projects"): SIGNED_IN,
    ("GET", "/api/projects/{project_id}"): _read(),
    ("PATCH", "/api/projects/{project_id}"): _write(),
    ("DELETE", "/api/projects/{project_id}"): GOVERN,
    ("GET", "/api/projects/{project_id}/snapshot"): _read(),
    ("GET", "/api/projects/{project_id}/events"): _read(),
    ("GET", "/api/sse/projects/{project_id}"): _read(),
    ("GET", "/api/projects/{project_id}/search"): _read(),
    ("GET", "/api/projects/{project_id}/keywords"): _read(),
    # It shows what pseudonyms hide, and gives pseudonyms to what has none.
    ("GET", "/api/projects/{project_id}/redactions"): _write()._replace(changes=True),
    ("GET", "/api/projects/{project_id}/stale"): _read(),
    ("POST", "/api/projects/{project_id}/refresh"): _write(),
    ("GET", "/api/projects/{project_id}/spending"): _read(),
    ("GET", "/api/projects/{project_id}/estimate"): _read(),
    ("POST", "/api/projects/{project_id}/summary"): _write(),
    ("POST", "/api/projects/{project_id}/knowledge"): _write(),
    # Uploads and analyses
    ("POST", "/api/workflow/async"): Right(Level.WRITE, is_late=True),
    ("POST", "/api/workflow/process"): Right(Level.READ, "interview", forms.InterviewChoice, changes=False),
    ("POST", "/api/workflow/retry"): _write("interview", forms.InterviewChoice),
    ("POST", "/api/interviews/{interview_id}/analyse"): _write("interview"),
    ("POST", "/api/interviews/{interview_id}/cancel"): _write("interview"),
    # Interviews
    ("GET", "/api/projects/{project_id}/interviews"): _read(),
    ("GET", "/api/projects/{project_id}/transcripts"): _read(),
    ("GET", "/api/interviews/{interview_id}"): _read("interview"),
    ("PATCH", "/api/interviews/{interview_id}"): _write("interview"),
    ("DELETE", "/api/interviews/{interview_id}"): _write("interview"),
    ("POST", "/api/interviews/{interview_id}/restore"): _write("interview"),
    ("GET", "/api/interviews/{interview_id}/transcript"): _read("interview"),
    ("GET", "/api/interviews/{interview_id}/speakers"): _read("interview"),
    ("PATCH", "/api/interviews/{interview_id}/speakers"): _write("interview"),
    ("GET", "/api/interviews/{interview_id}/codings"): _read("interview"),
    ("POST", "/api/interviews/{interview_id}/codings"): _write("interview"),
    ("DELETE", "/api/codings/{coding_id}"): _write("coding"),
    ("GET", "/api/interviews/{interview_id}/file"): _read("interview"),
    # Insights and notes
    ("GET", "/api/projects/{project_id}/insights"): _read(),
    ("GET", "/api/projects/{project_id}/insights/{insight_id}"): _read(),
    ("POST", "/api/projects/{project_id}/insights/{insight_id}/judgements"): _write(),
    ("GET", "/api/projects/{project_id}/judgements"): _read(),
    ("DELETE", "/api/projects/{project_id}/judgements/{judgement_id}"): _write(),
    ("GET", "/api/projects/{project_id}/notes"): _read(),
    ("POST", "/api/projects/{project_id}/notes"): _write(),
    ("PATCH", "/api/notes/{note_id}"): _write("note"),
    ("DELETE", "/api/notes/{note_id}"): _write("note"),
    # Personas
    ("GET", "/api/projects/{project_id}/axes"): _read(),
    ("PUT", "/api/projects/{project_id}/axes"): _write(),
    ("GET", "/api/projects/{project_id}/personas"): _read(),
    ("POST", "/api/projects/{project_id}/personas"): _write(),
    ("POST", "/api/projects/{project_id}/personas/add"): _write(),
    ("POST", "/api/projects/{project_id}/personas/accept"): _write(),
    ("PUT", "/api/interviews/{interview_id}/persona"): _write("interview"),
    ("GET", "/api/personas/{persona_id}"): _read("persona"),
    ("PATCH", "/api/personas/{persona_id}"): _write("persona"),
    ("DELETE", "/api/personas/{persona_id}"): _write("persona"),
    ("GET", "/api/personas/{persona_id}/picture"): _read("persona"),
    ("PUT", "/api/personas/{persona_id}/picture"): _write("persona"),
    ("DELETE", "/api/personas/{persona_id}/picture"): _write("persona"),
    # Talking: what is asked and answered is kept with the project
    ("POST", "/api/chat"): _write("project", forms.Question),
    ("POST", "/api/interviews/{interview_id}/assist"): _write("interview"),
    ("POST", "/api/chat/summary"): _write("conversation", forms.ConversationChoice),
    ("POST", "/api/chat/{message_id}/stop"): _write("message"),
    ("GET", "/api/projects/{project_id}/conversations"): _read(),
    ("GET", "/api/conversations/{conversation_id}"): _read("conversation"),
    ("PATCH", "/api/conversations/{conversation_id}"): _write("conversation"),
    ("DELETE", "/api/conversations/{conversation_id}"): _write("conversation"),
    # The trash: of a project that is in it the handler asks by itself, as it does who deleted something
    ("GET", "/api/trash"): SIGNED_IN,
    ("GET", "/api/projects/{project_id}/trash"): _read(),
    ("POST", "/api/projects/{project_id}/restore"): Right(Level.READ, is_late=True),
    ("POST", "/api/personas/{persona_id}/restore"): _write("persona"),
    ("POST", "/api/conversations/{conversation_id}/restore"): _write("conversation"),
    ("POST", "/api/notes/{note_id}/restore"): _write("note"),
    ("POST", "/api/projects/{project_id}/purge"): Right(Level.GOVERN, is_late=True),
    ("POST", "/api/interviews/{interview_id}/purge"): Right(Level.GOVERN, "interview"),
    ("POST", "/api/personas/{persona_id}/purge"): Right(Level.GOVERN, "persona"),
    ("POST", "/api/conversations/{conversation_id}/purge"): Right(Level.GOVERN, "conversation"),
    ("POST", "/api/notes/{note_id}/purge"): Right(Level.GOVERN, "note"),
    ("POST", "/api/projects/{project_id}/participants/erase"): GOVERN,
    # Who did what, also of a project that is in the trash or was purged
    ("GET", "/api/projects/{project_id}/history"): Right(Level.GOVERN, is_late=True),
    ("GET", "/api/history"): ADMIN,
    ("POST", "/api/projects/{project_id}/exports"): _read()._replace(changes=False),
}
STREAM = ("GET", "/api/sse/projects/{project_id}")


def check_complete(routers: Iterable[APIRouter]) -> None:
    """Refuse to serve a route that the table doesn't know, or to know one that isn't served.

    Raises:
        RuntimeError: the two differ; the message says in which routes.
    """
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    served = {(method, route.path) for route in routes for method in route.methods or ()}
    if odd := (served | {STREAM}) ^ set(RIGHTS):
        raise RuntimeError(f"The table of rights and the routes differ in {', '.join(map(' '.join, sorted(odd)))}.")


async def checked(request: Request) -> None:
    """Make sure that whoever asks may do this; every route depends on it.

    Raises:
        NotFound: there is no such thing, or they may not know of it: the same to the last byte.
        Forbidden: they see it, and may not do this with it.
    """
    right = RIGHTS[request.method, request.scope["route"].path]
    identity: Identity = request.scope["identity"]
    if right.is_open:
        return
    # No database can hold it, nor look for it.
    if any("\0" in str(given) for given in request.path_params.values()):
        raise errors.NotFound if right.level is None else MISSING[right.by]
    if right.is_house:
        if identity.company_id and identity.company_id != LOCAL_COMPANY:
            raise errors.Forbidden("These figures are of the whole server, for whoever runs it.")
        return
    changes = request.method != "GET" if right.changes is None else right.changes
    if ("write" if changes else "read") not in identity.scopes:
        # What isn't theirs to see stays hidden from those who may only read, too.
        await _check(request, right._replace(level=right.level and Level.READ))
        raise errors.ReadOnly
    if right.is_admins and identity.company_role != "admin":
        raise errors.Forbidden("Only an admin of your company may do this.")
    await _check(request, right)


def check_holds(identity: Identity) -> None:
    """Make sure that what somebody came in with holds at this moment, for what goes on as long as it does.

    Requests are given some seconds for clocks that differ; streams would use them up again and again.

    Raises:
        TokenExpired: it does no more.
    """
    if identity.expires_at is not None and identity.expires_at <= now():
        raise errors.TokenExpired


def may(store: Store, level: Level, row_id: str, by: Kind = "project") -> None:
    """Make sure that whoever acts may do so much in the project that something belongs to.

    Raises:
        NotFound: there is no such thing, or they may not know of it.
        Forbidden: they see it, and may not do this with it.
    """
    with store.reading() as connection:
        found = access.reached(connection, by, row_id, store.identity.user_id)
    if found is not None and found.purged_at is not None and access.level(found, store.identity) >= Level.READ:
        raise errors.ProjectPurged
    held = Level.NOTHING if found is None or found.deleted_at is not None else access.level(found, store.identity)
    if held < Level.READ:
        raise MISSING[by]
    if held < level:
        raise errors.Forbidden(_WHO[level])


_WHO = {
    Level.WRITE: "You may read this project, and not change it. Ask one of `project.members` to make you a member.",
    Level.GOVERN: "Only who owns or administers the project may do this. `project.members` lists them.",
    Level.OWN: "Only who owns the project may do this. `project.members` says who does.",
}


async def _check(request: Request, right: Right) -> None:
    if right.level is None or right.is_late:
        return
    row_id = await _id(request, right)
    if row_id is None:
        # The body can't be understood, and the handler, which reads it in the same way, will say why.
        return
    serving: Services = request.app.state.services
    store = serving.store.acting_as(request.scope["identity"])
    await run_in_threadpool(may, store, right.level, row_id, right.by)


async def _id(request: Request, right: Right) -> str | None:
    name = f"{right.by}_id"
    if right.sent is None:
        found: str = request.path_params[name]
        return found
    try:
        sent = right.sent.model_validate(await request.json())
    except (ValidationError, ValueError, RecursionError):
        return None
    return str(getattr(sent, name))
