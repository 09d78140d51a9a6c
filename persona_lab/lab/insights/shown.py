"""Insights as a page shows them, read from the project's copy: all of them in brief, and one with all there is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from persona_lab.lab.drawing.amounts import counted, percent
from persona_lab.lab.insights import notes, wording
from persona_lab.lab.insights.topics import topics
from persona_lab.replica import Replica

Row = dict[str, Any]

# Every order that the page may be asked for ends in one of these two places; see `view.ORDERS`.
INSIGHTS = """
SELECT i.id, i.kind, i.text, i.support, i.participants, array_to_string(i.keywords, ' ') AS words,
       len(i.contradictions)::INTEGER AS against,
       i.is_pinned, i.is_rejected, i.is_found,
       row_number() OVER (ORDER BY m.score DESC, i.text, i.id)::INTEGER AS place,
       row_number() OVER (ORDER BY lower(i.text), m.score DESC, i.text, i.id)::INTEGER AS name_place
FROM all_insights i JOIN merged_insights m ON m.id = i.id
ORDER BY place
"""
NAMES = [
    *("id", "kind", "text", "support", "participants", "words", "against"),
    *("is_pinned", "is_rejected", "is_found", "place", "name_place"),
]
# Who said what of an insight that holds; of several the newest.
SAYERS = """
SELECT m.id, j.kind, last(j.created_by ORDER BY j.number)
FROM (SELECT id, unnest(judgements) AS judgement_id FROM merged_insights) m
JOIN judgements j ON j.id = m.judgement_id GROUP BY m.id, j.kind
"""
PERSONAS = """
SELECT b.persona_id, b.label, b.title, count(p.interview_id)::INTEGER
FROM interviews_by_persona b LEFT JOIN people p ON p.interview_id = b.interview_id
WHERE b.persona_id IS NOT NULL GROUP BY ALL ORDER BY min(b.position), b.persona_id
"""
BEHIND = """
SELECT w.insight_id, b.persona_id, count(DISTINCT (w.interview_id, coalesce(w.speaker, '')))::INTEGER
FROM insight_words w JOIN interviews_by_persona b USING (interview_id)
WHERE b.persona_id IS NOT NULL GROUP BY ALL
"""

QUOTES = """
SELECT text, speaker, title, language, interview_id, turn, start
FROM insight_words WHERE insight_id = ? ORDER BY title, interview_id, turn, start, text
"""
AGAINST = """
SELECT q.text, t.speaker, i.title, i.language, q.interview_id, q.turn, q.start
FROM insight_quotes q
JOIN interviews i ON i.id = q.interview_id
JOIN turns t ON t.interview_id = q.interview_id AND t.index = q.turn
WHERE q.insight_id = ? AND q.is_against ORDER BY q.likeness DESC, i.title, q.turn, q.start
"""
RELATED = """
SELECT m.id, m.text
FROM (SELECT unnest(related) AS near FROM merged_insights WHERE id = ?) r
JOIN merged_insights m ON m.id = r.near.id WHERE NOT m.is_rejected ORDER BY r.near.likeness DESC, m.text
"""
SPREAD = """
SELECT "by", value, support, participants FROM spread
WHERE insight_id = ? AND "by" <> 'interview' ORDER BY "by" <> 'language', "by", value
"""
JUDGED = """
SELECT j.id, j.kind, j.text, j.created_by, strftime(j.created_at, '%x')
FROM (SELECT unnest(judgements) AS id FROM merged_insights WHERE id = ?) m JOIN judgements j USING (id)
ORDER BY j.number DESC
"""
QUESTIONS = """
SELECT DISTINCT h.text, i.title
FROM insight_members m
JOIN how_might_we h ON h.interview_id = m.interview_id AND list_contains(h.findings, m.finding)
JOIN interviews i ON i.id = m.interview_id
WHERE m.insight_id = ? ORDER BY i.title, h.text
"""
RUNS = """
SELECT DISTINCT i.title, r.engine, r.model, r.run_id
FROM insight_members m
JOIN interviews i ON i.id = m.interview_id
LEFT JOIN merged_runs d ON d.interview_id = m.interview_id
JOIN analyses a ON a.interview_id = m.interview_id
JOIN run_log r ON r.run_id = coalesce(d.run_id, a.run_id)
WHERE m.insight_id = ? ORDER BY i.title, r.run_id
"""
MERGED = """
SELECT coalesce(model, ''), coalesce(rules_hash, ''), strftime("at", '%x') FROM merges ORDER BY seq DESC LIMIT 1
"""


class Shown(NamedTuple):
    """What a page is given.

    Attributes:
        rows: the insights in brief. `marks` is what there is to know of it in a line, `personas` counts by persona's id
            who stands behind it, and `topics` are places in the list of topics.
        topics: [{key, name, where}], `where` in words.
        personas: [{id, label, participants}].
    """

    rows: list[Row]
    topics: list[Row]
    personas: list[Row]


def shown(replica: Replica, words: wording.Words) -> Shown:
    """Return all insights, also those that were rejected."""
    by: dict[str, dict[str, str]] = defaultdict(dict)
    for insight_id, kind, user in replica.rows(SAYERS):
        by[insight_id][kind] = user
    behind: dict[str, dict[str, int]] = defaultdict(dict)
    for insight_id, persona_id, n in replica.rows(BEHIND):
        behind[insight_id][persona_id] = n
    found, more = topics(replica)
    at: dict[str, list[int]] = defaultdict(list)
    for number, topic in enumerate(found):
        for insight_id in topic.insights:
            at[insight_id].append(number)
    rows = []
    for values in replica.rows(INSIGHTS):
        row = dict(zip(NAMES, values, strict=True))
        key = row["id"]
        marks = " · ".join(_marks(row, by.get(key, {}), words))
        del row["against"], row["is_found"]
        rows.append({**row, "marks": marks, "personas": behind.get(key, {}), "topics": at.get(key, [])})
    told = [
        {"key": one.key, "name": one.name, "where": one.interview or counted(words["interviews"], one.interviews)}
        for one in found
    ]
    if more:
        told.append({"key": "", "name": counted(words["more"], more), "where": ""})
    people = [
        {"id": key, "label": " · ".join(part for part in (label, title) if part), "participants": n}
        for key, label, title, n in replica.rows(PERSONAS)
    ]
    return Shown(rows, told, people)


def _marks(row: Row, by: Mapping[str, str], words: wording.Words) -> Iterator[str]:
    """Yield what there is to know of an insight besides its support."""
    for state, kind in (("pinned", "pin"), ("rejected", "reject")):
        if row[f"is_{state}"]:
            yield words["by"][kind].format(who=by[kind]) if kind in by else words[state]
    yield from (words["by"][kind].format(who=by[kind]) for kind in ("rename", "merge", "split") if kind in by)
    if row["support"] == 1:
        yield words["alone"]
    if not row["is_found"]:
        yield words["found_no_more"]
    if row["against"]:
        yield counted(words["against"], row["against"])


def details(replica: Replica, project_id: str, insight_id: str, words: wording.Words) -> dict[str, Any]:
    """Return all that is known of one insight, in words.

    Returns:
        {about, parts: [{key, title, is_open, quotes, lines: [{text, deed?, id?}]}]}; a
        quote is {text, speaker, interview_title, language, interview_id, turn, start}, and a
        line with a `deed` can be pressed: merge the insight `id` into this one, or take back the judgement `id`.
    """
    parts = [
        {"key": key, "title": title, "is_open": is_open, "quotes": quotes, "lines": lines}
        for key, title, is_open, quotes, lines in _parts(replica, project_id, insight_id, words)
        if quotes or lines
    ]
    return {"about": " · ".join(_about(replica, insight_id, words)), "parts": parts}


_Part = tuple[str, str, bool, list[Row], list[Row]]


def _parts(replica: Replica, project_id: str, insight_id: str, words: wording.Words) -> Iterator[_Part]:
    quotes = _quotes(replica, QUOTES, insight_id)
    yield "quotes", counted(words["own_words"], len(quotes)), True, quotes, []
    against = _quotes(replica, AGAINST, insight_id)
    yield "against", counted(words["against"], len(against)), False, against, []
    questions = [{"text": f"{text} ({title})"} for text, title in replica.rows(QUESTIONS, [insight_id])]
    yield "questions", words["questions"], True, [], questions
    written = notes.threads(notes.known(replica, project_id, notes.OF_INSIGHT, insight_id))
    lines = [
        {"text": f"{'↳ ' * depth}{note.text} ({note.created_by}, {note.created_at:%Y-%m-%d})"}
        for note, depth, _ in written
    ]
    yield "notes", counted(words["notes"], len(lines)), True, [], lines
    near = [{"text": text, "deed": "merge", "id": key} for key, text in replica.rows(RELATED, [insight_id])]
    yield "related", words["related"], False, [], near
    judged = [
        {"text": _judged(kind, text, user, at, words), "deed": "take back", "id": key}
        for key, kind, text, user, at in replica.rows(JUDGED, [insight_id])
    ]
    yield "judged", words["judged"], False, [], judged
    merged = [words["merged"].format(model=model, at=at) for model, _, at in replica.rows(MERGED) if model]
    runs = [f"{title}: {engine}, {model}, {run}" for title, engine, model, run in replica.rows(RUNS, [insight_id])]
    yield "made", words["made"], False, [], [{"text": text} for text in (*merged, *runs)]


def _quotes(replica: Replica, query: str, insight_id: str) -> list[Row]:
    return [
        {
            "text": text,
            "speaker": speaker,
            "interview_title": title,
            "language": language,
            "interview_id": interview_id,
            "turn": turn,
            "start": start,
        }
        for text, speaker, title, language, interview_id, turn, start in replica.rows(query, [insight_id])
    ]


def _judged(kind: str, text: str, user: str, at: str, words: wording.Words) -> str:
    named = f" → “{text}”" if kind == "rename" else ""
    return f"{words['by'][kind].format(who=user)}{named}, {at}"


def _about(replica: Replica, insight_id: str, words: wording.Words) -> Iterator[str]:
    """Yield how far an insight stands, who it spreads over, and its keywords."""
    about = replica.rows("SELECT survival, keywords FROM merged_insights WHERE id = ?", [insight_id])
    survival, keywords = about[0] if about else (0.0, [])
    if survival:
        yield words["stands"].format(share=percent(survival))
    for by, value, n, of in replica.rows(SPREAD, [insight_id]):
        yield f"{words['languages'].get(value, value) if by == 'language' else value} {n}/{of}"
    if keywords:
        yield words["keywords"].format(words=", ".join(keywords))
