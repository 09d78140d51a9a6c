import re
import time
from collections.abc import Callable

import docx
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import ARTEFACTS, NAME, ROWS, Quickstart, busy_marker
from tests.support.jupyter import NotebookPage

STATE_SECONDS = 20.0


@pytest.fixture
def notebook(quickstart: Quickstart) -> NotebookPage:
    return quickstart.notebook


@pytest.fixture
def silent(notebook: NotebookPage) -> Locator:
    """The row of a Word file in which nobody speaks."""
    path = notebook.lab.folder / "silent.docx"
    if not path.exists():
        docx.Document().save(str(path))
        notebook.run(notebook.add('project.upload("silent.docx")'))
    row = board(notebook).locator(".pl-row", has_text="silent")
    expect(row).to_have_attribute("data-status", "failed", timeout=STATE_SECONDS * 1000)
    return row


def board(notebook: NotebookPage) -> Locator:
    return notebook.cell("project.board()").locator(".pl-board")


def output(notebook: NotebookPage, beginning: str) -> Locator:
    return notebook.cell(beginning).locator(".jp-Cell-outputArea")


def interview_of(notebook: NotebookPage, row: Locator) -> dict[str, object]:
    """Return what the server knows of the row's interview."""
    with notebook.lab.server() as http:
        answer = http.get(f"/api/interviews/{row.get_attribute('data-id')}").json()
    return dict(answer["interview"])


def rename(notebook: NotebookPage, row: Locator, title: str) -> None:
    """Change a title as a colleague elsewhere would."""
    with notebook.lab.server() as http:
        http.patch(f"/api/interviews/{row.get_attribute('data-id')}", json={"title": title}).raise_for_status()


def shoot_whole(notebook: NotebookPage, name: str) -> None:
    size = notebook.page.viewport_size
    assert size is not None
    notebook.page.set_viewport_size({"width": size["width"], "height": 4600})
    notebook.top()
    notebook.shoot(ARTEFACTS / name)
    notebook.page.set_viewport_size(size)


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STATE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_all_rows_complete_while_a_cell_keeps_the_kernel_busy(quickstart: Quickstart) -> None:
    seen = quickstart.seen
    assert seen.completed_at_first < ROWS
    assert seen.completed_at_last == ROWS
    assert seen.busy_prompt.strip() == "[*]:"
    assert seen.kernel.endswith("Busy")


def test_the_whole_notebook_for_the_eye(notebook: NotebookPage) -> None:
    shoot_whole(notebook, "notebook-light.png")


def test_the_frame_has_a_row_for_each_interview(notebook: NotebookPage) -> None:
    table = output(notebook, "project.interviews").locator("table")
    expect(table.locator("tbody tr")).to_have_count(ROWS)
    expect(table).to_contain_text("work-0238-pharmacist")
    expect(table.get_by_text("completed")).to_have_count(ROWS)


def test_the_query_finds_who_speaks_of_hallucinations(notebook: NotebookPage) -> None:
    table = output(notebook, "project.sql").locator("table")
    expect(table.locator("tbody tr")).not_to_have_count(0)
    expect(table).to_contain_text("work-0882-lawyer")


def test_each_mark_of_an_answer_leads_to_its_quote(notebook: NotebookPage) -> None:
    answer = output(notebook, 'project.ask("What worries people')
    marks = answer.locator("sup a")
    expect(marks).not_to_have_count(0)
    for mark in marks.all():
        target = answer.locator(f"li[id='{str(mark.get_attribute('href')).removeprefix('#')}']")
        expect(target).to_contain_text("work-")
    # Below them stands what one might ask next, which quotes nobody.
    expect(answer.locator("ul li").filter(has=answer.page.locator("sup a"))).to_have_count(marks.count())


def test_an_answer_that_the_interviews_do_not_hold_has_no_quote(notebook: NotebookPage) -> None:
    answer = output(notebook, 'project.ask("Which airline')
    expect(answer).to_contain_text("The interviews don't tell.")
    expect(answer.locator("sup a, li[id], blockquote")).to_have_count(0)


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        ("project.wait()", "16 of 16 interviews completed."),
        ('project.ask("Which airline', "Which airline serves the best breakfast? The interviews don't tell."),
    ],
)
def test_what_moved_while_a_cell_ran_leaves_nothing_behind(notebook: NotebookPage, beginning: str, said: str) -> None:
    # Not the text that is visible: a cell out of view has none.
    shown = output(notebook, beginning).text_content() or ""
    told, _, _ = " ".join(re.sub(r"\[\d+\]:", "", shown).split()).partition(" You might ask next:")
    assert told == said


