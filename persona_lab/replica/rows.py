"""Rows of interviews, analyses and insights."""

from collections.abc import Iterable
from typing import Any

from persona_lab.models import Analysis, Event, Failure, Insight, Interview, Turn
from persona_lab.replica.tables import TABLES


def interview_row(interview: Interview) -> dict[str, Any]:
    row = interview.model_dump(mode="json")
    error = row.pop("error") or {}
    return {**row, **{f"error_{name}": error.get(name) for name in Failure.model_fields}}


def analysis_row(interview_id: str, result: Analysis) -> dict[str, Any]:
    head = result.model_dump(mode="json", include={"language", "summary", "proposed_quotes", "rejected_quotes"})
    head["rejected_share"] = result.rejected_share
    made_by = result.provenance.model_dump(mode="json", include=set(TABLES["analyses"]))
    return {"interview_id": interview_id, **head, **made_by}


def run_row(event: Event) -> dict[str, Any]:
    result = event.data["result"]
    made_by = result["provenance"]
    return {
        **made_by,
        **(event.data.get("run") or {}),
        "interview_id": event.data["interview_id"],
        "seq": event.seq,
        "completed_at": event.model_dump(mode="json", include={"at"})["at"],
        "findings": len(result["insights"]),
        "quotes": sum(len(finding["quotes"]) for finding in result["insights"]),
        "proposed_quotes": result.get("proposed_quotes", 0),
        "rejected_quotes": result.get("rejected_quotes", 0),
    }


def merge_row(event: Event) -> dict[str, Any]:
    made_by = event.data.get("merge") or {}
    return {
        "seq": event.seq,
        "at": event.model_dump(mode="json", include={"at"})["at"],
        "model": made_by.get("model"),
        "rules_hash": made_by.get("rules_hash"),
        "interviews": len(made_by["runs"]) if made_by else None,
        "insights": len(event.data["insights"]),
    }


def finding_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for number, finding in enumerate(result.insights):
        yield {
            "interview_id": interview_id,
            "finding": number,
            "kind": finding.kind,
            "text": finding.text,
            "terms": list(finding.terms),
            "score": finding.score,
        }


def quote_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for number, finding in enumerate(result.insights):
        for quote in finding.quotes:
            yield {"interview_id": interview_id, "finding": number, "kind": finding.kind, **quote.model_dump()}


def summary_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for quote in result.summary_quotes:
        yield {"interview_id": interview_id, **quote.model_dump()}


def member_rows(insight: Insight) -> Iterable[dict[str, Any]]:
    for member in insight.members:
        yield {"insight_id": insight.id, **member.model_dump()}


def insight_quote_rows(insight: Insight) -> Iterable[dict[str, Any]]:
    for quote in insight.quotes:
        yield {"insight_id": insight.id, "is_against": False, "likeness": None, **quote.model_dump()}
    for against in insight.contradictions:
        yield {"insight_id": insight.id, "is_against": True, **against.model_dump()}


def turn_row(interview_id: str, turn: Turn) -> dict[str, Any]:
    return {"interview_id": interview_id, **turn.model_dump()}
