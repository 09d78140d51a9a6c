"""The live monitor of a project's stream: is the line up, what comes through it, and how fast.

All it shows is one small trait. The feed's thread sets it at most four times a
second, and anywidget sends it only when something in it has moved.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

import traitlets

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing import figures as drawn
from persona_lab.widgets import assets
from persona_lab.widgets.readable import Readable

if TYPE_CHECKING:
    import pandas as pd

Figures = dict[str, Any]

# The page says that it shows the monitor every 30 s, and a browser may let a page in the background wait a minute.
WATCHED_SECONDS = 100.0
SQL: Final = """\
SELECT type, count(*) AS received, max("at") AS newest,
  quantile_disc(sent_to_received_ms, 0.5) AS sent_to_received_p50_ms,
  quantile_disc(sent_to_received_ms, 0.95) AS sent_to_received_p95_ms,
  quantile_disc(received_to_applied_ms, 0.5) AS received_to_applied_p50_ms,
  quantile_disc(received_to_applied_ms, 0.95) AS received_to_applied_p95_ms
FROM stream_log
WHERE kind = 'event'
GROUP BY type
ORDER BY type"""


class Monitor(Readable):
    """The connection, events per second, counts by type, and latencies of one stream.

    `sql` gives a row for each type of event, counted in `stream_log`, which keeps the newest 10,000 entries;
    `selection` those of the types that are chosen on the page.

    Traits (state):
        selected      [str], the types of events that are chosen
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

    key: ClassVar[str] = "type"

    def __init__(
        self,
        project_name: str,
        figures: Figures,
        *,
        locale: str = "en",
        on_sql: "Callable[[str], pd.DataFrame] | None" = None,
    ) -> None:
        self._heard_at: float | None = None
        super().__init__(
            on_sql=on_sql or _no_stream,
            project_name=project_name,
            figures={"server": None, **figures},
            locale=locale,
        )
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def sql(self) -> str:
        """The query of the events by type."""
        return SQL

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


def _no_stream(_query: str) -> "pd.DataFrame":
    raise InvalidRequest("This monitor belongs to no project, so there is no stream to read. Use project.monitor().")
