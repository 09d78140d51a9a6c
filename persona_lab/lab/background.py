"""The connection's own thread: an event loop that goes on while a cell keeps the kernel busy."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar, TypeVarTuple

from persona_lab.errors import ServerUnreachable

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Background:
    """An event loop on a daemon thread; it ends with the kernel."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="persona_lab", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be done there any more."""
        return self._loop.is_closed()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do the work there and wait for it here; interrupting the cell cancels it."""
        future = self.start(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[*Arguments], Result], *args: *Arguments) -> Result:
        """Call the function there, for what only that thread may touch, and return what it returns."""

        async def called() -> Result:
            return function(*args)

        return self.run(called())

    def start(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        """Do the work there, and go on here."""
        if self._loop.is_closed():
            work.close()
            raise ServerUnreachable("This connection was closed. Run persona_lab.connect() and lab.project(…) again.")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Cancel what is under way and end the thread."""

        async def cancel_all() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        if self._loop.is_running():
            self.start(cancel_all()).result(timeout=5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
            self._loop.close()
