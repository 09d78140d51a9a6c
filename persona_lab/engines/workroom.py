"""The one child process in which files are parsed and language is processed.

Two reasons: a bad file can't hold up or bring down the server, and the Korean
language model (half a gigabyte) is loaded once, and only when it is needed.
Long work stands in a line; what somebody waits for goes past it: an analysis holds
the child for seconds, and a second child would load the language models once more.
"""

import asyncio
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from persona_lab.engines.child import Child, ChildDied, TooLong
from persona_lab.errors import EngineRefused, EngineUnavailable

# How many calls may wait for the child's answer at once; further ones wait their turn to wait.
WAITING = 32
# Several times what the language models and a long interview need, and less than a laptop has.
LIMIT_BYTES = 4 * 2**30

CLOSED = "The server is ending. Try again when it is back."

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Workroom:
    """Runs functions in the child process: one after the other, in the order of asking, or beside those.

    The child begins with the first piece of work; after one that died, the next begins with the next.

    Args:
        limit_seconds: a call that takes longer is ended with the child.
        limit_bytes: what the child may claim, models and all; where the system can hold it to that.
    """

    def __init__(self, limit_seconds: float = 120.0, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_seconds = limit_seconds
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._is_closed = False
        self._child: Child | None = None
        self._line = ThreadPoolExecutor(1, "workroom-line")
        self._beside = ThreadPoolExecutor(WAITING, "workroom-beside")

    def run(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Call `function` in the child process and wait for its result.

        Raises:
            EngineRefused: it took longer than the limit, or more memory.
            EngineUnavailable: the child process died.
            PersonaLabError: whatever `function` raised.
        """
        result: Result = self._given(function, args, kwargs, beside=False).result()
        return result

    async def run_async(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Do as `run` does, beside whatever it is at, and without holding up the event loop.

        `function` is called in a thread of the child's own, so it must not change what others use.
        """
        result: Result = await asyncio.wrap_future(self._given(function, args, kwargs, beside=True))
        return result

    def close(self) -> None:
        """End the child; whoever waits for it is told."""
        with self._lock:
            self._is_closed = True
            child = self._child
        if child is not None:
            child.end()
        self._line.shutdown(wait=False)
        self._beside.shutdown(wait=False)

    def _given(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], *, beside: bool
    ) -> Future[Any]:
        work = pickle.dumps((function, args, kwargs))
        try:
            return (self._beside if beside else self._line).submit(self._do, work, beside=beside)
        except RuntimeError:
            # They take nothing more on.
            raise EngineUnavailable(CLOSED) from None

    def _do(self, work: bytes, *, beside: bool) -> Any:
        try:
            return self._do_once(work, beside=beside)
        except ChildDied as death:
            # A child that dies before it begins with a call dies of something else. So does, most likely, one
            # that dies beside it; and what somebody waits for is soon done again.
            if death.has_begun and not self._is_closed:
                raise _unavailable(death) from None
        try:
            return self._do_once(work, beside=beside)
        except ChildDied as death:
            raise _unavailable(death) from None

    def _do_once(self, work: bytes, *, beside: bool) -> Any:
        try:
            return self._served().call(work, beside=beside, limit_seconds=self._limit_seconds)
        except TooLong:
            raise EngineRefused(
                f"This took longer than {self._limit_seconds:.0f} seconds and was ended. Split the transcript."
            ) from None
        except MemoryError:
            raise EngineRefused(
                f"This needs more than {self._limit_bytes / 2**30:.1f} GB of memory. Split the transcript."
            ) from None

    def _served(self) -> Child:
        """Return a child that is there."""
        with self._lock:
            if self._is_closed:
                raise EngineUnavailable(CLOSED)
            if self._child is None or self._child.is_gone:
                self._child = Child(self._limit_bytes)
            child = self._child
        child.wait()
        return child


def _unavailable(death: ChildDied) -> EngineUnavailable:
    code = "" if death.exit_code is None else f" (exit code {death.exit_code})"
    return EngineUnavailable(f"The analysis process ended unexpectedly{code}. Try again.")