def test_a_failed_row_says_why_and_retry_tries_again(notebook: NotebookPage, silent: Locator) -> None:
    expect(silent.locator(".pl-error")).to_contain_text("silent.docx: ")
    before = interview_of(notebook, silent)["attempt"]
    silent.evaluate(
        """row => {
            window.states = [];
            new MutationObserver(() => window.states.push(row.dataset.status))
                .observe(row, { attributeFilter: ["data-status"] });
        }"""
    )
    silent.get_by_role("button", name="Retry").click()
    notebook.page.wait_for_function("window.states.at(-1) === 'failed'", timeout=STATE_SECONDS * 1000)
    assert notebook.page.evaluate("window.states[0]") == "processing"
    assert interview_of(notebook, silent)["attempt"] == before + 1
    silent.evaluate("row => row.scrollIntoView({ block: 'end' })")
    titles = board(notebook).get_by_role("columnheader", name="State")
    assert titles.bounding_box()["y"] == pytest.approx(
        board(notebook).locator(".pl-scroll").bounding_box()["y"], abs=12
    )
    notebook.shoot(ARTEFACTS / "board-failed.png", board(notebook))


def test_retry_works_while_a_cell_keeps_the_kernel_busy(notebook: NotebookPage, silent: Locator) -> None:
    before = interview_of(notebook, silent)["attempt"]
    busy_marker(notebook).unlink(missing_ok=True)
    cell = notebook.cell("from pathlib import Path")
    notebook.run(cell, and_wait=False)
    expect(notebook.kernel).to_have_text(re.compile("Busy$"))
    try:
        silent.get_by_role("button", name="Retry").click()
        wait_until(lambda: interview_of(notebook, silent)["attempt"] == before + 1)
        expect(silent).to_have_attribute("data-status", "failed", timeout=STATE_SECONDS * 1000)
        assert notebook.prompt(cell).inner_text().strip() == "[*]:"
    finally:
        busy_marker(notebook).touch()
        notebook.wait_until_ended(cell)


def test_the_board_cell_run_again_is_one_board_that_answers_once(notebook: NotebookPage, silent: Locator) -> None:
    for _ in range(2):
        notebook.run(notebook.cell("project.board()"))
    expect(board(notebook)).to_have_count(1)
    expect(board(notebook).locator(".pl-row")).to_have_count(ROWS + 1)
    before = interview_of(notebook, silent)["attempt"]
    silent.get_by_role("button", name="Retry").click()
    wait_until(lambda: interview_of(notebook, silent)["attempt"] == before + 1)
    expect(silent).to_have_attribute("data-status", "failed", timeout=STATE_SECONDS * 1000)
    assert interview_of(notebook, silent)["attempt"] == before + 1
    expect(board(notebook).locator(".pl-row")).to_have_count(ROWS + 1)


def test_a_page_that_is_loaded_again_shows_what_happened_meanwhile(notebook: NotebookPage) -> None:
    first = board(notebook).locator(".pl-row").first
    interview_id = first.get_attribute("data-id")
    notebook.page.locator(".jp-Notebook").first.click()
    notebook.page.keyboard.press("Control+s")
    expect(notebook.page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    rename_row = board(notebook).locator(f".pl-row[data-id='{interview_id}']")
    with notebook.lab.server() as http:
        notebook.page.goto("about:blank")
        http.patch(f"/api/interviews/{interview_id}", json={"title": "Renamed meanwhile"}).raise_for_status()
    notebook.page.goto(notebook.lab.address(NAME))
    notebook.wait_until_ready()
    expect(rename_row).to_contain_text("Renamed meanwhile", timeout=30_000)
    rename(notebook, rename_row, "Renamed live")
    expect(rename_row).to_contain_text("Renamed live")


def test_the_dark_theme_is_followed(notebook: NotebookPage) -> None:
    notebook.shoot(ARTEFACTS / "board-light.png", board(notebook))
    notebook.menu("Settings", "Theme", "JupyterLab Dark")
    try:
        expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        expect(board(notebook)).to_have_css("background-color", "rgb(33, 33, 33)")
        expect(board(notebook)).to_have_css("color", "rgba(255, 255, 255, 0.87)")
        notebook.shoot(ARTEFACTS / "board-dark.png", board(notebook))
        shoot_whole(notebook, "notebook-dark.png")
    finally:
        notebook.menu("Settings", "Theme", "JupyterLab Light")
        expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")


def test_a_board_in_korean(notebook: NotebookPage, silent: Locator) -> None:
    cell = notebook.add('project.board(locale="ko")')
    notebook.run(cell)
    korean = cell.locator(".pl-board")
    expect(korean).to_have_attribute("lang", "ko")
    expect(korean.locator(".pl-row").first.locator(".pl-state")).to_have_text("완료")
    expect(korean.get_by_role("button", name="다시 시도")).to_be_visible()
    notebook.shoot(ARTEFACTS / "board-korean.png", korean)


def test_a_narrow_page_cuts_nothing_off(notebook: NotebookPage, silent: Locator) -> None:
    size = notebook.page.viewport_size
    assert size is not None
    notebook.page.keyboard.press("Control+b")
    notebook.page.set_viewport_size({"width": 480, "height": 1000})
    try:
        scroll = board(notebook).locator(".pl-scroll")
        expect(scroll).to_be_visible()
        assert scroll.evaluate("element => element.scrollWidth <= element.clientWidth")
        notebook.shoot(ARTEFACTS / "board-narrow.png", board(notebook))
    finally:
        notebook.page.set_viewport_size(size)
        notebook.page.keyboard.press("Control+b")
