"""Files that are dropped on the board in JupyterLab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook
from tests.support.making import CHECKOUT, interview_text

CONNECT = 'import persona_lab\nproject = persona_lab.connect().project("Dropped")\nproject.board()'
BUSY = 'from pathlib import Path\nwhile not Path("enough").exists():\n    pass'
SECONDS = 30.0
# Half a megabyte is half a minute's work for the engine, and other tests share the machine.
ANALYSIS_SECONDS = 150
# More than travels at once.
LONG = "".join(interview_text(f"the {number}th form") for number in range(3000))


@pytest.fixture(scope="module")
def notebook(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookPage]:
    with JupyterLab(tmp_path_factory.mktemp("drop") / "lab") as lab, browsing(chromium_path) as browser:
        write_notebook(Path(lab.folder) / "drop.ipynb", [CONNECT, BUSY])
        page = NotebookPage(browser, lab, "drop.ipynb")
        page.run(page.cell("import persona_lab"))
        yield page
        assert page.errors == []
        assert page.foreign == []
        page.close()


def drop(notebook: NotebookPage, *files: tuple[str, str]) -> None:
    """Drop files, each (name, text), on the board."""
    data = notebook.page.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of files) data.items.add(new File([text], name));
            return data;
        }""",
        files,
    )
    for kind in ("dragenter", "dragover", "drop"):
        notebook.page.dispatch_event(".pl-board", kind, {"dataTransfer": data})


def test_files_that_are_dropped_are_analysed_and_the_bad_one_says_why(notebook: NotebookPage) -> None:
    assert len(LONG) > 512 * 1024
    drop(notebook, ("민지.txt", CHECKOUT), ("nothing.txt", ""), ("long.txt", LONG))
    rows = notebook.page.locator(".pl-row")
    expect(rows).to_have_count(2, timeout=SECONDS * 1000)
    expect(notebook.page.locator(".pl-refusals li")).to_have_text(
        ["nothing.txt: the file is empty. Choose the file that holds the transcript."]
    )
    expect(notebook.page.locator(".pl-row[data-status=completed]")).to_have_count(2, timeout=ANALYSIS_SECONDS * 1000)
    assert rows.locator(".pl-title").all_inner_texts() == ["민지", "long"]
    cell = notebook.add('print(len(project.interview("long").transcript.text))')
    notebook.run(cell)
    expect(cell.locator(".jp-OutputArea-output").last).to_have_text(f"{len(LONG)}\n")


def test_a_file_is_taken_while_a_cell_keeps_the_kernel_busy(notebook: NotebookPage) -> None:
    before = notebook.page.locator(".pl-row").count()
    cell = notebook.cell("from pathlib")
    notebook.run(cell, and_wait=False)
    expect(notebook.kernel).to_have_text("Python 3 (ipykernel) | Busy")
    try:
        drop(notebook, ("jun.txt", interview_text("the coupon")))
        expect(notebook.page.locator(".pl-row")).to_have_count(before + 1, timeout=SECONDS * 1000)
        expect(notebook.page.locator(".pl-row").last.locator(".pl-title")).to_have_text("jun")
        assert notebook.prompt(cell).inner_text().strip() == "[*]:"
    finally:
        (notebook.lab.folder / "enough").touch()
        notebook.wait_until_ended(cell)


def test_the_same_file_again_is_the_same_interview(notebook: NotebookPage) -> None:
    before = notebook.page.locator(".pl-row").count()
    drop(notebook, ("copy.txt", CHECKOUT))
    expect(notebook.page.locator(".pl-refusals li")).to_have_text(
        ["copy.txt: the same file is here already, as “민지”."], timeout=SECONDS * 1000
    )
    expect(notebook.page.locator(".pl-row")).to_have_count(before)
