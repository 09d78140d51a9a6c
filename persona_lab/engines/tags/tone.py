"""How good and how bad an English sentence's words sound, whatever they are about.

The words are VADER's (Hutto & Gilbert 2014); `tone.txt` says so and has its licence.
A word that a "not" takes back counts for the other side, and for a quarter less.
"""

import functools
import math
import re
from importlib.resources import files
from typing import NamedTuple

from persona_lab.engines.rules import rules

WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
TAKEN_BACK = -0.74
# A sum of this size counts for two thirds of what a flood of such words does.
ENOUGH = 15.0


class Tone(NamedTuple):
    """What sounds good and what sounds bad, each from 0 to 1, and how they differ."""

    good: float
    bad: float
    balance: float


def tone(line: str) -> Tone:
    """Return the tone of a sentence in lower case, with straight quotes."""
    known, before = _words(), rules("en").before
    good = bad = 0.0
    for found in WORD.finditer(line):
        value = known.get(found[0], 0.0)
        if value and before.search(line[max(0, found.start() - 60) : found.start()]):
            value *= TAKEN_BACK
        good += max(value, 0.0)
        bad -= min(value, 0.0)
    return Tone(_bounded(good), _bounded(bad), _bounded(good - bad))


def _bounded(value: float) -> float:
    return value / math.sqrt(value * value + ENOUGH)


@functools.cache
def _words() -> dict[str, float]:
    pairs = (line.split("\t") for line in source().decode().splitlines() if not line.startswith("#"))
    return {word: float(value) for word, value in pairs}


@functools.cache
def source() -> bytes:
    return files(__package__).joinpath("tone.txt").read_bytes()
