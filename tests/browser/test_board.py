"""The board in JupyterLab by keyboard, which has keys of its own, and what a cell reads back of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook
from tests.support.making import interview_text

UPLOAD = """\
import persona_lab
project = persona_lab.connect().project("Chosen")
for name in ("mina", "jun", "sora"):
    project.upload_text(%r + name, name)
project.wait()
"""
BOARD = "board = project.board(); board"
SECONDS = 60.0


@pytest.fixture(scope="module")
def notebook(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookPage]:
    with JupyterLab(tmp_path_factory.mktemp("board") / "lab") as lab, browsing(chromium_path) as browser:
        write_notebook(Path(lab.folder) / "board.ipynb", [UPLOAD % interview_text("the coupon"), BOARD])
        page = NotebookPage(browser, lab, "board.ipynb")
        page.run(page.cell("import persona_lab"), and_wait=False)
        page.wait_until_ended(page.cell("import persona_lab"), 300)
        page.run(page.cell("board = "))
        yield page
        assert page.errors == []
        assert page.foreign == []
        page.close()


def read_back(notebook: NotebookPage, code: str) -> str:
    cell = notebook.add(f"print({code})")
    notebook.run(cell)
    return cell.locator(".jp-OutputArea-output").last.inner_text().strip()


def test_rows_are_chosen_deleted_and_brought_back_by_keyboard_and_a_cell_reads_it(notebook: NotebookPage) -> None:
    page = notebook.page
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    expect(page.locator(".pl-row")).to_have_count(3, timeout=SECONDS * 1000)
    page.locator(".pl-sorter[data-sort=title]").click()
    page.locator(".pl-row").first.focus()
    for key in ("ArrowDown", "Space", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert read_back(notebook, "list(board.table['title']), list(board.selection['title'])") == (
        "['jun', 'mina', 'sora'] ['mina', 'sora']"
    )
    page.locator(".pl-row").last.focus()
    page.keyboard.press("Delete")
    expect(page.locator(".pl-row")).to_have_count(1, timeout=SECONDS * 1000)
    expect(page.get_by_text("2 interviews were deleted.", exact=True)).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator(".pl-row")).to_have_count(3, timeout=SECONDS * 1000)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    # None of these keys did anything to the notebook; a cell was added to read back.
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells + 1


def test_text_that_is_pasted_becomes_an_interview(notebook: NotebookPage) -> None:
    page = notebook.page
    page.locator(".pl-row").first.focus()
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        interview_text("the address form"),
    )
    page.keyboard.type("Pasted / 1")
    page.keyboard.press("Enter")
    expect(page.locator(".pl-row[data-status=completed]")).to_have_count(4, timeout=SECONDS * 1000)
    assert "Pasted / 1" in page.locator(".pl-title").all_inner_texts()


def test_an_interview_is_read_beneath_the_board_and_closed_again_by_keyboard(notebook: NotebookPage) -> None:
    page = notebook.page
    board = page.locator(".pl-board")
    row = board.locator(".pl-row", has_text="jun").first
    row.focus()
    page.keyboard.press("ArrowRight")
    row.locator("[data-open]:is(button)").focus()
    page.keyboard.press("Enter")
    expect(board.locator(".pl-beneath .pl-reader .pl-name")).to_have_text("jun", timeout=SECONDS * 1000)
    expect(board.locator(".pl-beneath")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(board.locator(".pl-beneath .pl-reader")).to_have_count(0)
    expect(row.locator("[data-open]:is(button)")).to_be_focused()
    row.focus()
    page.keyboard.press("ArrowLeft")


def test_a_row_opens_and_tells_what_the_tables_know(notebook: NotebookPage) -> None:
    page = notebook.page
    page.locator(".pl-row", has_text="mina").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pl-details")).to_contain_text("of 5", timeout=SECONDS * 1000)
    expect(page.locator(".pl-details")).to_contain_text("mina.txt")
