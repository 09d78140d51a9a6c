"""What several interviews say: the project's merged findings, with who stands behind each."""

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from persona_lab.models import KINDS, CitedQuote, Insight
from persona_lab.store import events, interviews, transcripts
from persona_lab.store.tables import events as log
from persona_lab.store.tables import insights

ANNOUNCEMENT = "insights:merged"
# After each of these the findings must be merged again.
CHANGES = ("interview:completed", "interview:failed", "interview:deleted", "interview:restored")


def save(connection: Connection, project_id: str, merged: Sequence[Insight]) -> None:
    """Keep and announce what was merged.

    It is announced even when it is what was there, so that a reader who waits for
    the findings learns that there is no more to come; but not twice in a row.
    """
    rows = [insight.model_dump(mode="json", include={"id", "kind", "text", "members", "score"}) for insight in merged]
    before = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id))
    if before == rows and events.newest_type(connection, project_id) == ANNOUNCEMENT:
        return
    connection.execute(insights.delete().where(insights.c.project_id == project_id))
    connection.execute(insights.insert().values(project_id=project_id, merged=rows))
    events.append(connection, project_id, ANNOUNCEMENT, {"insights": rows})


def outdated(connection: Connection) -> list[str]:
    """Return the projects in which something was found, or taken away, after their findings were merged last."""
    newest_change = func.max(case((log.c.type.in_(CHANGES), log.c.seq), else_=0))
    newest_merge = func.max(case((log.c.type == ANNOUNCEMENT, log.c.seq), else_=0))
    return list(
        connection.scalars(select(log.c.project_id).group_by(log.c.project_id).having(newest_change > newest_merge))
    )


def merged(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights as they were announced, without counts and quotes."""
    rows = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id))
    return [Insight.model_validate(row) for row in rows or []]


def supported(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights with quotes and support, the best supported first.

    Findings of interviews that were deleted since count no longer.
    """
    analyses = interviews.results(connection, project_id)
    people = transcripts.participants(connection, project_id)
    everyone = sum(len(names) for names in people.values())
    titles = {interview.id: interview.title for interview in interviews.of_project(connection, project_id)}
    full = []
    for insight in merged(connection, project_id):
        members = tuple(m for m in insight.members if m.interview_id in analyses)
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
            full.append(insight.model_copy(update=update))
    return sorted(full, key=_rank)


def _rank(insight: Insight) -> tuple[object, ...]:
    return -insight.support, KINDS.index(insight.kind), -insight.score, insight.text
