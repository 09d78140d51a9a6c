"""What a busy server writes down: one line a request, and no word of anybody's."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server

PERSONAL = "Ottoline Vanterpool"
TITLE = "Zygomorphic quarterly"
SENT = "4bf92f3577b34da6a3ce929d0e0e4736"
# What a log says by itself, and an interview may say, too.
OURS = re.compile(r"[a-z_]+")


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]


def requests(server: Server, **wanted: object) -> list[dict[str, Any]]:
    return [line for line in lines(server) if line["message"] == "request" and wanted.items() <= line.items()]


def written(server: Server, **wanted: object) -> dict[str, Any]:
    """The one line of a request, which may be written after its answer was read."""
    deadline = time.monotonic() + 20
    while not (found := requests(server, **wanted)):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.02)
    (line,) = found
    return line


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Server(tmp_path_factory.mktemp("logged")) as running:
        yield running


def test_each_request_is_one_line_with_its_route(there: Server) -> None:
    with there.client() as http:
        project_id = http.post("/api/projects", json={"name": TITLE}).json()["id"]
        answer = http.get(f"/api/projects/{project_id}/search", params={"q": PERSONAL}, headers={"x-request-id": SENT})
    assert answer.headers["x-request-id"] == SENT
    line = written(there, request_id=SENT)
    assert line["route"] == "/api/projects/{project_id}/search"
    assert (line["method"], line["status"], line["company_id"]) == ("GET", 200, "local")
    assert line["milliseconds"] > 0
    assert project_id not in json.dumps(line)


def test_a_problem_says_which_request_it_was(there: Server) -> None:
    with there.client() as http:
        answer = http.get("/api/interviews/none")
        mine = http.get("/api/interviews/none", headers={"x-request-id": f"{PERSONAL} 1234567890"})
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert written(there, request_id=answer.json()["request_id"])["status"] == 404
    assert PERSONAL not in mine.headers["x-request-id"]


def test_whoever_asks_whether_all_is_well_gets_no_line(there: Server) -> None:
    assert httpx.get(f"{there.url}/api/health").status_code == 200
    found = httpx.get(f"{there.url}/api/ready")
    assert (found.status_code, found.json()["status"]) == (200, "ready")
    assert found.json()["parts"] == {"database": "ok", "files": "ok", "notifications": "ok", "server": "ok"}
    assert requests(there, route="/api/health") == requests(there, route="/api/ready") == []


def test_a_stream_says_when_it_opened_and_how_it_ended(there: Server) -> None:
    with there.client() as http:
        project_id = http.post("/api/projects", json={"name": TITLE}).json()["id"]
        with http.stream("GET", f"/api/sse/projects/{project_id}", headers={"x-request-id": SENT}) as stream:
            assert stream.headers["x-request-id"] == SENT
            next(stream.iter_bytes())
        http.delete(f"/api/projects/{project_id}")
    about = [line for line in lines(there) if line.get("project_id") == project_id]
    assert [line["message"] for line in about][:1] == ["stream opened"]
    assert about[0]["request_id"] == SENT


def test_nobodys_words_are_in_it(there: Server) -> None:
    """Interviews that can and can't be read, hostile requests, answers and errors."""
    transcript = f"{PERSONAL}: I loathe the kaleidoscopic checkout, call me at 010-4829-7731.\nQ: Why?\n" + CHECKOUT
    with there.client() as http:
        made = http.post("/api/projects", json={"name": TITLE, "purpose": "Perspicacious wombats"}).json()
        project_id = made["id"]
        kept = uploading.upload(http, project_id, transcript, f"{PERSONAL}.txt")
        assert uploading.processed(http, kept)["status"] == "completed"
        assert written(there, interview_id=kept)["route"] == "/api/workflow/async"
        for name, raw in ((f"{PERSONAL}.docx", b"PK\x03\x04 Kaleidoscopic"), (f"{PERSONAL}.json", b'{"a": "Perspicac')):
            sent = http.post(
                "/api/workflow/async", data={"project_id": project_id, "title": TITLE}, files={"file": (name, raw)}
            )
            if sent.status_code == 202:
                uploading.processed(http, sent.json()["interview_id"])
        for method, path in (
            ("GET", f"/api/{PERSONAL}/x"),
            ("GET", f"/api/projects/{PERSONAL}"),
            ("GET", f"/api/interviews/{PERSONAL}?token={PERSONAL}"),
            ("POST", f"/api/sse/projects/{PERSONAL}"),
            ("GET", f"/api/sse/projects/{PERSONAL}"),
            ("OTTOLINE", "/api/health"),
        ):
            assert http.request(method, path, headers={"x-ottoline": PERSONAL}).status_code >= 400
        http.post("/api/chat", json={"project_id": project_id, "messages": [{"role": "user", "content": PERSONAL}]})
        http.post("/api/projects", content=f'{{"name": "{PERSONAL}'.encode())
        assert httpx.get(f"{there.url}/api/me", headers={"authorization": f"Bearer {PERSONAL}"}).status_code == 401
    said = there.log.lower()
    words = {word.lower() for word in re.findall(r"\w{4,}", f"{transcript} {TITLE} {made['purpose']} {PERSONAL}")}
    own = {word for line in lines(there) for word in OURS.findall(vocabulary(line))}
    assert {word for word in words - own if word in said} == set()
    assert there.token not in there.log


def vocabulary(line: dict[str, Any]) -> str:
    """The server's own words of a line: its keys, its messages and its routes."""
    told = [line["message"], line.get("route", ""), line["logger"], *line, *line.get("where", [])]
    return " ".join(told).lower()


def test_a_server_whose_database_is_gone_says_so_and_stays_alive(tmp_path: Path) -> None:
    with Server(tmp_path / "workspace") as running:
        (running.workspace / "files" / "database").write_text("another")
        found = httpx.get(f"{running.url}/api/ready")
        assert found.status_code == 503
        assert found.json()["parts"]["files"] == "They belong to another database."
        assert httpx.get(f"{running.url}/api/health").status_code == 200
        assert written(running, route="/api/ready")["status"] == 503
