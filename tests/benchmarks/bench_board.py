"""A board with ten thousand interviews in JupyterLab: drawn, updated, scrolled, sorted, filtered.

    python -m tests.benchmarks.bench_board [INTERVIEWS]

The project is written to the workspace before its server starts. Drawn is from
running the cell to the task after the frame in which the board stands there: the
kernel, the way to the page and the drawing; the longest task is the drawing's
share. An update is one renamed interview: the time its message
keeps the page busy. Sorting is by title and back to front, filtering a text that is
typed, and what is left of it taken away again. The baseline is the same board with sixteen interviews.
"""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from persona_lab.store import interviews, projects, transcripts
from persona_lab.store.database import Store
from tests.benchmarks.tables import chromium, machine, percentile, print_table
from tests.support import making
from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook

NAME = "board.ipynb"
CONNECT = """\
import time
began = time.perf_counter()
import persona_lab
project = persona_lab.connect().project("Many")
while len(project.interviews) < %d:
    pass
round(time.perf_counter() - began, 1)
"""
BOARD = "board = project.board(); board"
CHANGES = 30
SHOWN = 8
# When the board stands on the screen, and what kept the page busy.
WATCH = """
() => {
    window.marks = { begun: performance.now() };
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
        .observe({ entryTypes: ["longtask"] });
    const seen = new MutationObserver(() => {
        if (!window.marks.drawn && document.querySelector(".pl-row")) {
            window.marks.drawn = performance.now();
            requestAnimationFrame(() => setTimeout(() => { window.marks.shown = performance.now(); }));
        }
    });
    seen.observe(document.body, { subtree: true, childList: true });
}
"""


def write_project(workspace: Path, n: int) -> None:
    store = Store(workspace / "persona_lab.sqlite")
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="Many")
        for number in range(n):
            said = f"The card form is slow, for the {number}th time."
            read = making.transcript(said)
            made, _ = interviews.add(
                connection, project.id, making.upload(f"interview {number}"), allow_duplicate=False
            )
            interviews.start(connection, made.id)
            transcripts.save(connection, made.id, read, [[], []])
            interviews.was_read(connection, made.id, read)
            interviews.complete(connection, made.id, making.analysis(f"{made.id}:1", said))
    store.close()


def long_tasks(page: Page) -> float:
    """Return the longest task since this was asked last, in ms; what is below 50 ms isn't told by the browser."""
    return float(page.evaluate("() => { const all = window.long; window.long = []; return Math.max(0, ...all); }"))


def measure(n: int) -> list[object]:
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterLab(Path(folder) / "lab") as lab,
        browsing(chromium()) as browser,
    ):
        write_project(lab.workspace, n)
        write_notebook(lab.folder / NAME, [CONNECT % n, BOARD])
        notebook = NotebookPage(browser, lab, NAME)
        began = time.perf_counter()
        notebook.run(notebook.cell("import time"), and_wait=False)
        notebook.wait_until_ended(notebook.cell("import time"), 300)
        loaded = time.perf_counter() - began
        notebook.page.evaluate(WATCH)
        notebook.run(notebook.cell(BOARD))
        notebook.page.wait_for_function("window.marks.shown", timeout=60_000)
        marks = notebook.page.evaluate("window.marks")
        drawing = long_tasks(notebook.page)
        updates = []
        with lab.server() as http:
            project_id = http.get("/api/projects").json()[0]["id"]
            page = http.get(f"/api/projects/{project_id}/interviews").json()
            # Those that are on the screen.
            ids = [interview["id"] for interview in page["interviews"]][:SHOWN]
            for number in range(CHANGES):
                interview_id = ids[number % SHOWN]
                http.patch(f"/api/interviews/{interview_id}", json={"title": f"Renamed {number}"}).raise_for_status()
                notebook.page.wait_for_function(f"document.body.innerText.includes('Renamed {number}')")
                updates.append(long_tasks(notebook.page))
        scroll = notebook.page.locator(".pl-scroll")
        for step in range(1, 21):
            scroll.evaluate("(element, share) => element.scrollTo(0, element.scrollHeight * share)", step / 20)
            notebook.page.wait_for_timeout(120)
        scrolling = long_tasks(notebook.page)
        # The last one can be reached, and no other comes after it.
        notebook.page.locator(".pl-row").first.focus()
        notebook.page.keyboard.press("End")
        notebook.page.wait_for_function(
            f"document.activeElement.innerText.includes('interview {n - 1}') && "
            f"document.activeElement.getAttribute('aria-rowindex') === '{n + 1}'"
        )
        reaching = long_tasks(notebook.page)
        head = notebook.page.locator(".pl-sorter[data-sort=title]")
        for _ in range(3):
            head.click()
            notebook.page.wait_for_timeout(300)
        sorting = long_tasks(notebook.page)
        find = notebook.page.locator(".pl-find")
        for text in (f"interview {n - 1}", ""):
            find.press_sequentially(text, delay=60) if text else find.fill(text)
            notebook.page.wait_for_function(
                f"document.querySelector('[role=grid]').getAttribute('aria-rowcount') === '{2 if text else n + 1}'"
            )
            notebook.page.wait_for_timeout(300)
        filtering = long_tasks(notebook.page)
        notebook.close()
    return [
        n,
        round(loaded, 1),
        round(marks["shown"] - marks["begun"]),
        round(drawing),
        round(percentile(updates, 0.5)),
        round(max(updates)),
        round(max(scrolling, reaching)),
        round(sorting),
        round(filtering),
    ]


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{machine()}. Milliseconds but where it says s; a longest task of 0 is one below 50.\n")
    told = [
        "drawn",
        "longest task",
        "update p50",
        "update max",
        "scrolled: longest",
        "sorted: longest",
        "filtered: longest",
    ]
    heads = ["interviews", "replica built s", *told]
    print_table(heads, [measure(16), measure(n)])


if __name__ == "__main__":
    main()
