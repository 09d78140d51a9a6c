"""What several interviews say: the project's merged findings, with who stands behind each.

Two layers are kept: what the engine merged, and what is shown, with people's
judgements laid over it. Only what is shown is announced.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, and_, case, func, or_, select

from persona_lab.models import (
    KINDS,
    PURGED,
    Analysis,
    CitedQuote,
    Event,
    Insight,
    InsightMember,
    Judgement,
    Merge,
    Share,
)
from persona_lab.store import assignments, axes, events, interviews, personas, transaction, transcripts
from persona_lab.store.schema.tables import events as log
from persona_lab.store.schema.tables import insights

ANNOUNCEMENT = "insights:merged"
# After each of these the findings must be merged again.
CHANGES = ("interview:completed", "interview:failed", "interview:deleted", "interview:restored")
# What is counted when it is asked for.
COUNTED = {"support", "participants", "spread", "note", "merge"}


def save(
    connection: Connection,
    project_id: str,
    merged: Sequence[Insight],
    merge: Merge | None = None,
    *,
    shown: Sequence[Insight] | None = None,
) -> None:
    """Keep what was merged, and announce what is shown of it, and by what and from which runs it was merged.

    It is announced even when it is what was there, so that a reader who waits for
    the findings learns that there is no more to come; but not twice in a row.

    Args:
        shown: the insights as people judged them; None where nothing was judged.
    """
    transaction.hold(connection, project_id)
    rows = [_row(insight) for insight in (merged if shown is None else shown)]
    before = connection.execute(select(insights).where(insights.c.project_id == project_id)).first()
    found_rows = [_row(insight) for insight in merged]
    is_same = before is not None and (before.merged, before.found) == (rows, found_rows)
    is_newest = events.newest_type(connection, project_id) == ANNOUNCEMENT
    if is_same and is_newest and newest_merge(connection, project_id) == merge:
        return
    connection.execute(insights.delete().where(insights.c.project_id == project_id))
    connection.execute(insights.insert().values(project_id=project_id, merged=rows, found=found_rows))
    made_by = merge.model_dump() if merge else None
    events.append(connection, project_id, ANNOUNCEMENT, {"insights": rows, "merge": made_by})


def judge(connection: Connection, project_id: str, judgement: Judgement, shown: Sequence[Insight]) -> None:
    """Announce a new judgement with what it changes; see `_announce_judged`."""
    _announce_judged(connection, project_id, "insight:judged", {"judgement": judgement.model_dump(mode="json")}, shown)


def unjudge(connection: Connection, project_id: str, judgement: Judgement, shown: Sequence[Insight]) -> None:
    """Announce that a judgement was undone, likewise."""
    _announce_judged(connection, project_id, "insight:unjudged", {"judgement_id": judgement.id}, shown)


def _announce_judged(
    connection: Connection, project_id: str, kind: str, told: dict[str, Any], shown: Sequence[Insight]
) -> None:
    """Keep what is shown now, and announce the insights that changed and the ids of those that are gone.

    It is no merging: whoever waits for one must go on waiting.
    """
    rows = [_row(insight) for insight in shown]
    before = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id)) or []
    known = {row["id"]: row for row in before}
    now = {row["id"]: row for row in rows}
    connection.execute(insights.update().where(insights.c.project_id == project_id).values(merged=rows))
    changed = [row for row in rows if known.get(row["id"]) != row]
    gone = [key for key in known if key not in now]
    events.append(connection, project_id, kind, {**told, "changed": changed, "gone": gone})


def _row(insight: Insight) -> dict[str, Any]:
    return insight.model_dump(mode="json", exclude=COUNTED)


def outdated(connection: Connection) -> list[str]:
    """Return the projects in which something was found, or taken away, after their findings were merged last."""
    newest_change = func.max(case((log.c.type.in_(CHANGES), log.c.seq), else_=0))
    newest_merge = func.max(case((log.c.type == ANNOUNCEMENT, log.c.seq), else_=0))
    return list(
        connection.scalars(select(log.c.project_id).group_by(log.c.project_id).having(newest_change > newest_merge))
    )


def newest_merge(connection: Connection, project_id: str) -> Merge | None:
    """Return what merged the insights there are; None before there are any, and for those of an older log."""
    # What a purge tells again counts like a merging.
    retold = and_(log.c.type == PURGED, log.c.data["insights"].as_string().is_not(None))
    query = select(log.c.data["merge"]).where(log.c.project_id == project_id, or_(log.c.type == ANNOUNCEMENT, retold))
    found = connection.scalar(query.order_by(log.c.seq.desc()).limit(1))
    return None if found is None else Merge.model_validate(found)


def forget(connection: Connection, project_id: str, interview_id: str) -> None:
    """Leave out every insight that rests on the interview, until findings are merged again; nothing is announced."""
    row = connection.execute(select(insights).where(insights.c.project_id == project_id)).first()
    if row is None:
        return
    left = {name: _without(rows, interview_id) for name, rows in (("merged", row.merged), ("found", row.found))}
    connection.execute(insights.update().where(insights.c.project_id == project_id).values(**left))


def _without(rows: Sequence[dict[str, Any]], interview_id: str) -> list[dict[str, Any]]:
    kept = [row for row in rows if interview_id not in json.dumps(row)]
    there = {row["id"] for row in kept}
    # One that is near to another has that one's words.
    return [{**row, "related": [one for one in row.get("related", ()) if one["id"] in there]} for row in kept]


def restated(connection: Connection, project_id: str, merge: Merge | None) -> dict[str, Any]:
    """Return what is shown now, as events tell it."""
    rows = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id)) or []
    return {"insights": rows, "merge": merge.model_dump() if merge else None}


def judged(connection: Connection, project_id: str) -> list[tuple[datetime, set[str]]]:
    """Return when insights were judged, or a judgement was undone, and which interviews they rest on."""
    kinds = ("insight:judged", "insight:unjudged")
    query = select(log).where(log.c.project_id == project_id, log.c.type.in_(kinds)).order_by(log.c.seq)
    found = []
    for row in connection.execute(query).mappings():
        told = Event.model_validate(dict(row))
        said = told.data.get("judgement") or {}
        places = [*said.get("anchors", ()), *said.get("others", ())]
        places += [member for insight in told.data["changed"] for member in insight["members"]]
        found.append((told.at, {place["interview_id"] for place in places}))
    return found


def merged_from(connection: Connection, project_id: str) -> dict[str, Analysis]:
    """Return by interview the analyses that were merged, as far as they count still.

    Deleted interviews don't, nor a run that another has replaced: its findings are others, until they are merged.
    """
    merge = newest_merge(connection, project_id)
    runs = merge.runs if merge else {}
    return {
        interview_id: analysis
        for interview_id, analysis in interviews.results(connection, project_id).items()
        if runs.get(interview_id) in (None, analysis.provenance.run_id)
    }


def merged(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights as they were announced, without counts and quotes."""
    rows = connection.scalar(select(insights.c.merged).where(insights.c.project_id == project_id))
    return [Insight.model_validate(row) for row in rows or []]


