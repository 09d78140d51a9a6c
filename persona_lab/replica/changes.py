"""A batch of events, folded into what it leaves behind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from persona_lab.models import Analysis, Coding, Event, Insight, Interview, InterviewRecord, Judgement, Merge, Project
from persona_lab.replica.kept import KEPT, Held


def wanted(events: Iterable[Event]) -> set[str]:
    """Return the ids of the interviews whose transcripts these events need."""
    return {event.data["interview_id"] for event in events if event.data.get("result") or speaks_anew(event)}


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
        self.codings: dict[str, Coding] = {}
        self.uncoded: set[str] = set()
        self.kept = {kept.name: Held() for kept in KEPT}
        self.events: list[Event] = []

    def take(self, event: Event) -> None:
        self.events.append(event)
        data = event.data
        for kept in KEPT:
            self.kept[kept.name].take(kept, event)
        if event.type.startswith("project:") and "project" in data:
            self.project = Project.model_validate(data["project"])
        elif event.type == "insights:merged":
            merged = [Insight.model_validate(row) for row in data["insights"]]
            self.insights = {insight.id: insight for insight in merged}
            self.is_merged, self.gone = True, set()
            # Logs of before it was kept don't say.
            self.merge = Merge.model_validate(data["merge"]) if data.get("merge") else None
        elif event.type == "insight:judged":
            judgement = Judgement.model_validate(data["judgement"])
            self.judgements[judgement.id] = judgement
            self._judge(data)
        elif event.type == "insight:unjudged":
            self.judgements.pop(data["judgement_id"], None)
            self.unjudged.add(data["judgement_id"])
            self._judge(data)
        elif event.type == "interview:deleted":
            self.records.pop(data["interview_id"], None)
            self.corrected.discard(data["interview_id"])
            self.codings = {
                key: coding for key, coding in self.codings.items() if coding.interview_id != data["interview_id"]
            }
            self.deleted.add(data["interview_id"])
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

    def _judge(self, data: Mapping[str, Any]) -> None:
        for key in data["gone"]:
            self.insights.pop(key, None)
            self.gone.add(key)
        changed = [Insight.model_validate(row) for row in data["changed"]]
        self.insights.update((insight.id, insight) for insight in changed)

    def _code(self, rows: Iterable[Any]) -> None:
        added = [Coding.model_validate(row) for row in rows]
        self.codings.update((coding.id, coding) for coding in added)
