"""What a question is about: its own words, a wish for pains or needs or reasons, and the question before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from persona_lab.engines.language import HANGUL, dictionary_form, generic_terms, read, terms
from persona_lab.engines.rules import Language, rules
from persona_lab.models import Message

Wish = Literal["pain", "need"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about, apart from the words every question has."""

    language: Language
    terms: tuple[str, ...]
    wish: Wish | None
    is_why: bool

    @property
    def is_general(self) -> bool:
        """Whether it asks for pains or needs whatever they are about."""
        return self.wish is not None and not self.terms


def wanted(question: str, history: Sequence[Message]) -> Wish | None:
    """Say whether the question is for pains or needs, so that the interviews' own can be put among the passages."""
    return asked_of(question, history).wish


def query_terms(question: str, history: Sequence[Message]) -> list[str]:
    """Return the terms to search passages by: with signs of pain where pains are asked for in general."""
    asked = asked_of(question, history)
    if asked.terms:
        return list(asked.terms)
    found = terms(question, asked.language)
    if asked.wish:
        known = rules(asked.language)
        signs = known.signs_of_pain if asked.wish == "pain" else known.signs_of_need
        found += sorted(dictionary_form(signs, asked.language))
    return list(dict.fromkeys(found))


def whole_question(question: str, history: Sequence[Message]) -> str:
    """Return the question, after the one before where it leans on that: "And why?"."""
    own = _read_question(question)
    if own.terms or own.wish:
        return question
    for message in reversed(history):
        if message.role == "user" and message.content != question:
            before = _read_question(message.content)
            if before.terms or before.wish:
                return f"{message.content} {question}"
    return question


def asked_of(question: str, history: Sequence[Message]) -> Asked:
    """Return what is asked; "And why?" is about what the last question was about."""
    asked = _read_question(question)
    for message in reversed(history):
        if asked.terms or asked.wish:
            break
        if message.role == "user" and message.content != question:
            before = _read_question(message.content)
            asked = Asked(asked.language, before.terms, before.wish, asked.is_why)
    return asked


def _read_question(question: str) -> Asked:
    language: Language = "ko" if HANGUL.search(question) else "en"
    known = rules(language)
    generic = generic_terms(language)
    content = [term for term in dict.fromkeys(terms(question, language)) if term not in generic]
    lowered = " ".join(sentence.line for sentence in read(question, language))
    wish: Wish | None = None
    if known.asks_pain.search(lowered):
        wish = "pain"
    elif known.asks_need.search(lowered):
        wish = "need"
    return Asked(language, tuple(content), wish, bool(known.asks_why.search(lowered)))
