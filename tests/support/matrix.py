"""Every route, what it takes to use it, and what it answers then: written down apart from the server's own table."""

import io
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import httpx
from PIL import Image
from sqlalchemy import func, select

from persona_lab.store import codings, conversations, interviews, notes, personas, projects
from persona_lab.store.database import Store
from persona_lab.store.people import members, tokens
from persona_lab.store.people.accounts import get as account
from persona_lab.store.schema.tables import events
from tests.support import making, uploading
from tests.support.accounts import ACME, PEOPLE, Accounts
from tests.support.making import CHECKOUT

# What only readers of these two projects may ever see, in any answer.
SECRET_WORDS = "only ACME may read this sentence"
Need = Literal["open", "known", "admin", "house", "read", "write", "govern", "own"]
LEVELS = ("read", "write", "govern", "own")
# What each may do in a project; "hidden" is to be told that there is none.
PRIVATE = {
    "eve": "hidden",
    "carl": "hidden",
    "reader": "write",
    "max": "write",
    "ada": "govern",
    "olga": "own",
    "boss": "own",
}
PUBLIC = PRIVATE | {"carl": "read"}
# `reader` is max with a token that may only read.
ROLES = ("nobody", "reader", "eve", "carl", "max", "ada", "olga", "boss")


class Row(NamedTuple):
    """What a route needs, and what it answers to whoever has it.

    Attributes:
        ok: the status then; by role where it differs.
        body: what is sent; `{project}` and so on in strings stand for ids, as in the path.
        fresh: what is made anew for each request, because the request takes it away.
        changes: whether a token that may only read isn't enough; None goes by the method.
    """

    need: Need
    ok: int | dict[str, int] = 200
    body: Any = None
    fresh: str = ""
    changes: bool | None = None
    raw: bytes | None = None
    params: dict[str, str] | None = None


def _png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


