"""Whether requests may be sent to a server: it says no, and why, for as long as that is so, and lives on."""

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from persona_lab.server.readiness import KEPT_SECONDS
from persona_lab.store.postgresql import CHANNEL, parsed
from tests.support import postgresql
from tests.support.server import Server
from tests.support.uploading import processed, upload

WELL = {"database": "ok", "files": "ok", "notifications": "ok", "server": "ok"}
LOST = "They were lost and are asked for again."
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    url = postgresql.database()
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="module")
def there(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("workspace"), "--work", database=database) as running:
        yield running


def asked(server: Server) -> tuple[int, dict[str, str]]:
    """Ask as a load balancer does, who has no token."""
    answer = httpx.get(f"{server.url}/api/ready", timeout=30.0)
    told = answer.json()
    assert told["status"] == ("ready" if answer.status_code == 200 else "not ready")
    return answer.status_code, told["parts"]


def wait_for(server: Server, status: int, **parts: str) -> None:
    """Wait until it answers so; whether it is alive is another question, with one answer throughout."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := asked(server)) != (status, WELL | parts):
        assert time.monotonic() < deadline, found
        assert httpx.get(f"{server.url}/api/health", timeout=30.0).status_code == 200
        time.sleep(0.1)
    assert httpx.get(f"{server.url}/api/health", timeout=30.0).status_code == 200


def test_a_server_without_its_database_is_not_ready_and_is_again_when_it_is_back(there: Server) -> None:
    wait_for(there, 200)
    with postgresql.stopped():
        wait_for(there, 503, database="It can't be reached.", notifications=LOST)
        with there.client() as http:
            refused = http.get("/api/projects")
        assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    wait_for(there, 200)
    with there.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        # The jobs' own connections are back, too.
        assert processed(http, upload(http, project_id, "Mina: The form is slow."))["status"] == "completed"


def test_a_server_whose_listener_is_lost_is_not_ready_though_it_can_read(there: Server, database: str) -> None:
    wait_for(there, 200)
    with without_listeners(database):
        wait_for(there, 503, notifications=LOST)
        with there.client() as http:
            assert http.get("/api/projects").status_code == 200
    wait_for(there, 200)


def test_a_database_that_hangs_is_told_within_seconds_and_so_is_the_end(there: Server, database: str) -> None:
    wait_for(there, 200)
    with psycopg.connect(database) as holding, ThreadPoolExecutor(2) as pool:
        holding.execute("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
        wait_for(there, 503, database="It doesn't answer within 3 s.")
        time.sleep(KEPT_SECONDS)
        asking = pool.submit(asked, there)
        time.sleep(1)
        assert not asking.done()
        stopping = pool.submit(there.stop)
        found = asking.result()
        holding.rollback()
        assert stopping.result() == 0
    assert found == (503, WELL | {"database": "It doesn't answer within 3 s.", "server": "It is ending."})
    with pytest.raises(httpx.ConnectError):
        asked(there)


def test_a_workspace_whose_database_was_taken_away_is_not_ready(tmp_path: Path) -> None:
    """What is written from then on would be in a file that nobody finds again."""
    with Server(tmp_path / "workspace") as running:
        wait_for(running, 200)
        database = running.workspace / "persona_lab.sqlite"
        database.rename(tmp_path / "away")
        wait_for(running, 503, database="Its file was taken away or replaced. Start the server again.")
        shutil.copy(tmp_path / "away", database)
        time.sleep(KEPT_SECONDS)
        wait_for(running, 503, database="Its file was taken away or replaced. Start the server again.")
        (tmp_path / "away").replace(database)
        wait_for(running, 200)


@contextmanager
def without_listeners(database: str) -> Iterator[None]:
    """End whoever listens to the database, and let nobody connect to it meanwhile."""
    name = parsed(database).database
    with psycopg.connect(postgresql.cluster(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            ended = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND query = %s",
                (name, f"LISTEN {CHANNEL}"),
            ).fetchone()
            assert ended == (1,)
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
