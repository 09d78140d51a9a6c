"""A mind map as a tree to walk through by keyboard; each item opens the quote it rests on."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import traitlets

from persona_lab.lab.drawing import mind_map_picture as drawn
from persona_lab.models import MindMap
from persona_lab.widgets import assets
from persona_lab.widgets.beside import HeardBesideCells
from persona_lab.widgets.places import OnOpen, open_place

if TYPE_CHECKING:
    import pandas as pd

Shown = dict[str, Any]

COLUMNS = ["topic", "part", "text", "quote", "speaker", "interview", "turn", "start", "interview_id"]


class MindMapTree(HeardBesideCells):
    """The tree of one mind map. What is open, and where the focus is, belongs to the page.

    Traits (state):
        locale     "en" | "ko"
        mind_map   the MindMap as JSON; when it is set anew, what is still there stays open and keeps the focus
        can_open   bool, whether quotes lead to the transcript
        selected   str, the key of the node that has the focus, or had it last; the page sets it

    Messages from the page:
        {kind: "open", interview_id, turn, start}
    """

    _esm = assets.esm("mind_map")
    _css = assets.css("base", "mind_map")

    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    # traitlets.Dict takes its types in annotations only, and not when the program runs.
    mind_map: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)

    can_open = traitlets.Bool().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, mind_map: MindMap, *, locale: str = "en", on_open: OnOpen | None = None) -> None:
        self._value = mind_map
        super().__init__(mind_map=mind_map.model_dump(mode="json"), locale=locale, can_open=on_open is not None)
        self.on_msg(lambda _widget, content, _buffers: open_place(content, on_open))

    def update(self, mind_map: MindMap) -> None:
        """Show another state of the map. May be called from any thread."""
        self._value = mind_map
        self.mind_map = mind_map.model_dump(mode="json")

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each item of the map, with the quote it rests on and where that stands."""
        return self._rows("root")

    @property
    def selection(self) -> "pd.DataFrame":
        """The rows at and below the node that was walked to; none before."""
        return self._rows(self.selected)

    def _rows(self, key: str) -> "pd.DataFrame":
        import pandas as pd

        rows = [row for place, row in _items(self._value) if key and f"{place} / ".startswith(f"{key} / ")]
        return pd.DataFrame(rows, columns=COLUMNS)

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


def _items(mind_map: MindMap) -> Iterator[tuple[str, Shown]]:
    """Yield each item with its key, which is made as `nodesOf` in branches.js makes it."""
    topics: Counter[str] = Counter()
    for topic in mind_map.topics:
        topics[topic.title] += 1
        parts: Counter[str] = Counter()
        for part in topic.subtopics:
            parts[part.title] += 1
            above = f"root / {topic.title} {topics[topic.title]} / {part.title} {parts[part.title]}"
            names: Counter[str] = Counter()
            for item in part.items:
                quote = item.quote
                name = f"{quote.interview_id} {quote.start}" if quote else item.content
                names[name] += 1
                row: Shown = {"topic": topic.title, "part": part.title, "text": item.content}
                if quote:
                    row |= {"quote": quote.text, "speaker": quote.speaker, "interview": quote.interview_title}
                    row |= {"turn": quote.turn, "start": quote.start, "interview_id": quote.interview_id}
                yield f"{above} / {name} {names[name]}", row
