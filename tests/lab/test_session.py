import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import persona_lab
from persona_lab.client import follow as following
from persona_lab.errors import InvalidRequest, NotAllowed, ServerUnreachable
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server, environment
from tests.support.uploading import log_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace of the test's own; the server that was started for it is ended."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PERSONA_LAB_HOME", str(folder))
    yield folder
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in (process.info["cmdline"] or []):
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)


def test_connecting_again_gives_the_same_lab(lab: Lab) -> None:
    assert persona_lab.connect() is lab


def test_a_project_that_is_named_again_is_the_same(lab: Lab) -> None:
    assert lab.project("Again") is lab.project("Again")


def test_a_project_takes_only_what_is_given(lab: Lab) -> None:
    lab.project("Given", purpose="Why?", audience="Shoppers")
    lab.project("Given", purpose="How?")
    row = lab.projects.set_index("name").loc["Given"]
    assert (row["purpose"], row["audience"], row["method"]) == ("How?", "Shoppers", "")


def test_naming_a_project_again_announces_nothing(lab: Lab, server: Server) -> None:
    project = lab.project("Quiet", purpose="Why?")
    lab.project("Quiet", purpose="Why?")
    with server.client() as http:
        assert len(log_of(http, project.id)) == 1


def test_a_project_that_was_closed_can_be_opened_again(lab: Lab) -> None:
    closed = lab.project("Closed")
    closed.close()
    opened = lab.project("Closed")
    assert opened is not closed
    assert len(opened.interviews) == 0


def test_a_wrong_token_is_not_allowed(server: Server) -> None:
    with pytest.raises(NotAllowed, match="token"):
        persona_lab.connect(server.url, token="wrong")


def test_an_address_without_a_token_says_how_to_give_one(server: Server) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(f"connect('{server.url}', token=…)")):
        persona_lab.connect(server.url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:1"])
def test_an_address_where_nobody_answers_is_said(url: str) -> None:
    with pytest.raises(ServerUnreachable, match=f"at {url} does not answer"):
        persona_lab.connect(url, token="x")


def test_an_address_and_token_connect_to_a_team(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path))
    team = persona_lab.connect(f"{server.url}/", token=server.token)
    try:
        assert repr(team) == f"persona_lab at {server.url}"
        assert server.token not in team._repr_html_()
        assert team.project("Team").replica_path.is_relative_to(tmp_path)
    finally:
        team.close()


def test_connect_starts_a_server_and_finds_it_again_when_it_was_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_pause", lambda *_: 0.05)
    lab = persona_lab.connect()
    try:
        project = lab.project("Study")
        project.upload_text(CHECKOUT, "mina")
        project.wait(60)
        before = project.sql("SELECT seq, type FROM events ORDER BY seq")
        loads: list[str] = []
        monkeypatch.setattr(project._replica, "load", lambda *_: loads.append("reset"))
        # Connections that it finds closed are dropped by httpx, so the next call opens a new one.
        _kill_server(home)
        project.upload_text(interview_text("the coupon"), "jun")
        project.wait(60)
        after = project.sql("SELECT seq, type FROM events ORDER BY seq")
        assert after.head(len(before)).equals(before)
        assert list(after["seq"]) == list(range(1, len(after) + 1))
        assert list(project.interviews["status"]) == ["completed", "completed"]
        assert loads == []
        _kill_server(home)
        assert project.ask("Is the coupon a problem?").is_complete
    finally:
        lab.close()


def test_what_is_here_can_be_read_while_the_server_is_away(
    start_server: Callable[[], Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "mine"))
    running = start_server()
    lab = persona_lab.connect(running.url, token=running.token)
    try:
        project = lab.project("Study")
        project.upload_text(CHECKOUT, "mina")
        project.wait(60)
        assert running.stop() == 0
        assert list(project.interviews["title"]) == ["mina"]
        said = capsys.readouterr().out
        assert said.startswith("Offline, so this is the project as of event ")
        with pytest.raises(ServerUnreachable, match="does not answer"):
            project.upload_text(CHECKOUT, "again")
    finally:
        lab.close()


def test_a_second_kernel_gets_its_own_copy_and_is_told_in_one_line(lab: Lab, server: Server) -> None:
    project = lab.project("Shared")
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    program = (
        "import persona_lab; p = persona_lab.connect().project('Shared');"
        "print(len(p.interviews)); print(p.replica_path)"
    )
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment(home=str(server.workspace)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = told.stdout.splitlines()
    assert told.stderr == ""
    assert lines[0].startswith("Another process uses this project's DuckDB file")
    assert (lines[1], len(lines)) == ("1", 3)
    assert lines[2] != str(project.replica_path)


def _kill_server(workspace: Path) -> None:
    import json

    pid = json.loads((workspace / "server.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)


def test_a_program_that_ends_while_analyses_go_on_ends_without_a_word(server: Server, tmp_path: Path) -> None:
    program = (
        "import persona_lab\n"
        "from persona_lab import samples\n"
        "persona_lab.connect().project('In a hurry').upload([str(path) for path in samples.paths()])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(home=str(server.workspace)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
