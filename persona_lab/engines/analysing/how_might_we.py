"""Questions that open a need up: "How might we help people …, when …?"

Each is made of a need's own words and, where one stands in its way, of a pain of the same
interview about the same thing. What can't be turned into a grammatical question is left out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.analysing import asking_english, asking_korean
from persona_lab.engines.language import Sentence, generic_terms, read
from persona_lab.engines.meaning import vectors
from persona_lab.engines.rules import TUNING
from persona_lab.models import Finding, HowMightWe

MOST = 5
# What each shared content word counts beside the likeness of meanings.
SHARED_TERM = 0.1


def questions(findings: Sequence[Finding], language: str) -> tuple[HowMightWe, ...]:
    """Return a question for each need that can be asked so, those with an obstacle first."""
    needs = [number for number, finding in enumerate(findings) if finding.kind == "need"]
    pains = [number for number, finding in enumerate(findings) if finding.kind == "pain"]
    likeness = _likeness(findings, needs, pains, language)
    found = [
        question
        for row, need in zip(likeness, needs, strict=True)
        if (question := _question(findings, need, _obstacles(pains, row), language))
    ]
    found.sort(key=lambda question: -len(question.findings))
    return tuple(found[:MOST])


def _likeness(
    findings: Sequence[Finding], needs: Sequence[int], pains: Sequence[int], language: str
) -> NDArray[np.float64]:
    """Return for each need how much each pain is about the same thing; -1 where it isn't at all.

    They must share a content word that is not the whole interview's.
    """
    if not needs or not pains:
        return np.full((len(needs), len(pains)), -1.0)
    meanings = vectors.of_texts([findings[number].text for number in (*needs, *pains)])
    found = vectors.likeness(meanings[: len(needs)], meanings[len(needs) :])
    spread = Counter(term for finding in findings for term in finding.terms)
    common = {term for term, count in spread.items() if count > 2 and 3 * count > len(findings)}
    common |= generic_terms("ko" if language == "ko" else "en")
    for row, need in enumerate(needs):
        for column, pain in enumerate(pains):
            shared = (set(findings[need].terms) & set(findings[pain].terms)) - common
            found[row, column] = found[row, column] + SHARED_TERM * len(shared) if shared else -1.0
    return np.where(found >= TUNING.obstacle_near, found, -1.0)


def _obstacles(pains: Sequence[int], likeness: NDArray[np.float64]) -> list[int]:
    order = np.argsort(-likeness, kind="stable")
    return [pains[at] for at in order if likeness[at] > 0]


def _question(findings: Sequence[Finding], need: int, obstacles: Sequence[int], language: str) -> HowMightWe | None:
    for wish in _sentences(findings[need], language):
        for pain in obstacles:
            for obstacle in _sentences(findings[pain], language):
                if obstacle.language == wish.language and (text := _asked(wish, obstacle)):
                    return HowMightWe(text=text, findings=(need, pain))
        if text := _asked(wish, None):
            return HowMightWe(text=text, findings=(need,))
    return None


def _sentences(finding: Finding, language: str) -> Iterator[Sentence]:
    yield from (sentence for sentence in read(finding.text, language) if not sentence.is_question)


def _asked(wish: Sentence, obstacle: Sentence | None) -> str:
    """Return the question, "" where it can't be asked so."""
    ask = asking_korean.question if wish.language == "ko" else asking_english.question
    return ask(wish.text, obstacle.text if obstacle else None)
