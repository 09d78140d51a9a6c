"""How soon one can work, and what it takes: import, `connect()` with nothing running, memory.

    python -m tests.benchmarks.bench_start

Each import is that of a fresh interpreter, beside a bare one and one that imports
only httpx and pydantic. `connect()` begins without a server, in a new workspace.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import nbformat
import psutil

from tests.benchmarks.tables import chromium, machine, print_table
from tests.notebooks.refresh import NOTEBOOKS
from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook
from tests.support.server import environment, stop_workspace

NAME = "01-quickstart.ipynb"
IMPORTS = 10
CONNECTS = 5

PROCESSES = {
    "ipykernel_launcher": "kernel",
    "persona_lab serve": "server",
    "resource_tracker": "the server's resource tracker",
    "spawn_main": "the server's workroom",
    "jupyterlab": "JupyterLab",
}

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


def memory() -> list[tuple[str, float, float]]:
    """Return what each process holds once the quickstart has run in JupyterLab: Korean and English were analysed.

    Resident memory counts what processes share once for each; its proportional part counts it once.
    """
    stored = nbformat.read(NOTEBOOKS / NAME, as_version=4)
    sources = [cell.source for cell in stored.cells if cell.cell_type == "code"]
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterLab(Path(folder) / "lab") as lab,
        browsing(chromium()) as browser,
    ):
        write_notebook(lab.folder / NAME, sources)
        notebook = NotebookPage(browser, lab, NAME)
        notebook.menu("Run", "Run All Cells")
        notebook.wait_until_ended(notebook.cell(sources[-1].splitlines()[0]), 120)
        whole = psutil.Process(lab.pid)
        found = [held(process) for process in (whole, *whole.children(recursive=True))]
    return [*found, ("together", sum(row[1] for row in found), sum(row[2] for row in found))]


def held(process: psutil.Process) -> tuple[str, float, float]:
    command = " ".join(process.cmdline())
    name = next((name for part, name in PROCESSES.items() if part in command), command)
    held = process.memory_full_info()
    return name, held.rss / 1e6, getattr(held, "pss", held.uss) / 1e6


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

    print("\nMemory after the quickstart (twelve English and four Korean interviews), MB, once:")
    print_table(["", "resident", "proportional"], memory())


if __name__ == "__main__":
    main()
