"""The word lists and numbers that shape everything the local engine says, and one hash over all of them.

Two results with the same `MODEL` and `PROMPT_HASH` were made the same way.
"""

import functools
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Language = Literal["en", "ko"]

MODEL = "local-3"


@dataclass(frozen=True)
class Tuning:
    """Every number that decides what is found, kept and said."""

    pain_threshold: float = 1.8
    need_threshold: float = 1.8
    tag_weight: float = 3.0  # how much the tagger's likelihood counts beside the cues
    tag_middle: float = 0.4  # the likelihood that speaks neither for nor against
    pains: int = 8
    needs: int = 8
    takeaways: int = 6
    same_thing: float = 0.5  # share of the shorter one's terms in common, within one interview
    finding_letters: int = 200
    summary_letters: int = 260
    merge_similarity: float = 0.65
    section_price: float = 1.3  # what a further section costs, where a block's unlikeness to itself alone is 0 to 1
    section_meaning: float = 0.5  # how much meanings count beside words
    section_name_fits: float = 0.5
    purpose_near: float = 0.35  # likeness from which on a sentence is about the study's purpose
    obstacle_near: float = 0.35  # likeness from which on a pain stands in the way of a need
    # How much speaks for it that the interviews tell: to begin with, and for each of the signs in `telling`.
    tells: tuple[float, ...] = (-3.6, 10.3, 10.0, 7.8, 2.5)
    nearly_tells: float = 0.2  # coverage times likeness from which on a sentence is shown beside a refusal
    agrees: float = 0.7  # likeness from which on two sentences say the same though they share no word
    agrees_in_words: float = 0.06  # what each shared word takes off that
    # How much of the question a sentence says, or how near to it it comes in meaning, to be quoted for it.
    answer_coverage: float = 0.4
    answer_likeness: float = 0.4
    answer_sentences: int = 6
    answer_letters: int = 400


TUNING = Tuning()


@dataclass(frozen=True)
class Cue:
    """A sign of pain or need; `is_negative` cues stand although a "not" is near."""

    weight: float
    pattern: re.Pattern[str]
    is_negative: bool


@dataclass(frozen=True)
class Rules:
    """What is known about one language. The patterns come from `words/en.txt`, the words from `words/en.stop.txt`."""

    pain: tuple[Cue, ...]
    need: tuple[Cue, ...]
    before: re.Pattern[str]
    after: re.Pattern[str]
    denied: re.Pattern[str]
    solved: re.Pattern[str]
    skip: re.Pattern[str]
    opening: re.Pattern[str]
    pointing: re.Pattern[str]
    broken: re.Pattern[str]
    reason: re.Pattern[str]
    own: re.Pattern[str]
    asks_pain: re.Pattern[str]
    asks_need: re.Pattern[str]
    asks_why: re.Pattern[str]
    because: re.Pattern[str]
    stop: frozenset[str]
    generic: frozenset[str]
    abbreviations: frozenset[str]
    may_end: frozenset[str]
    signs_of_pain: frozenset[str]
    signs_of_need: frozenset[str]
    determiners: frozenset[str]
    hollow: frozenset[str]
    weak: frozenset[str]
    twins: dict[str, str]


@functools.cache
def rules(language: Language) -> Rules:
    """Return the rules of a language, read once."""
    known = parts(f"{language}.txt")
    words = parts(f"{language}.stop.txt")
    return Rules(
        pain=tuple(_cues(known["pain"])),
        need=tuple(_cues(known["need"])),
        before=_before(known["before"], language),
        after=any_of(known["after"]),
        denied=any_of(known["denied"]),
        solved=any_of(known["solved"]),
        skip=any_of(known["skip"]),
        opening=_opening(known["opening"]),
        pointing=any_of(known["pointing"]),
        broken=any_of(known["broken"]),
        reason=any_of(known["reason"]),
        own=any_of(known["own"]),
        asks_pain=any_of(known["asks-pain"]),
        asks_need=any_of(known["asks-need"]),
        asks_why=any_of(known["asks-why"]),
        because=any_of(known["because"]),
        stop=_words(words, ""),
        generic=_words(words, "generic"),
        abbreviations=_words(words, "abbreviations"),
        may_end=_words(words, "may-end"),
        signs_of_pain=_words(words, "signs-of-pain"),
        signs_of_need=_words(words, "signs-of-need"),
        determiners=_words(words, "determiners"),
        hollow=_words(words, "hollow"),
        weak=_words(words, "weak"),
        twins=_twins(words.get("twins", [])),
    )


def _read(name: str) -> str:
    return files(__package__).joinpath("words", name).read_text(encoding="utf-8")


def parts(name: str) -> dict[str, list[str]]:
    """Return the lines of a file in `words`, by the heading above them."""
    found: dict[str, list[str]] = {"": []}
    lines = found[""]
    for line in _read(name).splitlines():
        if heading := re.fullmatch(r"\[([\w-]+)\]", line):
            lines = found.setdefault(heading[1], [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    return found


def _words(sections: dict[str, list[str]], name: str) -> frozenset[str]:
    return frozenset(" ".join(sections.get(name, [])).split())


def _twins(lines: list[str]) -> dict[str, str]:
    pairs = (line.split() for line in lines)
    return {pair[0]: pair[1] for pair in pairs}


def _cues(lines: list[str]) -> Iterator[Cue]:
    for line in lines:
        weight, pattern = line.split(maxsplit=1)
        yield Cue(float(weight.lstrip("!")), _compile(pattern), weight.startswith("!"))


def _compile(pattern: str, flags: int = 0) -> re.Pattern[str]:
    # "_" is the Korean lists' way to say: up to three morphemes in between.
    return re.compile(pattern.replace(" _ ", r" (?:\S+ ){0,3}"), flags)


def any_of(lines: list[str], flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that matches where any of the lines does."""
    return _compile("|".join(f"(?:{line})" for line in lines), flags)


def _before(lines: list[str], language: Language) -> re.Pattern[str]:
    """Return what takes a cue back when it ends right where the cue begins."""
    if language == "ko":
        return re.compile(rf" (?:{'|'.join(lines)})$")
    words = "|".join("|".join(lines).split("|"))
    return re.compile(rf"(?:^|[\s\"(])(?:{words})\s+[\"(]?(?:(?!but\b|that\b|because\b)[\w'\"/-]+\s+){{0,3}}[\"(]?$")


def _opening(lines: list[str]) -> re.Pattern[str]:
    """Return fillers and connectives at the beginning, each with the punctuation behind it."""
    return re.compile(rf"(?:{'|'.join(lines)})(?:\s*[,.…~–-]+\s*|\s+)|(?:\d{{1,2}}[.)]|[-*•·]+)\s+", re.IGNORECASE)


def lists_hash(*of: str) -> str:
    """Return a hash of the rules and of the lists of these tasks, such as "persona"; without any, of the analysis's."""
    digest = hashlib.sha256(f"{MODEL}\n{TUNING}\n".encode())
    for name in sorted(one.name for one in files(__package__).joinpath("words").iterdir()):
        if _task(name) in {*of, ""}:
            digest.update(_read(name).encode())
    return digest.hexdigest()[:12]


def _task(name: str) -> str:
    """Return which task a list is for that is no analysis; "" for the others."""
    return next((task for task in OTHER_TASKS if name.endswith(f".{task}.txt")), "")


# Their lists shape no analysis, so none is stale when they change.
OTHER_TASKS = ("asking", "persona")
PROMPT_HASH = lists_hash()
