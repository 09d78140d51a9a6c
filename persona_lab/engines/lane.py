"""A way into the workroom's child beside its queue, for what somebody waits for.

An analysis holds the child's main thread for seconds, and a second child would load
the language models once more. So the child serves these calls in threads of their own.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Client, Connection, Listener
from typing import Any, NamedTuple

# So many calls are served at once.
AT_ONCE = 4
# A thread that computes gives way after so many seconds. With Python's 5 ms a question, which gives
# way itself wherever numpy begins, takes several times as long beside an analysis as alone.
GIVES_WAY_SECONDS = 0.0005


class Way(NamedTuple):
    """Where the child comes in, and with what word."""

    address: Any
    key: bytes


class Lane:
    """The parent's end. A child that comes in takes the place of the one before."""

    def __init__(self) -> None:
        key = os.urandom(32)
        self._listener = Listener(authkey=key)
        self.way = Way(self._listener.address, key)
        self._is_closed = False
        self._changed = threading.Condition()
        self._child: _Child | None = None
        threading.Thread(target=self._let_in, daemon=True, name="lane").start()

    def is_open(self, *, seconds: float = 0.0) -> bool:
        """Say whether a child serves, after waiting up to so long for one to come in."""
        with self._changed:
            return self._changed.wait_for(lambda: self._child is not None and not self._child.is_gone, seconds)

    def call(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], *, limit: float
    ) -> Any:
        """Return what the child makes of it, or raise what `function` raises there.

        Raises:
            TimeoutError: it took longer than `limit` seconds, and the child was ended.
            BrokenProcessPool: no child serves, or it died meanwhile.
        """
        with self._changed:
            child = self._child
        if child is None:
            raise BrokenProcessPool
        answer = child.ask(function, args, kwargs)
        try:
            result, error = pickle.loads(answer.result(limit))  # noqa: S301  # by our own child
        except FutureTimeout:
            child.end()
            raise
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        self._is_closed = True
        # The thread that lets children in wakes for nothing else.
        with suppress(OSError, EOFError):
            Client(self.way.address, authkey=self.way.key).close()
        self._listener.close()

    def _let_in(self) -> None:
        while not self._is_closed:
            try:
                connection = self._listener.accept()
                child = _Child(connection, connection.recv())
            except (OSError, EOFError):
                continue
            with self._changed:
                self._child = child
                self._changed.notify_all()
            threading.Thread(target=self._hear, args=[child], daemon=True, name="lane-answers").start()

    def _hear(self, child: "_Child") -> None:
        child.hear()
        with self._changed:
            if self._child is child:
                self._child = None


class _Child:
    """The child as its parent sees it.

    Attributes:
        is_gone: it serves no more.
    """

    def __init__(self, connection: "Connection[Any, Any]", process_id: int) -> None:
        self._connection = connection
        self._process_id = process_id
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: dict[int, Future[bytes]] = {}
        self.is_gone = False

    def ask(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Future[bytes]:
        answer: Future[bytes] = Future()
        call = pickle.dumps((function, args, kwargs))
        with self._lock:
            if self.is_gone:
                raise BrokenProcessPool
            number = next(self._numbers)
            self._waiting[number] = answer
            # A connection that has broken is noticed by who hears.
            with suppress(OSError):
                self._connection.send((number, call))
        return answer

    def hear(self) -> None:
        """Pass on the child's answers until it is gone; whoever still waits learns that it is."""
        with suppress(OSError, EOFError):
            while True:
                number, data = self._connection.recv()
                with self._lock:
                    answer = self._waiting.pop(number)
                answer.set_result(data)
        with self._lock:
            self.is_gone = True
        self._connection.close()
        for answer in self._waiting.values():
            answer.set_exception(BrokenProcessPool())

    def end(self) -> None:
        with self._lock:
            self.is_gone = True
        with suppress(ProcessLookupError):
            os.kill(self._process_id, getattr(signal, "SIGKILL", signal.SIGTERM))


def serve(way: Way) -> None:
    """Come in, and serve in threads until the parent is gone; to be called in the child."""
    sys.setswitchinterval(GIVES_WAY_SECONDS)
    connection = Client(way.address, authkey=way.key)
    connection.send(os.getpid())
    threading.Thread(target=_serve, args=[connection], daemon=True, name="lane").start()


def _serve(connection: "Connection[Any, Any]") -> None:
    answering = threading.Lock()

    def do(number: int, call: bytes) -> None:
        answer = _answer(call)
        with answering, suppress(OSError):
            connection.send((number, answer))

    with ThreadPoolExecutor(AT_ONCE, "lane") as pool, suppress(OSError, EOFError):
        while True:
            pool.submit(do, *connection.recv())


def _answer(call: bytes) -> bytes:
    """Return the result, None, or None, the error; packed here, for what can't be packed is an error, too."""
    try:
        function, args, kwargs = pickle.loads(call)  # noqa: S301  # by our own parent
        return pickle.dumps((function(*args, **kwargs), None))
    except Exception as error:
        return _packed(error)


def _packed(error: Exception) -> bytes:
    try:
        data = pickle.dumps((None, error))
        pickle.loads(data)  # noqa: S301  # what was packed a line above
    except Exception:
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
    return data
