"""Finding the workspace's server or starting it, however many do so at once."""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from persona_lab.client import local
from persona_lab.client.endpoint import Endpoint
from persona_lab.errors import ServerNotStarted
from tests.support.faulty import FaultyServer, problem
from tests.support.server import Server
from tests.support.starting import find_or_start_and_tell


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace whose server, if there is one, is ended after the test."""
    folder = tmp_path / "workspace"
    yield folder
    runtime = folder / "server.json"
    if runtime.exists():
        pid = json.loads(runtime.read_text())["pid"]
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGTERM)
            psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)


def announce(workspace: Path, url: str, token: str) -> None:
    workspace.mkdir(exist_ok=True)
    (workspace / "server.json").write_text(json.dumps({"url": url, "token": token, "pid": 1}))


def test_a_server_that_runs_is_found(server: Server) -> None:
    assert local.find(server.workspace) == Endpoint(server.url, server.token)
    assert local.find_or_start(server.workspace) == Endpoint(server.url, server.token)


def test_two_processes_that_start_together_end_with_one_server(workspace: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    starting = [spawn.Process(target=find_or_start_and_tell, args=(workspace, told)) for _ in range(2)]
    for process in starting:
        process.start()
    found = [told.get(timeout=60) for _ in starting]
    for process in starting:
        process.join(timeout=10)
    assert found[0] == found[1]
    assert local.find(workspace) == Endpoint(*found[0])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"url": "http://127.0.0.1:1"}',
        '{"url": 5, "token": 5}',
        '{"url": "http://[", "token": "x"}',
    ],
)
def test_a_broken_runtime_file_is_not_believed(tmp_path: Path, content: str) -> None:
    (tmp_path / "server.json").write_text(content)
    assert local.find(tmp_path) is None


def test_a_workspace_nobody_has_served_has_no_server(tmp_path: Path) -> None:
    assert local.find(tmp_path) is None


def test_a_server_that_was_killed_is_not_believed(start_server: Callable[[], Server]) -> None:
    running = start_server()
    running.kill()
    assert (running.workspace / "server.json").exists()
    assert local.find(running.workspace) is None


def test_a_server_that_does_not_take_the_token_is_not_believed(tmp_path: Path, server: Server) -> None:
    announce(tmp_path, server.url, "of another workspace")
    assert local.find(tmp_path) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<h1>Hello!</h1>",
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}',
        b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n",
        problem("404 Not Found", "not_found"),
        b"220 mail.example ESMTP\r\n",
        b"",
    ],
    ids=["a page", "json", "a redirect", "404", "mail", "nothing"],
)
def test_another_program_that_got_the_port_is_not_believed(tmp_path: Path, answer: bytes) -> None:
    with FaultyServer(answer) as other:
        announce(tmp_path, other.url, "token")
        assert local.find(tmp_path) is None


def test_a_server_that_cant_start_tells_its_last_lines(workspace: Path) -> None:
    workspace.mkdir()
    (workspace / "persona_lab.sqlite").write_text("this is not a database " * 100)
    with pytest.raises(ServerNotStarted, match=r"(?s)ended with code 1\. Its last lines, from .*not a database"):
        local.find_or_start(workspace)


def test_a_workspace_that_cant_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerNotStarted, match=r"can't be made: Not a directory\. Set PERSONA_LAB_HOME"):
        local.find_or_start(tmp_path / "file" / "workspace")


def test_a_token_is_not_printed() -> None:
    assert repr(Endpoint("http://127.0.0.1:1", "secret")) == "Endpoint('http://127.0.0.1:1')"
