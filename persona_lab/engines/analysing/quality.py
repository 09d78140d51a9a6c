"""How much an interview is worth as a source, from 1 to 5, with the reasons.

Each measure has a level from 0 to 1:

* `answers`: the median answer's words, at its best from 40 (English) or 15 (Korean) on, in proportion below;
* `amount`: all of the participants' words, at their best from 600 or 250 on;
* `follow_ups`: the share of questions, the first left out, that take up a content word of the answer before, at its
  best from 0.6 on;
* `leading`: the share of questions that lead: 1 where none does, 0 from 0.3 on;
* `coverage`: the share of answers that touch on the study's purpose, by a content word or by meaning, at its best from
  0.5 on.

The score is 1 + 4 × their weighted mean (`WEIGHTS`), to the nearest whole number, halves up. What can't be measured,
because no interviewer is known, or because the study states no purpose in the interview's language, is left out. So the
score never falls when one measure gets better and the others stay as they are.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from statistics import median

from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.analysing.questions import QuestionRules, answered, question_rules
from persona_lab.engines.language import generic_terms, language_of, terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.rules import TUNING
from persona_lab.models import LeadingQuestion, Measure, Quality, QualityReason, Transcript, Turn

WEIGHTS: dict[Measure, float] = {"answers": 3, "amount": 2, "follow_ups": 2, "leading": 2, "coverage": 2}
FOLLOW_UPS_ENOUGH = 0.6
LEADING_TOO_MUCH = 0.3
COVERAGE_ENOUGH = 0.5


def assess(
    transcript: Transcript,
    heard: Heard,
    turns: Sequence[Turn],
    leading: Sequence[LeadingQuestion],
    purpose: str,
) -> Quality | None:
    """Return the quality of the interview whose participants said `turns`; None where they say nothing."""
    if not turns:
        return None
    known = question_rules(language_of(" ".join(turn.text for turn in turns), transcript.language))
    answers = _answers(turns)
    reasons = [*_of_answers(answers, known), *_of_questions(transcript, heard, leading, known)]
    reasons += _coverage(heard, answers, purpose, transcript.language, known)
    return Quality(score=score({reason.measure: reason.level for reason in reasons}), reasons=tuple(reasons))


def score(levels: dict[Measure, float]) -> int:
    """Return the score for the levels of those measures that there are."""
    weight = sum(WEIGHTS[measure] for measure in levels)
    mean = sum(WEIGHTS[measure] * level for measure, level in levels.items()) / weight
    return 1 + math.floor(4 * round(mean, 6) + 0.5)


def _answers(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Return the participants' turns, those together that follow each other."""
    found: list[list[Turn]] = []
    for turn in turns:
        if found and found[-1][-1].index + 1 == turn.index:
            found[-1].append(turn)
        else:
            found.append([turn])
    return found


def _of_answers(answers: Sequence[Sequence[Turn]], known: QuestionRules) -> Iterator[QualityReason]:
    lengths = [sum(len(turn.text.split()) for turn in answer) for answer in answers]
    values: tuple[tuple[Measure, float], ...] = (("answers", median(lengths)), ("amount", sum(lengths)))
    for measure, value in values:
        yield QualityReason(
            measure=measure,
            value=value,
            level=round(min(1.0, value / known.enough[measure]), 3),
            text=known.quality[measure].format(value=value),
        )


def _of_questions(
    transcript: Transcript, heard: Heard, leading: Sequence[LeadingQuestion], known: QuestionRules
) -> Iterator[QualityReason]:
    asked = [question for question, _ in answered(transcript)]
    later = [turn for turn in asked if any(before.role == "participant" for before in transcript.turns[: turn.index])]
    if later:
        taken_up = sum(_takes_up(transcript, heard, turn) for turn in later)
        yield _share("follow_ups", taken_up, len(later), FOLLOW_UPS_ENOUGH, known)
    if asked:
        # An interviewer may lead in a turn that nobody answers.
        reason = _share("leading", min(len(leading), len(asked)), len(asked), LEADING_TOO_MUCH, known)
        yield reason.model_copy(update={"level": round(1 - reason.level, 3)})


def _takes_up(transcript: Transcript, heard: Heard, question: Turn) -> bool:
    """Say whether a question has a content word of what participants said since the question before."""
    language = transcript.language
    asked = _terms(heard, [question.index])
    said: set[str] = set()
    for turn in reversed(transcript.turns[: question.index]):
        if turn.role == "interviewer" and said:
            break
        if turn.role == "participant":
            said |= _terms(heard, [turn.index])
    return bool((asked & said) - generic_terms("ko" if language == "ko" else "en"))


def _coverage(
    heard: Heard, answers: Sequence[Sequence[Turn]], purpose: str, language: str, known: QuestionRules
) -> Iterator[QualityReason]:
    spoken = language_of(purpose, language)
    if not purpose.strip() or spoken != language:
        return
    wanted = set(terms(purpose, spoken)) - generic_terms(spoken)
    meaning = vectors.of_texts([purpose])
    near = 0
    for answer in answers:
        places = [turn.index for turn in answer]
        rows = vectors.rounded(heard.meanings[[row for at in places for row in heard.places[at] if row >= 0]])
        alike = vectors.likeness(rows, meaning).max(initial=0.0) >= TUNING.purpose_near
        near += bool(alike or wanted & _terms(heard, places))
    yield _share("coverage", near, len(answers), COVERAGE_ENOUGH, known)


def _terms(heard: Heard, turns: Collection[int]) -> set[str]:
    return {term for turn in turns for sentence in heard.sentences[turn] for term in sentence.terms}


def _share(measure: Measure, count: int, of: int, enough: float, known: QuestionRules) -> QualityReason:
    return QualityReason(
        measure=measure,
        value=round(count / of, 3),
        level=round(min(1.0, count / of / enough), 3),
        text=known.quality[measure].format(count=count, of=of),
    )
