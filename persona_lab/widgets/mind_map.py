"""A mind map as a tree to walk through by keyboard; each item opens the quote it rests on."""

from typing import Any

import traitlets

from persona_lab.lab.drawing import mind_map_picture as drawn
from persona_lab.models import MindMap
from persona_lab.widgets import assets
from persona_lab.widgets.beside import HeardBesideCells
from persona_lab.widgets.places import OnOpen, open_place

Shown = dict[str, Any]


class MindMapTree(HeardBesideCells):
    """The tree of one mind map. What is open, and where the focus is, belongs to the page.

    Traits (state):
        locale     "en" | "ko"
        mind_map   the MindMap as JSON; when it is set anew, what is still there stays open and keeps the focus
        can_open   bool, whether quotes lead to the transcript

    Messages from the page:
        {kind: "open", interview_id, turn, start}
    """

    _esm = assets.esm("mind_map")
    _css = assets.css("base", "mind_map")

    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    # traitlets.Dict takes its types in annotations only, and not when the program runs.
    mind_map: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    can_open = traitlets.Bool().tag(sync=True)

    def __init__(self, mind_map: MindMap, *, locale: str = "en", on_open: OnOpen | None = None) -> None:
        self._value = mind_map
        super().__init__(mind_map=mind_map.model_dump(mode="json"), locale=locale, can_open=on_open is not None)
        self.on_msg(lambda _widget, content, _buffers: open_place(content, on_open))

    def update(self, mind_map: MindMap) -> None:
        """Show another state of the map. May be called from any thread."""
        self._value = mind_map
        self.mind_map = mind_map.model_dump(mode="json")

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        static = {
            "text/plain": drawn.mind_map_text(self._value),
            "text/html": drawn.mind_map_html(self._value),
        }
        return {**data, **static}, metadata
