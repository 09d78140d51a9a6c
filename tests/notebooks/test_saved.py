"""A saved notebook, opened where there is no kernel and no script may run: what stands in it can be read."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from tests.notebooks.refresh import NOTEBOOKS
from tests.support.jupyter import browsing

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
# What a page would show in place of a widget that is no longer there.
LOST = ("Error displaying widget", "Loading widget", "application/vnd.jupyter", "<IPython.core", " object at 0x")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with browsing(chromium_path) as opened:
        yield opened


@pytest.fixture(params=ALL, ids=lambda path: path.stem)
def saved(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[tuple[Path, Page]]:
    """The notebook as nbviewer shows it: nothing is run, neither here nor on the page."""
    notebook = nbformat.read(request.param, as_version=4)
    body, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    (tmp_path / "saved.html").write_text(body, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 1400})
    page = context.new_page()
    page.goto((tmp_path / "saved.html").as_uri())
    yield request.param, page
    context.close()


def test_a_saved_notebook_can_be_read_without_kernel_and_scripts(saved: tuple[Path, Page]) -> None:
    path, page = saved
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"saved-{path.stem}.png", full_page=True)
    said = page.locator("body").inner_text()
    assert [words for words in LOST if words in said] == []
    tables = page.locator(".jp-OutputArea-output table")
    assert tables.count() > 0
    for table in tables.all():
        # What is folded away opens without a script; what isn't is there to be read.
        if table.locator("xpath=ancestor::details[not(@open)]").count() == 0:
            expect(table).to_be_visible()
            assert table.inner_text().strip()


def test_every_cell_that_shows_something_shows_it_in_the_saved_notebook(saved: tuple[Path, Page]) -> None:
    path, page = saved
    shown = 0
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
            shown += bool(html.strip() or text.strip())
            assert "<script" not in html
    assert shown
    areas = page.locator(".jp-OutputArea-output")
    assert areas.count() >= shown


def test_an_answer_and_its_quotes_can_be_read_and_walked_through(browser: Browser, tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS / "01-quickstart-ko.ipynb", as_version=4)
    body, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "saved.html").write_text(body, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "saved.html").as_uri())
    mark = page.locator(".jp-OutputArea-output sup a").first
    quote = page.locator(f"li[id='{str(mark.get_attribute('href')).removeprefix('#')}']")
    expect(quote).to_be_visible()
    expect(quote).to_contain_text("ko-0")
    context.close()
