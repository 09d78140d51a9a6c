"""Thirty uploads to two servers and two workers, of which one each is killed, while PostgreSQL is restarted once."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import cycle
from typing import Any, NamedTuple

import httpx
import pytest

from persona_lab.models import now
from tests.support import postgresql
from tests.support.making import interview_text
from tests.support.roaming import Roaming
from tests.support.team import TOKEN, Member, Team, team
from tests.support.uploading import interviews_of, log_of, post

UPLOADS = 30
UPLOADERS = 3
PATIENCE_SECONDS = 120.0
# How soon somebody takes over what a killed process had begun.
TAKEN_OVER_SECONDS = 60.0

TEXTS = [interview_text(f"form number {number}") for number in range(UPLOADS)]


class Outcome(NamedTuple):
    """What is there when everything has come to rest."""

    answered: list[str]
    interviews: list[dict[str, Any]]
    log: list[dict[str, Any]]
    reader: Roaming
    processes: list[tuple[object, ...]]
    taken_over_after_seconds: float


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    database = postgresql.database()
    with (
        team(tmp_path_factory.mktemp("team"), database) as found,
        ThreadPoolExecutor(UPLOADERS) as pool,
    ):
        first, second, worker, _ = found.members
        with second.client() as http:
            project = http.post("/api/projects", json={"name": "Study"}).json()
            reader = Roaming([first.url, second.url], project["id"], project["epoch"])
            reader.start()
            uploads = [
                pool.submit(upload_all, [first, second], project["id"], TEXTS[number::UPLOADERS])
                for number in range(UPLOADERS)
            ]
            wait_for(found, "SELECT count(*) FROM interviews", 5)
            wait_for(found, "SELECT count(*) FROM dbos.workflow_status WHERE executor_id = %s", 2, worker.id)
            worker.kill()
            killed = now()
            wait_for(found, "SELECT count(*) FROM interviews", 15)
            first.kill()
            postgresql.restart()
            answered = [interview_id for done in uploads for interview_id in done.result(PATIENCE_SECONDS)]
            wait_for(found, "SELECT count(*) FROM interviews WHERE status = 'completed'", UPLOADS)
            wait_for(found, "SELECT count(*) FROM processes WHERE ended_at IS NOT NULL", 2)
            ((taken_over,),) = found.sql("SELECT ended_at FROM processes WHERE id = %s", worker.id)
            seconds = (datetime.fromisoformat(str(taken_over)) - killed).total_seconds()
            log = settled(http, project["id"])
            assert reader.wait_for(log[-1]["seq"], PATIENCE_SECONDS)
            reader.end()
            processes = found.sql("SELECT id, kind, ended_at IS NULL FROM processes ORDER BY started_at")
            yield Outcome(answered, interviews_of(http, project["id"]), log, reader, processes, seconds)
    postgresql.drop(database)


def wait_for(found: Team, query: str, least: int, *values: object) -> None:
    """Wait until a query counts so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if int(str(found.sql(query, *values)[0][0])) >= least:
            return
        time.sleep(0.02)
    raise AssertionError(f"{query} did not come to {least}")


def upload_all(servers: Sequence[Member], project_id: str, texts: Sequence[str]) -> list[str]:
    """Upload each text, to whichever server, again and again until that is answered; return the ids."""
    urls = cycle(server.url for server in servers)
    found = []
    for text in texts:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            headers = {"authorization": f"Bearer {TOKEN}"}
            try:
                with httpx.Client(base_url=next(urls), headers=headers, timeout=30.0) as http:
                    answer = post(http, project_id, text.encode(), "interview.txt")
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            if answer.status_code == 202:
                found.append(str(answer.json()["interview_id"]))
                break
            assert answer.status_code == 503, answer.text
            time.sleep(0.1)
    return found


def settled(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    """Return the log once the findings of all that is completed are merged."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        log = log_of(http, project_id)
        merged = [event["data"]["merge"]["runs"] for event in log if event["type"] == "insights:merged"]
        if merged and len(merged[-1]) == UPLOADS:
            return log
        time.sleep(0.2)
    raise AssertionError("the findings were not merged")


def test_every_upload_that_was_answered_is_there_once(outcome: Outcome) -> None:
    assert len(outcome.answered) == UPLOADS
    assert Counter(interview["id"] for interview in outcome.interviews) == Counter(outcome.answered)


def test_every_analysis_is_completed_at_its_first_attempt(outcome: Outcome) -> None:
    assert Counter((one["status"], one["attempt"]) for one in outcome.interviews) == {("completed", 1): UPLOADS}


def test_no_completion_is_announced_twice(outcome: Outcome) -> None:
    completed = [event["data"]["interview_id"] for event in outcome.log if event["type"] == "interview:completed"]
    assert Counter(completed) == Counter(outcome.answered)


def test_the_log_has_no_gap(outcome: Outcome) -> None:
    assert [event["seq"] for event in outcome.log] == list(range(1, len(outcome.log) + 1))


def test_a_reader_that_goes_from_server_to_server_misses_nothing(outcome: Outcome) -> None:
    assert outcome.reader.connections > 5
    assert outcome.reader.numbers[: len(outcome.log)] == [event["seq"] for event in outcome.log]


def test_a_killed_workers_analyses_are_taken_over_in_time(outcome: Outcome) -> None:
    assert outcome.taken_over_after_seconds < TAKEN_OVER_SECONDS


def test_who_was_killed_is_known_to_be_gone_and_who_lives_to_be_there(outcome: Outcome) -> None:
    there = Counter(kind for _, kind, is_there in outcome.processes if is_there)
    assert (there, len(outcome.processes)) == ({"server": 1, "worker": 1}, 4)
