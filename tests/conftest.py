"""What all tests share: a clean environment, no network but loopback, a real server, a real browser."""

import fcntl
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import tests.support.server
from tests.support.server import Server

# What takes minutes begins first, so that no worker is left with it at the end.
LONG = (
    "tests/proof/test_unreliable_engines.py",
    "tests/jobs/test_jobs.py",
    "tests/notebooks/test_notebooks.py",
    "tests/browser/",
    "tests/proof/",
    "tests/notebooks/",
    "tests/test_readme.py",
    "tests/test_replica.py",
    "tests/lab/insights/test_knowledge.py",
    "tests/widgets/",
    "tests/server/",
    "tests/lab/",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Chromium without its window, for which a page takes a quarter of the CPU.
SHELL = "chromium-headless-shell"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Half as many workers again as there are cores: tests wait for servers and pages more than they compute."""
    return max(2, (os.cpu_count() or 2) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, and the rest by name, so that those that wait and those that compute are mixed.

    The order within a file stays.
    """
    items.sort(
        key=lambda item: (
            next((n for n, start in enumerate(LONG) if item.nodeid.startswith(start)), len(LONG)),
            item.path.name,
        )
    )


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("PERSONA_LAB_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def servers_begin_with_a_fork() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tests.support.server, "begins_with_a_fork", True)
        yield


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert isinstance(address, tuple)
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that don't harm it; each test makes a project of its own."""
    with Server(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def project_id(http: httpx.Client, request: pytest.FixtureRequest) -> str:
    made = http.post("/api/projects", json={"name": request.node.name[:150]})
    return str(made.json()["id"])


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Start a server of the test's own, as often as it likes, on one workspace."""
    started: list[Server] = []

    def start() -> Server:
        running = Server(tmp_path / "workspace")
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium or Chrome, else Playwright's own; Debian's is installed where that is allowed."""
    found = browser_path()
    if found is None:
        pytest.fail(f"No Chromium found. Install one: apt-get install {SHELL}, or: playwright install chromium")
    return found


def browser_path() -> str | None:
    """Return where a browser is, or None."""
    return _installed() or _of_playwright() or _from_debian()


def _installed() -> str | None:
    return next((path for name in (SHELL, *BROWSERS) if (path := shutil.which(name))), None)


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_debian() -> str | None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    with (Path(tempfile.gettempdir()) / "persona-lab-browser.lock").open("w") as one_at_a_time:
        # Of the run's workers one installs it; apt would turn the others away.
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        for command in (
            ["update"],
            *(["install", "-y", "--no-install-recommends", name] for name in (SHELL, "chromium")),
        ):
            if (found := _installed()) is not None:
                return found
            subprocess.run(["apt-get", *command], check=False, capture_output=True, timeout=600)
    return _installed()
