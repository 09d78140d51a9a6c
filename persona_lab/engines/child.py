"""The workroom's child process: as its parent sees it, and what it does.

One connection is all that the two share. A lock or a queue between them would be taken along by a child that is
killed, and whoever comes next would wait for it; the connection of a process that is gone just ends.
"""

import atexit
import itertools
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from persona_lab import memory
from persona_lab.discretion import locate
from persona_lab.errors import PersonaLabError

# So many calls are served at once beside the one in the main thread.
AT_ONCE = 4
# A child that is not there in so many seconds doesn't come; mostly it takes a quarter of one.
BEGINS_SECONDS = 60.0
# One that was killed is gone in so many, unless the system itself stands still.
ENDS_SECONDS = 5.0
# A thread that computes gives way after so many seconds. With Python's 5 ms a question, which gives
# way itself wherever numpy begins, takes several times as long beside an analysis as alone.
GIVES_WAY_SECONDS = 0.0005

# What a child says of no call: that it is there.
READY = -1


class ChildDied(Exception):
    """The child is gone, or never came.

    Attributes:
        has_begun: the call at hand was under way.
        exit_code: the child's, where there is one; negative is the signal that ended it.
    """

    def __init__(self, exit_code: int | None, *, has_begun: bool = False) -> None:
        super().__init__(exit_code)
        self.has_begun = has_begun
        self.exit_code = exit_code


class Child:
    """A child process that begins at once.

    Args:
        limit_bytes: what it may claim; where the system can hold it to that.

    Attributes:
        is_gone: it takes no further calls.

    Raises:
        ChildDied: the system lets no process begin.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.is_gone = False
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: dict[int, _Call] = {}
        self._is_there = threading.Event()
        self._exit_code: int | None = None
        self._connection, its = multiprocessing.Pipe()
        self._process = _process(its, limit_bytes)
        try:
            self._process.start()
        except (OSError, EOFError):
            self._connection.close()
            raise ChildDied(None) from None
        finally:
            # While it is open here, too, the child's end would go unnoticed.
            its.close()
        # By itself the end of a program asks for its children's, and waits for it.
        atexit.register(self.end)
        threading.Thread(target=self._hear, daemon=True, name="workroom-answers").start()

    def wait(self) -> None:
        """Wait until it is there.

        Raises:
            ChildDied: it doesn't come.
        """
        if not self._is_there.wait(BEGINS_SECONDS):
            self.end()
        if self.is_gone:
            raise ChildDied(self._exit_code)

    def call(self, work: bytes, *, beside: bool, limit_seconds: float) -> Any:
        """Return what the child makes of it, or raise what the function raises there.

        Args:
            work: the pickled function, arguments and keyword arguments.
            beside: in a thread of its own, not in the main thread in the order of asking.
            limit_seconds: how long to wait before the child is ended.

        Raises:
            TooLong: it took longer than the limit, and the child was ended.
            ChildDied: the child died before or meanwhile.
        """
        call = _Call()
        with self._lock:
            if self.is_gone:
                raise ChildDied(self._exit_code)
            number = next(self._numbers)
            self._waiting[number] = call
        # That a connection has broken is noticed by who hears.
        with self._sending, suppress(OSError):
            self._connection.send((number, beside, work))
        try:
            answer = call.answer.result(limit_seconds)
        except TimeoutError:
            self.end()
            raise TooLong from None
        result, error = pickle.loads(answer)  # noqa: S301  # by our own child
        if error is not None:
            raise error
        return result

    def end(self) -> None:
        """Kill it; whoever waits for it learns that it is gone."""
        with self._lock:
            self.is_gone = True
        self._process.kill()

    def _hear(self) -> None:
        try:
            while True:
                number, answer = self._connection.recv()
                if number == READY:
                    self._is_there.set()
                elif answer is None:
                    self._waiting[number].has_begun = True
                else:
                    self._waiting.pop(number).answer.set_result(answer)
        except (OSError, EOFError):
            pass
        finally:
            self._bury()

    def _bury(self) -> None:
        """Tell whoever waits that it is gone."""
        self.end()
        with self._sending:
            self._connection.close()
        self._process.join(ENDS_SECONDS)
        self._exit_code = self._process.exitcode
        for call in self._waiting.values():
            call.answer.set_exception(ChildDied(self._exit_code, has_begun=call.has_begun))
        self._is_there.set()
        atexit.unregister(self.end)


class TooLong(Exception):
    """A call took longer than its limit."""


class _Call:
    def __init__(self) -> None:
        self.answer: Future[bytes] = Future()
        self.has_begun = False


def _process(connection: "Connection[Any, Any]", limit_bytes: int) -> BaseProcess:
    # A forked child would inherit the server's threads' locks and its sockets.
    context = multiprocessing.get_context("spawn")
    return context.Process(target=serve, args=(connection, limit_bytes), name="workroom", daemon=True)


def serve(connection: "Connection[Any, Any]", limit_bytes: int) -> None:
    """Do what is asked until the parent is gone, also if it was killed and could not say so; to be called in the child.

    Calls that are not beside are done in the main thread, and are told of when they begin.
    """
    # A terminal sends Ctrl-C to all of its processes, a service manager its own signal; what is under way is the
    # server's to end, and it must not look as if it had failed.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    _limit(limit_bytes)
    memory.give_back()
    sys.setswitchinterval(GIVES_WAY_SECONDS)
    sending = threading.Lock()
    line: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()

    def say(number: int, answer: bytes | None) -> None:
        with sending, suppress(OSError):
            connection.send((number, answer))

    def do_beside(number: int, work: bytes) -> None:
        say(number, _answer(work))

    def listen() -> None:
        threads = ThreadPoolExecutor(AT_ONCE, "beside")
        try:
            while True:
                number, beside, work = connection.recv()
                if beside:
                    threads.submit(do_beside, number, work)
                else:
                    line.put((number, work))
        finally:
            os._exit(0)

    threading.Thread(target=listen, daemon=True, name="listening").start()
    say(READY, b"")
    while True:
        number, work = line.get()
        say(number, None)
        say(number, _answer(work))


def _limit(size: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _answer(work: bytes) -> bytes:
    """Return the result, None, or None, the error; packed here, for what can't be packed is an error, too."""
    function: Callable[..., Any]
    try:
        function, args, kwargs = pickle.loads(work)  # noqa: S301  # by our own parent
        return pickle.dumps((function(*args, **kwargs), None))
    except PersonaLabError as error:
        return _packed(error)
    except Exception as error:
        locate(error)
        return _packed(error)


def _packed(error: Exception) -> bytes:
    try:
        data = pickle.dumps((None, error))
        pickle.loads(data)  # noqa: S301  # what was packed a line above
    except Exception:
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
    return data
