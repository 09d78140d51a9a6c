"""A mind map in a notebook: shown as a tree, and taken along as Markdown, as JSON or as a picture."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from persona_lab.lab.drawing import live, pictures
from persona_lab.lab.drawing.mind_map_picture import locale_of, mind_map_html, mind_map_svg, mind_map_text
from persona_lab.models import MindMap
from persona_lab.original import mind_map_output

if TYPE_CHECKING:
    from persona_lab.widgets.mind_map import MindMapTree


@dataclass(frozen=True)
class MindMapView:
    """What `conversation.mind_map()` gives: being a cell's last value it is drawn as a tree.

    Attributes:
        value: the map itself.
    """

    value: MindMap

    def markdown(self) -> str:
        """Return the map as Markdown, with its quotes."""
        return to_markdown(self.value)

    def json(self) -> str:
        """Return the map as JSON text in the original's form: title, root_node, main_topics …"""
        return to_json(self.value)

    def svg(self) -> str:
        """Return the map as a picture that needs nothing else."""
        return mind_map_svg(self.value)

    def widget(self) -> "MindMapTree":
        """Return the tree to walk through; each call makes one."""
        from persona_lab.widgets.mind_map import MindMapTree

        return MindMapTree(self.value, locale=locale_of(self.value))

    def show(self) -> None:
        """Display the tree in a notebook."""
        live.show(self)

    def __str__(self) -> str:
        return mind_map_text(self.value)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        if live.in_notebook():
            return self.widget()._repr_mimebundle_(**options)
        return {"text/html": mind_map_html(self.value), "text/plain": str(self)}


def to_markdown(mind_map: MindMap) -> str:
    """Return the map as headings and lists, each item with its quote and why it matters."""
    lines = [f"# {_plain(mind_map.title)}"]
    lines += [f"\n{_plain(text)}" for text in (mind_map.summary, mind_map.subtitle) if text]
    for topic in mind_map.topics:
        lines.append(f"\n## {_plain(topic.title)}")
        for part in topic.subtopics:
            lines.append(f"\n### {_plain(part.title)}\n")
            for item in part.items:
                lines.append(f"- {_plain(item.content)}")
                lines += [f"  - {_plain(item.relevance)}"] if item.relevance else []
                if item.quote:
                    lines.append(f"  > “{_plain(item.quote.text)}” — {_plain(pictures.source(item.quote))}")
    return "\n".join(lines) + "\n"


def to_json(mind_map: MindMap) -> str:
    """Return the map as JSON text in the original's form."""
    return json.dumps(mind_map_output(mind_map), ensure_ascii=False, indent=2)


def _plain(text: str) -> str:
    """Return the text on one line, without what Markdown would take for its own."""
    one_line = " ".join(text.split())
    for mark in "\\`*_[]<>#":
        one_line = one_line.replace(mark, f"\\{mark}")
    return one_line
