"""From a committed change to the row on the screen, in JupyterLab.

Three times: kernel idle, kernel busy in a Python loop, and uploads that another
notebook's kernel makes.

    python -m tests.benchmarks.bench_latency [CHANGES]

This process renames interviews through the server's HTTP interface. The moment of
the change is the event's own `at`, taken in the writing transaction; a
MutationObserver in the page takes the moment at which the new title is in the
document, and the task after the next animation frame that at which it is on the
screen. The baseline, in the same run, is a plain client of the stream in this
process: what of the time is the server's. All clocks are one machine's.
"""

import json
import random
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import httpx
from httpx_sse import connect_sse
from playwright.sync_api import expect

from tests.benchmarks.tables import SPREAD_HEADS, chromium, machine, print_table, spread
from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook

CHANGES = 100
INTERVIEWS = 20
NAME = "latency.ipynb"
OTHER = "another.ipynb"
# Between two changes, so that they neither pile up nor fall into step with the screen.
PAUSES = (0.1, 0.3)

CONNECT = 'import persona_lab\nproject = persona_lab.connect().project("Latency")\nproject'
BOARD = "project.board()"
UPLOAD = """\
import persona_lab, json, random, time
project = persona_lab.connect().project("Latency")
sent = {}
for n in range(%d):
    sent[f"two kernels {n}"] = time.time()
    project.upload_text(f"Q: What annoys you?\\nP: Form {n} forgets what I typed.", f"two kernels {n}")
    time.sleep(random.uniform(0.1, 0.3))
with open("sent.json", "w") as file:
    json.dump(sent, file)
"""
BUSY = """\
from pathlib import Path
import time
end = time.time() + 180
while time.time() < end and not Path("enough").exists():
    pause = time.time() + 1
    while time.time() < pause:
        pass
"""

OBSERVER = """
() => {
    const now = () => performance.timeOrigin + performance.now();
    window.inDocument = {};
    window.onScreen = {};
    const titles = ({ target, addedNodes }) => [
        (target.nodeType === 1 ? target : target.parentElement)?.closest(".pl-title"),
        ...[...addedNodes].flatMap((node) => [...(node.querySelectorAll?.(".pl-title") ?? [])]),
    ];
    const look = (records) => {
        const at = now();
        for (const title of records.flatMap(titles).map((found) => found?.textContent)) {
            if (!title || title in window.inDocument) continue;
            window.inDocument[title] = at;
            requestAnimationFrame(() => {
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = () => { window.onScreen[title] = now(); };
                port2.postMessage(null);
            });
        }
    };
    new MutationObserver(look).observe(document.querySelector(".pl-board"),
        { subtree: true, childList: true, characterData: true });
    return Date.now() - now();
}
"""


class Moments(NamedTuple):
    """When one change was sent, committed, received by a plain client, in the document and on the screen; seconds."""

    sent: float
    committed: float
    received: float
    in_document: float
    on_screen: float


class PlainClient(threading.Thread):
    """Follows the project's stream, and notes when each title was committed and received."""

    def __init__(self, http: httpx.Client, project_id: str) -> None:
        super().__init__(daemon=True)
        self._http = http
        self._project_id = project_id
        self.is_connected = threading.Event()
        self.committed: dict[str, float] = {}
        self.received: dict[str, float] = {}

    def run(self) -> None:
        with connect_sse(self._http, "GET", f"/api/sse/projects/{self._project_id}", timeout=None) as source:
            self.is_connected.set()
            for sent in source.iter_sse():
                at = time.time()
                content = json.loads(sent.data) if sent.data else {}
                if content.get("type") in ("interview:updated", "interview:added"):
                    title = content["data"]["interview"]["title"]
                    self.received[title] = at
                    self.committed[title] = datetime.fromisoformat(content["at"]).timestamp()


def add_interviews(http: httpx.Client) -> tuple[str, list[str]]:
    """Return the project's id and those of its interviews, all analysed."""
    project_id = http.get("/api/projects").json()[0]["id"]
    texts = (
        f"Q: What annoys you?\nP{n}: The form is too long, and it forgets what I typed." for n in range(INTERVIEWS)
    )
    ids = []
    for n, text in enumerate(texts):
        body = {"project_id": project_id, "title": f"Interview {n}", "text": text}
        ids.append(http.post("/api/workflow/async", json=body).raise_for_status().json()["interview_id"])
    for interview_id in ids:
        http.post("/api/workflow/process", json={"interview_id": interview_id}, timeout=120).raise_for_status()
    return project_id, ids


