"""A real JupyterLab as a process of its own, and a page that works in it as an analyst does.

It has folders of its own for everything that Jupyter keeps, so it neither reads
nor writes what the user of this machine has set up.
"""

import json
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import nbformat
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from persona_lab.client.endpoint import Endpoint
from persona_lab.client.local import find
from tests.support.server import environment, stop_workspace

START_SECONDS = 180.0
STOP_SECONDS = 15.0
CELL_SECONDS = 120.0
# So long a page may take to show what a test expects, where the test names no time: machines are shared.
SHOWN_SECONDS = 30.0
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "docmanager-extension/plugin": {"autosave": False},
}


class JupyterLab:
    """`jupyter lab` on a folder; a context manager that ends it and the persona_lab server of its kernels.

    Args:
        folder: where everything is that it writes.
        program: the module that is run, of the same command line: "jupyterlab", or "notebook" for Notebook 7.
        command: what runs the module: an interpreter, and what stands before it.
        base_url: where it is behind a proxy, such as "/user/x/".
        work: the folder it shows; otherwise one of its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: str = "jupyterlab",
        command: Sequence[str] = (sys.executable,),
        base_url: str = "/",
        work: Path | None = None,
    ) -> None:
        self.folder = work or folder / "work"
        self.workspace = folder / "workspace"
        self._program = program
        self._command = command
        self._base_url = base_url
        self._own = folder / "jupyter"
        self._log = folder / "jupyter.log"
        self._token = secrets.token_urlsafe(16)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> "JupyterLab":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}{self._base_url.rstrip('/')}"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command, "-m", self._program, *self._arguments(port)],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log
            if self._answers():
                return self
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"JupyterLab did not come up:\n{self.log}")

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=STOP_SECONDS)
        stop_workspace(self.workspace)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def address(self, notebook: str) -> str:
        """Return where the browser finds a notebook of the folder, in a window of its own."""
        return f"{self.url}/lab/workspaces/{Path(notebook).stem}/tree/{notebook}?token={self._token}"

    def server(self) -> httpx.Client:
        """Return a client of the persona_lab server that the notebook's kernel started."""
        endpoint = find(self.workspace)
        assert isinstance(endpoint, Endpoint), "no persona_lab server runs in this workspace"
        return httpx.Client(
            base_url=endpoint.url, headers={"authorization": f"Bearer {endpoint.token}"}, timeout=30.0, trust_env=False
        )

    def _arguments(self, port: int) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            f"--ServerApp.base_url={self._base_url}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.folder}",
            f"--IdentityProvider.token={self._token}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.news_url=None",
            "--LabApp.extension_manager=readonly",
        ]

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in environment(home=str(self.workspace)).items() if "JUPYTER" not in key}
        return kept | {
            "HOME": str(self._own),
            "IPYTHONDIR": str(self._own / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self._own / "config"),
            "JUPYTER_DATA_DIR": str(self._own / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._own / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self._own / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._own / "workspaces"),
        }

    def _write_settings(self) -> None:
        for name, values in SETTINGS.items():
            path = self._own / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api?token={self._token}", trust_env=False, timeout=2.0).is_success
        except httpx.TransportError:
            return False

    def __enter__(self) -> "JupyterLab":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class NotebookPage:
    """A notebook in a page of a real browser: cells are found by the beginning of their source.

    Attributes:
        errors: what the page reported to the console as an error.
        foreign: addresses that the page asked for and that aren't Jupyter's own.
    """

    def __init__(self, browser: Browser, lab: JupyterLab, name: str, *, width: int = 1280, height: int = 1600) -> None:
        self.lab = lab
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda request: self._look(request.url))
        self.page.on("websocket", lambda socket: self._look(socket.url))
        self.page.goto(lab.address(name))
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=60_000)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60_000)
        expect(self.kernel).to_have_text(re.compile(r"\| Idle$"), timeout=60_000)

    @property
    def kernel(self) -> Locator:
        """The status bar's word on the kernel: "Python 3 (ipykernel) | Busy"."""
        return self.page.locator("#jp-main-statusbar").get_by_text(" | ")

    def menu(self, *labels: str) -> None:
        """Choose from the menu bar, through its submenus."""
        first, *others = labels
        self.page.get_by_role("menuitem", name=first, exact=True).click()
        for label in others:
            # A label may be followed by a note on what it acts on, or begin with a check mark.
            self.page.locator(".lm-Menu-itemLabel").get_by_text(label, exact=True).last.click()

    def cell(self, beginning: str) -> Locator:
        """Return the code cell whose source begins so."""
        pattern = re.compile(rf"^\s*{re.escape(beginning)}")
        return self.page.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea-editor .cm-content").filter(has_text=pattern)
        )

    def prompt(self, cell: Locator) -> Locator:
        """Return the cell's `[1]:`; `[*]:` while it runs or waits."""
        return cell.locator(".jp-InputArea-prompt")

    def run(self, cell: Locator, *, and_wait: bool = True) -> None:
        """Run a cell as the keyboard does."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        if and_wait:
            self.wait_until_ended(cell)

    def wait_until_ended(self, cell: Locator, seconds: float = CELL_SECONDS) -> None:
        """Wait until the cell has run; an error in any cell ends the waiting, as it ends the running."""
        ended = cell.locator(".jp-InputArea-prompt", has_text=re.compile(r"\[\d+\]"))
        failed = self.page.locator("[data-mime-type='application/vnd.jupyter.error']")
        expect(ended.or_(failed).first).to_be_attached(timeout=seconds * 1000)
        assert failed.count() == 0, failed.first.inner_text()

    def add(self, source: str) -> Locator:
        """Type a new cell at the end of the notebook, and return it."""
        self.page.locator(".jp-Notebook-footer").click()
        cell = self.page.locator(".jp-CodeCell").last
        expect(self.prompt(cell)).to_have_text(re.compile(r"\[\s*\]"))
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(source)
        return cell

    def shoot(self, path: Path, part: Locator | None = None) -> None:
        """Take a picture of the page, or of a part of it, once the layout has come to rest."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        if part is None:
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=path, animations="disabled")
            return
        # Cells that come into view take their real size only then, and move what is below them.
        for _ in range(3):
            part.evaluate("element => element.scrollIntoView({ block: 'center' })")
            self.page.wait_for_timeout(200)
        box = part.bounding_box()
        assert box is not None, "what is to be pictured is not there"
        self.page.screenshot(path=path, animations="disabled", clip=box)

    def top(self) -> None:
        """Scroll to the first cell."""
        self.page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollTo(0, 0)")

    def close(self) -> None:
        self.page.close()

    def _look(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(self.lab.url).netloc:
            self.foreign.append(url)


@contextmanager
def browsing(chromium_path: str | None) -> Iterator[Browser]:
    """Open the browser at that path; None opens Playwright's own."""
    expect.set_options(timeout=SHOWN_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=BROWSER_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(path: Path, sources: Sequence[str]) -> None:
    """Write a notebook with these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
