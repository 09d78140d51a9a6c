"""Who the participant is, as far as they say so themselves: each trait in their own words, with its quote.

A trait is left out rather than guessed: what is said of others, under a condition, as a comparison or in somebody
else's words is none, and what a file's header says of the participant is no word of theirs.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.gate import quotes
from persona_lab.engines.language import Sentence, terms
from persona_lab.engines.rules import Language, any_of, parts
from persona_lab.models import Trait, TraitName, Transcript, Turn

NAMES: tuple[TraitName, ...] = get_args(TraitName)
# Of one kind no more are kept; somebody has one age.
MOST: dict[TraitName, int] = {"age": 1, "job": 2, "experience": 3, "place": 2, "family": 4, "tools": 6, "habit": 4}
QUOTES = 3
LISTED = re.compile(r"\{([A-Za-z]\w*)\}")
# A set of characters, which keeps its blank, or a blank outside of one, which may be optional.
BLANK = re.compile(r"(\[[^\]]*\])| (\?)?")
# What follows the first letter of "e.g." and "i.e.".
ABBREVIATED = re.compile(r"\.\s?[ge]\b")
MARKS = " ,.;:–—-"


class Pattern(NamedTuple):
    """A way of telling a trait; `is_answer` ones need the question."""

    said: re.Pattern[str]
    is_answer: bool


@dataclass(frozen=True)
class ProfileRules:
    """How people of one language speak of themselves; the patterns come from `words/en.profile.txt`."""

    traits: dict[TraitName, tuple["Pattern", ...]]
    asks_job: re.Pattern[str]
    before: re.Pattern[str]
    unless: re.Pattern[str]


def profile(transcript: Transcript, heard: Heard, turns: Sequence[Turn]) -> tuple[Trait, ...]:
    """Return what participants say of themselves in `turns`, in the order of `TraitName` and of speech."""
    found: dict[TraitName, list[Trait]] = {name: [] for name in NAMES}
    for turn in turns:
        for sentence in heard.sentences[turn.index]:
            for name, value in _told(sentence, _question(transcript, turn)):
                quote = quotes.slice_of(transcript, turn, sentence.start, sentence.end)
                _add(found[name], Trait(name=name, value=value, quotes=(quote,)), transcript.language)
    return tuple(trait for name in NAMES for trait in found[name][: MOST[name]])


def _question(transcript: Transcript, turn: Turn) -> str:
    """Return what was asked right before the turn."""
    before = transcript.turns[turn.index - 1] if turn.index else None
    return before.text if before and before.role == "interviewer" else ""


def _told(sentence: Sentence, question: str = "") -> Iterator[tuple[TraitName, str]]:
    """Yield each trait that the sentence tells, at most one of a kind, with its words."""
    if sentence.is_question:
        return
    known = profile_rules(sentence.language)
    for name, patterns in known.traits.items():
        for pattern in patterns:
            if pattern.is_answer and not known.asks_job.search(question):
                continue
            said = pattern.said.search(sentence.text)
            if said and _is_stated(sentence, said, known):
                yield name, _whole(sentence.text, said)
                break


def _whole(text: str, said: re.Match[str]) -> str:
    """Return the value's words, without half a word or half an "e.g." at its end."""
    value = " ".join(said["value"].split())
    behind = text[said.end("value") :]
    if ABBREVIATED.match(behind) or (behind[:1].isalnum() and value.isascii() and " " in value):
        value = value.rpartition(" ")[0]
    return value.strip(MARKS)


def _is_stated(sentence: Sentence, said: re.Match[str], known: ProfileRules) -> bool:
    """Say whether it is stated of oneself, and neither denied nor supposed."""
    # In Korean the verb, and with it the denial, comes last.
    until = len(sentence.text) if sentence.language == "ko" else said.end("value")
    return not known.before.search(sentence.text[: said.start()]) and not known.unless.search(
        sentence.text[said.start("value") : until]
    )


def _add(traits: list[Trait], trait: Trait, language: str) -> None:
    """Add the trait, or only its quote where the same was told before."""
    about = set(terms(trait.value, language)) or {trait.value.casefold()}
    for at, other in enumerate(traits):
        there = set(terms(other.value, language)) or {other.value.casefold()}
        if about <= there or there <= about:
            told = (*other.quotes, *trait.quotes)[:QUOTES]
            fuller = max(other.value, trait.value, key=len)
            traits[at] = other.model_copy(update={"value": fuller, "quotes": tuple(dict.fromkeys(told))})
            return
    traits.append(trait)


@functools.cache
def profile_rules(language: Language) -> ProfileRules:
    """Return the rules of a language, read once."""
    known = parts(f"{language}.profile.txt")
    lists = {name: f"(?:{'|'.join(lines)})" for name, lines in known.items() if name not in (*NAMES, "before")}
    return ProfileRules(
        traits={name: tuple(_pattern(line, lists) for line in known[name]) for name in NAMES},
        asks_job=any_of(known["asks-job"], re.IGNORECASE),
        before=any_of(known["before"], re.IGNORECASE),
        unless=any_of(known["unless"]),
    )


def _pattern(line: str, lists: dict[str, str]) -> Pattern:
    written = line.removeprefix("?").removeprefix("=")
    while LISTED.search(written):
        written = LISTED.sub(lambda found: lists[found[1]], written)
    spaced = BLANK.sub(lambda found: found[1] or (r"\s*" if found[2] else r"\s+"), written)
    flags = 0 if line.startswith("=") else re.IGNORECASE
    return Pattern(re.compile(spaced, flags), line.startswith("?"))
