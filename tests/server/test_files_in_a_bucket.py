"""A server whose files are in a bucket, on both databases: what goes wrong with the bucket loses nothing."""

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from persona_lab.store.database import Store
from persona_lab.store.files import sweeping
from persona_lab.store.files.kept import Depot, Files
from persona_lab.transcripts import LIMIT_BYTES
from tests.support import bucket, postgresql
from tests.support.making import CHECKOUT
from tests.support.relay import Relay
from tests.support.server import Server
from tests.support.uploading import interviews_of, post, processed, upload

RAW = CHECKOUT.encode()
SHA256 = hashlib.sha256(RAW).hexdigest()
KEPT = f"{SHA256[:2]}/{SHA256}"


class Place(NamedTuple):
    """A server, its database, its bucket, and what stands between them."""

    server: Server
    relay: Relay
    url: str
    depot: Depot
    database: str | None

    @property
    def names(self) -> list[str]:
        """The files of the bucket, but for the one that says whose they are."""
        return sorted(stored.name for stored in self.depot.listed() if stored.name != "database")

    @property
    def files(self) -> Files:
        return Files(self.depot)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        with contextlib.closing(Store(self.database or self.server.workspace / "persona_lab.sqlite")) as store:
            yield store

    @contextlib.contextmanager
    def nobody_else_writes(self) -> Iterator[None]:
        """Keep the server from recording anything."""
        if self.database is None:
            with contextlib.closing(sqlite3.connect(self.server.workspace / "persona_lab.sqlite")) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
        else:
            with psycopg.connect(self.database) as connection:
                connection.execute("LOCK TABLE projects IN EXCLUSIVE MODE")
                yield
                connection.rollback()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    database = None if request.param == "sqlite" else postgresql.database()
    url, relay = bucket.made(), Relay(bucket.endpoint())
    settings = bucket.settings(url, relay.url) | ({"database": database} if database else {})
    server = Server(tmp_path / "workspace", *(["--work"] if database else []), **settings)
    with contextlib.closing(relay), server:
        yield Place(server, relay, url, bucket.opened(url), database)
    if database:
        postgresql.drop(database)


@pytest.fixture
def http(place: Place) -> Iterator[httpx.Client]:
    with place.server.client() as client:
        yield client


