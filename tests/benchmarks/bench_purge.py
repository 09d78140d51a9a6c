"""How long purging takes in a large project, and how long others wait meanwhile, on SQLite.

    python -m tests.benchmarks.bench_purge [INTERVIEWS]

A real server analyses one interview of a sample's length. It is stopped, and the interview's rows and events are
written again for as many as are wanted, as if each had been uploaded. Then one interview is purged, and then the whole
project. All the while somebody reads another project, and somebody changes it, each 20 times a second.

The baseline is the same reading and changing while nothing is purged, on the same server.
"""

import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx

from persona_lab import samples
from tests.benchmarks.tables import SPREAD_HEADS, machine, print_table, spread
from tests.support.server import Server
from tests.support.uploading import post, processed

INTERVIEWS = 2_000
BASELINE_SECONDS = 10.0
PAUSE_SECONDS = 0.05
OF_INTERVIEW = ("transcripts", "turns", "meanings", "praises", "analyses", "assignments")


class Asking:
    """Somebody who asks for the same thing again and again, and how long each answer took, in milliseconds."""

    def __init__(self, server: Server, ask: Callable[[httpx.Client], httpx.Response]) -> None:
        self.waited: list[float] = []
        self._server = server
        self._ask = ask
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        with self._server.client() as http:
            while not self._ending.is_set():
                begun = time.perf_counter()
                self._ask(http).raise_for_status()
                self.waited.append(1000 * (time.perf_counter() - begun))
                self._ending.wait(PAUSE_SECONDS)


def multiply(path: Path, project_id: str, interview_id: str, count: int) -> None:
    """Write the interview's rows and events again, so that the project has so many."""
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        (newest,) = database.execute("SELECT max(seq) FROM events WHERE project_id = ?", (project_id,)).fetchone()
        rows = {
            name: database.execute(f"SELECT * FROM {name} WHERE interview_id = ?", (interview_id,)).fetchall()
            for name in OF_INTERVIEW
        }
        rows["interviews"] = database.execute("SELECT * FROM interviews WHERE id = ?", (interview_id,)).fetchall()
        rows["events"] = database.execute(
            "SELECT * FROM events WHERE project_id = ? AND instr(data, ?) AND type LIKE 'interview:%' ORDER BY seq",
            (project_id, interview_id),
        ).fetchall()
        for number in range(count - 1):
            made = str(uuid4())
            for name in ("interviews", *OF_INTERVIEW, "events"):
                for row in rows[name]:
                    values = {
                        key: value.replace(interview_id, made) if isinstance(value, str) else value
                        for key, value in dict(row).items()
                    }
                    if name == "interviews":
                        values |= {"number": 2 + number, "sha256": sha256(made.encode()).hexdigest()}
                    if name == "events":
                        newest += 1
                        values["seq"] = newest
                    marks = ", ".join("?" * len(values))
                    names = ", ".join(f'"{key}"' for key in values)
                    database.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(values.values()))
        database.execute("UPDATE projects SET seq = ? WHERE id = ?", (newest, project_id))
    database.close()


def measured(server: Server, other: str, deed: Callable[[], object]) -> tuple[float, list[float], list[float]]:
    """Return how long a deed took, in seconds, and how long readers and writers of another project waited meanwhile."""
    numbers = iter(range(10**9))

    def read(http: httpx.Client) -> httpx.Response:
        return http.get(f"/api/projects/{other}")

    def write(http: httpx.Client) -> httpx.Response:
        return http.patch(f"/api/projects/{other}", json={"purpose": f"To know more, {next(numbers)}"})

    with Asking(server, read) as reading, Asking(server, write) as writing:
        begun = time.perf_counter()
        deed()
        seconds = time.perf_counter() - begun
    return seconds, reading.waited, writing.waited


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        with server.client() as http:
            project_id = str(http.post("/api/projects", json={"name": "Large"}).json()["id"])
            sample = samples.paths()[0]
            first = post(http, project_id, sample.read_bytes(), sample.name).json()["interview_id"]
            assert processed(http, first)["status"] == "completed"
            other = str(http.post("/api/projects", json={"name": "Another"}).json()["id"])
        server.stop()
        database = Path(folder) / "persona_lab.sqlite"
        multiply(database, project_id, first, count)
        size = database.stat().st_size / 1e6
        print(f"{machine()}; {count:,} interviews, a database of {size:,.0f} MB")
        rows = []
        with Server(Path(folder)) as again, again.client() as http:

            def purge(path: str) -> None:
                http.delete(path).raise_for_status()
                http.post(f"{path}/purge", timeout=3600).raise_for_status()

            for name, deed in (
                ("nothing (baseline)", lambda: time.sleep(BASELINE_SECONDS)),
                ("one interview", lambda: purge(f"/api/interviews/{first}")),
                ("the project", lambda: purge(f"/api/projects/{project_id}")),
            ):
                seconds, reading, writing = measured(again, other, deed)
                rows.append((f"{name}: reading", seconds, *spread(reading)))
                rows.append((f"{name}: writing", seconds, *spread(writing)))
        print_table(["purged", "seconds", *SPREAD_HEADS], rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else INTERVIEWS)
