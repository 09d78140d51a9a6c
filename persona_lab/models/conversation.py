"""Questions, answers as they come in, and the conversations they make."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from persona_lab.models.analysis import CitedQuote
from persona_lab.models.mind_map import MindMap
from persona_lab.models.values import Value

Speaking = Literal["user", "assistant"]
# How a message ended: whole, stopped by a person, or cut off by a fault. What came before the end stands.
MessageState = Literal["complete", "stopped", "broken"]
# Who is named beside the comparison of several answers.
SUMMARY_AUTHOR: Final = "summary"
# What the assistant is asked of one interview, and what that is called in the interview's language.
Action = Literal["summary", "insights", "actions", "questions"]
ASSISTANT: Final[Mapping[str, Mapping[Action, str]]] = {
    "en": {
        "summary": "Key summary",
        "insights": "Insights",
        "actions": "Next actions",
        "questions": "Questions for the next interview",
    },
    "ko": {"summary": "핵심 요약", "insights": "인사이트", "actions": "다음 액션", "questions": "다음 인터뷰 질문"},
}


class Message(Value):
    """One thing said in a conversation with the workbench."""

    role: Speaking
    content: Annotated[str, Field(max_length=20_000)]


class Started(Value):
    """The question is kept, and an answer begins. With several personas there is one for each, and for the summary.

    Attributes:
        message_id: the answer's; what `stop` takes.
        persona_id: who answers; None for the project, the interview, or the summary of several.
        label: how the one who answers is called.
    """

    type: Literal["started"] = "started"
    conversation_id: str
    message_id: str
    persona_id: str | None = None
    label: str = ""


class Delta(Value):
    """A piece of an answer's text."""

    type: Literal["delta"] = "delta"
    text: str


class Citation(Value):
    """The quote that `[n]` in the answer's text stands for; `others` is what others said to the same effect."""

    type: Literal["citation"] = "citation"
    n: int
    quote: CitedQuote
    others: tuple[CitedQuote, ...] = ()


class Done(Value):
    """The answer has ended: complete, stopped by a person, or broken where some of several could not answer.

    Attributes:
        questions: what one might ask next.
        notes: who could not answer, and why, in a sentence each.
    """

    type: Literal["done"] = "done"
    message_id: str
    conversation_id: str
    state: MessageState = "complete"
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    usage: dict[str, int] = Field(default_factory=dict)


class Broken(Value):
    """The answer ended early; what came before stands."""

    type: Literal["error"] = "error"
    code: str
    message: str


AnswerPart = Annotated[Started | Delta | Citation | Done | Broken, Field(discriminator="type")]


class Voice(Value):
    """Who answers, when it is a persona: composed from interviews, and saying so.

    Attributes:
        participants: how many interviews it is composed from.
        insights: its goals and how it goes about things, beside its pains and needs.
    """

    persona_id: str
    label: str
    name: str = ""
    title: str = ""
    summary: str = ""
    pains: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    insights: tuple[str, ...] = ()
    participants: int = 0


class Conversation(Value):
    """A conversation that the whole team sees.

    Attributes:
        persona_ids: whom it is with; empty for the project as a whole.
        interview_id: the one interview it is about, if it is about one.
        without: an interview whose words are left out.
        mind_map: what it comes to, as it was drawn last.
    """

    id: str
    project_id: str
    title: str
    persona_ids: tuple[str, ...] = ()
    interview_id: str | None = None
    without: str | None = None
    mind_map: MindMap | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime


class ChatMessage(Message):
    """A message as it is kept.

    Attributes:
        number: counts a conversation's messages from 1.
        author: who asked; of an answer, who answers: a persona's label, "project", "interview" or "summary".
        citations: the quotes that `[n]` in the content stands for.
        questions: what one might ask next.
        note: why it ended early, for people.
    """

    # Engines may say more than people may ask.
    content: str
    id: str
    conversation_id: str
    number: int
    author: str
    persona_id: str | None = None
    citations: tuple[Citation, ...] = ()
    questions: tuple[str, ...] = ()
    state: MessageState = "complete"
    note: str = ""
    engine: str | None = None
    model: str | None = None
    created_at: datetime
