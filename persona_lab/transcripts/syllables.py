"""Which Korean syllable was likely meant, where its bytes don't say.

A small model of Korean (how likely a syllable is after the two before it) chooses
among the syllables that the bytes left over still allow. It is read from
`syllables.npz` when the first spoiled text comes; `syllables.md` says what it is made of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_letters
from typing import Any

import numpy as np
import numpy.typing as npt

PATH = Path(__file__).with_name("syllables.npz")
Ids = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

# ASCII is never lost, so a few classes of it are enough; all that is rare is one more.
CLASSES = ("\n", " \t\r", "0123456789", ascii_letters, ".", ",", "?", "!", "~", "'\"()[]<>")
BOUNDARY = 0
OTHER = len(CLASSES)
FIRST = OTHER + 1
UNKNOWN = "\ufffd"
# Probabilities are kept as whole sixteenths of a negative logarithm, in one byte.
STEP = 16
# A choice is first narrowed down by pairs of syllables, then made by threes.
WIDE, NARROW = 28, 5
# Beyond two sure characters a choice doesn't depend on anything, so a text falls into short stretches.
ORDER = 3
LONGEST, OVERLAP = 40, 6
LENGTHS = (5, 6, 7, 8, 10, 12, 16, 20, 28, LONGEST)
BATCH = 2_000


def everyday() -> str:
    """Return the 2,350 syllables of KS X 1001, in order."""
    pairs = (bytes((lead, trail)) for lead in range(0xB0, 0xC9) for trail in range(0xA1, 0xFF))
    return "".join(pair.decode("euc_kr") for pair in pairs)


@dataclass(frozen=True)
class Choice:
    """The likeliest of some characters, and how likely it is (0 to 1) given those around it."""

    character: str
    likelihood: float


class Vocabulary:
    """Characters as small numbers: classes of ASCII, the everyday syllables, then `others`."""

    def __init__(self, others: str = "") -> None:
        self.known = everyday() + others
        self.size = FIRST + len(self.known)
        self._numbers = np.full(0x10000, OTHER, np.int32)
        for number, characters in enumerate(CLASSES):
            self._numbers[[ord(character) for character in characters]] = number
        self._numbers[[ord(character) for character in self.known]] = np.arange(FIRST, self.size)

    def numbers(self, text: str) -> Ids:
        points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
        return self._numbers[np.minimum(points, 0xFFFF)]

    def character(self, number: int) -> str:
        return self.known[number - FIRST] if number >= FIRST else UNKNOWN


class Model:
    """Probabilities of threes of characters, with pairs and single ones to fall back on.

    Interpolated Kneser-Ney, as in Chen and Goodman (1999), section 4.1.6.
    """

    def __init__(self, path: Path = PATH) -> None:
        with np.load(path, allow_pickle=False) as file:
            stored: dict[str, npt.NDArray[Any]] = dict(file)
        self.vocabulary = Vocabulary("".join(map(chr, stored["others"])))
        size = self.vocabulary.size
        self._values = np.exp(np.arange(256, dtype=np.float32) / -STEP).astype(np.float32)
        # Sorted by first and second character; a three is found by the place of its pair and its third.
        self._pairs = _keys(stored["pair_steps"])
        self._pair_weights = stored["pair_weights"]
        self._threes = _keys(stored["three_steps"])
        self._three_values = stored["three_values"]
        fallback = stored["single_weights"][:, None].astype(np.uint16) + stored["single_values"]
        self._after = np.minimum(fallback, 255).astype(np.uint8)
        self._after.ravel()[self._pairs] = stored["pair_values"]
        self._single = stored["single_values"]
        self._size = size

    def single(self, numbers: Ids) -> Floats:
        found: Floats = self._values[self._single[numbers]]
        return found

    def after(self, before: Ids, numbers: Ids) -> Floats:
        """Return the probability of `numbers` after one character, broadcast."""
        found: Floats = self._values[self._after[before, numbers]]
        return found

    def after_two(self, first: Ids, second: Ids, numbers: Ids) -> Floats:
        """Return the probability of `numbers` after two characters, broadcast."""
        pair, has_pair = _find(self._pairs, first * self._size + second)
        weight = np.where(has_pair, self._pair_weights[pair], 0)
        three, has_three = _find(self._threes, pair * self._size + numbers)
        value = np.minimum(weight.astype(np.int32) + self._after[second, numbers], 255)
        found: Floats = self._values[np.where(has_three & has_pair, self._three_values[three], value)]
        return found


def _keys(planes: npt.NDArray[np.uint8]) -> Ids:
    steps = np.ascontiguousarray(planes.T).view(np.uint32).ravel()
    return np.cumsum(steps, dtype=np.int64).astype(np.int32)


def _find(keys: Ids, wanted: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1).astype(np.int32)
    return places, keys[places] == wanted


@cache
def model() -> Model:
    return Model()


def choose(characters: Sequence[str]) -> list[Choice]:
    """Return the likeliest character for each place that has several, in order.

    Each of `characters` is one sure character, or those that it may be. Where the
    model knows none of them the choice is U+FFFD, its likelihood 0.
    """
    korean = model()
    stream = _Stream(characters, korean)
    best = np.zeros(len(stream.kinds), np.int32)
    likelihood = np.zeros(len(stream.kinds), np.float32)
    for length, windows in _windows(stream.places).items():
        size = max(1, BATCH // length)
        for begin in range(0, len(windows), size):
            batch: Ids = np.array(windows[begin : begin + size], np.int32)
            at: Ids = np.add(batch[:, :1], np.arange(length), dtype=np.int32)
            found, share = _likeliest(*stream.candidates(at), korean)
            is_wanted = (at >= batch[:, 1:2]) & (at < batch[:, 2:3]) & (stream.kinds[at] > 0)
            best[at[is_wanted]] = found[is_wanted]
            likelihood[at[is_wanted]] = share[is_wanted]
    return [
        Choice(korean.vocabulary.character(number), share if number >= FIRST else 0.0)
        for number, share in zip(best[stream.places].tolist(), likelihood[stream.places].tolist(), strict=True)
    ]


def fluency(text: str) -> float:
    """Return the mean natural logarithm of each known character's probability after the one before.

    Korean has about -4 to -5; everyday syllables in no order below -7.
    """
    korean = model()
    numbers = np.pad(korean.vocabulary.numbers(text), (1, 0), constant_values=BOUNDARY)
    known = numbers[1:] >= FIRST
    return float(np.log(korean.after(numbers[:-1], numbers[1:])[known]).mean()) if known.any() else -np.inf


class _Stream:
    """A text as numbers, with room before and behind, and what each open place may hold.

    `kinds` is 0 where the character is sure, else a row of the table of candidates;
    `places` are the open ones.
    """

    def __init__(self, characters: Sequence[str], korean: Model) -> None:
        rows: dict[str, int] = {}
        kinds = [0 if len(each) == 1 else rows.setdefault(each, len(rows) + 1) for each in characters]
        sure = "".join(each if len(each) == 1 else "\n" for each in characters)
        self.kinds = np.pad(np.array(kinds, np.int32), (ORDER - 1, LONGEST))
        self.places = np.flatnonzero(self.kinds)
        self._numbers = np.pad(korean.vocabulary.numbers(sure), (ORDER - 1, LONGEST), constant_values=BOUNDARY)
        self._table = np.zeros((len(rows) + 1, WIDE), np.int32)
        self._is_used = np.zeros((len(rows) + 1, WIDE), np.float32)
        self._is_used[0, 0] = 1
        for characters_of, row in rows.items():
            numbers = np.unique(korean.vocabulary.numbers(characters_of))
            # What the model doesn't know is no candidate, unless nothing else is left.
            numbers = numbers[numbers >= FIRST] if numbers.max() >= FIRST else numbers[:1]
            numbers = numbers[np.argsort(-korean.single(numbers), kind="stable")][:WIDE]
            self._table[row, : len(numbers)] = numbers
            self._is_used[row, : len(numbers)] = 1

    def candidates(self, at: Ids) -> tuple[Ids, Floats]:
        """Return candidates and whether they count, each of the shape of `at` and one axis more."""
        kinds = self.kinds[at]
        numbers, is_used = self._table[kinds], self._is_used[kinds]
        numbers[..., 0] = np.where(kinds == 0, self._numbers[at], numbers[..., 0])
        width = int(is_used.sum(axis=2).max())
        return numbers[..., :width], is_used[..., :width]


def _windows(places: npt.NDArray[np.intp]) -> dict[int, list[tuple[int, int, int]]]:
    """Return begin, first and last wanted place of the stretches that depend on each other, by rounded length."""
    windows: dict[int, list[tuple[int, int, int]]] = {}
    for stretch in np.split(places, np.flatnonzero(np.diff(places) > ORDER - 1) + 1):
        if not len(stretch):
            continue
        first, end = int(stretch[0]), int(stretch[-1]) + 1
        while first < end:
            begin = first - (ORDER - 1) if first == stretch[0] else first - OVERLAP
            until = end if end + ORDER - 1 - begin <= LONGEST else begin + LONGEST - OVERLAP
            length = next(length for length in LENGTHS if length >= min(until + ORDER - 1 - begin, LONGEST))
            windows.setdefault(length, []).append((begin, first, until))
            first = until
    return windows


def _likeliest(numbers: Ids, is_used: Floats, korean: Model) -> tuple[Ids, Floats]:
    """Return the best candidate of each place and its likelihood; shapes (windows, places, candidates)."""
    by_pairs = _narrowed(numbers, is_used, korean)
    order = np.argsort(-by_pairs, axis=2, kind="stable")[..., :NARROW]
    numbers = np.take_along_axis(numbers, order, 2)
    likelihood = _by_threes(numbers, np.take_along_axis(is_used, order, 2), korean)
    best = likelihood.argmax(axis=2)[..., None]
    # What was left out when narrowing counts as well: only the share that remained is divided up again.
    kept = np.take_along_axis(by_pairs, order, 2).sum(axis=2)
    return np.take_along_axis(numbers, best, 2)[..., 0], np.take_along_axis(likelihood, best, 2)[..., 0] * kept


def _narrowed(numbers: Ids, is_used: Floats, korean: Model) -> Floats:
    """Return the likelihood of each candidate by pairs of characters (forward-backward)."""
    steps = korean.after(numbers[:, :-1, :, None], numbers[:, 1:, None, :])
    forward, backward = np.empty_like(is_used), np.empty_like(is_used)
    forward[:, 0], backward[:, -1] = _shares(korean.single(numbers[:, 0]) * is_used[:, 0]), is_used[:, -1]
    for place in range(1, numbers.shape[1]):
        reached = np.einsum("bi,bij->bj", forward[:, place - 1], steps[:, place - 1])
        forward[:, place] = _shares(reached * is_used[:, place])
    for place in range(numbers.shape[1] - 2, -1, -1):
        reached = np.einsum("bj,bij->bi", backward[:, place + 1], steps[:, place])
        backward[:, place] = _shares(reached * is_used[:, place])
    return _shares(forward * backward)


def _by_threes(numbers: Ids, is_used: Floats, korean: Model) -> Floats:
    """Return the likelihood of each candidate by threes of characters; a state is a pair of candidates."""
    steps = korean.after_two(
        numbers[:, :-2, :, None, None], numbers[:, 1:-1, None, :, None], numbers[:, 2:, None, None, :]
    )
    length = numbers.shape[1]
    is_pair = is_used[:, :-1, :, None] * is_used[:, 1:, None, :]
    forward, backward = np.empty_like(is_pair), np.empty_like(is_pair)
    begin = korean.single(numbers[:, 0])[..., None] * korean.after(numbers[:, 0, :, None], numbers[:, 1, None, :])
    forward[:, 0], backward[:, -1] = _shares(begin * is_pair[:, 0], 2), is_pair[:, -1]
    for place in range(1, length - 1):
        reached = np.einsum("bij,bijk->bjk", forward[:, place - 1], steps[:, place - 1])
        forward[:, place] = _shares(reached * is_pair[:, place], 2)
    for place in range(length - 3, -1, -1):
        reached = np.einsum("bjk,bijk->bij", backward[:, place + 1], steps[:, place])
        backward[:, place] = _shares(reached * is_pair[:, place], 2)
    pairs = _shares(forward * backward, 2)
    return np.concatenate([pairs.sum(axis=3), pairs[:, -1:].sum(axis=2)], axis=1)


def _shares(values: Floats, axes: int = 1) -> Floats:
    """Return `values` divided by their sum over the last `axes`; nothing but zeros stays so."""
    total = values.sum(axis=tuple(range(-axes, 0)), keepdims=True)
    shares: Floats = values / np.maximum(total, np.finfo(np.float32).tiny)
    return shares
