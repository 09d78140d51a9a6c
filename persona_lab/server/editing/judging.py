"""What a person says of an insight: to which evidence it is anchored, and what it changes at once."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from persona_lab.engines.merging import judging
from persona_lab.errors import Conflict, InsightNotFound, InvalidRequest
from persona_lab.models import Anchor, Insight, InsightMember, Judgement, Note
from persona_lab.server.forms import JudgedQuote, NewJudgement
from persona_lab.store import insights, interviews, judgements, projects
from persona_lab.store.database import Store


class Judged(NamedTuple):
    """A project's insights as they are shown, with what they rest on."""

    shown: list[Insight]
    evidence: judging.Evidence

    def named(self, insight_id: str) -> Insight:
        found = judging.named(insight_id, self.shown, self.evidence)
        if found is None:
            raise InsightNotFound
        return found

    def anchors(self, insight: Insight) -> dict[InsightMember, list[Anchor]]:
        held = judging.anchors(insight, self.evidence)
        if not held:
            raise Conflict("What this insight rests on is being analysed again. Wait until that has ended.")
        return held

    def present(self, note: Note) -> Note:
        """Return the note at the id that its insight has now, as far as it is there."""
        if note.insight_id is None:
            return note
        found = next((one for one in self.shown if one.id == note.insight_id), None)
        found = found or judging.holding(note.anchors, self.shown, self.evidence)
        return note if found is None else note.model_copy(update={"insight_id": found.id})


def judge(store: Store, project_id: str, insight_id: str, body: NewJudgement, *, user: str) -> tuple[Judgement, bool]:
    """Keep a judgement, show what it changes, and return it; the same again is the one there is, which is said.

    Raises:
        ProjectNotFound: there is no such project.
        InsightNotFound: there is no such insight, or none to merge with.
        Conflict: its evidence is not there at the moment.
        InvalidRequest: it would say nothing.
    """
    with store.writing() as connection:
        projects.get(connection, project_id, epoch=store.epoch)
        judged = as_judged(connection, project_id)
        insight = judged.named(insight_id)
        standing = judgements.of_project(connection, project_id)
        known = _same(body, insight, standing)
        if known is not None:
            return known, True
        anchors, others, text = _about(judged, insight, body)
        made = judgements.add(
            connection, project_id, insight, body.kind, anchors=anchors, others=others, text=text, user=user
        )
        shown = judging.judged(insights.found(connection, project_id), [*standing, made], judged.evidence)
        insights.judge(connection, project_id, made, shown)
    return made, False


def undo(store: Store, project_id: str, judgement_id: str) -> None:
    """Take a judgement back, and show what holds without it.

    Raises:
        ProjectNotFound: there is no such project.
        JudgementNotFound: there is no such judgement in it.
    """
    with store.writing() as connection:
        projects.get(connection, project_id, epoch=store.epoch)
        undone = judgements.undo(connection, project_id, judgement_id)
        evidence = as_judged(connection, project_id).evidence
        standing = judgements.of_project(connection, project_id)
        shown = judging.judged(insights.found(connection, project_id), standing, evidence)
        insights.unjudge(connection, project_id, undone, shown)


def present(connection: Connection, project_id: str, insight_id: str) -> Insight:
    """Return one insight with support and quotes, by its id or one it had before.

    Raises:
        InsightNotFound: there is none.
    """
    full = {one.id: one for one in insights.supported(connection, project_id, even_rejected=True)}
    found = full.get(insight_id) or full.get(as_judged(connection, project_id).named(insight_id).id)
    if found is None:
        raise InsightNotFound
    return found


def as_judged(connection: Connection, project_id: str) -> Judged:
    """Return the project's insights as people have judged them."""
    analyses = insights.merged_from(connection, project_id)
    evidence = judging.evidence(analyses, interviews.of_project(connection, project_id))
    return Judged(insights.merged(connection, project_id), evidence)


def _same(body: NewJudgement, insight: Insight, standing: Sequence[Judgement]) -> Judgement | None:
    """Return the newest judgement that says so of this insight already."""
    holding = [one for one in standing if one.id in insight.judgements and one.kind == body.kind]
    if not holding:
        return None
    holds = {
        "pin": insight.is_pinned,
        "reject": insight.is_rejected,
        "rename": insight.text == body.text,
    }
    return holding[-1] if holds.get(body.kind, False) else None


def _about(judged: Judged, insight: Insight, body: NewJudgement) -> tuple[list[Anchor], list[Anchor], str]:
    """Return the anchors, those of the other side, and the name."""
    held = judged.anchors(insight)
    own = [anchor for anchors in held.values() for anchor in anchors]
    if body.kind == "merge":
        others = _others(judged, insight, body)
        return own, others, body.text or insight.text
    if body.kind == "split":
        apart = [member for member, anchors in held.items() if _is_chosen(member, anchors, body)]
        if not apart:
            raise InvalidRequest("The insight has no finding there. Name quotes or interviews that it rests on.")
        if len(apart) == len(held):
            raise InvalidRequest("Nothing would be left. Name some of the quotes or interviews, not all.")
        rest = [anchor for member, anchors in held.items() if member not in apart for anchor in anchors]
        return [anchor for member in apart for anchor in held[member]], rest, body.text
    if body.kind == "rename" and not body.text:
        raise InvalidRequest("text: say what to call it.")
    return own, [], body.text if body.kind == "rename" else insight.text


def _others(judged: Judged, insight: Insight, body: NewJudgement) -> list[Anchor]:
    if not body.others:
        raise InvalidRequest("others: name the insights to merge with.")
    chosen = {other.id: other for other in map(judged.named, body.others)}
    if chosen.pop(insight.id, None) is not None and not chosen:
        raise InvalidRequest("That is one insight already, so there is nothing to merge.")
    return [anchor for other in chosen.values() for anchors in judged.anchors(other).values() for anchor in anchors]


def _is_chosen(member: InsightMember, anchors: Sequence[Anchor], body: NewJudgement) -> bool:
    return member.interview_id in body.interviews or any(
        _overlap(anchor, quote) for anchor in anchors for quote in body.quotes
    )


def _overlap(anchor: Anchor, quote: JudgedQuote) -> bool:
    is_there = (anchor.interview_id, anchor.turn) == (quote.interview_id, quote.turn)
    return is_there and quote.start < anchor.end and anchor.start < quote.end
