"""Two servers on one database are as one: whoever goes from one to the other misses nothing, behind nginx or not."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from persona_lab.__main__ import main
from persona_lab.server import proxying
from tests.support import postgresql
from tests.support.roaming import Roaming
from tests.support.streams import follow
from tests.support.team import TOKEN, Team, team
from tests.support.uploading import log_of

# Within so many seconds somebody whose notifications were lost has everything.
RECONNECTED_SECONDS = 5.0


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    database = postgresql.database()
    with team(tmp_path_factory.mktemp("team"), database, servers=2, workers=0) as found:
        yield found
    postgresql.drop(database)


@pytest.fixture
def project(both: Team) -> dict[str, Any]:
    with both.members[0].client() as http:
        made: dict[str, Any] = http.post("/api/projects", json={"name": "Study"}).json()
        return made


def rename(http: httpx.Client, project_id: str, name: str) -> None:
    assert http.patch(f"/api/projects/{project_id}", json={"name": name}).status_code == 200


def wait_until_both_listen(both: Team) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND starts_with(query, 'LISTEN')"
    deadline = time.monotonic() + 30
    while both.sql(query) != [(2,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_reader_that_goes_to_and_fro_is_told_everything_once(both: Team, project: dict[str, Any]) -> None:
    one, other = both.members
    reader = Roaming([one.url, other.url], project["id"], project["epoch"])
    reader.start()
    with one.client() as here, other.client() as there:
        for number in range(40):
            rename(here if number % 3 else there, project["id"], f"Study {number}")
        log = log_of(there, project["id"])
    assert reader.wait_for(len(log), 30)
    reader.end()
    assert reader.told == log
    assert reader.connections >= len(log) // 3


def test_a_change_by_one_server_is_told_by_the_other_at_once(both: Team, project: dict[str, Any]) -> None:
    one, other = both.members
    with one.client() as here, other.client() as there, follow(there, project["id"]) as stream:
        rename(here, project["id"], "Renamed here")
        began = time.monotonic()
        while stream.content()["data"].get("project", {}).get("name") != "Renamed here":
            pass
        assert time.monotonic() - began < 2.0


def test_lost_notifications_are_made_up_for(both: Team, project: dict[str, Any]) -> None:
    """The session that listens is ended again and again while changes go on; nobody waits for a ping."""
    one, other = both.members
    reader = Roaming([other.url], project["id"], project["epoch"], stays=10_000)
    reader.start()
    ended = 0
    with one.client() as here:
        for number in range(30):
            rename(here, project["id"], f"Study {number}")
            if number % 10 == 5:
                wait_until_both_listen(both)
                ended += both.cut("starts_with(query, 'LISTEN')")
        newest = len(log_of(here, project["id"]))
    assert ended == 6
    assert reader.wait_for(newest, RECONNECTED_SECONDS)
    reader.end()
    assert reader.numbers == list(range(1, newest + 1))
    assert reader.connections == 1


def test_an_unknown_message_is_no_other_servers_either(both: Team) -> None:
    with both.members[0].client() as http:
        assert http.post("/api/chat/nobodys/stop").status_code == 404


needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")


@pytest.fixture
def nginx(both: Team, tmp_path: Path) -> Iterator[str]:
    """nginx as it is in a shop, before both servers; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ours = proxying.nginx([member.url for member in both.members], listen=f"127.0.0.1:{port}", name="localhost")
    (tmp_path / "persona_lab.conf").write_text(ours)
    # nginx gives up being root, and then must get at its own folders.
    tmp_path.chmod(0o755)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if tmp_path.owner() == "root" else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user} daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{ worker_connections 1000; }} "
        f"http {{ access_log off; {folders} include {tmp_path}/persona_lab.conf; }}"
    )
    command = ["nginx", "-e", str(tmp_path / "error.log"), "-c", str(tmp_path / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{url}/api/health")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def told_of(reader: Roaming, name: str) -> bool:
    return any(one["data"].get("project", {}).get("name") == name for one in reader.told)


@needs_nginx
def test_behind_nginx_streams_go_on_when_a_server_is_killed(both: Team, project: dict[str, Any], nginx: str) -> None:
    """Each server has readers, so that some lose theirs; all are told everything, and at once."""
    readers = [Roaming([nginx], project["id"], project["epoch"], stays=10_000) for _ in range(4)]
    for reader in readers:
        reader.start()
    with httpx.Client(base_url=nginx, headers={"authorization": f"Bearer {TOKEN}"}, timeout=30) as http:
        for number in range(10):
            rename(http, project["id"], f"Before {number}")
        began = time.monotonic()
        while not all(told_of(reader, "Before 9") for reader in readers):
            assert time.monotonic() - began < 5.0, "events were held back on their way"
            time.sleep(0.01)
        both.members[0].kill()
        for number in range(10):
            # One request may have been with the server that was killed.
            answer = http.patch(f"/api/projects/{project['id']}", json={"name": f"After {number}"})
            assert answer.status_code in (200, 502)
        rename(http, project["id"], "The last")
        newest = len(log_of(http, project["id"]))
        raw = http.post(
            "/api/workflow/async",
            data={"project_id": project["id"]},
            files={"file": ("big.txt", b"Mina: The form is slow.\n" * 200_000)},
        )
        assert raw.status_code == 202, raw.text
    assert all(reader.wait_for(newest, 10) for reader in readers)
    for reader in readers:
        reader.end()
        assert reader.numbers[:newest] == list(range(1, newest + 1))
    assert sum(reader.connections for reader in readers) > len(readers)


def test_what_is_no_server_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nginx", "--upstream", "somewhere"]) == 1
    assert capsys.readouterr().err == (
        "persona-lab: somewhere is not where a server listens; that looks like http://127.0.0.1:8001.\n"
    )
    assert main(["nginx", "--upstream", "http://127.0.0.1:8001", "http://10.0.0.7:8001", "--name", "lab.ours.com"]) == 0
    told = capsys.readouterr().out
    assert "server 127.0.0.1:8001 max_fails=1 fail_timeout=5s;\n    server 10.0.0.7:8001" in told
    assert "server_name lab.ours.com;" in told