READ, WRITE = Row("read"), Row("write")
IN_COMPANY = {"olga": 200, "ada": 200, "max": 200, "carl": 200, "boss": 200, "eve": 200, "reader": 200}
TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/api/health"): Row("open"),
    ("GET", "/api/ready"): Row("open"),
    ("GET", "/metrics"): Row("house", 403),
    ("GET", "/api/me"): Row("known"),
    ("GET", "/api/monitor"): Row("known", params={"project_id": "{project}"}),
    ("GET", "/api/tokens"): Row("known"),
    ("POST", "/api/tokens"): Row("known", 201, {"name": "a notebook's"}),
    # Max's; an admin may end everybody's, of the same company.
    ("DELETE", "/api/tokens/{token_id}"): Row("known", {"max": 204, "boss": 204, "*": 404}, fresh="token"),
    ("GET", "/api/company/users"): Row("admin"),
    ("PATCH", "/api/company/users/{user_id}"): Row("admin", {"boss": 200, "eve": 404}, {"role": "user"}),
    ("GET", "/api/projects/{project_id}/members"): READ,
    ("POST", "/api/projects/{project_id}/members"): Row("govern", 200, {"user": "ada", "role": "admin"}),
    ("PATCH", "/api/projects/{project_id}/members/{user_id}"): Row("govern", 200, {"role": "member"}),
    ("DELETE", "/api/projects/{project_id}/members/{user_id}"): Row("govern", 204, fresh="project"),
    # The owner hands the project over first, and the boss is no member.
    ("POST", "/api/projects/{project_id}/leave"): Row(
        "write", {"max": 204, "ada": 204, "olga": 409, "boss": 404}, fresh="project"
    ),
    ("PUT", "/api/projects/{project_id}/owner"): Row("own", 200, {"user": "max"}, fresh="project"),
    ("PUT", "/api/projects/{project_id}/visibility"): Row("govern", 200, {"visibility": "{visibility}"}),
    ("PUT", "/api/projects/{project_id}/password"): Row("govern", 204, {"password": None}),
    ("GET", "/api/projects/{project_id}/invitations"): Row("govern"),
    ("POST", "/api/projects/{project_id}/invitations"): Row("govern", 201, {}),
    ("DELETE", "/api/projects/{project_id}/invitations/{invitation_id}"): Row("govern", 204, fresh="invitation"),
    ("POST", "/api/invitations/accept"): Row("known", 404, {"code": "made-up"}),
    # To whoever can't see the project, a wrong password is what it is to those who can.
    ("POST", "/api/projects/{project_id}/join"): Row("known", 403, {"password": "made up"}),
    ("GET", "/api/projects"): Row("known"),
    ("POST", "/api/projects"): Row("known", 201, {"name": "Another"}),
    ("GET", "/api/projects/{project_id}"): READ,
    ("PATCH", "/api/projects/{project_id}"): Row("write", 200, {"purpose": "Why?"}),
    ("DELETE", "/api/projects/{project_id}"): Row("govern", 204, fresh="project"),
    ("GET", "/api/projects/{project_id}/snapshot"): READ,
    ("GET", "/api/projects/{project_id}/events"): READ,
    ("GET", "/api/sse/projects/{project_id}"): READ,
    ("GET", "/api/projects/{project_id}/search"): Row("read", params={"q": "slow form"}),
    ("GET", "/api/projects/{project_id}/keywords"): READ,
    ("GET", "/api/projects/{project_id}/redactions"): Row("write", changes=True),
    ("GET", "/api/projects/{project_id}/stale"): READ,
    ("POST", "/api/projects/{project_id}/refresh"): Row("write", 202, fresh="project"),
    ("GET", "/api/projects/{project_id}/spending"): READ,
    ("GET", "/api/projects/{project_id}/estimate"): READ,
    ("POST", "/api/projects/{project_id}/summary"): Row("write", 409, fresh="project"),
    ("POST", "/api/projects/{project_id}/knowledge"): Row("write", 409, fresh="project"),
    ("POST", "/api/workflow/async"): Row("write", 202, {"project_id": "{project_id}", "text": "{text}"}),
    ("POST", "/api/workflow/process"): Row("read", 200, {"interview_id": "{interview_id}"}, changes=False),
    ("POST", "/api/workflow/retry"): Row("write", 409, {"interviewId": "{interview_id}"}),
    ("POST", "/api/interviews/{interview_id}/analyse"): Row("write", 422, {"engine": "miso"}),
    ("POST", "/api/interviews/{interview_id}/cancel"): Row("write", 409),
    ("GET", "/api/projects/{project_id}/interviews"): READ,
    ("GET", "/api/projects/{project_id}/transcripts"): READ,
    ("GET", "/api/interviews/{interview_id}"): READ,
    ("PATCH", "/api/interviews/{interview_id}"): Row("write", 200, {"title": "interview"}),
    ("DELETE", "/api/interviews/{interview_id}"): Row("write", 204, fresh="interview"),
    ("POST", "/api/interviews/{interview_id}/restore"): Row("write", 409),
    ("GET", "/api/interviews/{interview_id}/transcript"): READ,
    ("GET", "/api/interviews/{interview_id}/speakers"): READ,
    ("PATCH", "/api/interviews/{interview_id}/speakers"): Row(
        "write", 200, {"speakers": [{"speaker": "Mina", "name": "Mina K."}]}
    ),
    ("GET", "/api/interviews/{interview_id}/codings"): READ,
    ("POST", "/api/interviews/{interview_id}/codings"): Row("write", 201, {"code": "{new}", "turn": 1}),
    ("DELETE", "/api/codings/{coding_id}"): Row("write", 204, fresh="coding"),
    ("GET", "/api/interviews/{interview_id}/file"): READ,
    ("GET", "/api/projects/{project_id}/insights"): READ,
    ("GET", "/api/projects/{project_id}/insights/{insight_id}"): Row("read", 404),
    ("POST", "/api/projects/{project_id}/insights/{insight_id}/judgements"): Row("write", 404, {"kind": "pin"}),
    ("GET", "/api/projects/{project_id}/judgements"): READ,
    ("DELETE", "/api/projects/{project_id}/judgements/{judgement_id}"): Row("write", 404),
    ("GET", "/api/projects/{project_id}/notes"): READ,
    ("POST", "/api/projects/{project_id}/notes"): Row(
        "write", 201, {"interview_id": "{interview_id}", "turn": 1, "text": "Look."}
    ),
    ("PATCH", "/api/notes/{note_id}"): Row("write", 200, {"text": "Look again."}, fresh="note"),
    ("DELETE", "/api/notes/{note_id}"): Row("write", 204, fresh="note"),
    ("GET", "/api/projects/{project_id}/axes"): READ,
    ("PUT", "/api/projects/{project_id}/axes"): Row("write", 200, {"copy_from": "{project_id}"}),
    ("GET", "/api/projects/{project_id}/personas"): READ,
    ("POST", "/api/projects/{project_id}/personas"): Row("write", 200),
    ("POST", "/api/projects/{project_id}/personas/add"): Row("write", 201, {"title": "Somebody"}),
    ("POST", "/api/projects/{project_id}/personas/accept"): Row("write", 200),
    ("PUT", "/api/interviews/{interview_id}/persona"): Row("write", 200, {"persona_id": None}),
    ("GET", "/api/personas/{persona_id}"): READ,
    ("PATCH", "/api/personas/{persona_id}"): Row("write", 200, {"description": "Pays by card."}),
    ("DELETE", "/api/personas/{persona_id}"): Row("write", 204, fresh="persona"),
    ("GET", "/api/personas/{persona_id}/picture"): READ,
    ("PUT", "/api/personas/{persona_id}/picture"): Row("write", 200, raw=_png()),
    ("DELETE", "/api/personas/{persona_id}/picture"): Row("write", 204),
    ("POST", "/api/chat"): Row(
        "write", 200, {"project_id": "{project_id}", "messages": [{"role": "user", "content": "What is slow?"}]}
    ),
    ("POST", "/api/interviews/{interview_id}/assist"): Row("write", 200, {"action": "insights"}),
    ("POST", "/api/chat/summary"): Row("write", 409, {"conversation_id": "{conversation_id}"}),
    ("POST", "/api/chat/{message_id}/stop"): Row("write", 204),
    ("GET", "/api/projects/{project_id}/conversations"): READ,
    ("GET", "/api/conversations/{conversation_id}"): READ,
    ("PATCH", "/api/conversations/{conversation_id}"): Row("write", 200, {"title": "Talk"}),
    ("DELETE", "/api/conversations/{conversation_id}"): Row("write", 204, fresh="conversation"),
    # None of these is in the trash, which is said to whoever might take it out.
    ("GET", "/api/trash"): Row("known"),
    ("GET", "/api/projects/{project_id}/trash"): READ,
    ("POST", "/api/projects/{project_id}/restore"): Row("read", 409),
    ("POST", "/api/personas/{persona_id}/restore"): Row("write", 409),
    ("POST", "/api/conversations/{conversation_id}/restore"): Row("write", 409),
    ("POST", "/api/notes/{note_id}/restore"): Row("write", 409, fresh="note"),
    ("POST", "/api/projects/{project_id}/purge"): Row("govern", 409),
    ("POST", "/api/interviews/{interview_id}/purge"): Row("govern", 409),
    ("POST", "/api/personas/{persona_id}/purge"): Row("govern", 409),
    ("POST", "/api/conversations/{conversation_id}/purge"): Row("govern", 409),
    ("POST", "/api/notes/{note_id}/purge"): Row("govern", 409, fresh="note"),
    ("POST", "/api/projects/{project_id}/participants/erase"): Row("govern", 200, {"name": "Mina"}),
    ("GET", "/api/projects/{project_id}/history"): Row("govern"),
    ("GET", "/api/history"): Row("admin"),
    ("POST", "/api/projects/{project_id}/exports"): Row("read", 204, changes=False),
}


