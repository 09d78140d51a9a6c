"""The board in Notebook 7 and in marimo, each the real thing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARTEFACTS
from tests.support.jupyter import JupyterLab, browsing, free_port, write_notebook
from tests.support.server import environment, stop_workspace

PROJECT = """\
import persona_lab
from persona_lab import samples

project = persona_lab.connect().project("{name}")"""
UPLOAD = 'project.upload(samples.paths("en")[:2])'
SECONDS = 90.0

APP = f"""\
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
{"".join(f"    {line}{os.linesep}" for line in PROJECT.format(name="marimo").splitlines())}
    return mo, project, samples


@app.cell
def _(mo, project):
    mo.ui.anywidget(project.board())
    return


@app.cell
def _(project):
    project.monitor()
    return


@app.cell
def _(project, samples):
    {UPLOAD}
    return
"""


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with browsing(chromium_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return where both places keep what is theirs; its workspace, with a study of each, is of both."""
    folder = tmp_path_factory.mktemp("places")
    yield folder
    stop_workspace(folder / "workspace")


@pytest.fixture(scope="module")
def notebook_7(browser: Browser, folder: Path) -> Iterator[Page]:
    with JupyterLab(folder, program="notebook") as classic:
        write_notebook(classic.folder / "board.ipynb", [PROJECT.format(name="Notebook"), "project.board()", UPLOAD])
        page = browser.new_page(viewport={"width": 1100, "height": 1200})
        # Notebook 7 forgets what is run before it has its kernel.
        with page.expect_websocket(lambda socket: "/channels" in socket.url, timeout=SECONDS * 1000):
            page.goto(classic.address("board.ipynb").replace("/lab/workspaces/board/tree/", "/notebooks/"))
        kernel = page.locator(".jp-Notebook-ExecutionIndicator")
        expect(kernel).to_have_attribute("data-status", "idle", timeout=SECONDS * 1000)
        yield page
        page.close()


@pytest.fixture(scope="module")
def marimo(browser: Browser, folder: Path) -> Iterator[Page]:
    (folder / "app.py").write_text(APP, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token"]
    env = environment(home=str(folder / "workspace")) | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    with (folder / "marimo.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], cwd=folder, env=env, stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, folder / "marimo.log")
        page = browser.new_page(viewport={"width": 1100, "height": 1200})
        page.goto(f"http://127.0.0.1:{port}")
        yield page
        page.close()
    finally:
        process.terminate()
        process.wait(timeout=15)


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(url, trust_env=False, timeout=2.0).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"nothing came up:\n{log.read_text()}")


def completed(board: Locator) -> Locator:
    return board.locator(".pl-row[data-status=completed]")


def test_notebook_7_shows_the_board_and_it_is_live(notebook_7: Page) -> None:
    cells = notebook_7.locator(".jp-CodeCell")
    expect(cells).to_have_count(3, timeout=SECONDS * 1000)
    cells.first.locator(".cm-content").click()
    for _ in range(3):
        notebook_7.keyboard.press("Shift+Enter")
    board = notebook_7.locator(".pl-board")
    expect(board).to_be_visible(timeout=SECONDS * 1000)
    expect(completed(board)).to_have_count(2, timeout=SECONDS * 1000)
    ARTEFACTS.mkdir(exist_ok=True)
    notebook_7.screenshot(path=ARTEFACTS / "board-notebook-7.png")


def test_marimo_shows_board_and_monitor_and_both_are_live(marimo: Page) -> None:
    board = marimo.locator(".pl-board")
    expect(board).to_be_visible(timeout=SECONDS * 1000)
    expect(completed(board)).to_have_count(2, timeout=SECONDS * 1000)
    monitor = marimo.locator(".pl-monitor")
    expect(monitor).to_contain_text("interview:completed", timeout=SECONDS * 1000)
    ARTEFACTS.mkdir(exist_ok=True)
    marimo.screenshot(path=ARTEFACTS / "board-marimo.png", full_page=True)


def test_a_button_of_the_board_reaches_the_kernel_in_marimo(marimo: Page, tmp_path: Path) -> None:
    (tmp_path / "silent.txt").write_text("\n")
    with marimo.expect_file_chooser() as choosing:
        marimo.locator(".pl-board").get_by_role("button", name="Add files").click()
    choosing.value.set_files(tmp_path / "silent.txt")
    expect(marimo.locator(".pl-board")).to_contain_text("silent.txt", timeout=SECONDS * 1000)
