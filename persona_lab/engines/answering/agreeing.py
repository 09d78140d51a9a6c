"""Who else says to the same effect as a quote: few and sure rather than many."""

from collections.abc import Sequence

from persona_lab.engines.answering.supports import Person, Support
from persona_lab.engines.language import generic_terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.rules import TUNING

# Of so many people at most it is shown what they said.
MOST = 8
# "Work", "people" and "difficult" do not make two sentences say the same.
EVERYDAY = generic_terms("en") | generic_terms("ko")


def others(quote: Support, supports: Sequence[Support]) -> list[Support]:
    """Return what others say to the same effect, the nearest of each person, nearest first.

    A sentence that denies and one that doesn't never agree: to the encoder they look alike.
    """
    among = [one for one in supports if one.person != quote.person and one.is_negative == quote.is_negative]
    if not among:
        return []
    rows = vectors.unpacked(b"".join(one.meaning for one in among))
    nearness = vectors.likeness(rows, vectors.unpacked(quote.meaning))[:, 0].tolist()
    nearest: dict[Person, Support] = {}
    for near, one in sorted(zip(nearness, among, strict=True), key=lambda pair: _order(*pair)):
        if near >= _enough(quote, one):
            nearest.setdefault(one.person, one)
    return list(nearest.values())[:MOST]


def _enough(quote: Support, other: Support) -> float:
    """Return how near two sentences must be: those with words in common, less."""
    shared = len((quote.terms & other.terms) - EVERYDAY)
    return TUNING.agrees - TUNING.agrees_in_words * min(shared, 3)


def _order(nearness: float, one: Support) -> tuple[float, str, int, int]:
    # Interview ids are drawn by chance and must decide nothing.
    return -nearness, one.passage.interview_title, one.passage.turn, one.start
