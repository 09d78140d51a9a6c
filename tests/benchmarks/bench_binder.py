"""Binder's steps on this machine: how long the installation takes, how soon there is a board, and what all of it holds.

    python -m tests.benchmarks.bench_binder

From the start of JupyterLab, behind a base URL and without root, to the quickstart's
board in Chromium; then the whole quickstart. Memory is of JupyterLab and all that came of it.
"""

import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, expect

from tests.benchmarks.bench_start import held
from tests.benchmarks.tables import chromium, machine, print_table
from tests.support.binder import NOTEBOOK, build, without_root
from tests.support.jupyter import JupyterLab, NotebookPage, browsing

BEGINNINGS = ("import pandas", "lab = persona_lab", "project = lab", "project.board()")
LAST = "report = project.report("


def together(lab: JupyterLab) -> list[tuple[str, float, float]]:
    """Return what each process holds, resident and proportional in MB, and their sum."""
    whole = psutil.Process(lab.pid)
    found = [held(process) for process in (whole, *whole.children(recursive=True))]
    return [*found, ("together", sum(row[1] for row in found), sum(row[2] for row in found))]


def start(lab: JupyterLab, browser: Browser) -> tuple[list[tuple[str, float]], NotebookPage]:
    """Return seconds since the start of JupyterLab, step by step, and the page with the board."""
    started = time.perf_counter()
    lab.start()
    steps = [("JupyterLab answers", time.perf_counter() - started)]
    notebook = NotebookPage(browser, lab, NOTEBOOK)
    steps.append(("notebook open, kernel idle", time.perf_counter() - started))
    for beginning in BEGINNINGS:
        notebook.run(notebook.cell(beginning))
    expect(notebook.page.locator(".pl-board")).to_be_visible(timeout=60_000)
    steps.append(("first board", time.perf_counter() - started))
    return steps, notebook


def main() -> None:
    print(f"Binder's steps. {machine()}.\n")
    beginning = without_root()
    assert beginning is not None, "root can't be given up on this machine"
    with tempfile.TemporaryDirectory() as folder, browsing(chromium()) as browser:
        started = time.perf_counter()
        lab = build(Path(folder), beginning)
        print(f"Environment, requirements and postBuild: {time.perf_counter() - started:.0f} s\n")
        try:
            steps, notebook = start(lab, browser)
            print_table(["seconds since JupyterLab was started", "once"], steps)
            print("\nMemory then, MB:")
            print_table(["", "resident", "proportional"], together(lab))
            notebook.menu("Run", "Run All Cells")
            notebook.wait_until_ended(notebook.cell(LAST), 180)
            print("\nMemory after the whole quickstart, MB:")
            print_table(["", "resident", "proportional"], together(lab))
        finally:
            lab.stop()


if __name__ == "__main__":
    main()
