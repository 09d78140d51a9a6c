"""The tagger's model of one language, kept as small arrays.

A kind's score is linear in three blocks: the hashed features, how near the sentence's
meaning is to each of some hundred landmark sentences, and what cues and tone say.
"""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.meaning.encoder import encode
from persona_lab.engines.rules import Language
from persona_lab.engines.tags.features import Piece, row, weighed
from persona_lab.engines.tags.tone import source as tone_source

KINDS = ("pain", "need", "delight", "need_met", "none")
# What is learned from words knows denials less well than the cues do.
DENIED = -10.0
STEP = 127.0
SIGNS = 7

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """The arrays of a model; int8 ones count in steps of their `…_step`.

    Attributes:
        rarity: inverse document frequency of each place, 0 for places never met.
        grams: weight of each place for each kind.
        landmarks: meaning vectors of sentences of the training set.
        near: weight of being near each landmark, for each kind.
        signs: weight of each of the `SIGNS` that cues and tone give, for each kind.
        start: what each kind begins with.
        lean: added to a kind's score before the highest is chosen, so that rare kinds get their due.
    """

    rarity: NDArray[np.uint8]
    rarity_step: Floats
    grams: NDArray[np.int8]
    grams_step: Floats
    landmarks: NDArray[np.int8]
    near: Floats
    signs: Floats
    start: Floats
    lean: Floats

    def scores(self, pieces: Sequence[Piece], meanings: Floats | None = None) -> Floats:
        """Return the log-odds of each kind for each piece, in the order of `KINDS`."""
        if meanings is None:
            meanings = encode([piece.text for piece in pieces])
        found = nearness(meanings, self.landmarks) @ self.near + self.start
        found += sign_columns(pieces) @ self.signs
        rarity = (self.rarity * self.rarity_step).astype(np.float32)
        for number, piece in enumerate(pieces):
            its = row(piece)
            found[number] += weighed(its, rarity, piece.language) @ (self.grams[its.places] * self.grams_step)
        found[[piece.denies_pain for piece in pieces], KINDS.index("pain")] = DENIED
        return found.astype(np.float32)


def nearness(meanings: Floats, landmarks: NDArray[np.int8]) -> Floats:
    """Return exp(2 cosine - 2) for each meaning and landmark: 1 for the same meaning, less for others."""
    cosines = meanings @ (landmarks.T.astype(np.float32) / STEP)
    return np.asarray(np.exp(2 * cosines - 2), np.float32)


def sign_columns(pieces: Sequence[Piece]) -> Floats:
    """Return `SIGNS` columns: the two cues, whether anything sounds good or bad, and how much."""
    rows = [(one.pain / 2, one.need / 2, one.tone.good > 0, one.tone.bad > 0, *one.tone) for one in pieces]
    return np.array(rows, np.float32).reshape(-1, SIGNS)


def probabilities(scores: Floats) -> Floats:
    """Return what is likely of each kind; the kinds of a piece add up to 1."""
    alone = 1 / (1 + np.exp(-scores.astype(np.float64)))
    return np.asarray(alone / alone.sum(axis=1, keepdims=True), np.float32)


@functools.cache
def model(language: Language) -> Model:
    """Return the shipped model, read once."""
    with np.load(BytesIO(_bytes(language))) as arrays:
        return Model(**{name: arrays[name] for name in arrays.files})


@functools.cache
def version() -> str:
    """Return a hash of the models and the words they know, so that results tell which ones made them."""
    digest = hashlib.sha256(tone_source())
    for language in ("en", "ko"):
        digest.update(_bytes(language))
    return digest.hexdigest()[:12]


def _bytes(language: str) -> bytes:
    return files(__package__).joinpath(f"{language}.npz").read_bytes()
