"""Workrooms of servers that tests start: each begins as a fork of a process that has loaded the language models.

To load them takes one to three seconds of CPU, and a test run has workrooms by the hundred. A server doesn't fork, for
the sake of its threads and sockets; what is forked here has no sockets, and of threads only numpy's, which stand it.
"""

import functools
import multiprocessing.forkserver
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.forkserver import ForkServer
from multiprocessing.process import BaseProcess
from typing import Any

from persona_lab.engines import child

# By what a process knows where to ask for a fork.
KNOWN = ("_forkserver_address", "_forkserver_authkey")


def address() -> Mapping[str, Any]:
    """Return where this worker of the test run has its process with the models, for `use`; it is started if need be."""
    forks = _loaded()
    # It loads while the first server starts, and ends with whoever started it.
    forks.ensure_running()
    return {name: value for name, value in vars(forks).items() if name in KNOWN}


def use(address: Mapping[str, Any]) -> None:
    """Have this server's workrooms begin at that address; to be called in the server's process."""
    forks = multiprocessing.forkserver._forkserver  # type: ignore[attr-defined]  # typeshed leaves it out
    vars(forks).update(address, ensure_running=lambda: None)
    child._process = _process


@functools.cache
def _loaded() -> ForkServer:
    forks = ForkServer()
    forks.set_forkserver_preload(["tests.support.loaded"])
    return forks


def _process(connection: "Connection[Any, Any]", limit_bytes: int) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    return context.Process(target=_serve, args=(dict(os.environ), connection, limit_bytes), daemon=True)


def _serve(environment: Mapping[str, str], connection: "Connection[Any, Any]", limit_bytes: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    child.serve(connection, limit_bytes)
