"""A long transcript in a reader in JupyterLab: drawn, searched, gone through, coded, scrolled.

    python -m tests.benchmarks.bench_reader [KILOBYTES]

The project is written to the workspace before its server starts: an interview of turns of about a hundred
characters, a finding on every twentieth. Drawn is from running the cell to the task after the frame in which the
reader stands there: the kernel, asking the server, the way to the page and the drawing, where another widget has been
shown before; the longest task is the drawing's share. The others are the longest tasks while words are typed into
Find, while one goes from hit to hit, while codes arrive, and while it is scrolled from end to end. The baselines are
the same reader with sixty turns, and the long transcript as the plain HTML of a cell, which has nothing but the text.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from persona_lab.models import Finding, Quote, Section, Transcript, Turn
from persona_lab.store import interviews, projects, transcripts
from persona_lab.store.database import Store
from tests.benchmarks.tables import chromium, machine, print_table
from tests.support import making
from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook

NAME = "reader.ipynb"
FEW = 60
CONNECT = """\
import persona_lab
project = persona_lab.connect().project("Long")
interview = project.interview("long")
project.sql("SELECT 1 FROM turns")
project.monitor()
"""
READER = "interview.reader()"
PLAIN = """\
from html import escape
from IPython.display import HTML
HTML("".join(f"<p><b>{t.speaker}</b> {escape(t.text)}</p>" for t in interview.transcript.turns))
"""
CODES = 20
WATCH = """
(wanted) => {
    window.marks = { begun: performance.now() };
    window.long = [];
    window.watching?.disconnect();
    window.watching = new PerformanceObserver((list) => {
        window.long.push(...list.getEntries().map((one) => one.duration));
    });
    window.watching.observe({ entryTypes: ["longtask"] });
    const seen = new MutationObserver(() => {
        if (!window.marks.drawn && document.querySelector(wanted)) {
            window.marks.drawn = performance.now();
            requestAnimationFrame(() => setTimeout(() => { window.marks.shown = performance.now(); }));
        }
    });
    seen.observe(document.body, { subtree: true, childList: true });
}
"""


def long_transcript(turns: int) -> Transcript:
    said = []
    text = ""
    for index in range(turns):
        speaker, role = (("Interviewer", "interviewer"), ("Mina", "participant"))[index % 2]
        text += f"{speaker}: "
        words = (
            f"That is what I say for the {index}th time: the card form is slow, and it forgets the address I typed. 😀"
        )
        said.append(
            Turn(index=index, speaker=speaker, role=role, text=words, start=len(text), end=len(text) + len(words))
        )
        text += f"{words}\n"
    facts = {"sha256": "0" * 64, "format": "txt", "encoding": "utf-8", "language": "en"}
    return Transcript(text=text, turns=tuple(said), **facts)


def write_project(workspace: Path, turns: int) -> int:
    """Write the project; return the transcript's size in bytes."""
    read = long_transcript(turns)
    store = Store(workspace / "persona_lab.sqlite")
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="Long")
        made, _ = interviews.add(connection, project.id, making.upload("long"), allow_duplicate=False)
        interviews.start(connection, made.id)
        transcripts.save(connection, made.id, read, [[] for _ in read.turns])
        interviews.was_read(connection, made.id, read)
        quoted = [turn for turn in read.turns if turn.index % 20 == 1]
        found = [
            Finding(kind=("pain", "need", "takeaway")[n % 3], text=f"Finding {n}", quotes=(_quote(turn),))
            for n, turn in enumerate(quoted)
        ]
        step = max(1, turns // 10)
        sections = [
            Section(name=f"Part {first // step + 1}", first=first, last=min(first + step, turns) - 1)
            for first in range(0, turns, step)
        ]
        result = making.analysis(f"{made.id}:1").model_copy(
            update={"insights": tuple(found), "sections": tuple(sections)}
        )
        interviews.complete(connection, made.id, result)
    store.close()
    return len(read.text.encode())


def _quote(turn: Turn) -> Quote:
    start = turn.start + turn.text.index("the card form")
    return Quote(turn=turn.index, start=start, end=start + 21, text="the card form is slow")


def long_tasks(page: Page) -> int:
    """Return the longest task since this was asked last, in ms; what is below 50 ms isn't told by the browser."""
    page.wait_for_timeout(400)
    return round(page.evaluate("() => { const all = window.long; window.long = []; return Math.max(0, ...all); }"))


def drawn(notebook: NotebookPage, cell: str, wanted: str) -> list[object]:
    notebook.page.evaluate(WATCH, wanted)
    notebook.run(notebook.cell(cell.split("\n")[0]))
    notebook.page.wait_for_function("window.marks.shown", timeout=60_000)
    marks = notebook.page.evaluate("window.marks")
    return [round(marks["shown"] - marks["begun"]), long_tasks(notebook.page)]


def measure(turns: int) -> list[list[object]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterLab(Path(folder) / "lab") as lab,
        browsing(chromium()) as browser,
    ):
        kilobytes = write_project(lab.workspace, turns) // 1000
        write_notebook(lab.folder / NAME, [CONNECT, READER, PLAIN])
        notebook = NotebookPage(browser, lab, NAME)
        page = notebook.page
        notebook.run(notebook.cell("import persona_lab"))
        # What is loaded once, at the first widget of a session, is another measure's.
        page.wait_for_selector(".pl-monitor, .pl-root")
        first = drawn(notebook, READER, ".pl-utterance")
        page.locator(".pl-utterance").first.focus()
        page.keyboard.press("Control+f")
        page.keyboard.type("card form")
        page.wait_for_function("document.querySelector('.pl-reader-tools [role=status]').textContent.includes('of')")
        found = long_tasks(page)
        for _ in range(5):
            page.keyboard.press("Shift+Enter")
            page.wait_for_timeout(150)
        stepping = long_tasks(page)
        with lab.server() as http:
            project_id = http.get("/api/projects").json()[0]["id"]
            interview_id = http.get(f"/api/projects/{project_id}/interviews").json()["interviews"][0]["id"]
            for turn in range(min(CODES, turns)):
                http.post(
                    f"/api/interviews/{interview_id}/codings", json={"code": "slow", "turn": turn}
                ).raise_for_status()
            page.wait_for_function(f"document.querySelectorAll('.pl-reader-kind[data-kind=code]').length >= {CODES}")
        coded = long_tasks(page)
        scroll = page.locator(".pl-reader-scroll")
        for step in range(1, 21):
            scroll.evaluate("(element, share) => element.scrollTo(0, element.scrollHeight * share)", step / 20)
            page.wait_for_timeout(120)
        scrolled = long_tasks(page)
        if page.locator(".pl-utterance").count() != turns:
            raise RuntimeError("turns are missing")
        rows: list[list[object]] = [[f"reader, {turns:,} turns", kilobytes, *first, found, stepping, coded, scrolled]]
        if turns > FEW:
            rows.append(["plain HTML", kilobytes, *drawn(notebook, PLAIN, ".jp-OutputArea p b"), "", "", "", ""])
        notebook.close()
    return rows


def main() -> None:
    turns = (int(sys.argv[1]) if len(sys.argv) > 1 else 300) * 1000 // 110
    print(f"{machine()}. Milliseconds; a longest task of 0 is one below 50.\n")
    heads = ["", "KB", "drawn", "longest task", "find", "hit to hit", "20 codes", "scrolled"]
    print_table(heads, [*measure(FEW), *measure(turns)])


if __name__ == "__main__":
    main()
