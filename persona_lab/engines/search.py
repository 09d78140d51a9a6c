"""Which turns speak to a question: by its words, its meaning and whom it names.

Words are weighed by BM25, meanings compared by cosine. The index is kept up to
date interview by interview. CARD.md in `meaning/` says what each part brings.
"""

import math
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.meaning import vectors
from persona_lab.engines.meaning.encoder import DIMENSIONS
from persona_lab.engines.names import named, without_names

# The usual values; turns are short, so length matters a little less than in documents.
SATURATION = 1.2
LENGTH_WEIGHT = 0.6
# Where nothing is more like the question than this, its meaning finds nothing.
UNRELATED = 0.2
# Likeness in meaning is measured against the best there is, but never against less than this.
WELL_MEANT = 0.5
# A turn with fewer content words tells less.
TELLING = 8
# A turn so near to one found already adds little: each takes this share of its score.
NEAR = 5
REPEATED = 0.3
# What a turn leaves unsaid of the question may be said so many turns before or after: the question it answers, mostly.
AROUND = 3
# The share of its score that a turn keeps where none of the question's words is said around it.
ALONE = 0.4

Scores = NDArray[np.float64]


class Query(NamedTuple):
    """What is looked for: content words, the question as it was asked, and its meaning, packed."""

    terms: tuple[str, ...]
    question: str = ""
    meaning: bytes = b""


@dataclass(slots=True)
class Posting:
    """Where a term occurs: numbers of turns, rising, and how often."""

    turns: "array[int]" = field(default_factory=lambda: array("i"))
    counts: "array[int]" = field(default_factory=lambda: array("i"))


@dataclass(frozen=True, slots=True)
class Held:
    """An interview in the index: the numbers of its turns, their meanings, and who says which."""

    numbers: range
    meanings: vectors.Vectors
    lengths: Scores
    speakers: tuple[str | None, ...]


