"""A project's insights as a list to work on: looked through, judged, taken back, and true while it is on the screen.

The page has all insights in brief and filters them itself; what one rests on travels when it is opened. What is said
of them comes in words, in the language of `locale`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import traitlets

from persona_lab.lab.insights.view import View
from persona_lab.widgets import assets, packed
from persona_lab.widgets.places import OnOpen, open_place
from persona_lab.widgets.readable import Readable
from persona_lab.widgets.trying import told

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]


DEEDS = ("rename", "pin", "unpin", "reject", "restore", "merge", "undo", "take back")
# How many that were opened are kept true; an older one is asked for anew when it is opened.
OPENED_KEPT = 20


class Deed(NamedTuple):
    """What somebody does on the page: to which insights, and the name given, or the id of the judgement taken back."""

    kind: str
    insights: tuple[str, ...]
    text: str


class Done(NamedTuple):
    """What came of it: in a sentence, and the id of the insight it is true of now."""

    said: str
    insight: str


class InsightBoard(Readable):
    """Every pain, need and takeaway with its support, and what people say of it.

    Traits (state):
        project_name  str
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        rows          packed as `packed` does it: [{id, kind, text, support, participants, words, marks, is_pinned,
                      is_rejected, place, name_place, personas: {id: n}, topics: [place in `topics`]}]; also what was
                      rejected
        topics        [{key, name, where}]
        personas      [{id, label, participants}]
        notice        str, what is still to come, or has changed since
        nothing       str, why there are no rows
        undoable      str, what `undo` takes back
        view          {kinds, persona, text, alone, rejected, section, sort}, as in `View`; the page sets it
        selected      [id]; the page sets it
        can_open      bool, whether quotes lead to the transcript

    Messages to the page:
        {kind: "details", insight, details}           what an insight rests on that was opened; see `shown.details`
        {kind: "done", id, error, said, insight}      what was asked is done, or what went wrong

    Messages from the page:
        {kind: "open", insight}
        {kind: "open", interview_id, turn, start}     somebody wants to see a quote in its place
        {kind: "do", id, deed, insights: [id], text}  see `DEEDS`; "merge" puts all into the first, "undo" takes back
                                                      the newest deed, "take back" the judgement whose id is `text`

    `show` may be called from any thread.
    """

    _esm = assets.esm("insights")
    _css = assets.css("base", "insights")

    project_name = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    connection = traitlets.Enum(["live", "reconnecting", "offline"], default_value="live").tag(sync=True)
    rows: traitlets.List[Row] = traitlets.List().tag(sync=True, to_json=lambda rows, _widget: packed.pack(rows))
    topics: traitlets.List[Row] = traitlets.List().tag(sync=True)
    personas: traitlets.List[Row] = traitlets.List().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    nothing = traitlets.Unicode().tag(sync=True)
    undoable = traitlets.Unicode().tag(sync=True)
    can_open = traitlets.Bool().tag(sync=True)
    view: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        project_name: str,
        view: View,
        *,
        on_sql: "Callable[[str], pd.DataFrame]",
        on_open: Callable[[str], Mapping[str, Any]],
        on_deed: Callable[[Deed], Done],
        on_place: OnOpen | None = None,
        static: Callable[[View, str], tuple[str, str]],
        **shown: Any,
    ) -> None:
        self._on_open = on_open
        self._on_deed = on_deed
        self._on_place = on_place
        self._static = static
        # What pages have open, as it was sent to them last.
        self._opened: dict[str, Mapping[str, Any]] = {}
        chosen = {**view._asdict(), "kinds": list(view.kinds)}
        super().__init__(on_sql=on_sql, project_name=project_name, view=chosen, can_open=on_place is not None, **shown)
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def sql(self) -> str:
        return View.of(self.view).sql

    def show(self, rows: Sequence[Row], topics: Sequence[Row], personas: Sequence[Row]) -> None:
        """Make these what is shown, and what is open with them."""
        with self.lock, self.hold_sync():
            self.topics = list(topics)
            self.personas = list(personas)
            self.rows = list(rows)
        for insight_id in list(self._opened):
            self._open(insight_id)

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the page asks for."""
        if open_place(message, self._on_place):
            return
        match message:
            case {"kind": "open", "insight": str(insight_id)}:
                self._opened.pop(insight_id, None)
                self._open(insight_id)
            case {"kind": "do", "id": int(number), "deed": str(kind), "insights": list(chosen), "text": str(text)}:
                if kind in DEEDS:
                    self._do(number, Deed(kind, tuple(map(str, chosen)), text))

    def _open(self, insight_id: str) -> None:
        """Send what an insight rests on, where it isn't what was sent before."""
        found = self._on_open(insight_id)
        with self.lock:
            if self._opened.get(insight_id) != found:
                self._opened[insight_id] = found
                for oldest in list(self._opened)[:-OPENED_KEPT]:
                    del self._opened[oldest]
                self.send({"kind": "details", "insight": insight_id, "details": found})

    def _do(self, number: int, deed: Deed) -> None:
        """Do it beside the page's other messages: it ends when the result is on the page."""

        def work() -> None:
            error, done = self._try(deed)
            self.send({"kind": "done", "id": number, "error": error, **done._asdict()})

        threading.Thread(target=work, daemon=True).start()

    def _try(self, deed: Deed) -> tuple[str, Done]:
        nothing = Done("", "")
        try:
            return "", self._on_deed(deed)
        except Exception as error:
            return told(error, self.locale), nothing

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        html, text = self._static(View.of(self.view), self.locale)
        return {**data, "text/plain": text, "text/html": html}, metadata
