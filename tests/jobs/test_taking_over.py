"""What a worker had begun goes on elsewhere: at once when it was ended, soon when it was killed or only seemed dead."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from persona_lab.store.interviews import IN_FLIGHT
from tests.fakes.miso import KEY_OF, FakeMiso
from tests.support import postgresql
from tests.support.making import interview_text
from tests.support.team import Member, Team, team
from tests.support.uploading import interviews_of, log_of, upload

LONG = "".join(interview_text(f"the {number}th form of the checkout") for number in range(300))
PATIENCE_SECONDS = 120.0


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Team]:
    database = postgresql.database()
    with team(tmp_path, database, servers=1, workers=1) as one:
        yield one
    postgresql.drop(database)


@pytest.fixture
def http(found: Team) -> Iterator[httpx.Client]:
    with found.members[0].client() as client:
        yield client


@pytest.fixture
def miso(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMiso]:
    """A MISO that begins a run, breaks the line, and is at it until `end_runs`."""
    with FakeMiso() as running:
        monkeypatch.setenv("PERSONA_LAB_MISO_URL", running.url)
        for app, key in KEY_OF.items():
            monkeypatch.setenv(f"PERSONA_LAB_MISO_{app.upper()}_KEY", key)
        running.fault("stream cut", times=1, path="/workflows/run")
        running.looks = 10_000
        yield running


def end_runs(miso: FakeMiso) -> None:
    for run in miso.runs.values():
        run["looks"] = 0


def begun_by(found: Team, worker: Member) -> int:
    query = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = %s"
    return int(str(found.sql(query, worker.id)[0][0]))


def wait_until_begun(found: Team, worker: Member) -> None:
    wait_until(lambda: begun_by(found, worker), "nobody began")


def wait_until(is_so: Callable[[], object], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def wait_until_completed(http: httpx.Client, project_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while {one["status"] for one in interviews_of(http, project_id)} != {"completed"}:
        assert time.monotonic() < deadline, interviews_of(http, project_id)
        time.sleep(0.1)
    completed = [
        one["data"]["interview_id"] for one in log_of(http, project_id) if one["type"] == "interview:completed"
    ]
    assert sorted(completed) == sorted(one["id"] for one in interviews_of(http, project_id))


def make_project(http: httpx.Client) -> str:
    return str(http.post("/api/projects", json={"name": "Study"}).json()["id"])


def test_a_worker_that_is_ended_gives_back_at_once_what_it_has_begun(found: Team, http: httpx.Client) -> None:
    worker = found.members[1]
    project_id = make_project(http)
    upload(http, project_id, LONG)
    wait_until_begun(found, worker)
    assert worker.stop() == 0
    assert begun_by(found, worker) == 0
    assert found.sql("SELECT ended_at IS NULL FROM processes WHERE id = %s", worker.id) == [(False,)]
    # Whoever comes looks whose rows nobody needs any more.
    found.sql(
        "INSERT INTO processes (id, kind, lock, version, host, started_at, ended_at) "
        "VALUES ('old', 'worker', 1, '1', 'here', '2020-01-01T00:00:00+00:00', '2020-01-02T00:00:00+00:00')"
    )
    found.worker().start()
    wait_until_completed(http, project_id)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found.sql("SELECT id FROM processes WHERE id = 'old'"):
        assert time.monotonic() < deadline, "its row is still there"
        time.sleep(0.2)
    assert len(found.sql("SELECT id FROM processes")) == len(found.members)
    assert interviews_of(http, project_id)[0]["attempt"] == 1


def test_a_worker_that_only_seemed_dead_goes_on_and_finishes_nothing_twice(
    miso: FakeMiso, found: Team, http: httpx.Client
) -> None:
    """It sleeps as a machine does, its sessions are ended, and another takes over; then it wakes.

    Both wait for the same run at MISO, however long all of this takes.
    """
    worker = found.members[1]
    project_id = str(http.post("/api/projects", json={"name": "Study", "engine": "miso"}).json()["id"])
    upload(http, project_id, interview_text("the card form"))
    wait_until_begun(found, worker)
    wait_until(lambda: miso.runs, "nobody asked MISO")
    other = found.worker().start()
    worker.signal(signal.SIGSTOP)
    found.cut("pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')")
    wait_until(lambda: not begun_by(found, worker), "nobody took over")
    wait_until(lambda: begun_by(found, other), "nobody went on with it")
    is_there = "SELECT ended_at IS NULL FROM processes WHERE id = %s"
    wait_until(lambda: found.sql(is_there, worker.id) == [(False,)], "it was not counted out")
    worker.signal(signal.SIGCONT)
    wait_until(lambda: found.sql(is_there, worker.id) == [(True,)], "it was not counted in again")
    assert interviews_of(http, project_id)[0]["status"] in IN_FLIGHT
    end_runs(miso)
    wait_until_completed(http, project_id)
    assert miso.paid == 1
    # It works on as before.
    assert other.stop() == 0
    next_project = make_project(http)
    upload(http, next_project, interview_text("the coupon"), "coupon.txt")
    wait_until_completed(http, next_project)


def test_a_company_never_has_more_analyses_at_once_than_it_may(found: Team, http: httpx.Client) -> None:
    found.worker().start()
    project_id = make_project(http)
    found.sql(
        "INSERT INTO companies (id, name, analyses_at_once, uploads_per_minute, created_at) "
        "SELECT company_id, 'Ours', 1, 4, created_at FROM projects"
    )
    for number in range(4):
        upload(http, project_id, interview_text(f"form {number}"), f"{number}.txt")
    refused = http.post(
        "/api/workflow/async", data={"project_id": project_id}, files={"file": ("more.txt", b"Mina: It is slow.")}
    )
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "Your company may upload 4 interviews within a minute, and has." in refused.json()["detail"]
    wait_until_completed(http, project_id)
    inside = most = 0
    for event in log_of(http, project_id):
        is_begun = event["data"].get("stage") == "reading"
        inside += is_begun - (event["type"] == "interview:completed")
        most = max(most, inside)
    assert most == 1
