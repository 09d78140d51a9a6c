"""Two hundred uploads while the server is killed ten times: what was lost, and what happened twice, is counted."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Semaphore
from typing import Any, NamedTuple

import httpx
import pytest

from persona_lab.client import follow as following
from persona_lab.client.api import Api
from persona_lab.client.endpoint import Endpoint
from persona_lab.lab.background import Background
from persona_lab.lab.following.feed import Feed
from persona_lab.models import Event, Snapshot, Transcript
from persona_lab.replica import Replica
from tests.support.histories import tables
from tests.support.making import interview_text
from tests.support.server import Server
from tests.support.streams import follow
from tests.support.uploading import log_of, post

UPLOADS = 200
KILLS = 10
UPLOADERS = 4
SEED = 20260314
# Bounds every wait for the server to be there again, and for a replica to be level.
PATIENCE_SECONDS = 60.0

TEXTS = [interview_text(f"form number {number}") for number in range(UPLOADS)]


class Recorded(Replica):
    """A replica that keeps the number of each event it was given, and of each snapshot."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.delivered: list[int] = []
        self.loaded: list[int] = []

    def load(self, snapshot: Snapshot, history: Iterable[Event], transcripts: Mapping[str, Transcript]) -> None:
        self.loaded.append(snapshot.seq)
        super().load(snapshot, history, transcripts)

    def apply(self, events: Sequence[Event], transcripts: Mapping[str, Transcript]) -> None:
        self.delivered += [event.seq for event in events]
        super().apply(events, transcripts)


class Outcome(NamedTuple):
    """What is there after the last kill, when everything has come to rest."""

    answered: list[str]
    interviews: list[dict[str, Any]]
    log: list[dict[str, Any]]
    texts: list[str]
    follower: Recorded
    fresh: dict[str, list[str]]

    @property
    def newest(self) -> int:
        return len(self.log)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("kills")
    chance = random.Random(SEED)  # noqa: S311 - the same moments each time
    room = Semaphore(0)
    server = Server(folder / "workspace").start()
    with server.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study"}).json()["id"])
    endpoint = Endpoint(server.url, server.token)
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Background()) as background,
        closing(Recorded(folder / "living.duckdb")) as follower,
        closing(Replica(folder / "fresh.duckdb")) as new,
        ThreadPoolExecutor(UPLOADERS) as pool,
    ):
        # It shall be there in each of the server's short lives.
        patch.setattr(following, "LONGEST_RETRY_SECONDS", 0.3)
        try:
            living = followed(background, endpoint, project_id, follower)
            assert living.level(1, PATIENCE_SECONDS)
            uploads = [
                pool.submit(upload_all, endpoint, project_id, TEXTS[number::UPLOADERS], room)
                for number in range(UPLOADERS)
            ]
            live_and_die(server, room, chance)
            answered = [interview_id for done in uploads for interview_id in done.result(PATIENCE_SECONDS)]
            with server.client() as http:
                wait_for_rest(http, project_id)
                interviews = http.get(f"/api/projects/{project_id}/interviews", params={"limit": 1000}).json()
                log = log_of(http, project_id)
                texts = [http.get(f"/api/interviews/{interview_id}/file").text for interview_id in answered]
            assert living.level(len(log), PATIENCE_SECONDS), living.connection
            assert followed(background, endpoint, project_id, new).level(len(log), PATIENCE_SECONDS)
            yield Outcome(answered, interviews["interviews"], log, texts, follower, tables(new))
        finally:
            # Nobody shall wait for room that never comes.
            room.release(UPLOADS)
            server.stop()


def live_and_die(server: Server, room: Semaphore, chance: random.Random) -> None:
    """Kill the server ten times: mostly while it works, sometimes while it starts. Then let it live."""
    for kill in range(KILLS):
        room.release(UPLOADS // KILLS)
        if kill % 4 == 3:
            server.launch()
            time.sleep(chance.uniform(1.0, 3.0))
        else:
            if kill:
                server.start()
            time.sleep(chance.uniform(0.05, 1.5))
        server.kill()
    server.start()


def followed(background: Background, endpoint: Endpoint, project_id: str, replica: Replica) -> Feed:
    """Keep the replica level from now on, as a notebook does."""
    api = Api(endpoint)

    async def locate() -> Api:
        return api

    async def run() -> None:
        try:
            await feed.run()
        finally:
            await api.close()

    feed = Feed(locate, project_id, replica)
    background.start(run())
    return feed


def upload_all(endpoint: Endpoint, project_id: str, texts: Sequence[str], room: Semaphore) -> list[str]:
    """Upload each text, when there is room for it, again and again until that is answered; return the ids."""
    headers = {"authorization": f"Bearer {endpoint.token}"}
    with httpx.Client(base_url=endpoint.url, headers=headers, timeout=10.0) as http:
        return [upload_until_answered(http, project_id, text) for text in texts if room.acquire(timeout=120)]


def upload_until_answered(http: httpx.Client, project_id: str, text: str) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = post(http, project_id, text.encode(), "interview.txt")
        except httpx.TransportError:
            time.sleep(0.02)
            continue
        assert answer.status_code == 202, answer.text
        return str(answer.json()["interview_id"])
    raise AssertionError("the server did not come back")


def wait_for_rest(http: httpx.Client, project_id: str) -> None:
    """Wait until as many analyses have ended as there were uploads, and their findings are merged."""
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    ended: set[str] = set()
    with follow(http, project_id, after=f"{epoch}-0") as stream:
        for content in stream.contents():
            if content["type"] in ("interview:completed", "interview:failed"):
                ended.add(content["data"]["interview_id"])
            if content["type"] == "insights:merged" and len(ended) >= UPLOADS:
                return
    raise AssertionError(f"the stream ended when {len(ended)} analyses had ended")


def test_every_upload_that_was_answered_is_there_and_none_twice(outcome: Outcome) -> None:
    assert Counter(outcome.texts) == Counter(TEXTS)
    assert Counter(interview["id"] for interview in outcome.interviews) == Counter(outcome.answered)


def test_every_analysis_is_completed(outcome: Outcome) -> None:
    assert Counter(interview["status"] for interview in outcome.interviews) == {"completed": UPLOADS}


def test_no_completion_is_announced_twice(outcome: Outcome) -> None:
    completed = [event["data"]["interview_id"] for event in outcome.log if event["type"] == "interview:completed"]
    assert Counter(completed) == Counter(outcome.answered)


def test_the_log_counts_on_through_every_kill(outcome: Outcome) -> None:
    assert [event["seq"] for event in outcome.log] == list(range(1, outcome.newest + 1))


def test_a_follower_is_told_everything_once_and_in_order(outcome: Outcome) -> None:
    assert outcome.follower.loaded == [1]
    assert outcome.follower.delivered == list(range(2, outcome.newest + 1))


def test_a_replica_that_lived_through_it_equals_a_fresh_one(outcome: Outcome) -> None:
    assert tables(outcome.follower) == outcome.fresh