@dataclass
class World:
    """Two projects of one company, a private and a public one, with a row of each kind that has an id of its own."""

    server: Accounts
    store: Store
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def make(self) -> "World":
        for name in PEOPLE:
            with self.server.as_(name) as http:
                assert http.get("/api/me").json()["user"] == name
        with self.server.as_("max") as http:
            self.tokens["reader"] = http.post("/api/tokens", json={"name": "reads", "scopes": ["read"]}).json()["token"]
        for visibility in ("private", "public"):
            self.ids[visibility] = self._project(visibility)
        return self

    def client(self, role: str) -> httpx.Client:
        if role in ("nobody", "reader"):
            return self.server.with_token(self.tokens.get(role))
        return self.server.as_(role)

    def text(self, visibility: str) -> str:
        return f"{CHECKOUT}\nMina: {SECRET_WORDS}, {visibility}.\n"

    def bare(self, visibility: str, name: str = "Bare") -> str:
        """Make a project that has its members and nothing else."""
        with self.store.writing() as connection:
            made = projects.create(
                connection,
                epoch=self.store.epoch,
                name=name,
                visibility=visibility,
                company_id=ACME,
                owner_id="id-of-olga",
            )
            for who, role in (("ada", "admin"), ("max", "member")):
                members.add(connection, made.id, account(connection, ACME, f"id-of-{who}"), role, by="olga")
        return made.id

    def fresh(self, kind: str, visibility: str, role: str) -> dict[str, str]:
        """Make something that one request may take away, and return its id by the path's name for it."""
        ids = self.ids[visibility]
        author = "max" if role == "reader" else role
        if kind == "project":
            return {"project_id": self.bare(visibility)}
        with self.store.writing() as connection:
            match kind:
                case "token":
                    made = tokens.create(connection, company_id=ACME, user_id="id-of-max", name="t")
                    return {"token_id": made.id}
                case "coding":
                    interview = interviews.get(connection, ids["interview_id"])
                    given = codings.Judgement(str(uuid4()), "olga", making.span(1))
                    added = codings.add(connection, interview, given)
                    return {"coding_id": (added[0] if isinstance(added, tuple) else added).id}
                case "note":
                    place = notes.Place(ids["interview_id"], 1)
                    return {"note_id": notes.add(connection, ids["project_id"], place, "Look.", user=author).id}
                case "persona":
                    return {
                        "persona_id": personas.add(connection, ids["project_id"], user="olga", title=str(uuid4())).id
                    }
                case "conversation":
                    return {
                        "conversation_id": conversations.make(connection, ids["project_id"], title="T", user="olga").id
                    }
                case "interview":
                    upload = making.upload(str(uuid4()))
                    interview, _ = interviews.add(connection, ids["project_id"], upload, allow_duplicate=True)
                    return {"interview_id": interview.id}
        assert kind == "invitation"
        with self.server.as_("olga") as http:
            made_by_http = http.post(f"/api/projects/{ids['project_id']}/invitations", json={}).json()
        return {"invitation_id": made_by_http["id"]}

    def _project(self, visibility: str) -> dict[str, str]:
        project_id = self.bare(visibility, f"Study, {visibility}")
        with self.server.as_("olga") as http:
            interview_id = uploading.upload(http, project_id, self.text(visibility))
            assert uploading.processed(http, interview_id)["status"] == "completed"
        with self.store.writing() as connection:
            conversation = conversations.make(connection, project_id, title="Talk", user="olga")
            said = conversations.say(connection, conversation, role="user", author="olga", content=SECRET_WORDS)
            persona = personas.add(connection, project_id, user="olga", title=SECRET_WORDS)
        return {
            "project_id": project_id,
            "interview_id": interview_id,
            "conversation_id": conversation.id,
            "message_id": said.id,
            "persona_id": persona.id,
            "user_id": "id-of-max",
            "insight_id": str(uuid4()),
            "judgement_id": str(uuid4()),
            "token_id": str(uuid4()),
            "visibility": visibility,
        }


