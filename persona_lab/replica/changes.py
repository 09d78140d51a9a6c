"""A batch of events, folded into what it leaves behind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from persona_lab.models import (
    PURGED,
    Analysis,
    Coding,
    Event,
    Insight,
    Interview,
    InterviewRecord,
    Judgement,
    Merge,
    Project,
)
from persona_lab.replica.kept import KEPT, Held


def wanted(events: Iterable[Event]) -> set[str]:
    """Return the ids of the interviews whose transcripts these events need."""
    told = list(events)
    again = {row["interview"]["id"] for event in told for row in event.data.get("records", []) if row["result"]}
    return again | {event.data["interview_id"] for event in told if event.data.get("result") or speaks_anew(event)}


def speaks_anew(event: Event) -> bool:
    """Whether the speakers of turns that the tables hold were corrected."""
    return "speakers" in event.data and event.data["interview"]["status"] == "completed"


class Changes:
    """A batch of events folded into what they leave behind; the newest word on each thing counts."""

    def __init__(
        self, project: Project | None = None, insights: Sequence[Insight] | None = None, merge: Merge | None = None
    ) -> None:
        self.project = project
        # Whether `insights` are all there are; else those that changed.
        self.is_merged = insights is not None
        self.insights = {insight.id: insight for insight in insights or ()}
        self.gone: set[str] = set()
        self.judgements: dict[str, Judgement] = {}
        self.unjudged: set[str] = set()
        self.merge = merge
        self.records: dict[str, InterviewRecord] = {}
        self.deleted: set[str] = set()
        self.corrected: set[str] = set()
        # What was found in these interviews is gone, and they are not.
        self.emptied: set[str] = set()
        self.codings: dict[str, Coding] = {}
        self.uncoded: set[str] = set()
        # The numbers of events that were purged since, from the first to the last.
        self.struck: list[tuple[int, int]] = []
        # Whether `judgements` are all there are.
        self.is_rejudged = False
        self.kept = {kept.name: Held() for kept in KEPT}
        self.events: list[Event] = []

    def take(self, event: Event) -> None:
        self.events.append(event)
        data = event.data
        for kept in KEPT:
            self.kept[kept.name].take(kept, event)
        if event.type == PURGED:
            self._purge(data)
        elif event.type.startswith("project:") and "project" in data:
            self.project = Project.model_validate(data["project"])
        elif event.type == "insights:merged":
            self._merge(data)
        elif event.type == "insight:judged":
            judgement = Judgement.model_validate(data["judgement"])
            self.judgements[judgement.id] = judgement
            self._judge(data)
        elif event.type == "insight:unjudged":
            self.judgements.pop(data["judgement_id"], None)
            self.unjudged.add(data["judgement_id"])
            self._judge(data)
        elif event.type == "interview:deleted":
            self._delete(data["interview_id"])
        elif event.type.startswith("interview:"):
            interview = Interview.model_validate(data["interview"])
            before = self.records.get(interview.id)
            result = Analysis.model_validate(data["result"]) if data.get("result") else None
            if result is None and before is not None:
                result = before.result
            self.records[interview.id] = InterviewRecord(interview=interview, result=result)
            if speaks_anew(event):
                self.corrected.add(interview.id)
            # Of those that were restored.
            self._code(data.get("codings", []))
        elif event.type == "coding:added":
            self._code([data["coding"]])
        elif event.type == "coding:removed":
            self.codings.pop(data["coding_id"], None)
            self.uncoded.add(data["coding_id"])

    def _purge(self, data: Mapping[str, Any]) -> None:
        """Take away what is gone for good, and take what is told again as it is told now."""
        self.struck += [(first, last) for first, last in data["tombstones"]]
        for key in data["gone"].get("interview", []):
            self._delete(key)
        for key in data["gone"].get("coding", []):
            self.codings.pop(key, None)
            self.uncoded.add(key)
        for row in data.get("records", []):
            record = InterviewRecord.model_validate(row)
            self.records[record.interview.id] = record
            if record.result is None:
                # There may have been one before.
                self.emptied.add(record.interview.id)
        self._code(data.get("codings", []))
        if "insights" in data:
            self._merge(data)
            judged = [Judgement.model_validate(row) for row in data["judgements"]]
            self.judgements = {judgement.id: judgement for judgement in judged}
            self.is_rejudged, self.unjudged = True, set()

    def _delete(self, interview_id: str) -> None:
        self.records.pop(interview_id, None)
        self.corrected.discard(interview_id)
        self.codings = {key: coding for key, coding in self.codings.items() if coding.interview_id != interview_id}
        self.deleted.add(interview_id)

    def _merge(self, data: Mapping[str, Any]) -> None:
        merged = [Insight.model_validate(row) for row in data["insights"]]
        self.insights = {insight.id: insight for insight in merged}
        self.is_merged, self.gone = True, set()
        # Logs of before it was kept don't say.
        self.merge = Merge.model_validate(data["merge"]) if data.get("merge") else None

    def _judge(self, data: Mapping[str, Any]) -> None:
        for key in data["gone"]:
            self.insights.pop(key, None)
            self.gone.add(key)
        changed = [Insight.model_validate(row) for row in data["changed"]]
        self.insights.update((insight.id, insight) for insight in changed)

    def _code(self, rows: Iterable[Any]) -> None:
        added = [Coding.model_validate(row) for row in rows]
        self.codings.update((coding.id, coding) for coding in added)
