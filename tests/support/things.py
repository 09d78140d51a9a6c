"""What is there for schemathesis' requests to be about, so that what is tried gets further than to what isn't there."""

import time
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from persona_lab.models import Failure
from persona_lab.store import interviews
from tests.support import uploading
from tests.support.making import CHECKOUT
from tests.support.matrix import TABLE, World, filled
from tests.support.server import Server

PASSWORD = "a password of a project"
# Of what a request takes away for good, there is one for each of so many.
SPARE = 2
IN_TRASH = ("project", "interview", "persona", "conversation", "note")


class Things(NamedTuple):
    """What is there for requests to be about.

    Attributes:
        there: by the name that it has in paths and bodies.
        spare: by method and path, what one request there takes away for good.
        sent: by method and path, a body and a query that are right there.
    """

    there: dict[str, str]
    spare: dict[str, list[dict[str, str]]]
    sent: dict[str, tuple[Any, dict[str, str] | None]]


def of_a_workspace(server: Server) -> Things:
    """Make one of each."""
    with server.client() as http:
        project_id = http.post("/api/projects", json={"name": "Tried"}).json()["id"]
        interview_id = uploading.upload(http, project_id, CHECKOUT, "mina.txt")
        assert uploading.processed(http, interview_id)["status"] == "completed"
        persona = http.post(f"/api/projects/{project_id}/personas/add", json={"label": "P9"}).json()
        note = http.post(
            f"/api/projects/{project_id}/notes", json={"text": "n", "interview_id": interview_id, "turn": 0}
        )
        coding = http.post(f"/api/interviews/{interview_id}/codings", json={"code": "c", "turn": 0}).json()
        insight = http.get(f"/api/projects/{project_id}/insights").json()
        found = {"project_id": project_id, "interview_id": interview_id}
        found |= {"persona_id": persona["id"], "note_id": note.json()["id"], "coding_id": coding["id"]}
        clusters = insight["insights"] if isinstance(insight, dict) else insight
        return Things(found | ({"insight_id": clusters[0]["id"]} if clusters else {}), {}, {})


def of_a_team(world: World, who: str) -> Things:
    """Make the same for an account, and of each what a request may take away."""
    there = {**world.ids["private"], "user": "max", "copy_from": world.ids["private"]["project_id"]}
    spare: dict[str, list[dict[str, str]]] = {}
    with world.client("olga") as owner, world.client("ada") as admin, world.client(who) as http:
        there |= _said(owner, there, world.text("public"))
        picture = TABLE["PUT", "/api/personas/{persona_id}/picture"].raw
        owner.put(f"/api/personas/{there['persona_id']}/picture", content=picture).raise_for_status()
        for _ in range(SPARE):
            made = _taken_away(world, http, who, there) | _put_away(world, http, who, there) | _joined(http, admin)
            made["PATCH /api/notes/{note_id}"] = _note(http, there)
            for route, ids in made.items():
                spare.setdefault(route, []).append(there | ids)
    known = there | {"project": there["project_id"], "new": "slow", "text": world.text("private")}
    sent = {" ".join(route): (filled(row.body, known), filled(row.params, known)) for route, row in TABLE.items()}
    return Things(there, spare, sent)


def _said(http: httpx.Client, there: dict[str, str], text: str) -> dict[str, str]:
    """Have two interviews say the same, and somebody note it."""
    interview_id = uploading.upload(http, there["project_id"], text)
    assert uploading.processed(http, interview_id)["status"] == "completed"
    deadline = time.monotonic() + 60
    while not (found := http.get(f"/api/projects/{there['project_id']}/insights").json()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return {"insight_id": found[0]["id"], **_note(http, there)}


def _note(http: httpx.Client, there: dict[str, str]) -> dict[str, str]:
    place = {"interview_id": there["interview_id"], "turn": 0}
    return {
        "note_id": http.post(f"/api/projects/{there['project_id']}/notes", json={"text": "n", **place}).json()["id"]
    }


def _taken_away(world: World, http: httpx.Client, who: str, there: dict[str, str]) -> dict[str, dict[str, str]]:
    """Make what is deleted, or is somebody else's afterwards."""
    made = {}
    for (method, path), row in TABLE.items():
        if row.fresh and row.ok != 409:
            made[f"{method} {path}"] = _fresh(world, row.fresh, who)
    made["DELETE /api/tokens/{token_id}"] = {"token_id": http.post("/api/tokens", json={"name": "t"}).json()["id"]}
    made["POST /api/workflow/retry"] = {"interviewId": _fresh(world, "interview", who)["interview_id"]}
    made["DELETE /api/personas/{persona_id}/picture"] = {}
    judged = http.post(
        f"/api/projects/{there['project_id']}/insights/{there['insight_id']}/judgements", json={"kind": "pin"}
    )
    made["DELETE /api/projects/{project_id}/judgements/{judgement_id}"] = {"judgement_id": judged.json()["id"]}
    return made


def _put_away(world: World, http: httpx.Client, who: str, there: dict[str, str]) -> dict[str, dict[str, str]]:
    """Make what is in the trash, to be restored and to be purged."""
    made = {}
    for kind in IN_TRASH:
        for deed in ("restore", "purge"):
            ids, path = _fresh(world, kind, who), f"/api/{kind}s/{{{kind}_id}}"
            http.delete(path.format(**(there | ids))).raise_for_status()
            made[f"POST {path}/{deed}"] = ids
    return made


def _joined(http: httpx.Client, admin: httpx.Client) -> dict[str, dict[str, str]]:
    """Make projects of somebody else: to be joined by its password and by invitation, and to be left."""
    joined, left, invited = (admin.post("/api/projects", json={"name": str(uuid4())}).json()["id"] for _ in range(3))
    for project_id in (joined, left):
        admin.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD}).raise_for_status()
    http.post(f"/api/projects/{left}/join", json={"password": PASSWORD}).raise_for_status()
    code = admin.post(f"/api/projects/{invited}/invitations", json={}).json()["code"]
    return {
        "POST /api/projects/{project_id}/join": {"project_id": joined, "password": PASSWORD},
        "POST /api/projects/{project_id}/leave": {"project_id": left},
        "POST /api/invitations/accept": {"code": code},
    }


def _fresh(world: World, kind: str, who: str) -> dict[str, str]:
    """Make one that a request takes away; an interview is at its end, for nobody works on it."""
    made = world.fresh(kind, "private", who)
    if kind == "interview":
        with world.store.writing() as connection:
            interviews.fail(connection, made["interview_id"], Failure(code="no_speech", message="There is none."))
    return made
