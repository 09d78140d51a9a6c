"""How soon an upload answers: a 100 KB text file, on an idle server and while 20 analyses run.

    python -m tests.benchmarks.bench_upload [UPLOADS]

The baseline, asked in turn with the uploads and in the same state, is
`GET /api/health`: what any request costs here.
"""

import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

import httpx

from persona_lab import samples
from tests.benchmarks.tables import SPREAD_HEADS, machine, print_table, spread
from tests.support.server import Server

UPLOADS = 60
IDLE_UPLOADS = 20
IN_FLIGHT = 20
SIZE = 100_000


def transcript(number: int) -> bytes:
    """Return an English interview of 100 KB, unlike any other."""
    texts = [path.read_text() for path in samples.paths() if path.suffix in (".txt", ".md") and "work" in path.name]
    text = f"Interviewer: This is interview {number}.\n\n"
    for source in cycle(texts):
        text += source + "\n\n"
        if len(text.encode()) >= SIZE:
            return text.encode()[:SIZE]
    raise RuntimeError("there are no samples")


def upload(http: httpx.Client, project_id: str, number: int) -> float:
    """Upload one file; return how long the answer took, in milliseconds."""
    file = {"file": (f"interview-{number}.txt", transcript(number))}
    started = time.perf_counter()
    http.post("/api/workflow/async", data={"project_id": project_id}, files=file).raise_for_status()
    return 1000 * (time.perf_counter() - started)


def health(http: httpx.Client) -> float:
    started = time.perf_counter()
    http.get("/api/health").raise_for_status()
    return 1000 * (time.perf_counter() - started)


def in_flight(http: httpx.Client, project_id: str) -> int:
    rows = http.get(f"/api/projects/{project_id}/interviews", params={"limit": 1000}).json()["interviews"]
    return sum(row["status"] in ("processing", "analyzing") for row in rows)


def wait_until_idle(http: httpx.Client, project_id: str) -> None:
    deadline = time.monotonic() + 300
    while in_flight(http, project_id):
        if time.monotonic() > deadline:
            raise RuntimeError("the analyses did not end within five minutes")
        time.sleep(0.05)
    # The findings are merged after the last one.
    time.sleep(0.5)


def measure(n: int) -> list[list[object]]:
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "workspace") as server, server.client() as http:
        project_id = http.post("/api/projects", json={"name": "Uploads"}).json()["id"]
        numbers = iter(range(100_000))
        upload(http, project_id, next(numbers))
        wait_until_idle(http, project_id)

        uploads, answers = [], []
        for _ in range(IDLE_UPLOADS):
            answers.append(health(http))
            uploads.append(upload(http, project_id, next(numbers)))
            wait_until_idle(http, project_id)
        rows += [["idle: upload", *spread(uploads)], ["idle: health (baseline)", *spread(answers)]]

        busy = http.post("/api/projects", json={"name": "Busy"}).json()["id"]
        for _ in range(IN_FLIGHT):
            upload(http, busy, next(numbers))
        uploads, answers, running = [], [], []
        for _ in range(n):
            answers.append(health(http))
            uploads.append(upload(http, busy, next(numbers)))
            running.append(in_flight(http, busy))
        state = f"{min(running)}-{max(running)} in flight"
        rows += [[f"{state}: upload", *spread(uploads)], [f"{state}: health (baseline)", *spread(answers)]]
    return rows


def main() -> None:
    rows = measure(int(sys.argv[1]) if len(sys.argv) > 1 else UPLOADS)
    print(f"Answer to an upload of {SIZE // 1000} KB, milliseconds. {machine()}.")
    print_table(["", *SPREAD_HEADS], rows)


if __name__ == "__main__":
    main()
