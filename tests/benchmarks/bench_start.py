"""How soon one can work, and what it takes: import, `connect()` with nothing running, memory.

    python -m tests.benchmarks.bench_start

Each import is that of a fresh interpreter, beside a bare one and one that imports
only httpx and pydantic. `connect()` begins without a server, in a new workspace.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from persona_lab import samples
from tests.benchmarks.tables import machine, print_table
from tests.support.server import Server, environment, stop_workspace

IMPORTS = 10
CONNECTS = 5

CONNECT = """
import time
started = time.perf_counter()
import persona_lab
imported = time.perf_counter()
lab = persona_lab.connect()
connected = time.perf_counter()
board = lab.project("Start").board()
print(imported - started, connected - started, time.perf_counter() - started)
"""


def import_seconds(code: str) -> list[float]:
    """Return how long fresh interpreters took to run the code, the first left out: it fills the disk's cache."""
    found = []
    for _ in range(IMPORTS + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment())
        found.append(time.perf_counter() - started)
    return found[1:]


def connect_seconds() -> tuple[float, float, float]:
    """Return seconds from the start to: imported, connected, a board."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            ran = subprocess.run(
                [sys.executable, "-c", CONNECT],
                env=environment(home=folder),
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
                timeout=120,
            )
        finally:
            stop_workspace(Path(folder))
    imported, connected, board = map(float, ran.stdout.split())
    return imported, connected, board


def memory() -> Iterator[tuple[str, float]]:
    """Yield each process of a server with its memory in MB: at rest, and when Korean and English were analysed."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "workspace") as server, server.client() as http:
        yield from (("at rest: " + name, size) for name, size in _processes(server.pid))
        project_id = http.post("/api/projects", json={"name": "Memory"}).json()["id"]
        uploaded = []
        for path in samples.paths():
            answer = http.post(
                "/api/workflow/async", data={"project_id": project_id}, files={"file": (path.name, path.read_bytes())}
            )
            uploaded.append(answer.raise_for_status().json()["interview_id"])
        for interview_id in uploaded:
            http.post("/api/workflow/process", json={"interview_id": interview_id}, timeout=310).raise_for_status()
        for question in ("What worries people?", "무엇이 불편한가요?"):
            body = {"project_id": project_id, "messages": [{"role": "user", "content": question}]}
            http.post("/api/chat", json=body, timeout=90).raise_for_status()
        yield from (("after Korean and English: " + name, size) for name, size in _processes(server.pid))


def _processes(pid: int) -> Iterator[tuple[str, float]]:
    server = psutil.Process(pid)
    yield "server", server.memory_info().rss / 1e6
    for child in server.children(recursive=True):
        tracker = "resource_tracker" in " ".join(child.cmdline())
        yield ("resource tracker" if tracker else "workroom"), child.memory_info().rss / 1e6


def main() -> None:
    print(f"Starting. {machine()}.\n")
    print(f"A fresh interpreter, seconds, {IMPORTS} times each:")
    rows: list[list[object]] = []
    for name, code in (
        ("import persona_lab", "import persona_lab"),
        ("import persona_lab; persona_lab.connect", "import persona_lab; persona_lab.connect"),
        ("import httpx, pydantic (baseline)", "import httpx, pydantic"),
        ("bare interpreter (baseline)", "pass"),
    ):
        found = import_seconds(code)
        rows.append([name, f"{min(found):.3f}", f"{median(found):.3f}"])
    print_table(["", "best", "median"], rows)

    print(f"\nNothing running, seconds since the interpreter's first line, {CONNECTS} times:")
    spans = [connect_seconds() for _ in range(CONNECTS)]
    names = ("persona_lab imported", "connect() returned", "first board object")
    print_table(
        ["", "best", "median", "max"],
        [
            [name, f"{min(found):.2f}", f"{median(found):.2f}", f"{max(found):.2f}"]
            for name, found in zip(names, zip(*spans, strict=True), strict=True)
        ],
    )

    print("\nResident memory, MB, once:")
    print_table(["", "RSS"], [[name, size] for name, size in memory()])


if __name__ == "__main__":
    main()
