"""A backup made while a server works, put back elsewhere: everything is there, whole, and goes on."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import persona_lab
from tests.support import postgresql, uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server, environment


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "persona_lab", *arguments], capture_output=True, text=True, env=environment(**settings)
    )


def text_of(number: int) -> str:
    return CHECKOUT.replace("card form", f"card form number {number}")


def place(folder: Path, kind: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--workspace", str(folder)]
    return [*options, "--database", postgresql.database()] if kind == "postgresql" else options


def work(arguments: list[str]) -> list[str]:
    """What a server needs besides its workspace."""
    given = arguments[2:]
    return [*given, "--work"] if given else []


@pytest.mark.parametrize(
    ("source", "target"), [("sqlite", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "postgresql")]
)
def test_what_is_backed_up_while_it_changes_is_there_again(source: str, target: str, tmp_path: Path) -> None:
    here, there, backup = place(tmp_path / "here", source), place(tmp_path / "there", target), tmp_path / "backup"
    with Server(tmp_path / "here", *work(here)) as running, running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Checkout"}).json()["id"]
        http.patch(f"/api/projects/{project_id}", json={"purpose": "Why they leave"})
        uploading.processed(http, uploading.upload(http, project_id, text_of(0), "0.txt"))
        stop = threading.Event()
        sent: list[str] = []

        def keep_uploading() -> None:
            while not stop.is_set():
                sent.append(uploading.upload(http, project_id, text_of(len(sent) + 1), f"{len(sent) + 1}.txt"))

        uploads = threading.Thread(target=keep_uploading)
        uploads.start()
        try:
            while len(sent) < 3:
                time.sleep(0.01)
            made = run("backup", *here, str(backup))
        finally:
            stop.set()
            uploads.join()
        assert made.returncode == 0, made.stderr
        epoch = http.get(f"/api/projects/{project_id}/snapshot").json()["epoch"]
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["missing"] == []
    assert 4 <= manifest["interviews"] <= len(sent) + 1
    assert backup.stat().st_mode & 0o077 == 0
    assert run("restore", *there, str(backup)).returncode == 0
    again = run("restore", *there, str(backup))
    assert (again.returncode, "Conflict" in again.stderr) == (1, False)
    assert "empty" in again.stderr or "already" in again.stderr
    kept = {row["id"]: row for row in rows(backup, "interviews")}
    with Server(tmp_path / "there", *work(there)) as running, running.client() as http:
        for interview_id in kept:
            assert uploading.processed(http, interview_id)["status"] == "completed"
            number = int(kept[interview_id]["filename"].removesuffix(".txt"))
            assert http.get(f"/api/interviews/{interview_id}/file").content == text_of(number).encode()
        snapshot = http.get(f"/api/projects/{project_id}/snapshot").json()
        assert snapshot["epoch"] != epoch
        events = log(http, project_id)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        before = sorted(rows(backup, "events"), key=lambda event: int(event["seq"]))
        assert [event["data"] for event in events[: len(before)]] == [event["data"] for event in before]
        # Whoever followed the one before is told to begin anew.
        at = {"last-event-id": f"{epoch}:{len(events)}"}
        with http.stream("GET", f"/api/sse/projects/{project_id}", headers=at) as stream:
            assert b"reset" in next(stream.iter_bytes())


def test_a_notebooks_copy_comes_to_the_same(tmp_path: Path) -> None:
    """The replica is a file that outlives the kernel: it resets itself, and shows what the restored server has."""
    with Server(tmp_path / "here") as running, running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Checkout"}).json()["id"]
        for number in range(2):
            uploading.processed(http, uploading.upload(http, project_id, text_of(number), f"{number}.txt"))
        with closing(persona_lab.connect(running.url, token=running.token)) as lab:
            titles = list(lab.project("Checkout").interviews["title"])
            assert run("backup", "--workspace", str(tmp_path / "here"), str(tmp_path / "backup")).returncode == 0
            uploading.processed(http, uploading.upload(http, project_id, text_of(9), "later.txt"))
    assert run("restore", "--workspace", str(tmp_path / "there"), str(tmp_path / "backup")).returncode == 0
    with Server(tmp_path / "there") as running, closing(persona_lab.connect(running.url, token=running.token)) as lab:
        assert list(lab.project("Checkout").interviews["title"]) == titles


def test_a_file_that_is_gone_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    with Server(tmp_path / "here") as running, running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Checkout"}).json()["id"]
        gone, kept = (uploading.upload(http, project_id, text_of(n), f"{n}.txt") for n in range(2))
        for interview_id in (gone, kept):
            uploading.processed(http, interview_id)
        sha256 = http.get(f"/api/interviews/{gone}").json()["interview"]["sha256"]
        (running.workspace / "files" / sha256[:2] / sha256).write_bytes(b"something else")
        made = run("backup", "--workspace", str(tmp_path / "here"), str(tmp_path / "backup"))
    assert made.returncode == 1
    assert gone in made.stdout
    assert kept not in made.stdout
    assert run("restore", "--workspace", str(tmp_path / "there"), str(tmp_path / "backup")).returncode == 0


def test_half_a_backup_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with Server(tmp_path / "here") as running, running.client() as http:
        project_id = http.post("/api/projects", json={"name": "Checkout"}).json()["id"]
        uploading.processed(http, uploading.upload(http, project_id, text_of(0), "0.txt"))
        assert run("backup", "--workspace", str(tmp_path / "here"), str(tmp_path / "backup")).returncode == 0
    turns = tmp_path / "backup" / "rows" / "turns.ndjson"
    turns.write_text("".join(turns.read_text().splitlines(keepends=True)[:-1]))
    refused = run("restore", "--workspace", str(tmp_path / "there"), str(tmp_path / "backup"))
    assert refused.returncode == 1
    assert "isn't whole" in refused.stderr
    with Server(tmp_path / "there") as running, running.client() as http:
        assert http.get("/api/projects").json() == []


def test_what_is_no_workspace_and_no_backup_is_named(tmp_path: Path) -> None:
    assert "is no workspace" in run("backup", "--workspace", str(tmp_path / "none"), str(tmp_path / "b")).stderr
    assert "is no backup" in run("restore", "--workspace", str(tmp_path / "new"), str(tmp_path)).stderr
    assert not os.path.lexists(tmp_path / "b")


def rows(backup: Path, table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (backup / "rows" / f"{table}.ndjson").read_text().splitlines()]


def log(http: httpx.Client, project_id: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while page := http.get(f"/api/projects/{project_id}/events", params={"after": len(found)}).json():
        found += page
    return found
