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
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from persona_lab.store.database import Store
from tests.support import postgresql, things
from tests.support.accounts import Accounts, token_of
from tests.support.matrix import World
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
# What nothing that is sent here does: it is the operator's, or takes an engine over the network or an answer under way.
BEYOND = {
    "GET /metrics",
    "POST /api/projects/{project_id}/knowledge",
    "POST /api/interviews/{interview_id}/analyse",
    "POST /api/interviews/{interview_id}/cancel",
    "POST /api/chat/summary",
}
ADMINS = {"GET /api/company/users", "PATCH /api/company/users/{user_id}", "GET /api/history"}
PHASES = "examples,coverage,fuzzing"


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


def tried(url: str, token: str, made: things.Things, folder: Path, examples: int, phases: str = PHASES) -> Found:
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
    return tried(world.server.url, token_of(who), things.of_a_team(world, who), folder, examples, phases)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_answer_is_described_and_none_is_a_failure_of_the_server(kind: str, tmp_path: Path) -> None:
    with served(tmp_path, kind) as running:
        found = tried(running.url, running.token, things.of_a_workspace(running), tmp_path, EXAMPLES)
        assert found.is_well, found.said


def test_nor_is_there_one_to_accounts(tmp_path: Path) -> None:
    with a_team(tmp_path) as world:
        for who in ACCOUNTS:
            found = tried_as(who, world, tmp_path, AS_AN_ACCOUNT, "fuzzing")
            assert found.is_well, found.said
            assert found.unreached <= BEYOND | (set() if who == "boss" else ADMINS), sorted(found.unreached)


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
                told = tried(there.url, there.token, things.of_a_workspace(there), Path(made_here), chosen.examples)
    print(told.said, told.figures, *sorted(told.unreached), sep="\n")
    sys.exit(not told.is_well)
