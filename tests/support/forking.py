"""`persona-lab` in a process of its own that begins with everything loaded.

Three quarters of the CPU that a start takes are imports, and a test run starts servers by the hundred. Here each worker
of the run has one process that makes the imports once, and a server begins as a fork of it: the same code from `main`
on, with its own memory, signals and exit code. As a user's command, from nothing, it is started wherever a test doesn't
take `Server` or `Team`: by kernels, notebooks, the demo, and the tests of the command line.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support import workrooms

# What `serve` and `worker` import when they are run.
PRELOADED = (
    "persona_lab.__main__",
    "persona_lab.commands.serve",
    "persona_lab.commands.worker",
    "persona_lab.server.run",
    "persona_lab.server.worker",
    "persona_lab.engines.llm.endpoint",
    "persona_lab.engines.llm.engine",
    "persona_lab.engines.miso.engine",
    "psycopg",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)


class Forked:
    """A command under way; of `subprocess.Popen` it has what tests use.

    Args:
        arguments: what stands behind `persona-lab`.
        log: what it says is appended there.
    """

    def __init__(self, arguments: Sequence[str], *, log: Path, env: Mapping[str, str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(PRELOADED))
        arguments = list(arguments)
        self._process = context.Process(target=_run, args=(arguments, log, dict(env), Path.cwd(), workrooms.address()))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("persona-lab", timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(arguments: list[str], log: Path, env: dict[str, str], cwd: Path, rooms: Mapping[str, Any]) -> None:
    from persona_lab.__main__ import main

    workrooms.use(rooms)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    # In this process they are still those of the one that it was forked from.
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    sys.exit(main(arguments))
