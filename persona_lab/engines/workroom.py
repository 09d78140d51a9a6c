"""The one child process in which files are parsed and language is processed.

Two reasons: a bad file can't hold up or bring down the server, and the Korean
language model (half a gigabyte) is loaded once, and only when it is needed.
"""

import asyncio
import functools
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from persona_lab.errors import EngineRefused, EngineUnavailable

# How many questions may wait for the child at once; further ones wait their turn to wait.
WAITING = 32
# Several times what the language models and a long interview need, and less than a laptop has.
LIMIT_BYTES = 4 * 2**30

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Workroom:
    """Runs functions in the child process, one after the other, in the order of asking.

    Args:
        limit_seconds: a call that takes longer is ended, and the child started anew.
        limit_bytes: what the child may claim, models and all; where the system can hold it to that.
    """

    def __init__(self, limit_seconds: float = 120.0, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_seconds = limit_seconds
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._is_closed = False
        self._pool = _pool(limit_bytes)
        # Those who wait for the child stand in a line of their own.
        self._waiting = ThreadPoolExecutor(WAITING, "workroom")

    def run(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Call `function` in the child process and wait for its result.

        Raises:
            EngineRefused: it took longer than the limit, or more memory.
            EngineUnavailable: the child process died.
            PersonaLabError: whatever `function` raised.
        """
        try:
            try:
                result: Result = self._schedule(function, args, kwargs).result()
            except BrokenProcessPool:
                # The child died before it began with this call, which is no fault of the call's.
                result = self._schedule(function, args, kwargs).result()
        except FutureTimeout:
            raise EngineRefused(
                f"This took longer than {self._limit_seconds:.0f} seconds and was ended. Split the transcript."
            ) from None
        except MemoryError:
            raise EngineRefused(
                f"This needs more than {self._limit_bytes / 2**30:.1f} GB of memory. Split the transcript."
            ) from None
        except ProcessExpired as error:
            raise EngineUnavailable(
                f"The analysis process ended unexpectedly (exit code {error.exitcode}). Try again."
            ) from None
        except BrokenProcessPool:
            raise EngineUnavailable("The analysis process ended unexpectedly. Try again.") from None
        return result

    async def run_async(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Do as `run` does, without holding up the event loop or the threads that serve requests."""
        return await asyncio.get_running_loop().run_in_executor(
            self._waiting, functools.partial(self.run, function, *args, **kwargs)
        )

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
        self._pool.join(timeout=5)
        self._waiting.shutdown(wait=False, cancel_futures=True)

    def _schedule(
        self, function: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> "ProcessFuture[Result]":
        with self._lock:
            if self._is_closed:
                raise EngineUnavailable("The server is ending. Try again when it is back.")
            if not self._pool.active:
                # A child that dies while it has nothing to do breaks pebble's pool for good.
                self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
                self._pool = _pool(self._limit_bytes)
            return self._pool.schedule(function, args=list(args), kwargs=kwargs, timeout=self._limit_seconds)


def _pool(limit_bytes: int) -> ProcessPool:
    # A forked child would inherit the server's threads' locks and its sockets.
    context = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=1, initializer=_begin, initargs=[limit_bytes], context=context)


def _begin(limit_bytes: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))
    _end_with_parent()


def _end_with_parent() -> None:
    """Leave when the server is gone, even when it was killed and could not say so."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
