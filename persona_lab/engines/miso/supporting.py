"""What takeaways, traits and questions rest on: MISO names no lines for them, so the nearest in meaning is taken.

Runs in the workroom, where the language models are.
"""

from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines.language import language_of, sentences, terms
from persona_lab.engines.meaning import vectors

# Below this likeness a sentence is not evidence, and the takeaway is left out. Of twelve pairs tried, those that
# belong together had 0.46 to 0.77 or, where the takeaway is far from what was said, 0.1 at most; others had 0.21.
LEAST = 0.35
# A question turns what it rests on round, so it may be farther from it.
LEAST_OF_QUESTION = 0.2
# A shorter sentence says too little to rest anything on. Letters.
SHORTEST = 12


class Stretch(NamedTuple):
    """A stretch of one text: which text, and where in it."""

    text: int
    start: int
    end: int


def terms_of(texts: Sequence[str], language: str) -> list[tuple[str, ...]]:
    """Return each text's content words in dictionary form."""
    return [tuple(dict.fromkeys(terms(text, language_of(text, language)))) for text in texts]


def supports(claims: Sequence[str], said: Sequence[str], language: str) -> list[Stretch | None]:
    """Return for each claim the sentence that is nearest in meaning; None where none is near."""
    stretches = [
        Stretch(number, start, end)
        for number, text in enumerate(said)
        for start, end in sentences(text, language)
        if end - start >= SHORTEST
    ]
    if not claims or not stretches:
        return [None] * len(claims)
    meant = vectors.of_texts([said[one.text][one.start : one.end] for one in stretches])
    alike = vectors.likeness(vectors.of_texts(claims), meant)
    best = alike.argmax(axis=1)
    return [
        stretches[place] if alike[row, place] >= LEAST else None for row, place in enumerate(int(one) for one in best)
    ]


def rests_on(questions: Sequence[str], findings: Sequence[str]) -> list[int | None]:
    """Return for each question the finding that is nearest in meaning; None where none is near."""
    if not questions or not findings:
        return [None] * len(questions)
    alike = vectors.likeness(vectors.of_texts(questions), vectors.of_texts(findings))
    best = [int(one) for one in alike.argmax(axis=1)]
    return [place if alike[row, place] >= LEAST_OF_QUESTION else None for row, place in enumerate(best)]
