"""Which turns speak of these words: BM25 over all turns, kept up to date interview by interview."""

import math
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# The usual values; turns are short, so length matters a little less than in documents.
SATURATION = 1.2
LENGTH_WEIGHT = 0.6


@dataclass(slots=True)
class Posting:
    """Where a term occurs: numbers of turns, rising, and how often."""

    turns: "array[int]" = field(default_factory=lambda: array("i"))
    counts: "array[int]" = field(default_factory=lambda: array("i"))


class Index:
    """Turns by their terms. Not safe to change from one thread while another searches."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._postings: dict[str, Posting] = {}
        self._lengths = array("i")
        self._places: list[tuple[str, int]] = []
        self._interviews: dict[str, range] = {}
        self._alive = bytearray()

    def __contains__(self, interview_id: str) -> bool:
        return interview_id in self._interviews

    def add(self, interview_id: str, turns_terms: Sequence[Sequence[str]]) -> None:
        """Take an interview in; one that is there already is replaced."""
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
        self._interviews[interview_id] = range(first, len(self._places))

    def remove(self, interview_id: str) -> None:
        """Forget an interview; one that isn't there is no error."""
        numbers = self._interviews.pop(interview_id, None)
        if numbers is None:
            return
        self._alive[numbers.start : numbers.stop] = bytes(len(numbers))
        if 2 * sum(map(len, self._interviews.values())) < len(self._places):
            self._compact()

    def search(
        self, query_terms: Sequence[str], k: int, interview_ids: Collection[str] | None = None
    ) -> list[tuple[str, int, float]]:
        """Return up to `k` turns as (interview, turn, score), best first; ties by interview and turn."""
        if not self._interviews or k <= 0:
            return []
        scores = self._scores(sorted(set(query_terms)))
        if interview_ids is not None:
            scores *= self._mask(interview_ids)
        found = np.flatnonzero(scores > 0)
        if len(found) > k:
            least = np.partition(scores[found], len(found) - k)[len(found) - k]
            found = found[scores[found] >= least]
        hits = [(*self._places[number], round(float(scores[number]), 6)) for number in found]
        return sorted(hits, key=lambda hit: (-hit[2], hit[0], hit[1]))[:k]

    def _scores(self, terms: Sequence[str]) -> NDArray[np.float64]:
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
            rarity = math.log1p((size - frequency + 0.5) / (frequency + 0.5))
            norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths[turns] / max(mean, 1.0))
            scores[turns] += alive[turns] * rarity * counts * (SATURATION + 1) / (counts + norm)
        return scores

    def _mask(self, interview_ids: Collection[str]) -> NDArray[np.float64]:
        mask = np.zeros(len(self._places))
        for interview_id in interview_ids:
            if numbers := self._interviews.get(interview_id):
                mask[numbers.start : numbers.stop] = 1.0
        return mask

    def _compact(self) -> None:
        """Leave out what was removed, once it is more than half of all."""
        terms: dict[int, list[str]] = {number: [] for numbers in self._interviews.values() for number in numbers}
        for term, posting in self._postings.items():
            for number, count in zip(posting.turns, posting.counts, strict=True):
                if number in terms:
                    terms[number].extend([term] * count)
        interviews = self._interviews
        self._clear()
        for interview_id, numbers in interviews.items():
            self.add(interview_id, [terms[number] for number in numbers])
