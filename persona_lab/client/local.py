"""Finding the server of a workspace folder, or starting it.

The server is a process of its own, so it outlives a kernel and serves them all.
Two kernels that start together wait for one lock and end with one server.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from persona_lab.client.endpoint import Endpoint
from persona_lab.errors import ServerNotStarted
from persona_lab.trust import trusted

START_SECONDS = 60.0
STOP_SECONDS = 10.0
LAST_LINES = 12


def find_or_start(workspace: Path) -> Endpoint:
    """Return the workspace's server, healthy.

    Raises:
        ServerNotStarted: it did not come up; the message ends with its own last lines.
    """
    found = find(workspace)
    if found is not None:
        return found
    try:
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ServerNotStarted(
            f"The workspace folder {workspace} can't be made: {error.strerror}. "
            "Set PERSONA_LAB_HOME to a folder you may write to."
        ) from None
    try:
        with FileLock(workspace / "start.lock", timeout=START_SECONDS):
            return find(workspace) or _start(workspace)
    except Timeout:
        raise ServerNotStarted(
            f"Another process has been starting the server of {workspace} for {START_SECONDS:.0f} s. "
            f"{workspace / 'server.log'} says how far it is; try again."
        ) from None


def find(workspace: Path) -> Endpoint | None:
    """Return the server that the workspace's runtime file names, if it answers."""
    try:
        runtime = json.loads((workspace / "server.json").read_text(encoding="utf-8"))
        endpoint = Endpoint(str(runtime["url"]), str(runtime["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if _answers(endpoint) else None


def stop(workspace: Path, endpoint: Endpoint) -> None:
    """End the workspace's server, if `endpoint` is the one it has, and wait until it is gone."""
    try:
        runtime = json.loads((workspace / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if Endpoint(runtime["url"], runtime["token"]) != endpoint or not _answers(endpoint):
        return
    os.kill(runtime["pid"], signal.SIGTERM)
    with contextlib.suppress(Timeout), FileLock(workspace / "server.lock", timeout=STOP_SECONDS):
        pass


def _answers(endpoint: Endpoint) -> bool:
    """Say whether the server takes our token and knows our routes: another program may have got the port since."""
    try:
        response = httpx.get(
            f"{endpoint.url}/api/projects",
            headers={"authorization": f"Bearer {endpoint.token}"},
            timeout=5.0,
            trust_env=False,
            verify=trusted(endpoint.url),
        )
        return response.is_success and isinstance(response.json(), list)
    except (httpx.TransportError, ValueError):
        return False


def _start(workspace: Path) -> Endpoint:
    log = workspace / "server.log"
    command = [
        sys.executable,
        "-m",
        "persona_lab",
        "serve",
        "--workspace",
        str(workspace.resolve()),
        "--leave-when-idle",
        # Where a team's database is set and nobody else is there.
        "--work",
    ]
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C in the terminal that Jupyter runs in must not end it.
            start_new_session=True,
            env={**os.environ, "PYTHONSAFEPATH": "1"},
        )
    # Somebody must be there when it ends, or it stays on as a zombie for as long as the kernel lives.
    threading.Thread(target=process.wait, daemon=True, name="watch-server").start()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = find(workspace)
        if found is not None:
            return found
        if process.poll() is not None:
            raise ServerNotStarted(f"The persona_lab server ended with code {process.returncode}.{_last_lines(log)}")
        time.sleep(0.03)
    process.terminate()
    raise ServerNotStarted(f"The persona_lab server did not answer within {START_SECONDS:.0f} s.{_last_lines(log)}")


def _last_lines(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-LAST_LINES:]
    said = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
    return f" Its last lines, from {log}:\n{said}"
