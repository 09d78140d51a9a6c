"""Changes written into the tables, in the transaction of whoever calls."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from persona_lab.models import PURGED, TOMBSTONE, Transcript
from persona_lab.replica.changes import Changes
from persona_lab.replica.kept import KEPT
from persona_lab.replica.results import OF_RESULT
from persona_lab.replica.rows import (
    analysis_row,
    finding_rows,
    insight_quote_rows,
    interview_row,
    member_rows,
    merge_row,
    quote_rows,
    run_row,
    summary_rows,
    turn_row,
)
from persona_lab.replica.tables import OF_INTERVIEW, TABLES

# What announces an analysis: an interview's own, and one beside it.
COMPLETED = ("interview:completed", "analysis:added")


def write(cursor: duckdb.DuckDBPyConnection, changes: Changes, transcripts: Mapping[str, Transcript]) -> None:
    with_results = {key for key, record in changes.records.items() if record.result}
    # Turns are written again with their result, or when only their speakers were corrected.
    spoken = with_results | (changes.corrected & set(transcripts))
    found_anew = with_results | changes.emptied
    replaced: dict[str, set[str]] = {
        "interviews": set(changes.records),
        "turns": spoken | changes.emptied,
        "codings": set(),
        "notes": set(),
    }
    for table, column in OF_INTERVIEW.items():
        gone = changes.deleted | replaced.get(table, found_anew)
        if gone:
            cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" IN (SELECT unnest(?))', [list(gone)])
    changed = changes.uncoded | set(changes.codings)
    if changed:
        cursor.execute("DELETE FROM codings WHERE id IN (SELECT unnest(?))", [list(changed)])
        insert(cursor, "codings", [coding.model_dump(mode="json") for coding in changes.codings.values()])
    if changes.project is not None:
        cursor.execute("DELETE FROM project")
        insert(cursor, "project", [changes.project.model_dump(mode="json")])
    _write_insights(cursor, changes)
    _write_kept(cursor, changes)
    records = list(changes.records.values())
    insert(cursor, "interviews", [interview_row(record.interview) for record in records])
    analysed = [(record.interview.id, record.result) for record in records if record.result is not None]
    insert(cursor, "analyses", [analysis_row(key, result) for key, result in analysed])
    insert(cursor, "findings", [row for key, result in analysed for row in finding_rows(key, result)])
    insert(cursor, "quotes", [row for key, result in analysed for row in quote_rows(key, result)])
    insert(cursor, "summary_quotes", [row for key, result in analysed for row in summary_rows(key, result)])
    for table, rows_of in OF_RESULT.items():
        rows = [{"interview_id": key, **row} for key, result in analysed for row in rows_of(result)]
        insert(cursor, table, rows)
    said = [
        (key, turn) for key in changes.records if key in spoken & set(transcripts) for turn in transcripts[key].turns
    ]
    insert(cursor, "turns", [turn_row(key, turn) for key, turn in said])
    insert(cursor, "run_log", [run_row(event) for event in changes.events if event.type in COMPLETED])
    merged = [event for event in changes.events if event.type in ("insights:merged", PURGED)]
    insert(cursor, "merges", [merge_row(event) for event in merged if "insights" in event.data])
    insert(cursor, "events", [{**event.model_dump(mode="json")} for event in changes.events])
    _strike(cursor, changes.struck)


def _strike(cursor: duckdb.DuckDBPyConnection, struck: Sequence[tuple[int, int]]) -> None:
    """Leave of purged events what the log has left of them."""
    for span in struck:
        for table in ("run_log", "merges"):
            cursor.execute(f'DELETE FROM "{table}" WHERE seq BETWEEN ? AND ?', span)
        cursor.execute(
            "UPDATE events SET data = json_object('was', type), type = ? WHERE seq BETWEEN ? AND ? AND type <> ?",
            [TOMBSTONE, *span, TOMBSTONE],
        )


def _write_insights(cursor: duckdb.DuckDBPyConnection, changes: Changes) -> None:
    replaced = [*changes.gone, *changes.insights]
    for table, column in (
        ("merged_insights", "id"),
        ("insight_members", "insight_id"),
        ("insight_quotes", "insight_id"),
    ):
        if changes.is_merged:
            cursor.execute(f'DELETE FROM "{table}"')
        elif replaced:
            cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" IN (SELECT unnest(?))', [replaced])
    if changes.is_merged:
        cursor.execute("DELETE FROM merged_runs")
        runs = changes.merge.runs if changes.merge else {}
        insert(cursor, "merged_runs", [{"interview_id": key, "run_id": run} for key, run in runs.items()])
    insights = list(changes.insights.values())
    insert(cursor, "merged_insights", [insight.model_dump(mode="json") for insight in insights])
    insert(cursor, "insight_members", [row for insight in insights for row in member_rows(insight)])
    insert(cursor, "insight_quotes", [row for insight in insights for row in insight_quote_rows(insight)])
    if changes.is_rejudged:
        cursor.execute("DELETE FROM judgements")
    elif changes.unjudged:
        cursor.execute("DELETE FROM judgements WHERE id IN (SELECT unnest(?))", [list(changes.unjudged)])
    insert(cursor, "judgements", [judgement.model_dump(mode="json") for judgement in changes.judgements.values()])


def _write_kept(cursor: duckdb.DuckDBPyConnection, changes: Changes) -> None:
    for kept in KEPT:
        held = changes.kept[kept.name]
        for table, rows in kept.tables.items():
            if held.is_all:
                cursor.execute(f'DELETE FROM "{table}"')
            for column, keys in ((rows.key, held.touched), (f"{kept.within}_id", held.emptied)):
                if keys and not held.is_all:
                    cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" IN (SELECT unnest(?))', [list(keys)])
            insert(cursor, table, [row for value in held.there.values() for row in rows.of(value)])


def insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert all rows in one statement: DuckDB reads them out of one JSON text, far faster than row by row."""
    if not rows:
        return
    columns = TABLES[table]
    shape = json.dumps([columns])
    names = ", ".join(f'"{name}"' for name in columns)
    taken = ", ".join(f'r."{name}"' for name in columns)
    cursor.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {taken} FROM (SELECT unnest(from_json(?::JSON, ?)) AS r)',
        [json.dumps(rows, ensure_ascii=False), shape],
    )
