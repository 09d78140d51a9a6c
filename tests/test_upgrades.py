"""Servers and workers are upgraded one after the other: old and new work side by side, or say that they can't."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from persona_lab.store import postgresql
from persona_lab.store.schema import migrations
from tests.support import postgresql as databases
from tests.support.making import CHECKOUT
from tests.support.server import PROGRAM
from tests.support.streams import follow
from tests.support.team import Team
from tests.support.uploading import completions, interviews_of, upload

# What an earlier release would be: it does the work of version 0, and knows no other.
EARLIER = (
    sys.executable,
    "-c",
    "import sys; from persona_lab.jobs import queueing; queueing.VERSION = '0'; "
    "from persona_lab.__main__ import main; sys.exit(main())",
)
PATIENCE_SECONDS = 90.0


@pytest.fixture
def database() -> Iterator[str]:
    made = databases.database()
    yield made
    databases.drop(made)


@pytest.fixture
def team(tmp_path: Path, database: str) -> Iterator[Team]:
    found = Team(tmp_path, database)
    yield found
    found.stop()


def add_a_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE projects ADD COLUMN colour TEXT"))


def test_a_server_goes_on_while_the_tables_gain_what_it_does_not_know(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = team.server().start()
    with server.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study"}).json()["id"])
        with follow(http, project_id) as stream:
            monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, add_a_column))
            monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)
            before, after = postgresql.migrate(team.database)
            assert after == before + 1
            assert http.patch(f"/api/projects/{project_id}", json={"name": "Renamed"}).status_code == 200
            while stream.content()["data"].get("project", {}).get("name") != "Renamed":
                pass
    # And one of the same age may be started beside the newer tables.
    with team.server().start().client() as http:
        assert http.get(f"/api/projects/{project_id}").json()["name"] == "Renamed"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_one_that_is_too_old_for_the_tables_says_so_in_a_sentence(database: str, tmp_path: Path, command: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key IN ('version', 'works_with')")
    refused = subprocess.run(
        [sys.executable, "-m", "persona_lab", command, "--workspace", str(tmp_path), "--database", database],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "persona-lab: The database was migrated by a newer persona_lab "
        f"(schema 99, this one knows {migrations.VERSION}). Upgrade persona-lab.\n"
    )


def test_work_of_a_release_that_is_gone_is_begun_anew_by_the_next(team: Team) -> None:
    """Queued by a server whose workers are all gone, and done by workers that know only other work."""
    team.program = EARLIER
    earlier = team.server().start()
    with earlier.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study"}).json()["id"])
        interview_id = upload(http, project_id, CHECKOUT)
        assert team.sql("SELECT application_version FROM dbos.workflow_status") == [("0",)]
        team.program = PROGRAM
        team.worker().start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while interviews_of(http, project_id)[0]["status"] != "completed":
            assert time.monotonic() < deadline, "nobody began it anew"
            time.sleep(0.2)
        assert completions(http, project_id) == [interview_id]


def test_work_that_the_earlier_release_still_does_is_left_to_it(team: Team) -> None:
    team.program = EARLIER
    earlier = team.server("--work").start()
    team.program = PROGRAM
    team.worker().start()
    with earlier.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study"}).json()["id"])
        interview_id = upload(http, project_id, CHECKOUT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while interviews_of(http, project_id)[0]["status"] != "completed":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert interviews_of(http, project_id)[0]["attempt"] == 1
    found = team.sql(
        "SELECT application_version FROM dbos.workflow_status WHERE workflow_uuid = %s", f"{interview_id}:1"
    )
    assert found == [("0",)]
