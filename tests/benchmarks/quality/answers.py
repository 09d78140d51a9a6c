"""Answers of the local engine: what they cite, and whether they refuse what nobody tells.

Only the questions about a part of a meeting are asked (QMSum's `specific_query_list`): "Summarize
the whole meeting" fits every meeting. What a meeting can't answer is the questions of a meeting of
another kind (product design, research, parliament). Those of the same kind speak of the same things,
often of the same product, and many can be answered; they stand in a row by themselves.

The numbers that refuse were chosen on every other meeting (the first, the third …, by name); the rest
had no part in that, and neither had the questions to the sample interviews. The baseline is TF-IDF
of turns: the first three, and refusing below a likeness chosen on the same meetings.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from persona_lab.engines.answering.answers import BESIDES, COMPOSED, LEAD_MANY, LEAD_ONE, NEAREST, NOTHING, compose
from persona_lab.models import Citation, Delta
from tests.benchmarks.quality._meetings import Meeting, meetings
from tests.support.studies import Study, asked_of_samples, samples

Row = tuple[str, str, str]
FIRST = 3
LANGUAGES = (("en", "English"), ("ko", "Korean"))
CITED = re.compile(r"- “.+” \[(\d+)\]", re.DOTALL)


class Answer(NamedTuple):
    """What was answered to a question, and what simple means would have.

    Attributes:
        half: 0 where the numbers were chosen on its meeting.
        kind: "own", "other" or "same": whose meeting was asked.
        cited: the turns cited, in order; none of a refusal's.
        is_right: whether the first three of them hold a right turn; `base_right` of the baseline.
        nearest: how like the question the baseline's first turn is.
        sentences: of the answer, and how many of them are cited, refuse, or are a fixed frame.
    """

    half: int
    kind: str
    is_refused: bool
    is_right: bool
    base_right: bool
    nearest: float
    sentences: tuple[int, int]


class Tfidf:
    def __init__(self, study: Study) -> None:
        turns = [turn for transcript in study.transcripts.values() for turn in transcript.turns]
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        self._matrix = self._vectorizer.fit_transform(f"{turn.speaker} {turn.text}" for turn in turns)

    def find(self, question: str) -> tuple[list[int], float]:
        """Return the first turns, and how like the question the first one is."""
        likeness = (self._matrix @ self._vectorizer.transform([question]).T).toarray().ravel()
        order = np.argsort(-likeness, kind="stable")[:FIRST]
        return order.tolist(), float(likeness[order[0]])


def rows(folder: Path) -> Iterator[Row]:
    found = list(_asked(list(meetings(folder))))
    sentences = np.sum([answer.sentences for answer in found], axis=0)
    yield f"sentences with a citation or a refusal (n={sentences[0]})", "", f"{sentences[1] / sentences[0]:.1%}"
    threshold = _threshold([answer for answer in found if answer.half == 0])
    for name, halves in (("half it was tuned on", {0}), ("other half", {1}), ("all", {0, 1})):
        some = [answer for answer in found if answer.half in halves]
        own = [answer for answer in some if answer.kind == "own"]
        base = f"{np.mean([answer.base_right for answer in own]):.2f}"
        here = f"{np.mean([answer.is_right for answer in own]):.2f}"
        yield f"first three citations hold a right turn, {name} (n={len(own)})", base, here
        answered = _shares([answer.nearest >= threshold for answer in own], [not answer.is_refused for answer in own])
        yield f"answerable: answered, {name} (n={len(own)})", *answered
        for kind in ("other", "same"):
            asked = [answer for answer in some if answer.kind == kind]
            refused = _shares([answer.nearest < threshold for answer in asked], [answer.is_refused for answer in asked])
            which = "another" if kind == "other" else "the same"
            yield f"meeting of {which} kind: refused, {name} (n={len(asked)})", *refused
    for language, name in LANGUAGES:
        yield from _of_samples(language, name)


def _asked(every: list[Meeting]) -> Iterator[Answer]:
    simple = {meeting.name: Tfidf(meeting.study) for meeting in every}
    for number, meeting in enumerate(every):
        for at, (question, right) in enumerate(meeting.asked):
            yield _answer(number % 2, "own", question, meeting, right, simple)
            for kind in sorted({other.kind for other in every}):
                others = [other for other in every if other.kind == kind and other is not meeting]
                other = others[(number + at) % len(others)]
                relation = "same" if kind == meeting.kind else "other"
                yield _answer(number % 2, relation, question, other, frozenset(), simple)


def _answer(
    half: int, kind: str, question: str, meeting: Meeting, right: frozenset[int], simple: dict[str, Tfidf]
) -> Answer:
    parts = compose(question, meeting.study.passages(question), [])
    cited = [part.quote.turn for part in parts if isinstance(part, Citation)]
    refused = is_refusal(parts)
    base, nearest = simple[meeting.name].find(question)
    return Answer(
        half,
        kind,
        refused,
        not refused and not right.isdisjoint(cited[:FIRST]),
        not right.isdisjoint(base),
        nearest,
        counted(parts),
    )


def is_refusal(parts: Sequence[Delta | Citation]) -> bool:
    first = parts[0]
    return isinstance(first, Delta) and any(refusal in first.text for refusal in NOTHING.values())


def counted(parts: Sequence[Delta | Citation]) -> tuple[int, int]:
    """Return how many sentences an answer has, and how many are cited or refuse.

    A bullet is one sentence: its words are somebody's own. The lines before the bullets are the frames of
    `answers`, which hold no claim but a number of people; whatever else stood there would count as uncited.
    """
    text = "".join(part.text for part in parts if isinstance(part, Delta))
    numbers = {part.n for part in parts if isinstance(part, Citation)}
    frames = [*LEAD_ONE.values(), *LEAD_MANY.values(), *NEAREST.values(), *BESIDES.values(), *COMPOSED.values()]
    known = [re.compile(re.escape(frame).replace(r"\{\}", r"\d+")) for frame in frames]
    lines = [line for line in re.split(r"\n+(?=- “)|\n\n", text) if line.strip()]
    total = sound = 0
    for line in lines:
        if bullet := CITED.fullmatch(line.strip()):
            total, sound = total + 1, sound + (int(bullet[1]) in numbers)
            continue
        rest = line
        for refusal in NOTHING.values():
            if refusal in rest:
                total, sound, rest = total + 1, sound + 1, rest.replace(refusal, "")
        for frame in known:
            rest = frame.sub("", rest)
        total += bool(rest.strip())
    return total, sound


def _threshold(found: list[Answer]) -> float:
    """Return the likeness that answers and refuses equally well, for the baseline."""
    own = np.array([answer.nearest for answer in found if answer.kind == "own"])
    other = np.array([answer.nearest for answer in found if answer.kind == "other"])
    return float(max(own, key=lambda least: min((own >= least).mean(), (other < least).mean())))


def _shares(base: list[bool], here: list[bool]) -> tuple[str, str]:
    return f"{np.mean(base):.2f}", f"{np.mean(here):.2f}"


def _of_samples(language: str, name: str) -> Iterator[Row]:
    study = samples(language)
    asked = asked_of_samples(language)
    answers = {question: compose(question, study.passages(question), []) for question, _, _ in asked}
    told = [(question, word) for question, word, is_told in asked if is_told]
    untold = [question for question, _, is_told in asked if not is_told]
    answered = np.mean([not is_refusal(answers[question]) for question, _ in told])
    right = np.mean([holds(answers[question], word) for question, word in told])
    refused = np.mean([is_refusal(answers[question]) for question in untold])
    yield f"{name} samples, answerable: answered (n={len(told)})", "", f"{answered:.2f}"
    yield f"{name} samples, first three citations hold the word that answers", "", f"{right:.2f}"
    yield f"{name} samples, unanswerable: refused (n={len(untold)})", "", f"{refused:.2f}"


def holds(parts: Sequence[Delta | Citation], word: str) -> bool:
    """Say whether one of the first three citations holds the word, and it is no refusal."""
    quotes = [part.quote.text for part in parts if isinstance(part, Citation)][:FIRST]
    return not is_refusal(parts) and any(word.lower() in quote.lower() for quote in quotes)
