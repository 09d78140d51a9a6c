"""Tagging sentences, the way in for notebooks and for the analysis alike."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from persona_lab.engines.language import Sentence, language_of, read
from persona_lab.engines.rules import Language
from persona_lab.engines.tags.features import Piece, piece
from persona_lab.engines.tags.model import KINDS, Floats, model, probabilities
from persona_lab.errors import InvalidRequest
from persona_lab.models import Value

TagKind = Literal["pain", "need", "delight", "need_met", "none"]
NAMES: tuple[TagKind, ...] = ("pain", "need", "delight", "need_met", "none")
# Enough at once for the encoder, little enough for memory.
BATCH = 256


class Tag(Value):
    """What a sentence is, and how likely (0..1) that is."""

    kind: TagKind
    score: float


NOTHING = Tag(kind="none", score=1.0)


def tag(sentences: str | Sequence[str], language: Language | None = None) -> list[Tag]:
    """Say of each sentence whether it tells a pain, a need, a delight, a need that is met, or none of them.

    Args:
        sentences: one sentence or several; a longer text is tagged as a whole.
        language: `en` or `ko`, which decides where a sentence's own letters leave it open.

    Returns:
        one `Tag` for each sentence, in order: `kind` is `pain` (what hinders), `need` (what is wanted), `delight`
        (what is liked), `need_met` (what something in use already does for them) or `none`; `score` is how likely
        that is, from 0 to 1. What is rare gets its due, so the kind is not always the likeliest one. Where there is no
        word, it is surely `none`.

    Raises:
        ValueError: the language is another one.
        InvalidRequest: something in it is no text.

    The first call takes about two seconds in English and four in Korean.
    """
    if language not in ("en", "ko", None):
        raise ValueError(f"No model for language {language!r}. Use 'en', 'ko' or nothing.")
    texts = list(sentences) if isinstance(sentences, Iterable) and not isinstance(sentences, str) else [sentences]
    for text in texts:
        if not isinstance(text, str):
            raise InvalidRequest(f"{type(text).__name__} is no text. Give a sentence, or several in a list.")
    tags = _scored([_piece(text, language) for text in texts if _has_words(text)])
    return [_tag(*next(tags)) if _has_words(text) else NOTHING for text in texts]


def score(sentences: Sequence[Sentence], meanings: Floats | None = None) -> list[dict[str, float]]:
    """Return for sentences read already how likely each kind is; without their meanings they are encoded."""
    pieces = [piece([sentence], sentence.text, sentence.language) for sentence in sentences]
    likely = (probabilities(scores[None])[0] for scores, _ in _scored(pieces, meanings))
    return [{name: float(value) for name, value in zip(KINDS, row, strict=True)} for row in likely]


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _piece(text: str, language: Language | None) -> Piece:
    known = language_of(text, language or "")
    return piece(read(text, known), text, known)


def _scored(pieces: Sequence[Piece], meanings: Floats | None = None) -> Iterator[tuple[Floats, Floats]]:
    """Yield each piece's scores, and what its language's model leans to; pieces without a meaning are encoded."""
    for start in range(0, len(pieces), BATCH):
        batch = pieces[start : start + BATCH]
        found: dict[int, tuple[Floats, Floats]] = {}
        for language in sorted({one.language for one in batch}):
            places = [place for place, one in enumerate(batch) if one.language == language]
            known = model(language)
            rows = None if meanings is None else meanings[[start + place for place in places]]
            scores = known.scores([batch[place] for place in places], rows)
            found.update((place, (scores[number], known.lean)) for number, place in enumerate(places))
        yield from (found[place] for place in range(len(batch)))


def _tag(scores: Floats, leaning: Floats) -> Tag:
    chosen = int(np.argmax(scores + leaning))
    return Tag(kind=NAMES[chosen], score=round(float(probabilities(scores[None])[0, chosen]), 3))
