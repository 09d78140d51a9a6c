"""Whether the interviews tell what is asked."""

import math
from collections.abc import Iterator

from persona_lab.engines.rules import TUNING
from persona_lab.engines.supports import Looked

# So many of the best are averaged: one sentence may be near by accident.
BEST = 3


def tells(looked: Looked) -> bool:
    """Say whether what was said answers the question, rather than being about something like it."""
    fitting = [support for support in looked.supports if support.score > 0]
    if not fitting or not (looked.asked.terms or looked.asked.wish):
        return False
    if not looked.asked.terms:
        return True
    return likelihood(looked) >= 0.5


def likelihood(looked: Looked) -> float:
    """Return how likely the interviews tell, 0 to 1: a logistic rule; `meaning/CARD.md` says what it was chosen on."""
    total = sum(weight * sign for weight, sign in zip(TUNING.tells, [1.0, *signs(looked)], strict=True))
    return 1 / (1 + math.exp(-total))


def signs(looked: Looked) -> Iterator[float]:
    """Yield, each 0 to 1 but for the count: what is said of the question, how near that is, and both at once."""
    supports = looked.supports
    yield _best(support.coverage for support in supports)
    yield looked.said
    yield min(looked.unsaid, 5)
    yield _best(support.likeness for support in supports)
    yield _best(support.coverage * max(support.likeness, 0.0) for support in supports)
    yield float(looked.is_named)


def _best(values: Iterator[float]) -> float:
    best = sorted(values, reverse=True)[:BEST]
    return sum(best) / len(best)