def found(connection: Connection, project_id: str) -> list[Insight]:
    """Return the insights as the engine merged them, before people's judgements."""
    rows = connection.scalar(select(insights.c.found).where(insights.c.project_id == project_id))
    return [Insight.model_validate(row) for row in rows or []]


class _People(NamedTuple):
    """Who took part: participants by interview, and what is known of each interview."""

    names: Mapping[str, Collection[str]]
    titles: Mapping[str, str]
    languages: Mapping[str, str | None]
    sides: Mapping[str, Sequence[tuple[str, str]]]


def supported(connection: Connection, project_id: str, *, even_rejected: bool = False) -> list[Insight]:
    """Return the insights with quotes and support, the best supported first, of what counts still."""
    analyses = merged_from(connection, project_id)
    merge = newest_merge(connection, project_id)
    known = interviews.of_project(connection, project_id)
    people = _People(
        transcripts.participants(connection, project_id),
        {interview.id: interview.title for interview in known},
        {interview.id: interview.language for interview in known},
        _sides(connection, project_id),
    )
    there = [_present(one, analyses) for one in merged(connection, project_id) if even_rejected or not one.is_rejected]
    cited = [list(_cited(insight, analyses, people)) for insight in there]
    against = [[one for one in insight.contradictions if one.interview_id in analyses] for insight in there]
    spoken = _spoken(connection, chain(*cited, *against), people)
    full = []
    for insight, its, opposed in zip(there, cited, against, strict=True):
        quotes = tuple(sorted((_said(quote, spoken) for quote in its), key=_quote_order))
        support = {(quote.interview_id, quote.speaker) for quote in quotes}
        if support:
            update = {
                "support": len(support),
                "participants": sum(len(names) for names in people.names.values()),
                "spread": tuple(_spread(support, people)),
                "quotes": quotes,
                "contradictions": tuple(_said(one, spoken) for one in opposed),
                "merge": _of_its_own(merge, insight.members),
            }
            full.append(insight.model_copy(update=update))
    return sorted(full, key=_rank)


