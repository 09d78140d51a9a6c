"""The quickstart where nobody looks on: run by nbconvert and by papermill, with no page that could show a widget."""

import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.refresh import NOTEBOOKS, surroundings
from tests.support.server import stop_workspace

NAME = "01-quickstart.ipynb"
RUN_SECONDS = 280


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The notebook as a new reader has it: without outputs."""
    notebook = nbformat.read(NOTEBOOKS / NAME, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, tmp_path / NAME)
    return tmp_path / NAME


def run(folder: Path, *arguments: str) -> None:
    home = folder / "home"
    try:
        ran = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=surroundings(home),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
    finally:
        stop_workspace(home)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]


def test_nbconvert_runs_it_and_its_page_has_the_figures(source: Path) -> None:
    run(source.parent, "nbconvert", "--to", "html", "--execute", str(source), "--output", "out.html")
    page = (source.parent / "out.html").read_text(encoding="utf-8")
    assert "16 of 16 interviews completed." in page
    assert "work-0882-lawyer" in page
    assert "you're still at fault" in unescape(page)
    assert "Traceback" not in page
    assert (source.parent / "report.html").stat().st_size > 10_000


def test_papermill_runs_it_and_keeps_every_output(source: Path) -> None:
    run(source.parent, "papermill", str(source), str(source.parent / "out.ipynb"), "--no-progress-bar")
    made = nbformat.read(source.parent / "out.ipynb", as_version=4)
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    assert [cell.metadata["papermill"]["status"] for cell in cells] == ["completed"] * len(cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    board = next(cell for cell in cells if cell.source.startswith("project.board"))
    # A widget for a page that can show it, and the same as a picture and as text for one that can't.
    assert {"text/html", "text/plain"} <= set(board.outputs[0].data)
    text = "".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
    assert "16 of 16 interviews completed." in text
