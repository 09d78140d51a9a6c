"""Conversations, written as a question and what was answered to it."""

import re

from persona_lab.models import ChatMessage, Citation, CitedQuote, Conversation, Speaking
from tests.support.making import NOON

QUOTED = re.compile(r"“([^”]*)” \[(\d+)\]")


def conversation(title: str = "") -> Conversation:
    return Conversation(id="c", project_id="p", title=title, created_by="mina", created_at=NOON, updated_at=NOON)


def talk(*asked: tuple[str, str], title: str = "") -> tuple[Conversation, list[ChatMessage]]:
    """Return a conversation of questions, each with its answer.

    In an answer “words” [n] is a quote of interview `i<n>`, where the words stand at the very beginning.
    """
    messages: list[ChatMessage] = []
    for question, answer in asked:
        messages.append(_message(len(messages) + 1, "user", question, ()))
        cited = tuple(Citation(n=int(n), quote=quote(words, int(n))) for words, n in QUOTED.findall(answer))
        messages.append(_message(len(messages) + 1, "assistant", answer, cited))
    return conversation(title), messages


def quote(words: str, n: int = 1, *, speaker: str = "P", start: int = 0) -> CitedQuote:
    """Return a quote of participant P in interview `i<n>`."""
    return CitedQuote(
        turn=1,
        start=start,
        end=start + len(words),
        text=words,
        interview_id=f"i{n}",
        interview_title=f"Interview {n}",
        speaker=speaker,
    )


def _message(number: int, role: Speaking, content: str, citations: tuple[Citation, ...]) -> ChatMessage:
    return ChatMessage(
        id=f"m{number}",
        conversation_id="c",
        number=number,
        role=role,
        content=content,
        author="mina" if role == "user" else "project",
        citations=citations,
        created_at=NOON,
    )
