"""Two analysts, each with a notebook and a kernel, on one project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.jupyter import JupyterLab, NotebookPage, browsing, write_notebook

CONNECT = 'import persona_lab\nproject = persona_lab.connect().project("Together")\nproject.board()'
TEXTS = """\
Path("one.txt").write_text("Q: What annoys you?\\nMina: The form is too long, and it forgets what I typed.\\n")
Path("two.txt").write_text("Q: What annoys you?\\nTheo: I can never find the receipt when I need it.\\n")
"""
UPLOAD = f'from pathlib import Path\n{TEXTS}project.upload(["one.txt", "two.txt"])'
READY_SECONDS = 30.0


@pytest.fixture(scope="module")
def notebooks(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[NotebookPage]]:
    with JupyterLab(tmp_path_factory.mktemp("two") / "lab") as lab, browsing(chromium_path) as browser:
        pages = []
        for name in ("mina.ipynb", "theo.ipynb"):
            write_notebook(Path(lab.folder) / name, [CONNECT, UPLOAD])
            pages.append(NotebookPage(browser, lab, name))
            pages[-1].run(pages[-1].cell("import persona_lab"))
        yield pages
        for page in pages:
            assert page.errors == []
            page.close()


def test_what_one_uploads_the_other_sees(notebooks: list[NotebookPage]) -> None:
    mina, theo = notebooks
    mina.run(mina.cell("from pathlib"))
    rows = theo.page.locator(".pl-row")
    expect(rows).to_have_count(2, timeout=READY_SECONDS * 1000)
    expect(theo.page.locator(".pl-row[data-status=completed]")).to_have_count(2, timeout=READY_SECONDS * 1000)
    assert sorted(rows.locator(".pl-title").all_inner_texts()) == ["one", "two"]


def test_each_has_a_replica_of_its_own_with_the_same_content(notebooks: list[NotebookPage]) -> None:
    query = 'project.sql("SELECT title, status, turns FROM interviews ORDER BY title")'
    tables = []
    for page in notebooks:
        cell = page.add(query)
        page.run(cell)
        tables.append(cell.locator("table tbody").inner_text())
    assert tables[0] == tables[1]
    assert "completed" in tables[0]


def test_a_deletion_by_one_leaves_the_others_board(notebooks: list[NotebookPage]) -> None:
    mina, theo = notebooks
    theo.run(theo.add('project.interview("one").delete()'))
    expect(mina.page.locator(".pl-row")).to_have_count(1, timeout=READY_SECONDS * 1000)
    expect(mina.page.locator(".pl-row .pl-title")).to_have_text("two")
