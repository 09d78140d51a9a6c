"""How soon an upload answers: 100 KB of text, on an idle server and while 20 analyses run; and what large ones take.

    python -m tests.benchmarks.bench_upload [UPLOADS]

Files are in the workspace's folder, then in a bucket of moto's server, a process of its own on this machine. Then ten
files of the largest size are uploaded at once, and the server's memory is looked at until the last is answered.

The baseline, asked in turn with the uploads and in the same state, is
`GET /api/health`: what any request costs here.
"""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import httpx
import psutil

from persona_lab import samples
from persona_lab.transcripts import LIMIT_BYTES
from tests.benchmarks.tables import SPREAD_HEADS, machine, print_table, spread
from tests.support import bucket
from tests.support.server import Server

UPLOADS = 60
IDLE_UPLOADS = 20
IN_FLIGHT = 20
SIZE = 100_000
LARGE = 10


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


@contextlib.contextmanager
def s3() -> Iterator[str]:
    """Run moto's server; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/moto-api/", timeout=5)
                break
            time.sleep(0.1)
        yield url
    finally:
        running.kill()
        running.wait()


def large(number: int) -> bytes:
    line = f"Mina: This is the line {number} of a transcript that never ends.\n".encode()
    return (line * (LIMIT_BYTES // len(line) + 1))[:LIMIT_BYTES]


def measure_memory(settings: dict[str, str]) -> list[object]:
    """Return seconds, megabytes of the server before, and the most while the large files are uploaded at once."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "workspace", **settings) as server,
        server.client() as http,
        ThreadPoolExecutor(LARGE) as pool,
    ):
        project_id = http.post("/api/projects", json={"name": "Large"}).json()["id"]
        upload(http, project_id, 0)
        wait_until_idle(http, project_id)
        files = [large(number) for number in range(LARGE)]
        process = psutil.Process(server.pid)
        before = most = process.memory_info().rss
        started = time.perf_counter()

        def send(raw: bytes) -> None:
            with server.client() as http:
                file = {"file": ("long.txt", raw)}
                data = {"project_id": project_id}
                http.post("/api/workflow/async", data=data, files=file, timeout=300).raise_for_status()

        sent = [pool.submit(send, raw) for raw in files]
        while not all(one.done() for one in sent):
            most = max(most, process.memory_info().rss)
            time.sleep(0.01)
        for one in sent:
            one.result()
        return [time.perf_counter() - started, before / 1e6, most / 1e6]


def measure(n: int, settings: dict[str, str]) -> list[list[object]]:
    rows: list[list[object]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "workspace", **settings) as server,
        server.client() as http,
    ):
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
    n = int(sys.argv[1]) if len(sys.argv) > 1 else UPLOADS
    with s3() as address:
        places = {"folder": {}, "bucket": bucket.settings(bucket.made(address), address)}
        for name, settings in places.items():
            rows = measure(n, settings)
            print(f"Answer to an upload of {SIZE // 1000} KB into a {name}, milliseconds. {machine()}.")
            print_table(["", *SPREAD_HEADS], rows)
        places["bucket"] = bucket.settings(bucket.made(address), address)
        rows = [[name, *measure_memory(settings)] for name, settings in places.items()]
    print(f"{LARGE} uploads of {LIMIT_BYTES // 2**20} MB at once. {machine()}.")
    print_table(["", "s", "MB before", "MB at most"], rows)


if __name__ == "__main__":
    main()
