"""A workspace with its files in a bucket moves into a team's database, and back: nothing is other than it was."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select

import persona_lab
from persona_lab.store.database import Store
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Depot
from persona_lab.store.schema.tables import metadata
from tests.store.test_backup import run
from tests.support import bucket, postgresql
from tests.support.docx import docx_of
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server
from tests.support.uploading import post, processed, upload

PERSON = "Sarah Delgado"
TOLD = (
    "Interviewer: Who helped you with the card form?",
    f"{PERSON}: Nobody, and I am {PERSON}. The card form is really frustrating, it is far too slow.",
)
AGAIN = f"Interviewer: And today?\n{PERSON}: I am {PERSON}, and the card form is still slow.\n"
TOKEN = "the-same-token-in-both"
PATIENCE_SECONDS = 60.0


def everything(store: Store) -> dict[str, list[str]]:
    """Return every row of every table, but for what a database says of itself."""
    with closing(store), store.reading() as connection:
        return {
            table.name: sorted(repr(sorted(row.items())) for row in connection.execute(select(table)).mappings())
            for table in metadata.sorted_tables
            if table.name != "meta"
        }


def all_files(depot: Depot) -> dict[str, bytes]:
    """Return every file's content by its name, but for the one that says whose they are."""
    return {one.name: b"".join(depot.pieces(one.name)) for one in depot.listed() if one.name != "database"}


@pytest.fixture
def database() -> Iterator[str]:
    url = postgresql.database()
    yield url
    postgresql.drop(url)


def filled(http: httpx.Client) -> tuple[str, str]:
    """Make two projects, one that redacts before storage, with something of most kinds; return their ids."""
    plain = http.post("/api/projects", json={"name": "Plain"}).json()["id"]
    hidden = http.post("/api/projects", json={"name": "Hidden", "redaction": "storage"}).json()["id"]
    first = upload(http, plain, CHECKOUT, "first.txt")
    deleted = upload(http, plain, interview_text("the coupon"), "deleted.txt")
    read = post(http, hidden, docx_of(*TOLD), "sarah.docx").json()["interview_id"]
    # Its file is kept as it is until it can be read.
    unread = upload(http, hidden, "1 2 3\n", "numbers.txt")
    ended = [processed(http, interview_id)["status"] for interview_id in (first, deleted, read, unread)]
    assert ended == ["completed", "completed", "completed", "failed"]
    http.delete(f"/api/interviews/{deleted}").raise_for_status()
    http.post(f"/api/projects/{plain}/notes", json={"text": "Look.", "interview_id": first, "turn": 1})
    http.post(f"/api/interviews/{first}/codings", json={"code": "slow", "turn": 1}).raise_for_status()
    http.post(f"/api/projects/{plain}/personas/add", json={"label": "P9"}).raise_for_status()
    asked = {"project_id": plain, "messages": [{"role": "user", "content": "What is slow?"}]}
    assert '"type":"done"' in http.post("/api/chat", json=asked).text
    return plain, hidden


def test_rows_files_and_pseudonyms_travel_and_whoever_followed_begins_anew(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "notebook"))
    buckets = [bucket.made(), bucket.made()]
    old_files, new_files = (bucket.settings(url) for url in buckets)
    here, there = tmp_path / "here", tmp_path / "there"
    with Server(here, token=TOKEN, **old_files) as old, old.client() as http:
        plain, hidden = filled(http)
        port = str(urlsplit(old.url).port)
        lab = persona_lab.connect(old.url, token=TOKEN)
        project = lab.project("Plain")
        seen(project, {"first"})
        made = run("backup", "--workspace", str(here), str(tmp_path / "first"), **old_files)
        assert made.returncode == 0, made.stderr
        rows, files = everything(Store(here / "persona_lab.sqlite")), all_files(bucket.opened(buckets[0]))
        processed(http, upload(http, plain, interview_text("what came later"), "later.txt"))
        seen(project, {"first", "later"})
    restored = run("restore", "--workspace", str(there), str(tmp_path / "first"), database=database, **new_files)
    assert restored.returncode == 0, restored.stderr
    assert everything(Store(database)) == rows
    assert all_files(bucket.opened(buckets[1])) == files
    assert len(files) == 3

    # And out of PostgreSQL, into a workspace with a folder of its own.
    made = run("backup", "--workspace", str(there), str(tmp_path / "second"), database=database, **new_files)
    assert made.returncode == 0, made.stderr
    restored = run("restore", "--workspace", str(tmp_path / "back"), str(tmp_path / "second"))
    assert restored.returncode == 0, restored.stderr
    assert everything(Store(tmp_path / "back" / "persona_lab.sqlite")) == rows
    assert all_files(Folder(tmp_path / "back" / "files")) == files

    with (
        closing(lab),
        Server(there, "--port", port, "--work", token=TOKEN, database=database, **new_files) as new,
        new.client() as http,
    ):
        assert new.url == old.url
        # The notebook never noticed more than that the server was away for a moment.
        seen(project, {"first"})
        again = upload(http, hidden, AGAIN, "again.txt")
        assert processed(http, again)["status"] == "completed"
        text = http.get(f"/api/interviews/{again}/transcript").json()["text"]
        assert PERSON not in text
        names = {one["pseudonym"]: one["original"] for one in redactions(http, hidden)}
        assert names["[Name1]"] == PERSON
        assert "[Name1]: I am [Name1]" in text


def redactions(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/redactions").json()
    return found


def seen(project: Any, titles: set[str]) -> None:
    """Wait until the notebook's own copy has these interviews and no others."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while set(project.interviews["title"]) != titles:
        assert time.monotonic() < deadline, project.interviews
        time.sleep(0.1)
