"""The one child process in which files are parsed and language is processed.

Two reasons: a bad file can't hold up or bring down the server, and the Korean
language model (half a gigabyte) is loaded once, and only when it is needed.
Long work stands in a queue; what somebody waits for goes past it, see `lane`.
"""

import asyncio
import functools
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from persona_lab import memory
from persona_lab.engines.lane import Lane, Way, serve
from persona_lab.errors import EngineRefused, EngineUnavailable

# How many calls may wait for the child's answer at once; further ones wait their turn to wait.
WAITING = 32
# Several times what the language models and a long interview need, and less than a laptop has.
LIMIT_BYTES = 4 * 2**30
# A child that is not there in so many seconds doesn't come; mostly it takes one.
BEGINS_SECONDS = 30.0
# So often whoever waits for an answer looks whether one can still come.
LOOKS_SECONDS = 1.0

CLOSED = "The server is ending. Try again when it is back."

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Workroom:
    """Runs functions in the child process: one after the other, in the order of asking, or beside those.

    Args:
        limit_seconds: a call that takes longer is ended, and the child started anew.
        limit_bytes: what the child may claim, models and all; where the system can hold it to that.
    """

    def __init__(self, limit_seconds: float = 120.0, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_seconds = limit_seconds
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._is_closed = False
        self._lane = Lane()
        self._pool = _pool(limit_bytes, self._lane.way)
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
        with self._explained():
            try:
                result: Result = _outcome(*self._schedule(function, args, kwargs))
            except BrokenProcessPool:
                # The child died before it began with this call, which is no fault of the call's.
                result = _outcome(*self._schedule(function, args, kwargs))
        return result

    async def run_async(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Do as `run` does, beside whatever it is at, and without holding up the event loop.

        `function` is called in a thread of the child's own, so it must not change what others use.
        """
        if self._is_closed:
            raise EngineUnavailable(CLOSED)
        return await asyncio.get_running_loop().run_in_executor(
            self._waiting, functools.partial(self._run_beside, function, args, kwargs)
        )

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
        self._pool.join(timeout=5)
        self._lane.close()
        self._waiting.shutdown(wait=False, cancel_futures=True)

    def _run_beside(self, function: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Result:
        with self._explained():
            try:
                result: Result = self._call(function, args, kwargs)
            except BrokenProcessPool:
                # The child died, of something else most likely: what somebody waits for is soon done again.
                result = self._call(function, args, kwargs)
        return result

    def _call(self, function: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Result:
        if self._is_closed or not self._lane.is_open():
            self._let_child_in()
        result: Result = self._lane.call(function, args, kwargs, limit=self._limit_seconds)
        return result

    def _let_child_in(self) -> None:
        """Wait for a child; one begins with its first piece of work."""
        until = time.monotonic() + BEGINS_SECONDS
        pool, work = self._schedule(os.getpid, (), {})
        while not self._lane.is_open(seconds=0.1):
            if time.monotonic() > until:
                raise BrokenProcessPool
            if not pool.active or (work.done() and (work.cancelled() or work.exception())):
                # It was given to a child that had just died.
                pool, work = self._schedule(os.getpid, (), {})

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in our words what became of the child."""
        try:
            yield
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

    def _schedule(
        self, function: Callable[..., Result], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[ProcessPool, "ProcessFuture[Result]"]:
        with self._lock:
            if self._is_closed:
                raise EngineUnavailable(CLOSED)
            if not self._pool.active:
                # A child that dies while it has nothing to do breaks pebble's pool for good.
                self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it untyped
                self._pool = _pool(self._limit_bytes, self._lane.way)
            try:
                work = self._pool.schedule(function, args=list(args), kwargs=kwargs, timeout=self._limit_seconds)
            except RuntimeError:
                # It broke since the look above.
                raise BrokenProcessPool from None
            return self._pool, work


def _outcome(pool: ProcessPool, work: "ProcessFuture[Result]") -> Result:
    """Wait for what becomes of the work.

    Raises:
        BrokenProcessPool: the child died before it began with it.
    """
    # What is given to a pool at the moment at which it breaks is never heard of again.
    while not wait([work], LOOKS_SECONDS).done:
        if not pool.active and not work.done():
            raise BrokenProcessPool
    result: Result = work.result()
    return result


def _pool(limit_bytes: int, way: Way) -> ProcessPool:
    # A forked child would inherit the server's threads' locks and its sockets.
    context = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=1, initializer=_begin, initargs=[limit_bytes, way], context=context)


def _begin(limit_bytes: int, way: Way) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))
    memory.give_back()
    _end_with_parent()
    serve(way)


def _end_with_parent() -> None:
    """Leave when the server is gone, even when it was killed and could not say so."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