class Index:
    """Turns by their terms and meanings. Not safe to change from one thread while another searches."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._postings: dict[str, Posting] = {}
        self._lengths = array("i")
        self._places: list[tuple[str, int]] = []
        self._interviews: dict[str, Held] = {}
        self._alive = bytearray()

    def __contains__(self, interview_id: str) -> bool:
        return interview_id in self._interviews

    def add(
        self,
        interview_id: str,
        turns_terms: Sequence[Sequence[str]],
        meanings: vectors.Vectors | None = None,
        speakers: Sequence[str | None] = (),
    ) -> None:
        """Take an interview in; one that is there already is replaced.

        Args:
            meanings: one row for each turn; without them it is found by words only.
            speakers: who says each turn; without them nobody is found by name.
        """
        self.remove(interview_id)
        first = len(self._places)
        for turn, terms in enumerate(turns_terms):
            number = first + turn
            self._places.append((interview_id, turn))
            self._lengths.append(len(terms))
            self._alive.append(1)
            for term, count in Counter(terms).items():
                posting = self._postings.setdefault(term, Posting())
                posting.turns.append(number)
                posting.counts.append(count)
        if meanings is None:
            meanings = np.zeros((len(turns_terms), DIMENSIONS), np.int8)
        numbers = range(first, len(self._places))
        self._interviews[interview_id] = Held(numbers, meanings, vectors.lengths(meanings), tuple(speakers))

    def remove(self, interview_id: str) -> None:
        """Forget an interview; one that isn't there is no error."""
        held = self._interviews.pop(interview_id, None)
        if held is None:
            return
        self._alive[held.numbers.start : held.numbers.stop] = bytes(len(held.numbers))
        if 2 * sum(len(one.numbers) for one in self._interviews.values()) < len(self._places):
            self._compact()

    def search(
        self, query: Query, k: int, interview_ids: Collection[str] | None = None
    ) -> list[tuple[str, int, float]]:
        """Return up to `k` turns as (interview, turn, score), best first; ties by interview and turn.

        A turn's score is at most its share of what the best turn has; it is lower for a turn near
        to a better one, so that the first ten are not ten turns of one exchange.
        """
        among = self._interviews.keys() if interview_ids is None else self._interviews.keys() & set(interview_ids)
        if not among or k <= 0:
            return []
        scores = np.zeros(len(self._places))
        people = self._people(query.question, among)
        terms = without_names(query.terms, people)
        by_words = self._by_words(terms)
        around = self._around(terms)
        meaning = vectors.unpacked(query.meaning)
        parts = [
            (held, by_words[held.numbers.start : held.numbers.stop], _by_meaning(held, meaning))
            for held in (self._interviews[interview_id] for interview_id in sorted(among))
        ]
        best_word = max((words.max(initial=0.0) for _, words, _ in parts), default=0.0) or 1.0
        best_meaning = max((near.max(initial=0.0) for _, _, near in parts), default=0.0)
        trust = 0.5 / max(best_meaning, WELL_MEANT) if best_meaning >= UNRELATED else 0.0
        lengths = np.frombuffer(self._lengths, dtype=np.int32)
        for held, words, near in parts:
            stretch = slice(held.numbers.start, held.numbers.stop)
            own = 0.5 * words / best_word + trust * near
            own *= np.sqrt(np.minimum(1.0, np.maximum(lengths[stretch], 1) / TELLING))
            own *= ALONE + (1 - ALONE) * around[stretch]
            scores[stretch] = own * _said_by(held.speakers, people, len(own))
        return self._apart(scores.round(6), k)

    def _people(self, question: str, among: Collection[str]) -> dict[str, frozenset[str]]:
        """Return the speakers whom the question names."""
        names = {name for interview_id in among for name in self._interviews[interview_id].speakers if name}
        return named(question, names) if question and names else {}

    def _apart(self, scores: Scores, k: int) -> list[tuple[str, int, float]]:
        """Return the best turns, each the best when those before it have taken their share from turns near to them."""
        found = np.flatnonzero(scores > 0)
        enough = 10 * k + 2 * NEAR
        if len(found) > enough:
            least = np.partition(scores[found], len(found) - enough)[len(found) - enough]
            found = found[scores[found] >= least]
        left = {self._places[number]: float(scores[number]) for number in sorted(found, key=self._places.__getitem__)}
        hits: list[tuple[str, int, float]] = []
        while left and len(hits) < k:
            interview_id, turn = max(left, key=left.__getitem__)
            hits.append((interview_id, turn, left.pop((interview_id, turn))))
            for near in range(turn - NEAR, turn + NEAR + 1):
                if (interview_id, near) in left:
                    left[interview_id, near] = round(left[interview_id, near] * (1 - REPEATED), 6)
        return hits

    def _by_words(self, terms: Sequence[str]) -> Scores:
        alive = np.frombuffer(self._alive, dtype=np.uint8)
        lengths = np.frombuffer(self._lengths, dtype=np.int32)
        size = int(alive.sum())
        mean = float(lengths @ alive) / size if size else 0.0
        scores = np.zeros(len(lengths))
        for term in terms:
            posting = self._postings.get(term)
            if posting is None:
                continue
            turns = np.frombuffer(posting.turns, dtype=np.int32)
            counts = np.frombuffer(posting.counts, dtype=np.int32)
            frequency = int(alive[turns].sum())
            rarity = _rarity(frequency, size)
            norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths[turns] / max(mean, 1.0))
            scores[turns] += alive[turns] * rarity * counts * (SATURATION + 1) / (counts + norm)
        return scores

    def _around(self, terms: Sequence[str]) -> Scores:
        """Return which share of the terms, each by its rarity, is said in a turn or near to it."""
        size = sum(self._alive)
        ranges = sorted((held.numbers.start, held.numbers.stop) for held in self._interviews.values())
        starts, stops = (np.array(ends) for ends in zip(*ranges, strict=True))
        alive = np.frombuffer(self._alive, dtype=np.uint8)
        found = np.zeros(len(self._places))
        total = 0.0
        for term in terms:
            posting = self._postings.get(term)
            turns = np.frombuffer(posting.turns, dtype=np.int32) if posting else np.zeros(0, np.int32)
            turns = turns[alive[turns] > 0]
            rarity = _rarity(len(turns), size)
            total += rarity
            owner = np.searchsorted(starts, turns, side="right") - 1
            near = turns[:, None] + np.arange(-AROUND, AROUND + 1)
            inside = (near >= starts[owner][:, None]) & (near < stops[owner][:, None])
            found[np.unique(near[inside])] += rarity
        return found / (total or 1.0)

    def _compact(self) -> None:
        """Leave out what was removed, once it is more than half of all."""
        held = self._interviews
        terms: dict[int, list[str]] = {number: [] for one in held.values() for number in one.numbers}
        for term, posting in self._postings.items():
            for number, count in zip(posting.turns, posting.counts, strict=True):
                if number in terms:
                    terms[number].extend([term] * count)
        self._clear()
        for interview_id, one in held.items():
            self.add(interview_id, [terms[number] for number in one.numbers], one.meanings, one.speakers)


def _rarity(frequency: int, size: int) -> float:
    return math.log1p((size - frequency + 0.5) / (frequency + 0.5))


def _by_meaning(held: Held, meaning: vectors.Vectors) -> Scores:
    """Return how near each turn is to what is meant."""
    if not len(meaning):
        return np.zeros(len(held.numbers))
    return vectors.likeness(held.meanings, meaning, held.lengths)[:, 0].clip(min=0.0)


def _said_by(speakers: Sequence[str | None], people: dict[str, frozenset[str]], size: int) -> Scores:
    """Return 2 for the turns of those whom the question names, 1 for the others."""
    if not people or not speakers:
        return np.ones(size)
    return np.array([2.0 if speaker in people else 1.0 for speaker in speakers])
