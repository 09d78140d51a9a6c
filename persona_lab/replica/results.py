"""Rows of the replica that are made of one interview's result alone: profile, session, sections, quality, questions.

Results of older engines have none of them.
"""

from collections.abc import Callable, Iterator
from typing import Any

from persona_lab.models import Analysis, Quote

Row = dict[str, Any]

_QUOTE = {
    "turn": "INTEGER",
    "start": "INTEGER",
    "end": "INTEGER",
    "text": "VARCHAR",
    "status": "VARCHAR",
}
RESULT_TABLES: dict[str, dict[str, str]] = {
    "profile": {"interview_id": "VARCHAR", "trait": "INTEGER", "name": "VARCHAR", "value": "VARCHAR", **_QUOTE},
    "sessions": {
        "interview_id": "VARCHAR",
        "date": "VARCHAR",
        "place": "VARCHAR",
        "duration_seconds": "DOUBLE",
        "participants": "INTEGER",
        "turns": "INTEGER",
        "words": "INTEGER",
        "participants_share": "DOUBLE",
        "facts": "JSON",
    },
    "sections": {
        "interview_id": "VARCHAR",
        "section": "INTEGER",
        "name": "VARCHAR",
        "first": "INTEGER",
        "last": "INTEGER",
        "is_main": "BOOLEAN",
        "terms": "VARCHAR[]",
    },
    "quality": {
        "interview_id": "VARCHAR",
        "score": "INTEGER",
        "measure": "VARCHAR",
        "value": "DOUBLE",
        "level": "DOUBLE",
        "reason": "VARCHAR",
    },
    "leading_questions": {"interview_id": "VARCHAR", "kind": "VARCHAR", "why": "VARCHAR", **_QUOTE},
    "how_might_we": {
        "interview_id": "VARCHAR",
        "question": "INTEGER",
        "text": "VARCHAR",
        "findings": "INTEGER[]",
    },
}


def _profile(result: Analysis) -> Iterator[Row]:
    """Yield a row for each quote of each trait; `trait` counts the traits from 0."""
    for number, trait in enumerate(result.profile):
        for quote in trait.quotes:
            yield {"trait": number, "name": trait.name, "value": trait.value, **_said(quote)}


def _session(result: Analysis) -> Iterator[Row]:
    if result.session is not None:
        row = result.session.model_dump(exclude={"talk"})
        shares = [talk.share for talk in result.session.talk if talk.role == "participant"]
        yield {**row, "participants_share": shares[0] if shares else None}


def _sections(result: Analysis) -> Iterator[Row]:
    for number, section in enumerate(result.sections):
        yield {"section": number, **section.model_dump(mode="json")}


def _quality(result: Analysis) -> Iterator[Row]:
    """Yield a row for each reason, the score with each."""
    for reason in result.quality.reasons if result.quality else ():
        row = reason.model_dump()
        yield {**row, "score": result.quality.score if result.quality else None, "reason": reason.text}


def _leading_questions(result: Analysis) -> Iterator[Row]:
    for question in result.leading_questions:
        yield {"kind": question.kind, "why": question.why, **_said(question.quote)}


def _how_might_we(result: Analysis) -> Iterator[Row]:
    for number, question in enumerate(result.how_might_we):
        yield {"question": number, "text": question.text, "findings": list(question.findings)}


def _said(quote: Quote) -> Row:
    return quote.model_dump(include=set(_QUOTE))


OF_RESULT: dict[str, Callable[[Analysis], Iterator[Row]]] = {
    "profile": _profile,
    "sessions": _session,
    "sections": _sections,
    "quality": _quality,
    "leading_questions": _leading_questions,
    "how_might_we": _how_might_we,
}
