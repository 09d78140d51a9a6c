"""The API as it describes itself, tried by schemathesis: no answer of 500 and more, and none that isn't described.

As one of the tests it is a short round, the same each time; `python -m tests.server.test_openapi --examples 200`
goes on for longer, and `--who boss` does so as an account of a team's server.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from persona_lab.models import Failure
from persona_lab.store import interviews
from persona_lab.store.database import Store
from tests.support import postgresql, uploading
from tests.support.accounts import Accounts, token_of
from tests.support.making import CHECKOUT
from tests.support.matrix import TABLE, World, filled
from tests.support.server import Server

EXAMPLES = 8
# Whoever has an account is answered by the same handlers.
AS_AN_ACCOUNT = 2
SEED = 20260301
# A stream doesn't end by itself.
ENDLESS = ("/api/sse/projects/{project_id}",)
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
# An admin of the company, and the owner of a project in it.
ACCOUNTS = ("boss", "olga")
# What nothing that is sent by chance can do.
UNREACHED: set[str] = set()
# Each is there for so many requests.
SPARE = 2
PASSWORD = "a password of a project"
PHASES = "examples,coverage,fuzzing"


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


class Found(NamedTuple):
    """What came of a round: what schemathesis says, and how often each route answered with each status."""

    is_well: bool
    said: str
    answers: dict[str, dict[str, int]]

    @property
    def unreached(self) -> set[str]:
        """The routes that never did what they are for."""
        return {route for route, statuses in self.answers.items() if not any(one[0] == "2" for one in statuses)}

    @property
    def figures(self) -> str:
        statuses: Counter[str] = Counter()
        for counted in self.answers.values():
            statuses.update(counted)
        told = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
        return f"{statuses.total():,} requests to {len(self.answers)} routes: {told}"


@contextmanager
def served(folder: Path, kind: str) -> Iterator[Server]:
    arguments = ["--database", postgresql.database(), "--work"] if kind == "postgresql" else []
    with Server(folder / kind, *arguments) as running:
        yield running


def things(server: Server) -> Things:
    """Make one of each, so that what is tried gets further than to what isn't there."""
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


def things_of_a_team(world: World, who: str) -> Things:
    """Make the same for an account, and of each what a request may take away."""
    there = {**world.ids["private"], "user": "max", "copy_from": world.ids["private"]["project_id"]}
    spare: dict[str, list[dict[str, str]]] = {}
    with world.client("olga") as owner, world.client("ada") as admin, world.client(who) as http:
        note = owner.post(
            f"/api/projects/{there['project_id']}/notes",
            json={"text": "n", "interview_id": there["interview_id"], "turn": 0},
        )
        there["note_id"] = note.json()["id"]
        said = uploading.upload(owner, there["project_id"], world.text("public"))
        assert uploading.processed(owner, said)["status"] == "completed"
        there["insight_id"] = first_insight(owner, there["project_id"])
        for _ in range(SPARE):
            for kind in ("project", "interview", "persona", "conversation", "note", "coding", "invitation"):
                for deed in ("DELETE", "restore", "purge"):
                    ids = {**there, **world.fresh(kind, "private", who)}
                    path = f"/api/{kind}s/{{{kind}_id}}"
                    if kind == "interview":
                        settle(world, ids["interview_id"])
                    if kind == "invitation":
                        path = "/api/projects/{project_id}/invitations/{invitation_id}"
                    if deed == "DELETE":
                        spare.setdefault(f"DELETE {path}", []).append(ids)
                    elif kind not in ("coding", "invitation"):
                        assert http.delete(path.format(**ids)).status_code == 204
                        spare.setdefault(f"POST {path}/{deed}", []).append(ids)
            mine = http.post("/api/tokens", json={"name": "t"}).json()
            spare.setdefault("DELETE /api/tokens/{token_id}", []).append({"token_id": mine["id"]})
            for method, path in (
                ("PUT", "/api/projects/{project_id}/owner"),
                ("DELETE", "/api/projects/{project_id}/members/{user_id}"),
            ):
                spare.setdefault(f"{method} {path}", []).append({**there, "project_id": world.bare("private")})
            # Somebody else's, which has a password, and into which one was invited.
            theirs = [admin.post("/api/projects", json={"name": str(uuid4())}).json()["id"] for _ in range(3)]
            for project_id in theirs:
                admin.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD}).raise_for_status()
            joined, left, invited = theirs
            http.post(f"/api/projects/{left}/join", json={"password": PASSWORD}).raise_for_status()
            code = admin.post(f"/api/projects/{invited}/invitations", json={}).json()["code"]
            joining = {"project_id": joined, "password": PASSWORD}
            spare.setdefault("POST /api/projects/{project_id}/join", []).append(joining)
            spare.setdefault("POST /api/projects/{project_id}/leave", []).append({"project_id": left})
            spare.setdefault("POST /api/invitations/accept", []).append({"code": code})
    known = there | {"project": there["project_id"], "new": "slow", "text": world.text("private")}
    sent = {" ".join(route): (filled(row.body, known), filled(row.params, known)) for route, row in TABLE.items()}
    return Things(there, spare, sent)


