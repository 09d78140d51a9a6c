"""Where each interview stands on a study's axes, by what its participants say, with the words that say so.

A sentence speaks for a type by words of the type's own, or by a meaning that is clearly nearer to it than to the
axis's other types. One that denies something speaks for no type that doesn't. Where nothing is said of an axis,
or as much for two of its types, no type is proposed.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from persona_lab.engines.analysing.cues import is_small_talk
from persona_lab.engines.language import Sentence, language_of, terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.keywords import EVERYDAY
from persona_lab.engines.merging.merge import NEGATION
from persona_lab.engines.personas.told import Told, ToldTurn
from persona_lab.models import Axis, CitedQuote, Placement

MODEL = "placing-1"

# So many sentences of an interview are compared in meaning.
READ = 30
LEAST_TERMS = 3
# A sentence that shares words with a type must mean something like it, too; one without must be near it, and nearer
# than to the axis's other types.
NOT_FAR = 0.1
NEAR = 0.35
NEARER = 0.1
ENOUGH_WORDS = 2
# What a type needs to be proposed, and by how much it must lead.
LEAST = 0.35
LEAD = 0.1
# So many of a type's sentences count, and so many are shown of each axis.
COUNTED = 4
SHOWN = 3


class _Type(NamedTuple):
    """A type of an axis with what speaks for it: words that no other type of the axis has, and its meaning."""

    axis: str
    key: str
    words: frozenset[str]
    meaning: vectors.Vectors
    is_denial: bool


class _Evidence(NamedTuple):
    """A sentence that speaks for a type, and how strongly, 0 to 1."""

    type: _Type
    strength: float
    quote: CitedQuote


def place(interviews: Sequence[Told], axes: Sequence[Axis]) -> list[Placement]:
    """Return each interview's proposed place, in the order of the interviews."""
    types = [one for axis in axes for one in _types(axis)]
    return [_placement(one, axes, list(_evidence(one, types))) for one in interviews]


def _types(axis: Axis) -> list[_Type]:
    texts = [f"{one.name}. {one.description}".strip() for one in axis.types]
    known = [frozenset(terms(text, language_of(text, "ko"))) - EVERYDAY for text in texts]
    meanings = vectors.of_texts(texts)
    return [
        _Type(
            axis.key,
            one.key,
            known[at].difference(*(other for there, other in enumerate(known) if there != at)),
            meanings[at : at + 1],
            NEGATION.search(texts[at]) is not None,
        )
        for at, one in enumerate(axis.types)
    ]


def _evidence(told: Told, types: Sequence[_Type]) -> Iterator[_Evidence]:
    said = list(_read(told, types))
    if not said:
        return
    meanings = vectors.of_texts([" ".join(sentence.text.split()) for _, sentence in said])
    near = vectors.likeness(meanings, np.concatenate([one.meaning for one in types]))
    for row, (turn, sentence) in enumerate(said):
        for at, one in enumerate(types):
            others = [near[row, there] for there, two in enumerate(types) if two.axis == one.axis and there != at]
            strength = _strength(sentence, one, float(near[row, at]), float(max(others, default=0.0)))
            if strength:
                yield _Evidence(one, strength, told.quote(turn, sentence.start, sentence.end))


def _read(told: Told, types: Sequence[_Type]) -> Iterator[tuple[ToldTurn, Sentence]]:
    """Yield sentences of the turns that are nearest to any type, in words and in meaning."""
    if not types or not told.turns:
        return
    rows = vectors.unpacked(told.meanings)
    near = vectors.likeness(rows, np.concatenate([one.meaning for one in types])).max(axis=1)
    words = frozenset().union(*(one.words for one in types))
    shared = [len(words.intersection(turn.terms)) for turn in told.turns]
    order = sorted(range(len(told.turns)), key=lambda at: (-round(float(near[at]) + 0.2 * shared[at], 6), at))
    left = READ
    for at in order:
        for sentence in told.sentences(told.turns[at]):
            says = len(set(sentence.terms)) >= LEAST_TERMS and not sentence.is_question
            if left and says and not is_small_talk(sentence):
                left -= 1
                yield told.turns[at], sentence


def _strength(sentence: Sentence, one: _Type, near: float, other: float) -> float:
    if NEGATION.search(sentence.text) and not one.is_denial:
        return 0.0
    shared = len(one.words.intersection(sentence.terms))
    is_said = shared and near >= NOT_FAR and near >= other - NEARER
    if not is_said and not (near >= NEAR and near - other >= NEARER):
        return 0.0
    return min(1.0, max(near, 0.0) / 2 + min(shared, ENOUGH_WORDS) / ENOUGH_WORDS / 2)


def _placement(told: Told, axes: Sequence[Axis], evidence: Sequence[_Evidence]) -> Placement:
    scores = {axis.key: {one.key: _score(evidence, axis.key, one.key) for one in axis.types} for axis in axes}
    found = {}
    for axis, its in scores.items():
        best, *rest = sorted(its, key=lambda key: (-its[key], key)) or [""]
        if best and its[best] >= LEAST and its[best] - (its[rest[0]] if rest else 0.0) >= LEAD:
            found[axis] = best
    quotes = [one.quote for axis, key in found.items() for one in _of(evidence, axis, key)[:SHOWN]]
    return Placement(
        interview_id=told.interview_id,
        place=found,
        score=min((scores[axis][key] for axis, key in found.items()), default=0.0),
        scores=scores,
        evidence=tuple({(quote.turn, quote.start): quote for quote in quotes}.values()),
    )


def _score(evidence: Sequence[_Evidence], axis: str, key: str) -> float:
    """Return how surely the interview is of the type: each further sentence leaves less doubt."""
    doubt = math.prod(1 - one.strength / 2 for one in _of(evidence, axis, key)[:COUNTED])
    return round(1 - doubt, 3)


def _of(evidence: Sequence[_Evidence], axis: str, key: str) -> list[_Evidence]:
    its = [one for one in evidence if (one.type.axis, one.type.key) == (axis, key)]
    return sorted(its, key=lambda one: (-round(one.strength, 6), one.quote.start))
