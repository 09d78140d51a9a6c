"""The forms that a model fills in. What doesn't fit one is sent back to it with the reason."""

from typing import Annotated

from pydantic import BaseModel, Field

from persona_lab.models import Kind, TraitName


class Said(BaseModel):
    """Words copied from a turn."""

    turn: int
    words: str


class Point(BaseModel):
    """A sentence with the words it rests on."""

    text: str
    quotes: list[Said]


class Found(Point):
    """A pain, need or takeaway."""

    kind: Kind


class Told(BaseModel):
    """What a participant says of themselves: the words that tell it, within those they are quoted from."""

    name: TraitName
    value: str
    quotes: list[Said]


class Opening(BaseModel):
    """A question that opens up what some of the findings tell, by their numbers, counted from 1."""

    text: str
    findings: list[int]


class Notes(BaseModel):
    """What an interview, or a section of one, says."""

    summary: list[Point]
    findings: list[Found]
    profile: list[Told]
    how_might_we: list[Opening]


class Chosen(BaseModel):
    """The points that summarise the whole interview, by number."""

    points: Annotated[list[int], Field(min_length=1)]


class MapItem(BaseModel):
    """A sentence with the number of the line it rests on."""

    text: str
    number: int


class MapPart(BaseModel):
    """A subtopic."""

    title: str
    items: list[MapItem]


class MapTopic(BaseModel):
    """A main topic."""

    title: str
    parts: list[MapPart]


class Sentence(BaseModel):
    """A sentence with the numbers of the quotes it rests on."""

    text: str
    numbers: Annotated[list[int], Field(min_length=1)]


class Portrayed(BaseModel):
    """A persona: in a few words what sets it apart, and what its quotes say together."""

    title: str
    summary: Annotated[list[Sentence], Field(min_length=1)]


class Mapped(BaseModel):
    """A conversation, grouped."""

    topics: Annotated[list[MapTopic], Field(min_length=1)]
