"""Where several personas' answers to one question agree and differ, in the words that they cite.

Two things said are alike where they mean nearly the same, or mean something near and share telling words, which
are those that few of the answers' sentences have. A denial and what it denies are never alike. What only one
persona's answer has is what is like nothing in the others'.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.answering.answers import NOTHING
from persona_lab.engines.answering.conversing import Said, place, said_in
from persona_lab.engines.answering.numbering import Numbering
from persona_lab.engines.language import generic_terms, terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.merge import NEGATION
from persona_lab.engines.rules import Language
from persona_lab.models import Citation, Delta, Voice

# From here on two sentences mean nearly the same; with two telling words in common, from the second on. Korean
# sentences look alike sooner.
SAME = {"en": 0.8, "ko": 0.9}
NEAR = {"en": 0.6, "ko": 0.7}
SHARED = 2
# A word in more of the sentences than this is what all were asked about.
SUBJECT_SHARE = 0.3
# So much agreement is shown, and so much of each that only one says.
AGREED = 3
ALONE = 2

FRAMES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "count": "{told} of {asked} personas speak to this.",
        "count-one": "1 of {asked} personas speaks to this.",
        "agreed": "{labels} say something similar:",
        "alone": "Only in the answer of {label}:",
        "silent": "The interviews of {labels} don't tell.",
        "and": " and ",
    },
    "ko": {
        "count": "페르소나 {asked}개 가운데 {told}개가 말합니다.",
        "count-one": "페르소나 {asked}개 가운데 1개가 말합니다.",
        "agreed": "{labels} 모두 비슷하게 말합니다:",
        "alone": "{label}의 답에만 있는 것:",
        "silent": "{labels}의 인터뷰에는 그 내용이 없습니다.",
        "and": ", ",
    },
}

Answered = tuple[Voice, str, Sequence[Citation]]


class Stated(NamedTuple):
    """One thing that one persona says; `voice` counts the personas from 0."""

    voice: int
    said: Said


def differences(answers: Sequence[Answered], language: Language) -> list[Delta | Citation]:
    """Return what the answers have in common, what only one of them says, and who has nothing to say.

    Args:
        answers: each persona with the text of its answer and what that cites.
    """
    stated = [
        Stated(number, said) for number, (_, text, citations) in enumerate(answers) for said in said_in(text, citations)
    ]
    if not stated:
        return [Delta(text=NOTHING[language])]
    labels = [voice.label for voice, _, _ in answers]
    groups = _groups(stated, language)
    return list(_written(labels, stated, groups, language))


def _written(
    labels: Sequence[str], stated: Sequence[Stated], groups: Sequence[Sequence[int]], language: Language
) -> Iterator[Delta | Citation]:
    known = FRAMES[language]
    numbering = Numbering()
    told = sorted({one.voice for one in stated})
    count = known["count-one" if len(told) == 1 else "count"].format(told=len(told), asked=len(labels))
    yield Delta(text=count)
    shared = [group for group in groups if len({stated[at].voice for at in group}) > 1]
    for group in sorted(shared, key=lambda its: (-len({stated[at].voice for at in its}), its[0]))[:AGREED]:
        firsts = {stated[at].voice: at for at in reversed(group)}
        yield Delta(text=f"\n\n{known['agreed'].format(labels=_listed(sorted(firsts), labels, language))}\n")
        yield from _lines([stated[firsts[voice]] for voice in sorted(firsts)], labels, numbering)
    for voice in told:
        own = [stated[at] for group in groups if {stated[its].voice for its in group} == {voice} for at in group[:1]]
        if own and len(labels) > 1:
            yield Delta(text=f"\n\n{known['alone'].format(label=labels[voice])}\n")
            yield from _lines(sorted(own, key=lambda one: -one.said.people)[:ALONE], None, numbering)
    if silent := [voice for voice in range(len(labels)) if voice not in told]:
        yield Delta(text=f"\n\n{known['silent'].format(labels=_listed(silent, labels, language))}")


def _lines(stated: Sequence[Stated], labels: Sequence[str] | None, numbering: Numbering) -> Iterator[Delta | Citation]:
    """Yield a line for each with its quotes; the same words of two personas make one line."""
    voices: dict[tuple[str, int, int], list[int]] = {}
    for one in stated:
        voices.setdefault(place(one.said.quotes[0]), []).append(one.voice)
    for one in stated:
        its = voices.pop(place(one.said.quotes[0]), None)
        if its:
            who = f"{', '.join(labels[voice] for voice in its)}: " if labels else ""
            yield Delta(text="\n")
            yield from numbering.cited(f"- {who}{one.said.shown}", one.said.quotes, one.said.others)


def _listed(voices: Sequence[int], labels: Sequence[str], language: Language) -> str:
    """Return "P1, P2 and P3"."""
    *first, last = (labels[voice] for voice in voices)
    return FRAMES[language]["and"].join([", ".join(first), last]) if first else last


def _groups(stated: Sequence[Stated], language: Language) -> list[list[int]]:
    """Return positions of what is alike, each with the first of its group; all of one persona's stay apart."""
    alike = _alike([one.said for one in stated], language)
    groups: list[list[int]] = []
    for at, one in enumerate(stated):
        fitting = [
            group for group in groups if alike[at, group[0]] and (len(group) > 1 or stated[group[0]].voice != one.voice)
        ]
        if fitting:
            max(fitting, key=lambda group: alike[at, group[0]]).append(at)
        else:
            groups.append([at])
    return groups


def _alike(said: Sequence[Said], language: Language) -> NDArray[np.float64]:
    """Return how near each is to each where they are alike, else 0."""
    meanings = vectors.of_texts([one.text for one in said])
    near = vectors.likeness(meanings, meanings)
    words = _telling([set(terms(one.text, language)) for one in said])
    denies = [NEGATION.search(one.text) is not None for one in said]
    for row, one in enumerate(said):
        for column, other in enumerate(said):
            least = (NEAR if len(words[row] & words[column]) >= SHARED else SAME)[language]
            is_same = place(one.quotes[0]) == place(other.quotes[0])
            if is_same:
                near[row, column] = 1.0
            elif near[row, column] < least or denies[row] != denies[column]:
                near[row, column] = 0.0
    return near


def _telling(terms: Sequence[set[str]]) -> list[set[str]]:
    """Return the terms that are neither everyday words nor what the question is about."""
    spread = Counter(term for some in terms for term in some)
    known = generic_terms("en") | generic_terms("ko")
    known |= {term for term, count in spread.items() if count > max(2, SUBJECT_SHARE * len(terms))}
    return [some - known for some in terms]
