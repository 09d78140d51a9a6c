"""What several interviews say: the project's merged findings, with who stands behind each."""

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from persona_lab.models import KINDS, CitedQuote, Insight, InsightMember, Merge
from persona_lab.store import events, interviews, transcripts
from persona_lab.store.tables import events as log
from persona_lab.store.tables import insights

ANNOUNCEMENT = "insights:merged"
# After each of these the findings must be merged again.
CHANGES = ("interview:completed", "interview:failed", "interview:deleted", "interview:restored")


def save(connection: Connection, project_id: str, merged: Sequence[Insight], merge: Merge | None = None) -> None:
    """Keep and announce what was merged, and by what and from which runs.

    It is announced even when it is what was there, so that a reader who waits for
    the findings learns that there is no more to come; but not twice in a row.
    """
    rows = [insight.model_dump(mode="json", include={"id", "kind", "text", "members", "score"}) for insight in merged]
    before = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id))
    is_newest = events.newest_type(connection, project_id) == ANNOUNCEMENT
    if before == rows and is_newest and newest_merge(connection, project_id) == merge:
        return
    connection.execute(insights.delete().where(insights.c.project_id == project_id))
    connection.execute(insights.insert().values(project_id=project_id, merged=rows))
    made_by = merge.model_dump() if merge else None
    events.append(connection, project_id, ANNOUNCEMENT, {"insights": rows, "merge": made_by})


def outdated(connection: Connection) -> list[str]:
    """Return the projects in which something was found, or taken away, after their findings were merged last."""
    newest_change = func.max(case((log.c.type.in_(CHANGES), log.c.seq), else_=0))
    newest_merge = func.max(case((log.c.type == ANNOUNCEMENT, log.c.seq), else_=0))
    return list(
        connection.scalars(select(log.c.project_id).group_by(log.c.project_id).having(newest_change > newest_merge))
    )


def newest_merge(connection: Connection, project_id: str) -> Merge | None:
    """Return what merged the insights there are; None before there are any, and for those of an older log."""
    query = select(log.c.data["merge"]).where(log.c.project_id == project_id, log.c.type == ANNOUNCEMENT)
    found = connection.scalar(query.order_by(log.c.seq.desc()).limit(1))
    return None if found is None else Merge.model_validate(found)


def merged(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights as they were announced, without counts and quotes."""
    rows = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id))
    return [Insight.model_validate(row) for row in rows or []]


def supported(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights with quotes and support, the best supported first.

    Findings of interviews that were deleted since count no longer, nor those of a run that another has replaced:
    its findings are others, until they are merged.
    """
    analyses = interviews.results(connection, project_id)
    merge = newest_merge(connection, project_id)
    runs = merge.runs if merge else {}

    def counts(member: InsightMember) -> bool:
        analysis = analyses.get(member.interview_id)
        return analysis is not None and runs.get(member.interview_id) in (None, analysis.provenance.run_id)

    people = transcripts.participants(connection, project_id)
    everyone = sum(len(names) for names in people.values())
    titles = {interview.id: interview.title for interview in interviews.of_project(connection, project_id)}
    full = []
    for insight in merged(connection, project_id):
        members = tuple(member for member in insight.members if counts(member))
        places = [
            (member.interview_id, quote)
            for member in members
            for quote in analyses[member.interview_id].insights[member.finding].quotes
        ]
        said = transcripts.turns_at(connection, {(interview_id, quote.turn) for interview_id, quote in places})
        quotes = tuple(
            CitedQuote(
                interview_id=interview_id,
                interview_title=titles[interview_id],
                speaker=said[interview_id, quote.turn].turn.speaker,
                **quote.model_dump(),
            )
            for interview_id, quote in places
        )
        support = len({(quote.interview_id, quote.speaker) for quote in quotes})
        if support:
            update = {"members": members, "support": support, "participants": everyone, "quotes": quotes}
            full.append(insight.model_copy(update={**update, "merge": _of_its_own(merge, members)}))
    return sorted(full, key=_rank)


def _of_its_own(merge: Merge | None, members: Sequence[InsightMember]) -> Merge | None:
    """Return the merge with the runs of these members' interviews only."""
    if merge is None:
        return None
    there = dict.fromkeys(member.interview_id for member in members)
    return merge.model_copy(update={"runs": {key: merge.runs[key] for key in there if key in merge.runs}})


def _rank(insight: Insight) -> tuple[object, ...]:
    return -insight.support, KINDS.index(insight.kind), -insight.score, insight.text
