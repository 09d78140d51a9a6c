"""To which of several groups an interview is nearest by what its participants mean, and which words show it.

Each interview is the mean of its participants' turns. What all interviews share is taken
away first, so that likeness says what sets a group apart. The score is the cosine with
the middle of the group's other interviews, and 0 where that is negative.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.meaning import vectors
from persona_lab.engines.personas.told import Told, ToldTurn
from persona_lab.models import CitedQuote

MODEL = "nearest-1"
# So many quotes show why.
QUOTES = 2
# A turn with fewer content words says little of anybody.
ENOUGH_TERMS = 3

Middle = NDArray[np.float64]


class Near(NamedTuple):
    """Which group is nearest, how near from 0 to 1, and what was said that is most like it."""

    key: str
    score: float
    evidence: tuple[CitedQuote, ...]


def nearest(interviews: Sequence[Told], groups: Mapping[str, Sequence[Told]]) -> list[Near]:
    """Return the nearest group of each interview; of equally near ones the first.

    Args:
        groups: interviews by the key of their group; one that is asked for doesn't count for its own group.
    """
    members = {key: [one for one in its if one.turns] for key, its in groups.items()}
    everyone = {one.interview_id: one for its in members.values() for one in its}
    everyone |= {one.interview_id: one for one in interviews if one.turns}
    middles = {key: _middle(one) for key, one in everyone.items()}
    # Added up in an order that doesn't depend on that of uploading.
    ordered = sorted(middles, key=lambda key: everyone[key].content)
    shared = np.mean([middles[key] for key in ordered], axis=0) if len(groups) > 1 and ordered else 0.0
    found = []
    for one in interviews:
        apart = {
            key: np.mean([middles[key] for key in ordered if key in others], axis=0) - shared
            for key, its in members.items()
            if (others := {other.interview_id for other in its} - {one.interview_id})
        }
        found.append(_near(one, middles, shared, apart, next(iter(groups), "")))
    return found


def _near(
    one: Told, middles: Mapping[str, Middle], shared: Middle | float, apart: Mapping[str, Middle], first: str
) -> Near:
    if one.interview_id not in middles or not apart:
        return Near(first, 0.0, ())
    own = middles[one.interview_id] - shared
    scores = {key: round(_cosine(own, middle), 6) for key, middle in apart.items()}
    best = max(scores, key=lambda key: scores[key])
    return Near(best, max(0.0, scores[best]), _evidence(one, apart[best], shared))


def _evidence(one: Told, towards: Middle, shared: Middle | float) -> tuple[CitedQuote, ...]:
    """Return what was said that is most like the group: the first sentence of the turns that are."""
    rows = vectors.unpacked(one.meanings).astype(np.float64)
    likes = [round(_cosine(_unit(row) - shared, towards), 6) for row in rows]
    telling = [at for at, turn in enumerate(one.turns) if len(turn.terms) >= ENOUGH_TERMS]
    best = sorted(telling, key=lambda at: (-likes[at], one.turns[at].number))[:QUOTES]
    return tuple(_quote(one, one.turns[at]) for at in best if likes[at] > 0)


def _quote(one: Told, turn: ToldTurn) -> CitedQuote:
    """Return the turn's sentence with the most content words."""
    said = one.sentences(turn)
    if not said:
        return one.quote(turn, 0, len(turn.text))
    longest = max(said, key=lambda sentence: len(sentence.terms))
    return one.quote(turn, longest.start, longest.end)


def _middle(one: Told) -> Middle:
    rows = vectors.unpacked(one.meanings).astype(np.float64)
    return _unit(np.sum([_unit(row) for row in rows], axis=0))


def _unit(row: Middle) -> Middle:
    length = float(np.linalg.norm(row))
    unit: Middle = row / length if length else row
    return unit


def _cosine(a: Middle, b: Middle) -> float:
    return float(_unit(a) @ _unit(b))
