"""Turning an English wish into "How might we …?".

Only forms in which the words that follow fit into the question unchanged are taken, such as "I would love to …",
which is followed by a verb in its base form. Who speaks becomes "people", and then "they".
"""

import functools
import re
from dataclasses import dataclass

from persona_lab.engines.analysing.cues import weigh
from persona_lab.engines.language import read
from persona_lab.engines.rules import any_of, parts

LONGEST_WISH = 140
LONGEST_OBSTACLE = 110
LEAST_PAIN = 1.0
PART = re.compile(r"~(would|good|who|thing|able|rest)")
POINTING = re.compile(r"^(?:it|they|them) $|^(?:this|that|these|those)\b", re.IGNORECASE)
# "It" and "this" mean something that the question doesn't say, unless more stands before them.
DANGLING = re.compile(r"\b(?:it|this|these|those|them)\b", re.IGNORECASE)
DANGLING_WORDS = 4


@dataclass(frozen=True)
class Asking:
    """How wishes are said and what is asked for each; the patterns come from `words/en.asking.txt`."""

    forms: tuple[tuple[str, re.Pattern[str]], ...]
    no_wish: re.Pattern[str]
    stop: re.Pattern[str]
    no_verb: re.Pattern[str]
    no_start: re.Pattern[str]
    no_end: re.Pattern[str]
    clause: re.Pattern[str]
    no_clause: re.Pattern[str]
    names: re.Pattern[str]
    person: re.Pattern[str]
    others: dict[str, tuple[str, str]]


def question(wish: str, obstacle: str | None) -> str:
    """Return the question that the wish asks for, with what stands in its way; "" where there is none to ask."""
    aim = _aim(" ".join(wish.split()))
    against = _against(" ".join(obstacle.split())) if obstacle else ""
    if not aim or (obstacle and not against):
        return ""
    return f"How might we {_of_people(f'{aim}, when {against}' if against else aim)}?"


def _aim(wish: str) -> str:
    known = asking()
    for asked, form in known.forms:
        said = form.search(wish)
        if not said or known.no_wish.search(wish[: said.start()]):
            continue
        words = said.groupdict()
        last = "thing" if "thing" in words else "rest"
        words[last] = _until_stop(words[last])
        if POINTING.search(words.get("who", "")) or not _is_whole(words[last], is_verb=last == "rest"):
            continue
        return asked.format(**words)
    return ""


def _until_stop(words: str) -> str:
    found = asking().stop.search(words)
    return (words[: found.start()] if found else words).strip(" ,")


def _is_whole(words: str, *, is_verb: bool) -> bool:
    known = asking()
    if DANGLING.search(" ".join(words.split()[:DANGLING_WORDS])) or known.no_start.match(words):
        return False
    if len(words.split()) < 2 or len(words) > LONGEST_WISH or known.no_end.search(words):
        return False
    return not (is_verb and known.no_verb.match(words))


def _against(obstacle: str) -> str:
    """Return the obstacle as a clause behind "when", "" where it isn't one."""
    known = asking()
    clause = _until_stop(obstacle)
    if not known.clause.match(clause) or known.no_clause.search(clause) or known.no_end.search(clause):
        return ""
    if len(clause.split()) < 4 or len(clause) > LONGEST_OBSTACLE or not _hurts(clause):
        return ""
    return clause if known.names.match(clause) else clause[:1].lower() + clause[1:]


def _hurts(clause: str) -> bool:
    """Say whether what hurts is in the clause, and not in what was cut off."""
    return any(weigh(sentence).pain >= LEAST_PAIN for sentence in read(clause, "en"))


def _of_people(words: str) -> str:
    """Return the words as said of others: the first who is meant are "people", then "they"."""
    known = asking()
    is_named = bool(re.search(r"\bpeople\b", words))

    def other(found: re.Match[str]) -> str:
        nonlocal is_named
        first, later = known.others[found[0].lower().replace("’", "'")]
        is_named, was_named = True, is_named
        return later if was_named else first

    return known.person.sub(other, words)


@functools.cache
def asking() -> Asking:
    """Return the rules, read once."""
    known = parts("en.asking.txt")
    pieces = dict(line.split(": ", 1) for line in known["part"])
    forms = [line.split(" <- ", 1) for line in known["form"]]
    others = dict(line.split(": ", 1) for line in known["person"])
    written = "|".join(sorted((word.replace("'", "['’]") for word in others), key=lambda word: -len(word)))
    return Asking(
        forms=tuple((asked, re.compile(PART.sub(lambda part: pieces[part[1]], wish))) for asked, wish in forms),
        no_wish=any_of(known["no-wish"]),
        stop=any_of(known["stop"]),
        no_verb=any_of(known["no-verb"]),
        no_start=any_of(known["no-start"]),
        no_end=any_of(known["no-end"]),
        clause=any_of(known["clause"]),
        no_clause=any_of(known["no-clause"]),
        names=any_of(known["names"]),
        # Small "us" is we, "US" is a country.
        person=re.compile(rf"\b(?!US\b)(?i:{written})\b(?!['’-])"),
        others={word: (pair.split(", ")[0], pair.split(", ")[1]) for word, pair in others.items()},
    )
