"""A team on one machine: a database, servers and workers, each a real process that a test kills as it likes."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg

from persona_lab.store.postgresql import parsed
from tests.support.server import PROGRAM, START_SECONDS, Process, started

TOKEN = "the-teams-token"


class Member:
    """`persona-lab serve` or `persona-lab worker` in a team; `start` waits until it is there."""

    def __init__(self, team: "Team", kind: str, name: str, *arguments: str) -> None:
        self.name = name
        self.url = ""
        self.id = ""
        self._team = team
        self._command = [kind, "--workspace", str(team.folder / "shared"), *arguments]
        self._process: Process | None = None

    def launch(self) -> "Member":
        """Start it, and don't wait."""
        (self._team.folder / "shared").mkdir(exist_ok=True)
        # What it said before it was started again is not of this start.
        self._log.write_bytes(b"")
        env = {**os.environ, "PERSONA_LAB_DATABASE": self._team.database, "PERSONA_LAB_TOKEN": TOKEN}
        self._process = started(self._command, self._team.program, log=self._log, env=env)
        return self

    def start(self) -> "Member":
        self.launch()
        return self.wait()

    def wait(self) -> "Member":
        """Wait until it has said where it listens, or as whom it works."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            for line in self.log.splitlines():
                if line.startswith("listening on "):
                    self.url = line.removeprefix("listening on ")
                    return self
                if line.startswith("working as "):
                    self.id = line.removeprefix("working as ")
                    return self
            time.sleep(0.02)
        raise AssertionError(f"{self.name} did not come up:\n{self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self._team.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=60.0)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> int:
        """End it as a service manager would; return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)


class Team:
    """The members on one database and one folder of files.

    Args:
        program: what is run instead of `python -m persona_lab`.
    """

    def __init__(self, folder: Path, database: str, program: tuple[str, ...] = PROGRAM) -> None:
        self.folder = folder
        self.database = database
        self.program = program
        self.members: list[Member] = []

    def server(self, *arguments: str) -> Member:
        return self._member("serve", *arguments)

    def worker(self, *arguments: str) -> Member:
        return self._member("worker", *arguments)

    def sql(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database as its owner, past all policies; return the rows, if there are any."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def cut(self, where: str = "TRUE") -> int:
        """End connections to the database; return how many."""
        name = parsed(self.database).database
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE datname = %s AND pid <> pg_backend_pid() AND {where}"
        )
        return int(str(self.sql(query, name)[0][0]))

    def stop(self) -> None:
        for member in self.members:
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
                member.stop()

    def _member(self, kind: str, *arguments: str) -> Member:
        number = sum(member.name.startswith(kind) for member in self.members)
        member = Member(self, kind, f"{kind}-{number}", *arguments)
        self.members.append(member)
        return member


@contextlib.contextmanager
def team(folder: Path, database: str, *, servers: int = 2, workers: int = 2, ports: bool = False) -> Iterator[Team]:
    """A team that is there: first come its servers, then its workers.

    Args:
        ports: whether each server keeps its port when it is started again.
    """
    found = Team(folder, database)
    try:
        for _ in range(servers):
            found.server(*(("--port", str(_free_port())) if ports else ())).launch()
        for _ in range(workers):
            found.worker().launch()
        for member in found.members:
            member.wait()
        yield found
    finally:
        found.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
