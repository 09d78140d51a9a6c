"""A server's life: announced, alone, ended, and started again."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from persona_lab.store.database import Store
from persona_lab.store.schema.tables import meta
from tests.support.making import CHECKOUT
from tests.support.server import Server
from tests.support.streams import follow
from tests.support.uploading import interviews_of, processed, upload


def serve(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "persona_lab", "serve", "--workspace", str(workspace), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_runtime_file_is_its_owners_alone(server: Server) -> None:
    runtime = server.workspace / "server.json"
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o600
    assert stat.S_IMODE((server.workspace / "token").stat().st_mode) == 0o600
    assert json.loads(runtime.read_text()) == {"url": server.url, "token": server.token, "pid": server.pid}


def test_a_server_says_where_it_listens(server: Server) -> None:
    assert f"listening on {server.url}" in server.log.splitlines()


def test_nobody_beyond_this_machine_can_reach_it(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", int(port)), timeout=5)


def test_a_second_server_of_a_workspace_is_refused(server: Server) -> None:
    second = serve(server.workspace)
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"persona-lab: {server.workspace} is served already. `persona_lab.connect()` in that folder finds its server.\n"
    )


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = serve(tmp_path, "--port", str(port))
    assert refused.returncode == 1
    assert f"Can't listen on 127.0.0.1:{port}: Address already in use. Choose another --port" in refused.stderr


def test_a_workspace_of_a_newer_persona_lab_is_refused_by_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "persona_lab.sqlite")
    with store.writing() as connection:
        connection.execute(update(meta).where(meta.c.key == "version").values(value="99"))
    store.close()
    refused = serve(tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("persona-lab: The workspace was written by a newer persona_lab (schema 99")
    assert not (tmp_path / "server.json").exists()


def test_a_server_ends_with_its_streams_when_it_is_told_to(start_server: Callable[[], Server]) -> None:
    running = start_server()
    with running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        with follow(http, project_id) as stream:
            stream.frame()
            began = time.monotonic()
            os.kill(running.pid, signal.SIGTERM)
            assert list(stream.contents()) == []
            assert running.stop() == 0
            assert time.monotonic() - began < 5
    assert not (running.workspace / "server.json").exists()
    assert "Traceback" not in running.log


def test_a_server_that_comes_back_has_the_token_and_port_of_before(start_server: Callable[[], Server]) -> None:
    first = start_server()
    with first.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        before = http.get(f"/api/projects/{project_id}").json()
    first.kill()
    second = start_server()
    assert (second.url, second.token) == (first.url, first.token)
    with second.client() as http:
        assert http.get(f"/api/projects/{project_id}").json() == before
        with follow(http, project_id, after=f"{before['epoch']}-0") as stream:
            assert stream.content()["type"] == "project:created"


def test_a_server_whose_folder_was_begun_anew_leaves_the_next_ones_announcement(
    start_server: Callable[[], Server],
) -> None:
    """Else the next one runs on, keeps the folder, and is never found again."""
    running = start_server()
    announced = running.workspace / "server.json"
    announced.unlink()
    announced.write_text('{"url": "http://127.0.0.1:1", "token": "next", "pid": 1}')
    os.kill(running.pid, signal.SIGTERM)
    assert running.stop() == 0
    assert json.loads(announced.read_text())["token"] == "next"


def test_a_server_leaves_when_nobody_has_needed_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_IDLE_EXIT_SECONDS", "0.1")
    left = serve(tmp_path, "--leave-when-idle")
    assert (left.returncode, left.stderr) == (0, "")
    assert left.stdout.startswith("listening on http://127.0.0.1:")
    assert not (tmp_path / "server.json").exists()


def test_a_server_stays_while_a_stream_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_IDLE_EXIT_SECONDS", "2")
    with Server(tmp_path / "workspace", "--leave-when-idle") as running, running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        interview_id = upload(http, project_id, CHECKOUT)
        with follow(http, project_id) as stream:
            stream.frame()
            processed(http, interview_id)
            while stream.content()["type"] != "insights:merged":
                pass
            assert interviews_of(http, project_id)[0]["status"] == "completed"


def test_the_token_may_be_given_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_TOKEN", "given")
    with Server(tmp_path / "workspace") as running:
        assert running.token == "given"
        assert not (running.workspace / "token").exists()
        answer = httpx.get(f"{running.url}/api/projects", headers={"authorization": "Bearer given"})
        assert answer.status_code == 200
