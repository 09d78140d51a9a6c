"""A study's widgets as one: the board, and beside it what was opened from it or by its tab.

A pane is made when somebody opens its tab, and not before.
"""

import threading
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import anywidget
import traitlets

from persona_lab.widgets import assets
from persona_lab.widgets.beside import HeardBesideCells
from persona_lab.widgets.trying import told

# Returns the widget of a pane, given the language of its labels: the one there is, brought up to date, or a new one.
# None as long as there is nothing to show in it.
Look = Callable[[str], anywidget.AnyWidget | None]


class Workbench(HeardBesideCells):
    """The widgets of a study as tabs; where there is room, the board stays beside the one that is open.

    Traits (state):
        project_name  str
        locale        "en" | "ko"; the widgets in it follow, and the page may set it
        panes         [str], what there are tabs of, in order
        tab           str, the pane whose tab is open; the page may set it
        nothing       [str], panes that were opened and have nothing to show yet
        errors        {pane: words}, what went wrong when a pane was opened
        board, reader, insights, personas, chat, mind_map, monitor
                      the widget of that pane; None as long as nobody has looked at it

    Messages from the page:
        {kind: "again", pane}    somebody pressed the tab that is open

    `show` may be called from any thread.
    """

    _esm = assets.esm("workbench")
    _css = assets.css("base", "workbench")

    project_name = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    panes: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    tab = traitlets.Unicode().tag(sync=True)
    nothing: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # traitlets.Dict takes its types in annotations only, and not when the program runs.
    errors: "traitlets.Dict[str, str]" = traitlets.Dict().tag(sync=True)
    board = anywidget.WidgetTrait().tag(sync=True)
    reader = anywidget.WidgetTrait().tag(sync=True)
    insights = anywidget.WidgetTrait().tag(sync=True)
    personas = anywidget.WidgetTrait().tag(sync=True)
    chat = anywidget.WidgetTrait().tag(sync=True)
    mind_map = anywidget.WidgetTrait().tag(sync=True)
    monitor = anywidget.WidgetTrait().tag(sync=True)

    def __init__(self, project_name: str, looks: Mapping[str, Look], *, locale: str = "en") -> None:
        """Make a workbench with a tab for each of `looks`; the first is open."""
        self._looks = looks
        self._making = threading.RLock()
        # The pane whose tab `show` opens.
        self._opening = ""
        first = next(iter(looks))
        made = {first: looks[first](locale)}
        super().__init__(project_name=project_name, locale=locale, panes=list(looks), tab=first, **made)
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the page asks for."""
        match message:
            case {"kind": "again", "pane": str(pane)}:
                self._look_soon(pane)

    def show(self, pane: str, look: Look | None = None) -> None:
        """Open a pane's tab, and have its widget made or brought up to date, by `look` where it is given."""
        self._opening = pane
        self.tab = pane
        self._opening = ""
        self._look(pane, look)

    @property
    def children(self) -> "dict[str, anywidget.AnyWidget]":
        """The widgets that have been made, by pane."""
        return {pane: made for pane in self.panes if (made := getattr(self, pane)) is not None}

    def _look(self, pane: str, look: Look | None = None) -> None:
        look = look or self._looks.get(pane)
        if look is None:
            return
        error = ""
        with self._making:
            widget = getattr(self, pane)
            try:
                widget = look(self.locale)
            except Exception as failed:
                error = told(failed, self.locale)
            setattr(self, pane, widget)
            self.nothing = [*(one for one in self.nothing if one != pane), *([pane] if widget is None else [])]
            others = {one: words for one, words in self.errors.items() if one != pane}
            self.errors = {**others, pane: error} if error else others

    @traitlets.observe("tab")
    def _tab_opened(self, change: Any) -> None:
        if change["new"] != self._opening:
            self._look_soon(change["new"])

    def _look_soon(self, pane: str) -> None:
        # The page goes on meanwhile: a widget may take a second to make.
        threading.Thread(target=self._look, args=(pane,), daemon=True).start()

    @traitlets.observe("locale")
    def _locale_chosen(self, change: Any) -> None:
        for widget in self.children.values():
            widget.locale = change["new"]

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        shown = [made[0] for widget in self.children.values() if (made := widget._repr_mimebundle_()) is not None]
        static = {
            "text/plain": "\n\n".join(one["text/plain"] for one in shown),
            "text/html": "\n".join([f"<h3>{escape(self.project_name)}</h3>", *(one["text/html"] for one in shown)]),
        }
        return {**data, **static}, metadata
