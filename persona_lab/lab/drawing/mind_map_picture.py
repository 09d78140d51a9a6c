"""A mind map as one static SVG, and as a nested list beside it, for a saved notebook; see `pictures`.

The tree runs from left to right. Ink is the page's own text colour, so it reads on light and dark alike; a topic's
colour is only in its lines.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final

from persona_lab.lab.drawing import pictures
from persona_lab.models import MainTopic, MindMap, MindMapItem

# Left edge and width of the columns: root, topics, subtopics, items. Pixels.
COLUMNS: Final = ((0, 150), (190, 160), (390, 140), (570, 390))
WIDTH: Final = 960
SIZE: Final = 13
LINE: Final = 18
SMALL: Final = 11
BOLD_COLUMNS: Final = 2
GAP: Final = 12
INDENT: Final = 9
# A wide letter, as Korean has, takes a whole em; the others on average about half of one.
WIDE_EM: Final = 0.95
NARROW_EM: Final = 0.53
BOLD: Final = 1.08
CONTENT_LINES: Final = 6
COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}")
HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")

_WORDS: Final = {
    "en": {"list": "The same as a list, with the quotes"},
    "ko": {"list": "목록으로 보기 (인용 포함)"},
}


@dataclass
class _Node:
    """A box of text with those to its right; `y` is the middle of its text."""

    lines: list[str]
    column: int
    colour: str
    source: str = ""
    children: list["_Node"] = field(default_factory=list)
    y: float = 0.0

    @property
    def text_height(self) -> float:
        return len(self.lines) * LINE + (LINE if self.source else 0)

    @property
    def height(self) -> float:
        """What it takes with all to its right."""
        below = sum(child.height for child in self.children)
        return max(self.text_height + GAP, below)

    def put(self, top: float) -> None:
        inner = sum(child.height for child in self.children)
        at = top + (self.height - inner) / 2
        for child in self.children:
            child.put(at)
            at += child.height
        middles = [child.y for child in self.children]
        self.y = (middles[0] + middles[-1]) / 2 if middles else top + self.height / 2
        # Beside few children a tall text must not leave its place.
        half = self.text_height / 2
        self.y = min(max(self.y, top + half), top + self.height - half)


def locale_of(mind_map: MindMap) -> str:
    """Return the language that the map is written in."""
    said = [mind_map.subtitle, *(part.title for topic in mind_map.topics for part in topic.subtopics)]
    return "ko" if any(HANGUL.search(text) for text in said) else "en"


def mind_map_svg(mind_map: MindMap) -> str:
    """Return the map as a picture that carries its title and what it says in a sentence."""
    key = _key(mind_map)
    root = _tree(mind_map)
    root.put(GAP)
    height = round(root.height + 2 * GAP)
    about = " ".join(filter(None, [mind_map.summary, mind_map.subtitle]))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
            f'aria-labelledby="{key}-title {key}-about" style="max-width:100%;height:auto" '
            f"font-family=\"system-ui,'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR',"
            f'sans-serif" font-size="{SIZE}" fill="currentColor" stroke="none">',
            f'<title id="{key}-title">{escape(mind_map.title)}</title>',
            f'<desc id="{key}-about">{escape(about)}</desc>',
            *_links(root),
            *_texts(root),
            "</svg>",
        ]
    )


def mind_map_html(mind_map: MindMap) -> str:
    """Return the picture, and below it, folded away, the same as a list with the quotes."""
    words = _WORDS[locale_of(mind_map)]
    head = [f'<p dir="auto"><strong>{escape(mind_map.title)}</strong><br>{escape(mind_map.summary)}</p>']
    if not mind_map.topics:
        return head[0]
    listed = "\n".join(_topic_html(topic) for topic in mind_map.topics)
    folded = f"<details><summary>{words['list']}</summary>\n<ul>\n{listed}\n</ul></details>"
    return "\n".join([*head, mind_map_svg(mind_map), folded])


def mind_map_text(mind_map: MindMap) -> str:
    """Return the map as indented lines."""
    lines = [mind_map.title, mind_map.summary]
    for topic in mind_map.topics:
        lines += ["", topic.title]
        for part in topic.subtopics:
            lines.append(f"  {part.title}")
            for item in part.items:
                source = f" ({pictures.source(item.quote)})" if item.quote else ""
                lines.append(f"    - {item.content}{source}")
    return "\n".join(lines).strip()


def wrapped(text: str, width: float, *, bold: bool = False, most: int | None = None) -> list[str]:
    """Return the text in lines of at most so many pixels; a word that is longer than a line is cut.

    Args:
        most: no more lines than these; the last one then ends in "…".
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(" ".join(text.split()), width, bold=bold):
        longer = f"{line} {word}" if line else word
        if line and _pixels(longer, bold=bold) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if most is not None and len(lines) > most:
        return [*lines[: most - 1], f"{lines[most - 1]} …"]
    return lines


