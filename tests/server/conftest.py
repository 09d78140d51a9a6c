import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from persona_lab.errors import ServerUnreachable
from persona_lab.lab.session import Lab, connect
from tests.support import postgresql, uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server


@pytest.fixture(scope="module")
def analysed(server: Server, request: pytest.FixtureRequest) -> dict[str, str]:
    """A project with one completed interview, for tests that only read; its id and the interview's."""
    with server.client() as http:
        project_id = str(http.post("/api/projects", json={"name": request.node.name}).json()["id"])
        interview_id = uploading.upload(http, project_id, CHECKOUT, "mina.txt")
        assert uploading.processed(http, interview_id)["status"] == "completed"
    return {"project_id": project_id, "interview_id": interview_id}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None is the server's own SQLite file."""
    url = postgresql.database() if request.param == "postgresql" else None
    yield url
    if url:
        postgresql.drop(url)


@pytest.fixture
def running(tmp_path: Path, database: str | None) -> Iterator[Server]:
    """A server that keeps everything in a folder of its own, `server`."""
    with Server(tmp_path / "server", *(("--database", database, "--work") if database else ())) as server:
        yield server


@pytest.fixture
def lab(running: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A notebook that keeps its copies in a folder of its own, `mine`."""
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "mine"))
    opened = connect(running.url, token=running.token)
    yield opened
    with contextlib.suppress(ServerUnreachable):
        opened.close()
