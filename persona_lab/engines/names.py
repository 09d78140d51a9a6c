"""Whom a question names: "What did Dr. Kim say about …", "민수 씨는 …"."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from persona_lab.engines.language import terms
from persona_lab.engines.rules import rules

WORD = re.compile(r"[^\W_]+")
HANGUL = re.compile(r"[가-힣]+")
# A name counts as named when words that make up so much of it stand in the question.
ENOUGH = 0.45
# What may stand behind a Korean name: particles, and the title 씨 or 님 before them.
PARTICLES = re.compile(r"(?:씨|님)?(?:은|는|이|가|을|를|의|에게|한테|께서|께|와|과|랑|이랑|도|만)?")


def named(question: str, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the names that the question names, each with the words it names them by.

    A word that many names share says little about which of them is meant, and one that is no name
    elsewhere, as in "The Chair" or "Will", only names somebody where a capital is no matter of course.
    """
    words = {name: frozenset(WORD.findall(name)) for name in names}
    shared = Counter(word.lower() for parts in words.values() for word in {part.lower() for part in parts})
    asked = list(_written(question))
    found = {}
    for name in sorted(words):
        total = sum(1 / shared[word.lower()] for word in sorted(words[name]))
        there = frozenset(word for word in words[name] if any(_is(said, word) for said in asked))
        share = sum(1 / shared[word.lower()] for word in sorted(there))
        if total and share >= ENOUGH * total:
            found[name] = there
    return found


def without_names(asked: Sequence[str], people: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the terms but for the names of those who are asked about: people seldom name themselves."""
    words = {word for names in people.values() for word in names}
    spoken = words.union(*(terms(word, "en") for word in sorted(words)))
    return sorted(set(asked) - spoken) or sorted(set(asked))


def _written(question: str) -> Iterator[str]:
    """Yield the question's words that may be a name's."""
    for at, word in enumerate(WORD.findall(question)):
        if word.lower() not in rules("en").stop or (at and word[0].isupper()):
            yield word


def _is(said: str, word: str) -> bool:
    # "PhD C" is not named by every "c" in the text, nor "Grad A" by "a".
    if len(word) == 1:
        return said == word
    if HANGUL.fullmatch(word):
        return said.startswith(word) and PARTICLES.fullmatch(said, len(word)) is not None
    return said.lower() == word.lower()