class Answered(NamedTuple):
    status: int
    body: bytes


def expected(route: tuple[str, str], role: str, visibility: str) -> int:
    """Return which status the answer must have."""
    row = TABLE[route]
    changes = route[0] != "GET" if row.changes is None else row.changes
    ok = row.ok if isinstance(row.ok, int) else row.ok.get(role, row.ok.get("*", 0))
    if row.need == "open":
        return ok
    if role == "nobody":
        return 401
    held = (PUBLIC if visibility == "public" else PRIVATE)[role]
    if row.need in LEVELS and held == "hidden":
        return 404
    if row.need == "house":
        return 403
    if role == "reader" and changes:
        return 403
    if row.need == "known":
        return ok
    if row.need == "admin":
        return ok if PEOPLE["max" if role == "reader" else role][1] == "admin" else 403
    return ok if LEVELS.index(held) >= LEVELS.index(row.need) else 403


def ask(world: World, http: httpx.Client, route: tuple[str, str], role: str, visibility: str) -> Answered:
    """Send the request, about what is there."""
    row = TABLE[route]
    ids = {**world.ids[visibility], **(world.fresh(row.fresh, visibility, role) if row.fresh else {})}
    return _send(http, route, ids | {"text": world.text(visibility)})


def ask_of_nothing(world: World, http: httpx.Client, route: tuple[str, str], visibility: str) -> Answered:
    """Send the same about ids that nothing has."""
    made_up = {name: value if name == "visibility" else str(uuid4()) for name, value in world.ids[visibility].items()}
    made_up |= {f"{kind}_id": str(uuid4()) for kind in ("coding", "note", "invitation")}
    return _send(http, route, made_up | {"text": world.text(visibility)})


def _send(http: httpx.Client, route: tuple[str, str], ids: dict[str, str]) -> Answered:
    method, path = route
    row = TABLE[route]
    known = ids | {"project": ids["project_id"], "new": str(uuid4())}
    content: dict[str, Any] = {} if row.body is None else {"json": filled(row.body, known)}
    if row.raw is not None:
        content = {"content": row.raw}
    with http.stream(method, path.format(**known), params=filled(row.params, known), **content) as answer:
        # A stream that was opened stays open.
        is_endless = path.startswith("/api/sse") and answer.status_code == 200
        return Answered(answer.status_code, b"" if is_endless else answer.read())


def filled(told: Any, known: dict[str, str]) -> Any:
    """Return a row's body or params with ids in the place of their names."""
    if isinstance(told, str):
        return told.format(**known)
    if isinstance(told, dict):
        return {key: filled(value, known) for key, value in told.items()}
    return [filled(value, known) for value in told] if isinstance(told, list) else told


def deeds_of(store: Store, name: str) -> int:
    """Return how many events there are of what somebody did."""
    with store.reading() as connection:
        return connection.scalar(select(func.count()).where(events.c.actor == name)) or 0
