"""What the tagger looks at in a sentence: words or morphemes, letters, manner, cues and tone.

Whoever changes this file has to make the models anew (`tests/models/make_tags.py`).
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.analysing.cues import Cues, denies_pain, weigh
from persona_lab.engines.language import Sentence
from persona_lab.engines.rules import Language
from persona_lab.engines.tags.tone import Tone, tone

# Features are told apart by a hash: a million places for some 100,000 of them.
PLACES = 1 << 20
WORDS = {"en": 3, "ko": 2}
LETTERS = {"en": (2, 5), "ko": (1, 4)}
LONGEST = 1_000

WORD = re.compile(r"\w+(?:'\w+)?|[?!.]")
MANNER_SHARE = {"en": 0.7, "ko": 0.2}


class Piece(NamedTuple):
    """What is tagged: the words as said, the line that cue patterns look at, what the cues weigh, and the tone.

    `denies_pain` is true where every sentence that says something names a pain only to deny it.
    """

    text: str
    line: str
    pain: float
    need: float
    tone: Tone
    denies_pain: bool
    language: Language


class Row(NamedTuple):
    """The features of a piece: their places, ascending, and how often each comes (1 + ln of the count)."""

    places: NDArray[np.int64]
    counts: NDArray[np.float32]
    groups: NDArray[np.int8]


def piece(sentences: list[Sentence], text: str, language: Language) -> Piece:
    """Return the sentences of `text` as one piece."""
    weights = [weigh(sentence) for sentence in sentences] or [Cues(0.0, 0.0)]
    line = " ".join(sentence.line.strip() for sentence in sentences)[: LONGEST * 2]
    telling = [sentence for sentence in sentences if sentence.terms]
    return Piece(
        text=" ".join(text.split())[:LONGEST],
        line=line,
        pain=max(pain for pain, _ in weights),
        need=max(need for _, need in weights),
        tone=tone(line) if language == "en" else Tone(0.0, 0.0, 0.0),
        denies_pain=bool(telling) and all(map(denies_pain, telling)),
        language=language,
    )


def row(piece: Piece) -> Row:
    """Return the places of the piece's words, letters and manner."""
    found: dict[int, tuple[float, int]] = {}
    for group, grams in enumerate((_words(piece), _letters(piece), _manner(piece))):
        for gram, count in Counter(grams).items():
            found[crc32(f"{group}{gram}".encode()) % PLACES] = (1 + math.log(count), group)
    places = sorted(found)
    return Row(
        np.array(places, np.int64),
        np.array([found[place][0] for place in places], np.float32),
        np.array([found[place][1] for place in places], np.int8),
    )


def weighed(row: Row, rarity: NDArray[np.float32], language: Language) -> NDArray[np.float32]:
    """Return the counts times their rarity: each group of unit length, then all of them together."""
    values = row.counts * rarity[row.places]
    for group, share in enumerate((1.0, 1.0, MANNER_SHARE[language])):
        of_group = row.groups == group
        length = float(np.linalg.norm(values[of_group]))
        if length:
            values[of_group] *= share / length
    whole = float(np.linalg.norm(values))
    return values / whole if whole else values


def _words(piece: Piece) -> Iterator[str]:
    words = piece.line.split() if piece.language == "ko" else WORD.findall(piece.line)
    for length in range(1, WORDS[piece.language] + 1):
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])


def _letters(piece: Piece) -> Iterator[str]:
    shortest, longest = LETTERS[piece.language]
    for word in piece.text.lower().split():
        padded = f" {word} "
        for length in range(shortest, longest + 1):
            for at in range(max(1, len(padded) - length + 1)):
                yield padded[at : at + length]


def _manner(piece: Piece) -> Iterator[str]:
    """Yield how it is said: how long, how it begins and ends."""
    words = WORD.findall(piece.text.lower())
    if not words:
        return
    yield f"length {min(len(words), 12)}"
    yield f"first {words[0]}"
    yield f"last {words[-1]}"
    yield f"ending {words[0][-3:]}"
    yield f"two {' '.join(words[:2])}"
    yield f"capital {piece.text[:1].isupper()}"
    yield f"asks {'?' in piece.text}"
    yield f"aside {'(' in piece.text}"
