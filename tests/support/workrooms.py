"""Workrooms of servers that tests start: each begins as a fork of a process that has loaded the language models.

To load them takes one to three seconds of CPU, and a test run has workrooms by the hundred. A server doesn't fork, for
the sake of its threads and sockets; what is forked here has no sockets, and of threads only numpy's, which stand it.
"""

import functools
import multiprocessing.forkserver
import os
from collections.abc import Mapping
from multiprocessing.forkserver import ForkServer
from typing import Any

from pebble import ProcessPool

from persona_lab.engines import workroom
from persona_lab.engines.lane import Way

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
    workroom._pool = _pool


@functools.cache
def _loaded() -> ForkServer:
    forks = ForkServer()
    forks.set_forkserver_preload(["tests.support.loaded"])
    return forks


def _pool(limit_bytes: int, way: Way) -> ProcessPool:
    context = multiprocessing.get_context("forkserver")
    return ProcessPool(
        max_workers=1, initializer=_begin, initargs=[dict(os.environ), limit_bytes, way], context=context
    )


def _begin(environment: Mapping[str, str], limit_bytes: int, way: Way) -> None:
    os.environ.clear()
    os.environ.update(environment)
    workroom._begin(limit_bytes, way)
