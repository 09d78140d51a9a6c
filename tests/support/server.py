"""A real server as a process of its own, started and killed as a test needs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from persona_lab.trust import trusted
from tests.support.forking import Forked

Process = Forked | subprocess.Popen[bytes]
START_SECONDS = 60.0
PROGRAM = (sys.executable, "-m", "persona_lab")
# So it is in a test run; benchmarks measure the command as a user gives it.
begins_with_a_fork = False


class Server:
    """`persona-lab serve` on a workspace; a context manager that ends it.

    Args:
        settings: `llm_model` is PERSONA_LAB_LLM_MODEL of the server's own environment, and so on.
    """

    program: Sequence[str] = PROGRAM

    def __init__(self, workspace: Path, *arguments: str, **settings: str) -> None:
        self.workspace = workspace
        self._arguments = arguments
        self._settings = {f"PERSONA_LAB_{name.upper()}": value for name, value in settings.items()}
        self.url = ""
        self.token = ""
        self._process: Process | None = None

    def start(self) -> "Server":
        """Start it, and wait until it answers."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            if self._is_announced():
                return self
            time.sleep(0.02)
        raise AssertionError(f"the server did not come up:\n{self.log}")

    def launch(self) -> None:
        """Start it, and don't wait."""
        self.workspace.mkdir(parents=True, exist_ok=True)
        command = ["serve", "--workspace", str(self.workspace), *self._arguments]
        self._process = started(command, self.program, log=self._log, env={**os.environ, **self._settings})

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.workspace / "test-server.log"

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=60.0,
            verify=trusted(self.url),
        )

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)

    def stop(self) -> int:
        """End it as a service manager would; return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=20)

    def _is_announced(self) -> bool:
        try:
            runtime = json.loads((self.workspace / "server.json").read_text())
        except (OSError, ValueError):
            return False
        self.url, self.token = runtime["url"], runtime["token"]
        return bool(runtime["pid"] == self.pid)

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def started(command: Sequence[str], program: Sequence[str], *, log: Path, env: Mapping[str, str]) -> Process:
    """Start a command of `persona-lab`, or of what stands in for it; what it says is appended to `log`."""
    log.touch()
    if begins_with_a_fork and program == PROGRAM:
        return Forked(command, log=log, env=env)
    with log.open("ab") as file:
        return subprocess.Popen([*program, *command], stdout=file, stderr=file, env=dict(env))


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with other PERSONA_LAB_ settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PERSONA_LAB_")}
    return kept | {f"PERSONA_LAB_{key.upper()}": value for key, value in settings.items()}


def stop_workspace(workspace: Path) -> None:
    """End the server that a kernel started for this workspace, and wait until it is gone."""
    from persona_lab.client import local

    endpoint = local.find(workspace)
    if endpoint is not None:
        local.stop(workspace, endpoint)