def holding(place: Place, wanted: str) -> bool:
    """Wait until the bucket has a file whose name begins so."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(name.startswith(wanted) for name in place.names):
            return True
        time.sleep(0.05)
    return False


def test_an_upload_is_analysed_and_comes_back_and_is_in_the_bucket_alone(
    place: Place, http: httpx.Client, project_id: str
) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    assert processed(http, interview_id)["status"] == "completed"
    answer = http.get(f"/api/interviews/{interview_id}/file")
    assert answer.content == RAW
    assert answer.headers["content-length"] == str(len(RAW))
    assert place.names == [KEPT]
    assert not (place.server.workspace / "files").exists()


def test_a_file_that_was_changed_is_never_served_and_heals_when_it_is_uploaded_again(
    place: Place, http: httpx.Client, project_id: str
) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    place.depot.put(KEPT, BytesIO(b"<script>alert(1)</script>"))
    answer = http.get(f"/api/interviews/{interview_id}/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "interview_not_found")
    assert answer.json()["detail"] == "The uploaded file was changed in the bucket. Upload it again."
    place.depot.remove(KEPT)
    answer = http.get(f"/api/interviews/{interview_id}/file")
    assert answer.json()["detail"] == "The uploaded file is missing from the bucket. Upload it again."
    assert upload(http, project_id, CHECKOUT) == interview_id
    assert http.get(f"/api/interviews/{interview_id}/file").content == RAW
    assert place.names == [KEPT]


def test_the_same_bytes_from_many_at_once_are_one_interview_and_one_file(
    place: Place, http: httpx.Client, project_id: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _number: upload(http, project_id, CHECKOUT), range(16)))
    assert len(ids) == len(interviews_of(http, project_id)) == 1
    assert place.names == [KEPT]


def test_a_bucket_that_is_away_refuses_an_upload_by_half_of_nothing(
    place: Place, http: httpx.Client, project_id: str
) -> None:
    processed(http, upload(http, project_id, CHECKOUT))
    place.relay.cut()
    answer = post(http, project_id, b"Mina: Again.", "again.txt")
    assert (answer.status_code, answer.json()["code"]) == (503, "files_unavailable")
    assert answer.headers["retry-after"]
    [known] = interviews_of(http, project_id)
    answer = http.get(f"/api/interviews/{known['id']}/file")
    assert (answer.status_code, answer.json()["code"]) == (503, "files_unavailable")
    place.relay.mend()
    assert post(http, project_id, b"Mina: Again.", "again.txt").status_code == 202
    assert not [key for key in bucket.KEYS.values() if key in place.server.log]


def test_an_analysis_waits_for_a_bucket_that_is_away(place: Place, http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, "1 2 3\n", "numbers.txt")
    assert processed(http, interview_id)["status"] == "failed"
    place.relay.cut()
    http.post("/api/workflow/retry", json={"interview_id": interview_id}).raise_for_status()
    time.sleep(3)
    assert http.get(f"/api/interviews/{interview_id}").json()["status"] == "processing"
    place.relay.mend()
    # Of its own fault, and not of the bucket's.
    assert processed(http, interview_id)["interview"]["error"]["code"] == "no_speech"


def test_a_kill_between_receiving_and_recording_leaves_what_the_sweep_removes(
    place: Place, http: httpx.Client, project_id: str
) -> None:
    with place.nobody_else_writes():
        with ThreadPoolExecutor(1) as pool:
            unanswered = pool.submit(post, http, project_id, RAW, "mina.txt")
            assert holding(place, "incoming/")
            place.server.kill()
        with pytest.raises(httpx.TransportError):
            unanswered.result()
    place.server.start()
    with place.server.client() as again:
        assert interviews_of(again, project_id) == []
        with place.store() as store:
            assert sweeping.sweep(store, place.files) == (0, 0)
            assert sweeping.sweep(store, place.files, age=timedelta(0)) == (1, 0)
        assert place.names == []
        assert processed(again, upload(again, project_id, CHECKOUT))["status"] == "completed"


def test_a_kill_between_recording_and_keeping_loses_nothing(place: Place, http: httpx.Client, project_id: str) -> None:
    place.relay.hold_at("x-amz-copy-source")
    with ThreadPoolExecutor(1) as pool:
        unanswered = pool.submit(post, http, project_id, RAW, "mina.txt")
        assert place.relay.held.wait(20)
        place.server.kill()
    with pytest.raises(httpx.TransportError):
        unanswered.result()
    place.relay.mend()
    place.server.start()
    with place.server.client() as again:
        [found] = interviews_of(again, project_id)
        assert processed(again, found["id"])["status"] == "completed"
        assert again.get(f"/api/interviews/{found['id']}/file").content == RAW
        with place.store() as store:
            assert sweeping.sweep(store, place.files, age=timedelta(0)) == (0, 1)
        assert place.names == [KEPT]
        assert again.get(f"/api/interviews/{found['id']}/file").content == RAW


def test_a_file_of_the_largest_size_goes_in_and_comes_out(place: Place, http: httpx.Client, project_id: str) -> None:
    line = b"Mina: The card form is really frustrating, it is far too slow for me.\n"
    raw = (line * (LIMIT_BYTES // len(line) + 1))[:LIMIT_BYTES]
    answer = post(http, project_id, raw, "long.txt")
    assert answer.status_code == 202, answer.text
    digest, size = hashlib.sha256(), 0
    with http.stream("GET", f"/api/interviews/{answer.json()['interview_id']}/file") as download:
        for piece in download.iter_bytes():
            digest.update(piece)
            size += len(piece)
    assert (digest.digest(), size) == (hashlib.sha256(raw).digest(), LIMIT_BYTES)
    assert post(http, project_id, raw + b"!", "longer.txt").json()["code"] == "file_too_large"


def test_what_is_redacted_before_storage_leaves_the_bucket_when_it_was_read(place: Place, http: httpx.Client) -> None:
    made = http.post("/api/projects", json={"name": "Study", "redaction": "storage"}).json()
    assert processed(http, upload(http, made["id"], CHECKOUT))["status"] == "completed"
    assert place.names == []


def test_a_bucket_of_another_database_is_left_alone(place: Place, tmp_path: Path) -> None:
    other = Server(tmp_path / "other", **bucket.settings(place.url))
    with pytest.raises(AssertionError, match="belong to another database"):
        other.start()
