"""A transcript's sentences and what they mean, worked out once for all that look at them.

The encoder takes most of the time of an analysis, and what it makes of a sentence differs in the
last bits with what is encoded beside it. So a transcript is always encoded whole and in the same
batches: whoever asks first, and whatever was read before, the rows are the same.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from persona_lab.engines.language import Sentence, read
from persona_lab.engines.meaning.encoder import DIMENSIONS, Rows, encode
from persona_lab.engines.tags import score
from persona_lab.models import Transcript

# So many sentences go through the encoder at once.
BATCH = 256
# Of so many sentences the meanings are remembered, which takes some 25 MB.
KEPT_SENTENCES = 8_192


# A turn's number, and a sentence's within the turn.
Place = tuple[int, int]
Kinds = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Heard:
    """The sentences of each turn, and a row of meaning for each that has content words.

    `places[turn][sentence]` is the sentence's row, -1 where it says nothing by itself ("Yes, sure.").
    """

    sentences: tuple[tuple[Sentence, ...], ...]
    places: tuple[tuple[int, ...], ...]
    meanings: Rows
    _kinds: dict[tuple[Place, ...], list[Kinds]] = field(default_factory=dict)

    def kinds(self, places: Sequence[Place]) -> list[Kinds]:
        """Return how likely each kind is for these sentences, all of which have a meaning; the last answer is kept."""
        asked = tuple(places)
        if asked not in self._kinds:
            rows = self.meanings[[self.places[turn][at] for turn, at in asked]]
            self._kinds.clear()
            self._kinds[asked] = list(score([self.sentences[turn][at] for turn, at in asked], rows))
        return self._kinds[asked]

    def of_turn(self, turn: int) -> Rows:
        """Return the meanings of the turn's sentences that have one."""
        return self.meanings[[place for place in self.places[turn] if place >= 0]]


_kept: OrderedDict[str, Heard] = OrderedDict()


def hear(transcript: Transcript) -> Heard:
    """Return the transcript's sentences with their meanings; those of the last few transcripts are remembered."""
    key = _key(transcript)
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    heard = _hear(transcript)
    _kept[key] = heard
    while sum(len(one.meanings) for one in _kept.values()) > KEPT_SENTENCES:
        _kept.popitem(last=False)
    return heard


def forget() -> None:
    """Remember no transcript any more."""
    _kept.clear()


def spoken(sentence: Sentence) -> str:
    """Return the sentence on one line, as the encoder is given it."""
    return " ".join(sentence.text.split())


def _hear(transcript: Transcript) -> Heard:
    sentences = tuple(tuple(read(turn.text, transcript.language)) for turn in transcript.turns)
    places: list[tuple[int, ...]] = []
    texts: list[str] = []
    for turn in sentences:
        row: list[int] = []
        for sentence in turn:
            row.append(len(texts) if sentence.terms else -1)
            if sentence.terms:
                texts.append(spoken(sentence))
        places.append(tuple(row))
    batches = [encode(texts[first : first + BATCH]) for first in range(0, len(texts), BATCH)]
    meanings = np.concatenate(batches) if batches else np.zeros((0, DIMENSIONS), np.float32)
    return Heard(sentences, tuple(places), meanings)


def _key(transcript: Transcript) -> str:
    digest = hashlib.sha256(transcript.language.encode())
    for turn in transcript.turns:
        digest.update(f"\0{len(turn.text)}\0{turn.text}".encode())
    return digest.hexdigest()