def measure_two(notebook: NotebookPage, other: NotebookPage, plain: PlainClient, n: int) -> list[Moments]:
    """Upload `n` interviews from the other notebook's kernel; return the moments in which this one shows them."""
    # The board draws the rows that are near what is seen: the newest shall stand at its top.
    notebook.page.locator(".pl-board").get_by_text("↑", exact=True).first.click()
    other.run(other.cell("import persona_lab"), and_wait=False)
    # A page behind another draws nothing.
    notebook.page.bring_to_front()
    last = f"two kernels {n - 1}"
    notebook.page.wait_for_function("title => title in window.onScreen", arg=last, timeout=120_000)
    other.wait_until_ended(other.cell("import persona_lab"))
    sent = json.loads((notebook.lab.folder / "sent.json").read_text())
    return moments(notebook, plain, sent)


def measure(
    notebook: NotebookPage, http: httpx.Client, plain: PlainClient, ids: list[str], kind: str, n: int
) -> list[Moments]:
    """Make `n` changes and return their moments."""
    chance = random.Random(kind)  # noqa: S311 - the same pauses in each run, nothing secret
    sent: dict[str, float] = {}
    for number in range(n):
        title = f"{kind} {number}"
        sent[title] = time.time()
        http.patch(f"/api/interviews/{chance.choice(ids)}", json={"title": title}).raise_for_status()
        time.sleep(chance.uniform(*PAUSES))
    last = f"{kind} {n - 1}"
    notebook.page.wait_for_function("title => title in window.onScreen", arg=last, timeout=20_000)
    return moments(notebook, plain, sent)


def moments(notebook: NotebookPage, plain: PlainClient, sent: dict[str, float]) -> list[Moments]:
    """Return the moments of what was sent, in the order of sending."""
    in_document, on_screen = (
        {title: at / 1000 for title, at in notebook.page.evaluate(f"window.{name}").items()}
        for name in ("inDocument", "onScreen")
    )
    # A title that was replaced before it could be drawn was never on the screen, which must not happen at this pace.
    missing = [title for title in sent if title not in on_screen]
    if missing:
        raise RuntimeError(f"{len(missing)} changes were not seen in the page: {missing[:3]}")
    return [
        Moments(at, plain.committed[title], plain.received[title], in_document[title], on_screen[title])
        for title, at in sent.items()
    ]


def rows_of(kind: str, found: list[Moments]) -> list[list[object]]:
    spans = {
        "committed → plain client (baseline)": [moments.received - moments.committed for moments in found],
        "committed → in the document": [moments.in_document - moments.committed for moments in found],
        "committed → on the screen": [moments.on_screen - moments.committed for moments in found],
        "request sent → on the screen": [moments.on_screen - moments.sent for moments in found],
    }
    return [[f"{kind}: {name}", *spread([1000 * span for span in spans_])] for name, spans_ in spans.items()]


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else CHANGES
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterLab(Path(folder) / "lab") as lab,
        browsing(chromium()) as browser,
    ):
        write_notebook(lab.folder / NAME, [CONNECT, BOARD, BUSY])
        notebook = NotebookPage(browser, lab, NAME)
        notebook.run(notebook.cell("import persona_lab"))
        with lab.server() as http, lab.server() as streaming:
            project_id, ids = add_interviews(http)
            notebook.run(notebook.cell(BOARD))
            expect(notebook.page.locator(".pl-row")).to_have_count(INTERVIEWS)
            skew = notebook.page.evaluate(OBSERVER)
            plain = PlainClient(streaming, project_id)
            plain.start()
            plain.is_connected.wait(timeout=10)
            measure(notebook, http, plain, ids, "warm-up", 10)
            idle = measure(notebook, http, plain, ids, "kernel idle", n)
            notebook.run(notebook.cell("from pathlib"), and_wait=False)
            expect(notebook.kernel).to_contain_text("Busy")
            busy = measure(notebook, http, plain, ids, "kernel busy", n)
            still_busy = notebook.prompt(notebook.cell("from pathlib")).inner_text().strip() == "[*]:"
            (lab.folder / "enough").touch()
            notebook.wait_until_ended(notebook.cell("from pathlib"))
            write_notebook(lab.folder / OTHER, [UPLOAD % n])
            other = NotebookPage(browser, lab, OTHER)
            two = measure_two(notebook, other, plain, n)
            other.close()
        notebook.close()
    print(f"Change → screen in JupyterLab, milliseconds. {machine()}.")
    print(f"{INTERVIEWS} interviews on the board, {n} changes each, {PAUSES[0]}-{PAUSES[1]} s apart.")
    print(f"Clock of the page against the system's: {skew:+.1f} ms. Kernel busy to the end: {still_busy}.")
    print_table(
        ["", *SPREAD_HEADS],
        [
            *rows_of("kernel idle", idle),
            *rows_of("kernel busy", busy),
            *rows_of("uploads of another kernel", two),
        ],
    )


if __name__ == "__main__":
    main()
