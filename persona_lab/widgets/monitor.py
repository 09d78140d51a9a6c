"""The live monitor of a project's stream: is the line up, what comes through it, and how fast.

All it shows is one small trait. The feed's thread sets it at most four times a
second, and anywidget sends it only when something in it has moved.
"""

import time
from typing import Any

import traitlets

from persona_lab.lab.drawing import figures as drawn
from persona_lab.widgets import assets
from persona_lab.widgets.beside import HeardBesideCells

Figures = dict[str, Any]

# The page says that it shows the monitor every 30 s, and a browser may let a page in the background wait a minute.
WATCHED_SECONDS = 100.0


class Monitor(HeardBesideCells):
    """The connection, events per second, counts by type, and latencies of one stream.

    Traits (state):
        project_name  str
        locale        "en" | "ko"
        figures       {seq, state, reason, per_second: [60 numbers, the last is the second under way],
                      types: {type: n}, bounds_ms, received: {p50, p95, spread}, applied: {p50, p95, spread},
                      reconnects, resets, server: what GET /api/monitor says | None}

    Messages from the page:
        {kind: "watching"}    a view is on the page; said anew every 30 s
    """

    _esm = assets.esm("monitor")
    _css = assets.css("base", "monitor")

    project_name = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    # traitlets.Dict takes its types in annotations only, and not when the program runs.
    figures: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def __init__(self, project_name: str, figures: Figures, *, locale: str = "en") -> None:
        self._heard_at: float | None = None
        super().__init__(project_name=project_name, figures={"server": None, **figures}, locale=locale)
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def is_watched(self) -> bool:
        """Whether a page has shown it lately."""
        return self._heard_at is not None and time.monotonic() - self._heard_at < WATCHED_SECONDS

    def receive(self, message: dict[str, Any]) -> None:
        """Note what the page says."""
        match message:
            case {"kind": "watching"}:
                self._heard_at = time.monotonic()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        static = {
            "text/plain": drawn.figures_text(self.project_name, self.figures, locale=self.locale),
            "text/html": drawn.figures_html(self.project_name, self.figures, locale=self.locale),
        }
        return {**data, **static}, metadata
