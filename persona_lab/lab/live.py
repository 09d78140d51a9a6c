"""A part of a cell's output that moves while the cell runs, and is gone when it has ended.

What stays in the notebook is displayed afterwards, as ordinary output: so a
notebook that is run again gets the same outputs, however the time between went.
"""

import time
from types import TracebackType
from typing import Any

# The screen is not updated more often than this, whatever the rate of news.
UPDATE_SECONDS = 0.05


class Live:
    """`with Live() as live: live.show(html, text)`; outside of Jupyter nothing is shown."""

    def __init__(self) -> None:
        self._handle = None
        self._last_update = 0.0
        if in_notebook():
            self._handle = _display(_EMPTY, raw=True, display_id=True)

    def __enter__(self) -> "Live":
        return self

    def show(self, html: str, text: str) -> None:
        """Replace what is shown, unless that was done a moment ago."""
        now = time.monotonic()
        if self._handle is not None and now - self._last_update >= UPDATE_SECONDS:
            self._last_update = now
            self._handle.update({"text/html": html, "text/plain": text}, raw=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.update(_EMPTY, raw=True)


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
