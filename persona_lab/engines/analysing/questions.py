"""How the interviewer asks: which turns are questions, and which of them lead.

A question leads that suggests its answer, asks only for a nod, takes for granted what nobody has said, or
asks two things at once (Patton 2015, "Qualitative research & evaluation methods", chapter 7). A judgement in
a question presumes nothing when the participant has spoken of it before.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.gate import quotes
from persona_lab.engines.language import Sentence
from persona_lab.engines.rules import Language, any_of, parts
from persona_lab.models import LeadingKind, LeadingQuestion, Transcript, Turn

KINDS: tuple[LeadingKind, ...] = get_args(LeadingKind)
# These stand or fall with what was said before, and with whether the answer is left open.
PRESUMING: tuple[LeadingKind, ...] = ("suggests", "assumes")
# A judgement is known again by so many letters of its word.
STEM = {"en": 5, "ko": 2}


@dataclass(frozen=True)
class QuestionRules:
    """How questions of one language lead, and how that is said; from `words/en.questions.txt`."""

    leads: dict[LeadingKind, re.Pattern[str]]
    is_open: re.Pattern[str]
    judging: re.Pattern[str]
    why: dict[str, str]
    quality: dict[str, str]
    enough: dict[str, float]


def answered(transcript: Transcript) -> list[tuple[Turn, Turn]]:
    """Return each turn of an interviewer that a participant answers, with the beginning of the answer."""
    return [
        (turn, following)
        for turn, following in pairwise(transcript.turns)
        if turn.role == "interviewer" and following.role == "participant"
    ]


def leading(transcript: Transcript, heard: Heard) -> tuple[LeadingQuestion, ...]:
    """Return the questions that lead, in the order of speech, at most one of each turn."""
    found: list[LeadingQuestion] = []
    said = ""
    for turn in transcript.turns:
        if turn.role == "interviewer":
            found += list(_leading(transcript, turn, heard.sentences[turn.index], said))[:1]
        else:
            said += f"{turn.text.lower()}\n"
    return tuple(found)


def _leading(transcript: Transcript, turn: Turn, sentences: Sequence[Sentence], said: str) -> Iterator[LeadingQuestion]:
    for sentence in sentences:
        known = question_rules(sentence.language)
        if kind := _how(sentence, known, said):
            quote = quotes.slice_of(transcript, turn, sentence.start, sentence.end)
            yield LeadingQuestion(kind=kind, why=known.why[kind], quote=quote)


def _how(sentence: Sentence, known: QuestionRules, said: str) -> LeadingKind | None:
    """Return how the sentence leads, None for one that doesn't."""
    if not sentence.is_question:
        return None
    line = sentence.line if sentence.language == "en" else " ".join(sentence.text.split())
    for kind in KINDS:
        if not known.leads[kind].search(line):
            continue
        if kind in PRESUMING and (known.is_open.search(line) or _was_said(line, known, said, STEM[sentence.language])):
            continue
        return kind
    return None


def _was_said(line: str, known: QuestionRules, said: str, letters: int) -> bool:
    """Say whether the participant has spoken of what the question judges."""
    judged = [found[0][:letters] for found in known.judging.finditer(line)]
    return bool(judged) and all(stem in said for stem in judged)


@functools.cache
def question_rules(language: Language) -> QuestionRules:
    """Return the rules of a language, read once."""
    known = parts(f"{language}.questions.txt")
    judging = f"(?:{'|'.join(known['judging'])})"
    pairs = {name: dict(line.split(": ", 1) for line in known[name]) for name in ("why", "quality")}
    enough = dict(line.split() for line in known["enough"])
    return QuestionRules(
        leads={kind: any_of([line.replace("{judging}", judging) for line in known[kind]]) for kind in KINDS},
        is_open=any_of(known["open"]),
        judging=re.compile(rf"\b{judging}" if language == "en" else judging),
        why=pairs["why"],
        quality=pairs["quality"],
        enough={name: float(value) for name, value in enough.items()},
    )
