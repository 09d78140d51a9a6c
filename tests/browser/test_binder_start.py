"""Binder, as far as it can be repeated on one machine: from what is pinned to the quickstart's first board."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support.binder import BASE_URL, NOTEBOOK, build, without_root
from tests.support.jupyter import NotebookPage, browsing

BOARD_SECONDS = 60.0


@pytest.fixture(scope="module")
def notebook(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookPage]:
    beginning = without_root()
    if beginning is None:
        pytest.skip("root can't be given up on this machine (no user namespaces)")
    folder = tmp_path_factory.mktemp("binder")
    try:
        with build(folder, beginning) as lab, browsing(chromium_path) as browser:
            yield NotebookPage(browser, lab, NOTEBOOK)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_quickstart_comes_to_its_board_through_one_port_and_without_root(notebook: NotebookPage) -> None:
    assert BASE_URL.rstrip("/") in notebook.page.url
    for beginning in ("import pandas", "lab = persona_lab", "project = lab", "project.board()"):
        notebook.run(notebook.cell(beginning))
    expect(notebook.page.locator(".pl-board")).to_be_visible(timeout=BOARD_SECONDS * 1000)
    # Not the clone's package, but the one that postBuild installed; and nobody who may do everything.
    said = notebook.add("import os\nprint(os.getuid() != 0, 'site-packages' in persona_lab.__file__)")
    notebook.run(said)
    expect(said.locator(".jp-Cell-outputArea")).to_contain_text("True True")
    # The wheel has the scripts' short form, for which a build is the only place.
    short = notebook.add(
        "from persona_lab.widgets import assets\n"
        "print(all(assets.minified_path(part).exists() for name in assets.widgets() for part in assets.parts(name)))"
    )
    notebook.run(short)
    expect(short.locator(".jp-Cell-outputArea")).to_contain_text("True")
    # Whatever the browser asked for, it asked Jupyter's own port.
    assert notebook.foreign == []
    assert notebook.errors == []


def test_what_is_uploaded_there_is_analysed_live(notebook: NotebookPage) -> None:
    notebook.run(notebook.add('project.upload(samples.paths("en")[0])'))
    done = notebook.page.locator(".pl-row[data-status=completed]")
    expect(done).to_have_count(1, timeout=BOARD_SECONDS * 1000)
    assert notebook.foreign == []
