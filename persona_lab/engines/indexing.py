"""The content words by which turns are kept and questions find them."""

from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines import answers, language
from persona_lab.models import Kind, Message, Transcript


class Asked(NamedTuple):
    """What to look for: content words, and the kind of finding if the question is for one."""

    terms: list[str]
    kind: Kind | None


def turn_terms(transcript: Transcript) -> list[list[str]]:
    """Return each turn's content words in dictionary form."""
    return [language.terms(turn.text, transcript.language) for turn in transcript.turns]


def asked(question: str, history: Sequence[Message]) -> Asked:
    """Return what the question asks for, in whichever language it is asked."""
    return Asked(answers.query_terms(question, history), answers.wanted(question, history))
