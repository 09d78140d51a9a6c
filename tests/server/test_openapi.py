"""The API as it describes itself, tried by schemathesis: no answer of 500 and more, and none that isn't described.

As one of the tests it is a short round, the same each time; `python -m tests.server.test_openapi --examples 200`
goes on for longer.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import postgresql, uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server

EXAMPLES = 8
SEED = 20260301
# A stream doesn't end by itself.
ENDLESS = ("/api/sse/projects/{project_id}",)
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"


@contextmanager
def served(folder: Path, kind: str) -> Iterator[Server]:
    arguments = ["--database", postgresql.database(), "--work"] if kind == "postgresql" else []
    with Server(folder / kind, *arguments) as running:
        yield running


def things(server: Server) -> dict[str, str]:
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
        return found | ({"insight_id": clusters[0]["id"]} if clusters else {})


def tried(server: Server, folder: Path, examples: int) -> subprocess.CompletedProcess[str]:
    """Run schemathesis against the server; its output says what it found, each with a command to repeat it."""
    program = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
    options = ["--checks", CHECKS, "--max-examples", str(examples), "--seed", str(SEED), "--generation-deterministic"]
    options += ["--phases", "examples,coverage,fuzzing", "--no-color", "--request-timeout", "60"]
    options += ["--header", f"Authorization: Bearer {server.token}", "--continue-on-failure"]
    for path in ENDLESS:
        options += ["--exclude-path", path]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.support.tried",
        "TRIED": json.dumps(things(server)),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "NO_PROXY": "*",
    }
    return subprocess.run([*program, *options], capture_output=True, text=True, env=environment, cwd=folder)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_answer_is_described_and_none_is_a_failure_of_the_server(kind: str, tmp_path: Path) -> None:
    with served(tmp_path, kind) as running:
        found = tried(running, tmp_path, EXAMPLES)
        assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--kind", choices=("sqlite", "postgresql"), default="postgresql")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, served(Path(made), chosen.kind) as there:
        told = tried(there, Path(made), chosen.examples)
        print(told.stdout, told.stderr)
        sys.exit(told.returncode)
