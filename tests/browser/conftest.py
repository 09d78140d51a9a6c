import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.notebooks.refresh import NOTEBOOKS
from tests.support.jupyter import JupyterLab, NotebookPage, browsing

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
NAME = "01-quickstart.ipynb"
ROWS = 16

# Keeps the kernel in a Python loop, as a long computation does, until the test has seen enough.
BUSY = """\
from pathlib import Path
import time
end = time.time() + 60
while time.time() < end and not Path("enough").exists():
    pause = time.time() + 0.5
    while time.time() < pause:
        pass
"""


@dataclass
class Seen:
    """What the page showed while the busy cell was running."""

    completed_at_first: int
    completed_at_last: int
    busy_prompt: str
    kernel: str


@dataclass
class Quickstart:
    """The quickstart, run from its first to its last cell in JupyterLab."""

    notebook: NotebookPage
    seen: Seen


@pytest.fixture(scope="module")
def quickstart(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quickstart]:
    """One JupyterLab for all tests here: each begins with what the quickstart leaves, and adds to it."""
    with JupyterLab(tmp_path_factory.mktemp("lab") / "lab") as lab, browsing(chromium_path) as browser:
        write_copy(lab.folder / NAME, after={"project.upload(": nbformat.v4.new_code_cell(BUSY, id="busy")})
        notebook = NotebookPage(browser, lab, NAME)
        seen = _run(notebook)
        yield Quickstart(notebook, seen)
        assert notebook.foreign == []
        assert notebook.errors == []


def busy_marker(notebook: NotebookPage) -> Path:
    return notebook.lab.folder / "enough"


def write_copy(path: Path, *, after: dict[str, nbformat.NotebookNode] | None = None) -> None:
    """Write the notebook of that name as a new reader has it, with further cells `after` those that begin so."""
    notebook = nbformat.read(NOTEBOOKS / path.name, as_version=4)
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
        cells += [added for beginning, added in (after or {}).items() if cell.source.startswith(beginning)]
    notebook.cells = cells
    nbformat.write(notebook, path)


def _run(notebook: NotebookPage) -> Seen:
    ARTEFACTS.mkdir(exist_ok=True)
    notebook.menu("Run", "Run All Cells")
    notebook.wait_until_ended(notebook.cell("project.upload("))
    completed = notebook.page.locator(".pl-row[data-status=completed]")
    completed_at_first = completed.count()
    notebook.top()
    with contextlib.suppress(AssertionError):
        expect(completed.nth(5)).to_be_attached(timeout=45_000)
        notebook.page.screenshot(path=ARTEFACTS / "quickstart-running.png")
        expect(completed).to_have_count(ROWS, timeout=45_000)
    seen = Seen(
        completed_at_first=completed_at_first,
        completed_at_last=completed.count(),
        busy_prompt=notebook.prompt(notebook.cell("from pathlib import Path")).inner_text(),
        kernel=notebook.kernel.inner_text(),
    )
    busy_marker(notebook).touch()
    notebook.wait_until_ended(notebook.cell("report = project.report("))
    # Only what is still on show a moment later has really been left behind.
    time.sleep(0.5)
    return seen
