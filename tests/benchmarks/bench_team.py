"""A team of two servers and two workers on PostgreSQL: what people wait for, and what is lost when parts are killed.

    python -m tests.benchmarks.bench_team [--seconds 30] [--uploads 500] [--minutes 10]

First 1,000 event streams on 100 projects, half of them at each server, and 20 changes a second by either: how long it
takes from a change's time in the log, which is taken before it is committed, until each stream has it. The baseline in
the same run is one server on SQLite with the same streams and changes. Then 500 uploads within a minute, while one
server and one worker are killed and started again, and PostgreSQL is restarted. Then, for as many minutes as are asked
for, memory (PSS, workrooms included) while streams and changes go on. PostgreSQL flushes as it does by default.
"""

import argparse
import json
import re
import selectors
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from tests.benchmarks.readers import allow_many_files
from tests.benchmarks.tables import machine, percentile, print_table
from tests.support import postgresql
from tests.support.making import interview_text
from tests.support.server import Server
from tests.support.team import TOKEN, Team, team

STREAMS = 1_000
PROJECTS = 100
CHANGES_PER_SECOND = 20
UPLOADERS = 8
FIRST_SECONDS = 60.0
AT = re.compile(rb'"at":"([^"]+)"')


class Place(NamedTuple):
    """Where a server listens, and what it asks for."""

    url: str
    token: str

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {self.token}"}, timeout=60.0)


class Listeners(threading.Thread):
    """Open streams of events; notes of each event how long it took to come, in seconds."""

    def __init__(self, places: Sequence[Place], projects: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.delays: list[float] = []
        self.ended = 0
        self._selector = selectors.DefaultSelector()
        self._rests: dict[socket.socket, bytes] = {}
        self._closing = threading.Event()
        for number, place in zip(range(STREAMS), cycle(places), strict=False):
            self._open(place, projects[number % len(projects)])

    def _open(self, place: Place, project_id: str) -> None:
        parts = urlsplit(place.url)
        line = socket.create_connection((str(parts.hostname), int(parts.port or 80)), 60)
        asked = (
            f"GET /api/sse/projects/{project_id} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Bearer {place.token}\r\nAccept: text/event-stream\r\n\r\n"
        )
        line.sendall(asked.encode())
        # Open only when it is answered: what happens before is told to nobody.
        answer = line.recv(65536)
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(f"a stream was refused: {answer[:200]!r}")
        line.setblocking(False)
        self._rests[line] = b""
        self._selector.register(line, selectors.EVENT_READ)

    def run(self) -> None:
        while not self._closing.is_set():
            for key, _ in self._selector.select(0.2):
                self._read(key.fileobj)  # type: ignore[arg-type]  # only sockets were registered

    def _read(self, line: socket.socket) -> None:
        try:
            data = line.recv(1_000_000)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        now = time.time()
        if not data:
            self._selector.unregister(line)
            self.ended += 1
            return
        *events, self._rests[line] = (self._rests[line] + data).split(b"\n\n")
        for event in events:
            if found := AT.search(event):
                self.delays.append(now - datetime.fromisoformat(found[1].decode()).timestamp())

    def close(self) -> None:
        self._closing.set()
        self.join()
        for line in self._rests:
            line.close()


def make_projects(place: Place) -> list[str]:
    with place.client() as http:
        made = (http.post("/api/projects", json={"name": f"Project {number}"}).json() for number in range(PROJECTS))
        return [one["id"] for one in made]


def change(places: Sequence[Place], projects: Sequence[str], *, until: Callable[[], bool]) -> int:
    """Rename projects at a steady pace, by each server in turn; return how many times."""
    clients = [place.client() for place in places]
    began, made = time.monotonic(), 0

    def rename(number: int) -> None:
        http = clients[number % len(clients)]
        # The same name again would be no change.
        body = {"name": f"Renamed at {time.time_ns()}"}
        http.patch(f"/api/projects/{projects[number % len(projects)]}", json=body).raise_for_status()

    with ThreadPoolExecutor(4) as pool:
        waiting = []
        while not until():
            waiting.append(pool.submit(rename, made))
            made += 1
            time.sleep(max(0.0, began + made / CHANGES_PER_SECOND - time.monotonic()))
        for one in waiting:
            one.result()
    for client in clients:
        client.close()
    return made


def for_seconds(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def latency(name: str, places: Sequence[Place], seconds: float) -> list[object]:
    projects = make_projects(places[0])
    listeners = Listeners(places, projects)
    listeners.start()
    # Whatever is done for the first time is not what is measured.
    change(places, projects, until=for_seconds(3))
    time.sleep(1)
    listeners.delays.clear()
    made = change(places, projects, until=for_seconds(seconds))
    expected = made * STREAMS // PROJECTS
    deadline = time.monotonic() + 10
    while len(listeners.delays) < expected and time.monotonic() < deadline:
        time.sleep(0.1)
    listeners.close()
    milliseconds = [1000 * delay for delay in listeners.delays]
    shares = [percentile(milliseconds, share) for share in (0.5, 0.95, 0.99)]
    return [name, made, len(milliseconds), expected - len(milliseconds), *shares, max(milliseconds)]


def killed_uploads(found: Team, n: int) -> list[list[object]]:
    """Upload at a steady pace over a minute while parts are killed; return what came of it."""
    servers, workers = found.members[:2], found.members[2:4]
    with servers[1].client() as http:
        project_id = http.post("/api/projects", json={"name": "Uploads"}).json()["id"]
    began = time.monotonic()
    waits: list[float] = []

    def upload(number: int) -> str:
        due = began + number * FIRST_SECONDS / n
        time.sleep(max(0.0, due - time.monotonic()))
        text = interview_text(f"form number {number}").encode()
        for server in cycle([servers[number % 2], servers[1 - number % 2]]):
            try:
                with server.client() as http:
                    answer = http.post(
                        "/api/workflow/async",
                        data={"project_id": project_id},
                        files={"file": (f"{number}.txt", text)},
                    )
                if answer.status_code == 202:
                    waits.append(time.monotonic() - due)
                    return str(answer.json()["interview_id"])
            except httpx.TransportError:
                pass
            if time.monotonic() - due > 300:
                break
            time.sleep(0.2)
        raise RuntimeError(f"upload {number} was not taken within five minutes")

    def harm() -> None:
        for seconds, what in ((15, workers[0].kill), (25, servers[0].kill), (35, postgresql.restart)):
            time.sleep(max(0.0, began + seconds - time.monotonic()))
            what()
        servers[0].start()
        workers[0].start()

    with ThreadPoolExecutor(UPLOADERS + 1) as pool:
        harming = pool.submit(harm)
        answered = list(pool.map(upload, range(n)))
        uploaded = time.monotonic() - began
        harming.result()
    query = "SELECT count(*) FROM interviews WHERE project_id = %s AND status NOT IN ('completed', 'failed')"
    deadline = time.monotonic() + 1_800
    while found.sql(query, project_id) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.5)
    ended = time.monotonic() - began
    rows = found.sql("SELECT status FROM interviews WHERE project_id = %s", project_id)
    states = Counter(str(row[0]) for row in rows)
    there = {str(row[0]) for row in found.sql("SELECT id FROM interviews WHERE project_id = %s", project_id)}
    log = found.sql(
        "SELECT data ->> 'interview_id' FROM events WHERE project_id = %s AND type = 'interview:completed'", project_id
    )
    completions = Counter(str(row[0]) for row in log)
    return [
        ["uploads answered", len(answered)],
        ["lost", len(set(answered) - there)],
        ["there without having been answered", len(there - set(answered))],
        ["completed", states["completed"]],
        ["failed", states["failed"]],
        ["completed twice", sum(count > 1 for count in completions.values())],
        ["s until all were answered", uploaded],
        ["s until all were analysed", ended],
        ["upload answered, p50 s", percentile(waits, 0.5)],
        ["upload answered, p99 s", percentile(waits, 0.99)],
    ]


def proportional_megabytes(pid: int) -> float:
    """Return the memory of a process and its children: what they share is shared out among those who share it."""
    found = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in [found, *found.children(recursive=True)]) / 1e6