def _pieces(text: str, width: float, *, bold: bool) -> Iterator[str]:
    for word in text.split(" "):
        piece = ""
        for letter in word:
            if piece and _pixels(piece + letter, bold=bold) > width:
                yield piece
                piece = ""
            piece += letter
        yield piece


def _pixels(text: str, *, bold: bool = False) -> float:
    ems = sum(WIDE_EM if unicodedata.east_asian_width(letter) in "WF" else NARROW_EM for letter in text)
    return ems * SIZE * (BOLD if bold else 1.0)


def _tree(mind_map: MindMap) -> _Node:
    root = _node(mind_map.root or mind_map.title, 0, "currentColor")
    root.children = [_topic(topic) for topic in mind_map.topics]
    return root


def _topic(topic: MainTopic) -> _Node:
    colour = topic.color if COLOUR.fullmatch(topic.color) else "currentColor"
    node = _node(topic.title, 1, colour)
    for part in topic.subtopics:
        below = _node(part.title, 2, colour)
        below.children = [_item(item, colour) for item in part.items]
        node.children.append(below)
    return node


def _item(item: MindMapItem, colour: str) -> _Node:
    node = _node(item.content, 3, colour)
    node.source = pictures.source(item.quote) if item.quote else item.relevance
    return node


def _node(text: str, column: int, colour: str) -> _Node:
    width = COLUMNS[column][1] - 2 * INDENT
    most = CONTENT_LINES if column == len(COLUMNS) - 1 else None
    return _Node(wrapped(text, width, bold=column < BOLD_COLUMNS, most=most), column, colour)


def _links(node: _Node) -> Iterator[str]:
    """Yield a curve to each child, and the bar before each text."""
    left, width = COLUMNS[node.column]
    text = max(_pixels(line, bold=node.column < BOLD_COLUMNS) for line in node.lines)
    start = left + min(width, INDENT + text + INDENT)
    for child in node.children:
        to = COLUMNS[child.column][0]
        middle = (start + to) / 2
        bend = f"{middle:.1f} {node.y:.1f} {middle:.1f} {child.y:.1f}"
        yield (
            f'<path d="M{start:.1f} {node.y:.1f}C{bend} {to:g} {child.y:.1f}" '
            f'fill="none" stroke="{child.colour}" stroke-width="1.5" opacity=".75"/>'
        )
        yield from _links(child)
    top = node.y - node.text_height / 2
    yield (
        f'<rect x="{left:g}" y="{top - 2:.1f}" width="3" height="{node.text_height + 4:.1f}" rx="1.5" '
        f'fill="{node.colour}"/>'
    )


def _texts(node: _Node) -> Iterator[str]:
    left = COLUMNS[node.column][0] + INDENT
    at = node.y - node.text_height / 2 + LINE * 0.72
    weight = ' font-weight="600"' if node.column < BOLD_COLUMNS else ""
    for n, line in enumerate(node.lines):
        yield f'<text x="{left:g}" y="{at + n * LINE:.1f}"{weight}>{escape(line)}</text>'
    if node.source:
        y = at + len(node.lines) * LINE - 1
        source = wrapped(node.source, (COLUMNS[node.column][1] - INDENT) * SIZE / SMALL, most=1)[0]
        yield f'<text x="{left:g}" y="{y:.1f}" font-size="{SMALL}" opacity=".7">{escape(source)}</text>'
    for child in node.children:
        yield from _texts(child)


def _topic_html(topic: MainTopic) -> str:
    parts = "".join(
        f'<li dir="auto">{escape(part.title)}<ul>{"".join(map(_item_html, part.items))}</ul></li>'
        for part in topic.subtopics
    )
    return f'<li dir="auto"><strong>{escape(topic.title)}</strong><ul>{parts}</ul></li>'


def _item_html(item: MindMapItem) -> str:
    quote = pictures.quote_html(item.quote) if item.quote else ""
    relevance = f'<br><small style="opacity:.7">{escape(item.relevance)}</small>' if item.relevance else ""
    return f'<li dir="auto">{escape(item.content)}{relevance}{quote}</li>'


def _key(mind_map: MindMap) -> str:
    # Ids are drawn by chance, and a notebook that is run again shall show the same.
    by_chance = {"topics": {"__all__": {"subtopics": {"__all__": {"items": {"__all__": {"quote": {"interview_id"}}}}}}}}
    return "map-" + hashlib.sha256(mind_map.model_dump_json(exclude=by_chance).encode()).hexdigest()[:8]
