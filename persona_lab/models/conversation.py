"""Questions, and answers as they come in."""

from typing import Annotated, Literal

from pydantic import Field

from persona_lab.models.analysis import CitedQuote
from persona_lab.models.values import Value


class Message(Value):
    """One thing said in a conversation with the workbench."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=20_000)]


class Delta(Value):
    """A piece of an answer's text."""

    type: Literal["delta"] = "delta"
    text: str


class Citation(Value):
    """The quote that `[n]` in the answer's text stands for."""

    type: Literal["citation"] = "citation"
    n: int
    quote: CitedQuote


class Done(Value):
    """The answer is complete."""

    type: Literal["done"] = "done"
    message_id: str
    conversation_id: str
    usage: dict[str, int] = Field(default_factory=dict)


class Broken(Value):
    """The answer ended early; what came before stands."""

    type: Literal["error"] = "error"
    code: str
    message: str


AnswerPart = Annotated[Delta | Citation | Done | Broken, Field(discriminator="type")]
