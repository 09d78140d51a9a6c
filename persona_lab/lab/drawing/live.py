"""A part of a cell's output that moves while the cell runs, and is gone when it has ended.

What stays in the notebook is displayed afterwards, as ordinary output: so a
notebook that is run again gets the same outputs, however the time between went.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

# The screen is not updated more often than this, whatever the rate of news.
UPDATE_SECONDS = 0.05

# HTML and plain text.
Picture = Callable[[], tuple[str, str]]


class Live:
    """`with Live() as live: live.show(picture)`; outside of Jupyter nothing is shown.

    What was shown last is on the screen within 50 ms, also when nothing follows. Usable from any thread.
    """

    def __init__(self) -> None:
        self._handle = None
        self._last_update = 0.0
        self._lock = threading.Lock()
        self._picture: Picture | None = None
        self._timer: threading.Timer | None = None
        if in_notebook():
            self._handle = _display(_EMPTY, raw=True, display_id=True)

    def __enter__(self) -> "Live":
        return self

    def show(self, picture: Picture) -> None:
        """Replace what is shown, at once or in a moment; the picture is only drawn when it is."""
        if self._handle is None:
            return
        with self._lock:
            self._picture = picture
            if self._timer is not None:
                return
            pause = self._last_update + UPDATE_SECONDS - time.monotonic()
            if pause <= 0:
                self._update()
            else:
                self._timer = threading.Timer(pause, self._show_late)
                self._timer.daemon = True
                self._timer.start()

    def _show_late(self) -> None:
        with self._lock:
            self._timer = None
            self._update()

    def _update(self) -> None:
        if self._picture is not None and self._handle is not None:
            html, text = self._picture()
            self._picture = None
            self._last_update = time.monotonic()
            self._handle.update({"text/html": html, "text/plain": text}, raw=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._picture = None
            if self._timer is not None:
                self._timer.cancel()
            if self._handle is not None:
                self._handle.update(_EMPTY, raw=True)
                self._handle = None


def _display(value: object, **options: Any) -> Any:
    from IPython import display

    return display.display(value, **options)  # type: ignore[no-untyped-call]  # untyped in IPython


_EMPTY = {"text/html": "", "text/plain": ""}


def in_notebook() -> bool:
    """Say whether a Jupyter frontend shows what we display."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def show(value: object) -> None:
    """Display the value in a notebook; anywhere else the caller's own printing does."""
    if in_notebook():
        _display(value)