def memory(found: Team, places: Sequence[Place], minutes: int) -> list[list[object]]:
    projects = make_projects(places[0])
    listeners = Listeners(places, projects)
    listeners.start()
    rows: list[list[object]] = []
    for minute in range(minutes + 1):
        if minute:
            change(places, projects, until=for_seconds(60))
        rows.append([f"minute {minute}", *(proportional_megabytes(member.pid) for member in found.members[:4])])
        print(json.dumps(rows[-1]), flush=True)
    listeners.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument("--minutes", type=int, default=0)
    asked = parser.parse_args()
    allow_many_files()
    print(machine())
    with psycopg.connect(postgresql.cluster(), autocommit=True) as connection:
        # As it comes: what is answered is on the disk.
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        with Server(Path(folder) / "alone") as alone:
            rows.append(latency("one server, SQLite", [Place(alone.url, alone.token)], asked.seconds))
        with team(Path(folder), postgresql.database(), ports=True) as found:
            places = [Place(member.url, TOKEN) for member in found.members[:2]]
            rows.append(latency("2 servers, 2 workers, PostgreSQL", places, asked.seconds))
            print(f"\n{STREAMS} streams on {PROJECTS} projects, {CHANGES_PER_SECOND} changes a second; milliseconds")
            print_table(["", "changes", "received", "missing", "p50", "p95", "p99", "max"], rows)
            if asked.minutes:
                print("\nmemory, MB (PSS)")
                rows = memory(found, places, asked.minutes)
                print_table(["", *(member.name for member in found.members[:4])], rows)
            if asked.uploads:
                print(
                    f"\n{asked.uploads} uploads in {FIRST_SECONDS:.0f} s; a worker, a server and PostgreSQL are ended"
                )
                print_table(["", ""], killed_uploads(found, asked.uploads))
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
