"""Whether the interviews tell what is asked."""

import math
from collections.abc import Iterator

from persona_lab.engines.answering.supports import Looked, Place, Support
from persona_lab.engines.rules import TUNING

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
    """Yield what speaks for it, each about 0 to 1.

    How much of the question the best turns say, times how near they come in meaning; the same for the
    best sentences; how near in meaning the best turns are altogether; whether somebody is named who speaks.
    """
    turns: dict[Place, list[Support]] = {}
    for support in looked.supports:
        turns.setdefault(support.place, []).append(support)
    yield _best(turn[0].in_turn * max(one.likeness for one in turn) for turn in turns.values())
    yield _best(one.coverage * one.likeness for one in looked.supports)
    yield _best(sum(one.likeness for one in turn) / len(turn) for turn in turns.values())
    yield float(looked.is_named)


def _best(values: Iterator[float]) -> float:
    best = sorted(values, reverse=True)[:BEST]
    return sum(best) / len(best)
