"""How much a sentence sounds like a pain or a need, from what the rules know of its language."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines.language import Sentence
from persona_lab.engines.rules import Cue, Rules, rules

ENDS = (".", "!", "?", "…", "。")
FEW_TERMS = 6
CLAUSE_BEGINS = re.compile(r"[,;.]|\b(?:but|because|although|though|except)\b")


class Cues(NamedTuple):
    """The weights of a sentence: 2 is a clear sign."""

    pain: float
    need: float


def weigh(sentence: Sentence) -> Cues:
    """Return how strongly the sentence speaks of a pain and of a need."""
    known = rules(sentence.language)
    line = sentence.line
    pain = _sum(known.pain, line, known)
    need = _sum(known.need, line, known)
    if pain and known.solved.search(line):
        pain *= 0.4
    factor = 0.4 if sentence.is_question else 1.0
    if sentence.language == "en" and not known.own.search(line):
        factor *= 0.9
    return Cues(pain * factor, need * factor)


def denies_pain(sentence: Sentence) -> bool:
    """Say whether the sentence names a pain only to deny it: "I don't find it frustrating"."""
    known = rules(sentence.language)
    named = [cue for cue in known.pain if cue.pattern.search(sentence.line)]
    return bool(named) and not any(_holds(cue, sentence.line, known) for cue in named)


def is_small_talk(sentence: Sentence) -> bool:
    """Say whether the sentence is courtesy, consent or talk about the interview itself."""
    return bool(rules(sentence.language).skip.search(sentence.line))


def points_back(sentence: Sentence, before: Sentence | None) -> bool:
    """Say whether the sentence leans on the one before ("That is why …") or goes on with it."""
    goes_on = before is not None and not before.text.rstrip("\"'”’)").endswith(ENDS)
    pointing = rules(sentence.language).pointing.search(sentence.line)
    return bool(pointing) or (goes_on and sentence.text[0].islower())


def is_broken_off(sentence: Sentence) -> bool:
    return bool(rules(sentence.language).broken.search(sentence.line))


def whole_thought(before: Sentence | None, sentence: Sentence, after: Sentence | None, letters: int) -> tuple[int, int]:
    """Return the span to quote: with the sentence that a short one leans on, and with the reason that follows."""
    start, end = sentence.start, sentence.end
    if (
        before
        and len(set(sentence.terms)) < FEW_TERMS
        and points_back(sentence, before)
        and end - before.start <= letters
    ):
        start = before.start
    if after and rules(sentence.language).reason.search(after.line) and after.end - start <= letters:
        end = after.end
    return start, end


def is_own(sentence: Sentence) -> bool:
    """Say whether the speaker speaks of themselves."""
    return bool(rules(sentence.language).own.search(sentence.line))


def _sum(cues: Sequence[Cue], line: str, known: Rules) -> float:
    """Add up the cues, the strongest in full and each further one for half of the one before."""
    weights = sorted((cue.weight for cue in cues if _holds(cue, line, known)), reverse=True)
    return sum(weight * 0.5**rank for rank, weight in enumerate(weights))


def _holds(cue: Cue, line: str, known: Rules) -> bool:
    for found in cue.pattern.finditer(line):
        if known.denied.search(_clause_ahead(line[: found.start()])):
            continue
        if cue.is_negative:
            return True
        ahead, behind = line[: found.start()], line[found.end() :].removeprefix(" ")
        if not known.before.search(ahead[-60:]) and not _taken_back(behind, known):
            return True
    return False


def _clause_ahead(ahead: str) -> str:
    """Return what stands before a cue in its clause."""
    return CLAUSE_BEGINS.split(ahead)[-1]


def _taken_back(behind: str, known: Rules) -> bool:
    clause = behind[:60]
    for mark in ",;.":
        clause = clause.split(mark)[0]
    return bool(known.after.match(clause.lstrip()))
