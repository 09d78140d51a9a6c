"""The content words by which turns are kept and questions find them."""

from persona_lab.engines import language
from persona_lab.models import Transcript


def turn_terms(transcript: Transcript) -> list[list[str]]:
    """Return each turn's content words in dictionary form."""
    return [language.terms(turn.text, transcript.language) for turn in transcript.turns]


def question_terms(question: str) -> list[str]:
    """Return the question's content words in dictionary form, in whichever language it is asked."""
    return language.terms(question, language.language_of(question, ""))