def _sides(connection: Connection, project_id: str) -> dict[str, list[tuple[str, str]]]:
    """Return on which sides of what each interview stands by its persona: that itself, and types of axes."""
    there = {one.id: one for one in personas.of_project(connection, project_id)}
    names = {
        (axis.key, one.key): (axis.name, one.name) for axis in axes.get(connection, project_id) for one in axis.types
    }
    sides = {}
    for assigned in assignments.of_project(connection, project_id):
        if persona := there.get(assigned.belongs_to or ""):
            placed = [names[pair] for pair in persona.place.items() if pair in names]
            sides[assigned.interview_id] = [("persona", persona.label), *placed]
    return sides


def _present(insight: Insight, analyses: Mapping[str, Analysis]) -> Insight:
    """Return the insight with the findings that are there still."""
    members = tuple(
        one
        for one in insight.members
        if one.interview_id in analyses and one.finding < len(analyses[one.interview_id].insights)
    )
    return insight.model_copy(update={"members": members})


def _cited(insight: Insight, analyses: Mapping[str, Analysis], people: _People) -> Iterator[CitedQuote]:
    """Yield the quotes of the insight's findings, or those that a pin kept."""
    yield from (quote for quote in insight.quotes if quote.interview_id in people.names)
    for member in insight.members:
        for quote in analyses[member.interview_id].insights[member.finding].quotes:
            yield CitedQuote(interview_id=member.interview_id, **quote.model_dump())


AnyQuote = TypeVar("AnyQuote", bound=CitedQuote)
_Spoken = Mapping[tuple[str, int], tuple[str, str | None]]


def _spoken(connection: Connection, quotes: Iterable[CitedQuote], people: _People) -> _Spoken:
    """Return each place's interview title and speaker, as people have corrected them."""
    said = transcripts.speakers_at(connection, {(quote.interview_id, quote.turn) for quote in quotes})
    return {place: (people.titles[place[0]], speaker) for place, speaker in said.items()}


def _said(quote: AnyQuote, spoken: _Spoken) -> AnyQuote:
    title, speaker = spoken[quote.interview_id, quote.turn]
    return quote.model_copy(update={"interview_title": title, "speaker": speaker})


def _quote_order(quote: CitedQuote) -> tuple[str, str, int, int, str]:
    """Return what the view `insights` orders them by, too: an id alone is another in every project."""
    return quote.interview_title, quote.interview_id, quote.turn, quote.start, quote.text


def _spread(support: Collection[tuple[str, str | None]], people: _People) -> Iterator[Share]:
    """Yield how many of the participants of each language, persona, type and interview stand behind an insight."""
    everyone: dict[str, int] = defaultdict(int)
    here: dict[str, int] = defaultdict(int)
    for interview_id, names in people.names.items():
        everyone[people.languages[interview_id] or ""] += len(names)
    for interview_id, _ in support:
        here[people.languages[interview_id] or ""] += 1
    for language in sorted(everyone):
        yield Share(by="language", value=language, support=here[language], participants=everyone[language])
    totals = Counter(side for key, names in people.names.items() for side in people.sides.get(key, ()) for _ in names)
    behind = Counter(side for interview_id, _ in support for side in people.sides.get(interview_id, ()))
    for by, value in sorted(totals):
        yield Share(by=by, value=value, support=behind[by, value], participants=totals[by, value])
    by_interview: dict[str, int] = defaultdict(int)
    for interview_id, _ in support:
        by_interview[interview_id] += 1
    for interview_id in sorted(by_interview, key=lambda key: (people.titles[key], key)):
        total = max(len(people.names.get(interview_id, ())), by_interview[interview_id])
        yield Share(
            by="interview", value=people.titles[interview_id], support=by_interview[interview_id], participants=total
        )


def _of_its_own(merge: Merge | None, members: Sequence[InsightMember]) -> Merge | None:
    """Return the merge with the runs of these members' interviews only."""
    if merge is None:
        return None
    there = dict.fromkeys(member.interview_id for member in members)
    return merge.model_copy(update={"runs": {key: merge.runs[key] for key in there if key in merge.runs}})


def _rank(insight: Insight) -> tuple[object, ...]:
    return -insight.support, KINDS.index(insight.kind), -insight.score, insight.text
