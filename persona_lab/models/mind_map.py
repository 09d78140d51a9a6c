"""A conversation as a mind map: the original's shape, with quotes that are found in the transcripts."""

from persona_lab.models.analysis import CitedQuote
from persona_lab.models.values import Value


class MindMapItem(Value):
    """One point of a subtopic, the quote it rests on, and why it matters."""

    content: str
    quote: CitedQuote | None = None
    relevance: str = ""


class Subtopic(Value):
    """A part of a main topic."""

    title: str
    items: tuple[MindMapItem, ...] = ()


class MainTopic(Value):
    """One of the mind map's main topics."""

    id: str
    title: str
    color: str = ""
    subtopics: tuple[Subtopic, ...] = ()


class MindMap(Value):
    """A conversation as a mind map.

    Attributes:
        messages: how many messages the conversation had when it was drawn.
        left_out: how many of them, the oldest, were more than the engine can read at once.
    """

    title: str
    summary: str = ""
    root: str
    subtitle: str = ""
    topics: tuple[MainTopic, ...] = ()
    messages: int = 0
    left_out: int = 0
    engine: str = "local"
    model: str = ""