def first_insight(http: httpx.Client, project_id: str) -> str:
    """Return the id of what two interviews say, once it is found."""
    deadline = time.monotonic() + 60
    while not (found := http.get(f"/api/projects/{project_id}/insights").json()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return str(found[0]["id"])


def settle(world: World, interview_id: str) -> None:
    """Have the interview be at its end, for nobody works on it."""
    with world.store.writing() as connection:
        interviews.fail(connection, interview_id, Failure(code="no_speech", message="There is none."))


def tried(url: str, token: str, made: Things, folder: Path, examples: int, phases: str = PHASES) -> Found:
    """Run schemathesis against the server; its output says what it found, each with a command to repeat it."""
    program = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"]
    options = ["--checks", CHECKS, "--max-examples", str(examples), "--seed", str(SEED), "--generation-deterministic"]
    options += ["--phases", phases, "--no-color", "--request-timeout", "60"]
    options += ["--header", f"Authorization: Bearer {token}", "--continue-on-failure"]
    for path in ENDLESS:
        options += ["--exclude-path", path]
    answers = folder / "answers.json"
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.support.tried",
        "TRIED": json.dumps(made),
        "TRIED_ANSWERS": str(answers),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "NO_PROXY": "*",
    }
    ended = subprocess.run([*program, *options], capture_output=True, text=True, env=environment, cwd=folder)
    said = ended.stdout[-12_000:] + ended.stderr[-2_000:]
    return Found(ended.returncode == 0, said, json.loads(answers.read_text()))


@contextmanager
def a_team(folder: Path) -> Iterator[World]:
    database = postgresql.database()
    with Accounts(folder / "team", database) as running, closing(Store(database)) as store:
        yield World(running, store).make()
    postgresql.drop(database)


def tried_as(who: str, world: World, folder: Path, examples: int, phases: str = PHASES) -> Found:
    """Do so as somebody of `ACCOUNTS`."""
    return tried(world.server.url, token_of(who), things_of_a_team(world, who), folder, examples, phases)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_answer_is_described_and_none_is_a_failure_of_the_server(kind: str, tmp_path: Path) -> None:
    with served(tmp_path, kind) as running:
        found = tried(running.url, running.token, things(running), tmp_path, EXAMPLES)
        assert found.is_well, found.said


def test_nor_is_there_one_to_accounts(tmp_path: Path) -> None:
    with a_team(tmp_path) as world:
        for who in ACCOUNTS:
            found = tried_as(who, world, tmp_path, AS_AN_ACCOUNT, "fuzzing")
            assert found.is_well, found.said
            assert found.unreached <= UNREACHED, sorted(found.unreached)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--kind", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument(
        "--who", choices=ACCOUNTS, help="an account of a team's server, in place of a workspace's owner"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made_here:
        if chosen.who:
            with a_team(Path(made_here)) as team:
                told = tried_as(chosen.who, team, Path(made_here), chosen.examples)
        else:
            with served(Path(made_here), chosen.kind) as there:
                told = tried(there.url, there.token, things(there), Path(made_here), chosen.examples)
    print(told.said, told.figures, *sorted(told.unreached), sep="\n")
    sys.exit(not told.is_well)
