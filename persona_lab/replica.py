"""The analyst's DuckDB copy of a project: a function of its log, and deletable at any time.

The cursor is committed with the rows it stands for, so a batch of events is
there wholly or not at all, and the same batch twice is the same as once.
"""

import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from persona_lab.errors import QueryError
from persona_lab.models import (
    Analysis,
    Coding,
    Event,
    Failure,
    Insight,
    Interview,
    InterviewRecord,
    Judgement,
    Merge,
    Project,
    Snapshot,
    Transcript,
    Turn,
)
from persona_lab.result_rows import OF_RESULT, RESULT_TABLES

if TYPE_CHECKING:
    import pandas as pd

# Raised whenever a table changes: a replica of another shape is thrown away and built again.
SHAPE = 11

# Times are in UTC and say so nowhere: for the kind that does, DuckDB needs pytz, and uses what pandas has deprecated.
TABLES: dict[str, dict[str, str]] = {
    "project": {
        "id": "VARCHAR",
        "name": "VARCHAR",
        "purpose": "VARCHAR",
        "audience": "VARCHAR",
        "method": "VARCHAR",
        "description": "VARCHAR",
    },
    "interviews": {
        "id": "VARCHAR",
        "number": "INTEGER",
        "title": "VARCHAR",
        "status": "VARCHAR",
        "stage": "VARCHAR",
        "error_code": "VARCHAR",
        "error_message": "VARCHAR",
        "error_can_retry": "BOOLEAN",
        "error_retry_at": "TIMESTAMP",
        "language": "VARCHAR",
        "turns": "INTEGER",
        "participants": "INTEGER",
        "filename": "VARCHAR",
        "format": "VARCHAR",
        "encoding": "VARCHAR",
        "certainty": "DOUBLE",
        "remarks": "VARCHAR[]",
        "size_bytes": "BIGINT",
        "sha256": "VARCHAR",
        "interview_date": "VARCHAR",
        "attempt": "INTEGER",
        "created_by": "VARCHAR",
        "created_at": "TIMESTAMP",
        "updated_at": "TIMESTAMP",
        "completed_at": "TIMESTAMP",
    },
    "analyses": {
        "interview_id": "VARCHAR",
        "language": "VARCHAR",
        "summary": "VARCHAR",
        "proposed_quotes": "INTEGER",
        "rejected_quotes": "INTEGER",
        "rejected_share": "DOUBLE",
        "engine": "VARCHAR",
        "model": "VARCHAR",
        "prompt_hash": "VARCHAR",
        "transcript_sha256": "VARCHAR",
        "context_hash": "VARCHAR",
        "run_id": "VARCHAR",
    },
    # Every analysis that was ever completed; `seq` is the event that announced it.
    "run_log": {
        "run_id": "VARCHAR",
        "interview_id": "VARCHAR",
        "seq": "BIGINT",
        "began_at": "TIMESTAMP",
        "completed_at": "TIMESTAMP",
        "engine": "VARCHAR",
        "model": "VARCHAR",
        "prompt_hash": "VARCHAR",
        "transcript_sha256": "VARCHAR",
        "context_hash": "VARCHAR",
        "redaction": "VARCHAR",
        "speakers": "STRUCT(speaker VARCHAR, name VARCHAR, role VARCHAR)[]",
        "began_seq": "BIGINT",
        "findings": "INTEGER",
        "quotes": "INTEGER",
        "proposed_quotes": "INTEGER",
        "rejected_quotes": "INTEGER",
    },
    "turns": {
        "interview_id": "VARCHAR",
        "index": "INTEGER",
        "speaker": "VARCHAR",
        "label": "VARCHAR",
        "role": "VARCHAR",
        "text": "VARCHAR",
        "start": "INTEGER",
        "end": "INTEGER",
        "time": "DOUBLE",
        "codes": "VARCHAR[]",
    },
    "findings": {
        "interview_id": "VARCHAR",
        "finding": "INTEGER",
        "kind": "VARCHAR",
        "text": "VARCHAR",
        "terms": "VARCHAR[]",
        "score": "DOUBLE",
    },
    "quotes": {
        "interview_id": "VARCHAR",
        "finding": "INTEGER",
        "kind": "VARCHAR",
        "turn": "INTEGER",
        "start": "INTEGER",
        "end": "INTEGER",
        "text": "VARCHAR",
        "status": "VARCHAR",
    },
    "summary_quotes": {
        "interview_id": "VARCHAR",
        "turn": "INTEGER",
        "start": "INTEGER",
        "end": "INTEGER",
        "text": "VARCHAR",
        "status": "VARCHAR",
    },
    **RESULT_TABLES,
    "codings": {
        "id": "VARCHAR",
        "interview_id": "VARCHAR",
        "turn": "INTEGER",
        "start": "INTEGER",
        "end": "INTEGER",
        "text": "VARCHAR",
        "status": "VARCHAR",
        "code": "VARCHAR",
        "coder": "VARCHAR",
        "note": "VARCHAR",
        "created_at": "TIMESTAMP",
    },
    "merged_insights": {
        "id": "VARCHAR",
        "kind": "VARCHAR",
        "text": "VARCHAR",
        "score": "DOUBLE",
        "keywords": "VARCHAR[]",
        "survival": "DOUBLE",
        "related": "STRUCT(id VARCHAR, text VARCHAR, likeness DOUBLE)[]",
        "is_pinned": "BOOLEAN",
        "is_rejected": "BOOLEAN",
        "is_found": "BOOLEAN",
        "judgements": "VARCHAR[]",
    },
    "insight_members": {"insight_id": "VARCHAR", "interview_id": "VARCHAR", "finding": "INTEGER"},
    # What stands for an insight besides its findings' quotes: what a pin kept, and what may speak against it.
    "insight_quotes": {
        "insight_id": "VARCHAR",
        "is_against": "BOOLEAN",
        "interview_id": "VARCHAR",
        "turn": "INTEGER",
        "start": "INTEGER",
        "end": "INTEGER",
        "text": "VARCHAR",
        "status": "VARCHAR",
        "likeness": "DOUBLE",
    },
    "judgements": {
        "id": "VARCHAR",
        "number": "INTEGER",
        "kind": "VARCHAR",
        "text": "VARCHAR",
        "insight_id": "VARCHAR",
        "created_by": "VARCHAR",
        "created_at": "TIMESTAMP",
    },
    # Every merge there ever was, and what the newest one merged.
    "merges": {
        "seq": "BIGINT",
        "at": "TIMESTAMP",
        "model": "VARCHAR",
        "rules_hash": "VARCHAR",
        "interviews": "INTEGER",
        "insights": "INTEGER",
    },
    "merged_runs": {"interview_id": "VARCHAR", "run_id": "VARCHAR"},
    "events": {"seq": "BIGINT", "type": "VARCHAR", "at": "TIMESTAMP", "data": "JSON"},
}
# All rows that stand for one interview, by the column that names it.
OF_INTERVIEW = {
    "interviews": "id",
    "analyses": "interview_id",
    **dict.fromkeys(("turns", "findings", "quotes", "summary_quotes", "codings", *OF_RESULT), "interview_id"),
}

OF_INSIGHT = {"merged_insights": "id", "insight_members": "insight_id", "insight_quotes": "insight_id"}

# What an analyst's SQL may be. COPY writes a file outside; whatever it would change inside is taken back.
READING = (
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.COPY,
    # What PIVOT is to DuckDB.
    duckdb.StatementType.MULTI,
)

# What announces an analysis: an interview's own, and one beside it.
COMPLETED = ("interview:completed", "analysis:added")

# Later ones may rest on earlier ones.
VIEWS: dict[str, str] = {
    # Every run there ever was, in the order in which they ended, with what the project said of itself to it.
    "runs": """
WITH told AS (
    SELECT seq, data->>'$.project.purpose' AS purpose, data->>'$.project.audience' AS audience,
           data->>'$.project.method' AS method
    FROM events WHERE type IN ('project:created', 'project:updated')
)
SELECT
    r.run_id, r.interview_id, i.title, r.began_at, r.completed_at, a.run_id IS NOT NULL AS is_current,
    r.engine, r.model, r.prompt_hash, r.transcript_sha256, r.context_hash,
    told.purpose, told.audience, told.method, r.redaction, r.speakers,
    r.findings, r.quotes, r.proposed_quotes, r.rejected_quotes, r.began_seq, r.seq
FROM run_log r
LEFT JOIN interviews i ON i.id = r.interview_id
LEFT JOIN analyses a ON a.run_id = r.run_id
ASOF LEFT JOIN told ON r.began_seq >= told.seq
ORDER BY r.seq
""",
    # What each summary, finding and insight rests on; an insight on the runs that it was merged from.
    "provenance": """
WITH merged_by AS (SELECT model, rules_hash FROM merges ORDER BY seq DESC LIMIT 1),
rests AS (
    SELECT 'summary' AS what, interview_id AS id, NULL AS kind, summary AS text, run_id, 0 AS finding FROM analyses
    UNION ALL
    SELECT 'finding', concat(f.interview_id, '#', f.finding), f.kind, f.text, a.run_id, f.finding
    FROM findings f JOIN analyses a ON a.interview_id = f.interview_id
    UNION ALL
    SELECT DISTINCT 'insight', i.id, i.kind, i.text, r.run_id, 0
    FROM merged_insights i
    JOIN insight_members m ON m.insight_id = i.id
    LEFT JOIN merged_runs r ON r.interview_id = m.interview_id
)
SELECT
    p.what, p.id, p.kind, p.text,
    CASE WHEN p.what = 'insight' THEN 'merge' ELSE any_value(r.engine) END AS engine,
    CASE WHEN p.what = 'insight' THEN (SELECT model FROM merged_by) ELSE any_value(r.model) END AS model,
    CASE WHEN p.what = 'insight' THEN (SELECT rules_hash FROM merged_by)
         ELSE any_value(r.prompt_hash) END AS prompt_hash,
    coalesce(list(DISTINCT r.title ORDER BY r.title) FILTER (r.title IS NOT NULL), []) AS interviews,
    coalesce(list(DISTINCT p.run_id ORDER BY p.run_id) FILTER (p.run_id IS NOT NULL), []) AS runs,
    coalesce(list(DISTINCT r.transcript_sha256 ORDER BY r.transcript_sha256)
             FILTER (r.transcript_sha256 IS NOT NULL), []) AS transcripts,
    coalesce(list(DISTINCT r.context_hash ORDER BY r.context_hash) FILTER (r.context_hash IS NOT NULL), []) AS contexts,
    coalesce(list(DISTINCT r.redaction ORDER BY r.redaction) FILTER (r.redaction IS NOT NULL), []) AS redactions,
    coalesce(sum(len(r.speakers)), 0)::INTEGER AS speakers_corrected
FROM rests p LEFT JOIN runs r ON r.run_id = p.run_id
GROUP BY p.what, p.id, p.kind, p.text, p.finding
ORDER BY list_position(['insight', 'summary', 'finding'], p.what), any_value(r.seq), p.finding, p.kind, p.text, p.id
""",
    # Whoever took part, in interviews that are completed.
    "people": """
SELECT DISTINCT t.interview_id, coalesce(t.speaker, '') AS speaker, i.language, i.title
FROM turns t JOIN interviews i ON i.id = t.interview_id
WHERE t.role = 'participant' AND i.status = 'completed'
""",
    # Of an interview that was analysed again since the merge, nothing counts until the next: its findings are others.
    "insight_words": """
WITH cited AS (
    SELECT m.insight_id, q.interview_id, q.turn, q.start, q."end", q.text
    FROM insight_members m
    JOIN quotes q ON q.interview_id = m.interview_id AND q.finding = m.finding
    JOIN analyses a ON a.interview_id = m.interview_id
    LEFT JOIN merged_runs r ON r.interview_id = m.interview_id
    WHERE coalesce(r.run_id, a.run_id) = a.run_id
    UNION ALL
    SELECT insight_id, interview_id, turn, start, "end", text FROM insight_quotes WHERE NOT is_against
)
SELECT c.*, t.speaker, i.title, i.language
FROM cited c
JOIN interviews i ON i.id = c.interview_id
JOIN turns t ON t.interview_id = c.interview_id AND t.index = c.turn
""",
    # How an insight's support spreads over sides of the participants. Another side is another part of `sides`.
    "spread": """
WITH sides AS (
    SELECT 'language' AS "by", language AS value, interview_id, speaker FROM people
    UNION ALL
    SELECT 'interview', title, interview_id, speaker FROM people
), totals AS (
    SELECT "by", value, count(*) AS participants FROM sides GROUP BY ALL
), behind AS (
    SELECT DISTINCT insight_id, interview_id, coalesce(speaker, '') AS speaker FROM insight_words
), counted AS (
    SELECT b.insight_id, s."by", s.value, count(*) AS support
    FROM behind b JOIN sides s USING (interview_id, speaker) GROUP BY ALL
)
SELECT m.id AS insight_id, t."by", t.value, coalesce(c.support, 0) AS support, t.participants
FROM merged_insights m
CROSS JOIN totals t
LEFT JOIN counted c ON c.insight_id = m.id AND c."by" = t."by" AND c.value = t.value
WHERE t."by" = 'language' OR c.support > 0
""",
    # Also what people rejected.
    "all_insights": """
WITH said AS (
    SELECT insight_id,
           count(DISTINCT (interview_id, coalesce(speaker, ''))) AS support,
           list(DISTINCT title ORDER BY title) AS interviews,
           list({'title': title, 'speaker': speaker, 'words': text}
                ORDER BY title, interview_id, turn, start, text) AS quotes
    FROM insight_words GROUP BY insight_id
), against AS (
    SELECT q.insight_id,
           list({'title': i.title, 'speaker': t.speaker, 'words': q.text}
                ORDER BY q.likeness DESC, i.title, q.turn, q.start) AS quotes
    FROM insight_quotes q
    JOIN interviews i ON i.id = q.interview_id
    JOIN turns t ON t.interview_id = q.interview_id AND t.index = q.turn
    WHERE q.is_against GROUP BY q.insight_id
), spread_out AS (
    SELECT insight_id,
           list({'by': "by", 'value': value, 'support': support, 'participants': participants}
                ORDER BY "by" DESC, value) AS shares
    FROM spread GROUP BY insight_id
)
SELECT
    m.kind,
    m.text,
    s.support,
    (SELECT count(*) FROM people) AS participants,
    trim(CASE WHEN s.support = 1 THEN 'It rests on one participant. ' ELSE '' END
         || CASE WHEN NOT m.is_found THEN 'It is pinned, though it is found no more.' ELSE '' END) AS note,
    s.interviews,
    s.quotes,
    coalesce(a.quotes, []) AS contradictions,
    coalesce(p.shares, []) AS spread,
    m.survival,
    m.keywords,
    m.related,
    m.is_pinned,
    m.is_rejected,
    m.is_found,
    m.id
FROM merged_insights m
JOIN said s ON s.insight_id = m.id
LEFT JOIN against a ON a.insight_id = m.id
LEFT JOIN spread_out p ON p.insight_id = m.id
ORDER BY s.support DESC, list_position(['pain', 'need', 'takeaway'], m.kind), m.score DESC, m.text, m.id
""",
    "insights": """
SELECT * EXCLUDE (is_rejected) FROM all_insights WHERE NOT is_rejected
""",
}


class Replica:
    """One project's copy. Usable from any thread; close it when done.

    Args:
        path: the file; it is made when it isn't there. DuckDB allows one writing
            process, so a second one gets a file of its own beside it, and `note`
            says so in one line.

    Attributes:
        connection: the open DuckDB connection; use `.cursor()` for another thread.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self.note = ""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _delete_copies_of_ended_processes(path)
        try:
            self.connection = duckdb.connect(path)
        except duckdb.IOException as error:
            if "lock" in str(error):
                path = path.with_name(f"{path.stem}-{os.getpid()}{path.suffix}")
                self.note = f"Another process uses this project's DuckDB file, so this one keeps its own copy: {path}"
            else:
                self.note = f"The project's DuckDB file was damaged, so it is built again: {path}"
            path.unlink(missing_ok=True)
            self.connection = duckdb.connect(path)
        self.path = path
        self.connection.execute("SET TimeZone = 'UTC'")
        if not self._is_whole():
            self.rebuild()

    def close(self) -> None:
        # A batch that is being written is finished first.
        with self._lock:
            self.connection.close()

    def cursor(self) -> tuple[str, int] | None:
        """Return (epoch, seq) of the newest event that the tables contain, None before the first snapshot."""
        row = self.connection.cursor().execute("SELECT epoch, seq FROM cursor WHERE epoch IS NOT NULL").fetchone()
        return None if row is None else (row[0], row[1])

    def load(self, snapshot: Snapshot, history: Iterable[Event], transcripts: Mapping[str, Transcript]) -> None:
        """Replace everything by the snapshot.

        Args:
            history: all events up to the snapshot's `seq`, for the `events` table.
            transcripts: by interview id; those of all completed interviews.
        """
        changes = _Changes(project=snapshot.project, insights=snapshot.insights, merge=snapshot.merge)
        changes.judgements = {judgement.id: judgement for judgement in snapshot.judgements}
        for record in snapshot.interviews:
            changes.records[record.interview.id] = record
        changes.codings = {coding.id: coding for coding in snapshot.codings}
        changes.events = [event for event in history if event.seq <= snapshot.seq]
        with self._lock, self._transaction() as cursor:
            for table in TABLES:
                cursor.execute(f'DELETE FROM "{table}"')
            _write(cursor, changes, transcripts)
            cursor.execute("UPDATE cursor SET epoch = ?, seq = ?", [snapshot.epoch, snapshot.seq])

    def apply(self, events: Sequence[Event], transcripts: Mapping[str, Transcript]) -> None:
        """Add events that follow the cursor; those it has already are passed over.

        Args:
            transcripts: by interview id; those that `wanted(events)` names, as far as they still exist.
        """
        with self._lock, self._transaction() as cursor:
            row = cursor.execute("SELECT seq FROM cursor").fetchone()
            seq = row[0] if row else 0
            changes = _Changes()
            for event in events:
                if event.seq == seq + 1:
                    changes.take(event)
                    seq = event.seq
                elif event.seq > seq:
                    raise ValueError(f"event {event.seq} can't follow {seq}")
            _write(cursor, changes, transcripts)
            cursor.execute("UPDATE cursor SET seq = ?", [seq])

    def frame(self, query: str, parameters: Sequence[object] | None = None) -> "pd.DataFrame":
        """Run SQL and return its rows.

        Raises:
            QueryError: it is no query, or DuckDB refused it; the message says why.
        """
        try:
            kinds = [statement.type for statement in duckdb.extract_statements(query)]
            if len(kinds) != 1 or kinds[0] not in READING:
                raise QueryError(
                    "Give one SELECT, or COPY (SELECT …) TO 'file.parquet'. The tables are a copy of the project, "
                    "so there is nothing to change in them."
                )
            # Whatever it was, nothing of it stays.
            with self._transaction(keep=False) as cursor:
                return cursor.execute(query, parameters).df()
        except duckdb.Error as error:
            raise QueryError(f"{error}\nTables: {', '.join([*TABLES, *VIEWS])}.") from None

    def rows(self, query: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL of our own and return its rows."""
        return self.connection.cursor().execute(query, parameters).fetchall()

    def _transaction(self, *, keep: bool = True) -> "_Transaction":
        return _Transaction(self.connection.cursor(), keep=keep)

    def rebuild(self) -> None:
        """Empty all tables and make them anew; the next thing to do is `load`."""
        with self._lock:
            self._build()

    def _is_whole(self) -> bool:
        """Say whether every table has today's columns: somebody may have used the file for more than reading."""
        found = self.connection.execute(
            """
            SELECT table_name, list(column_name ORDER BY ordinal_position)
            FROM information_schema.columns GROUP BY table_name
            """
        ).fetchall()
        columns = dict(found)
        if any(columns.get(table) != list(expected) for table, expected in TABLES.items()):
            return False
        if not {"cursor", *VIEWS} <= columns.keys():
            return False
        return self.connection.execute("SELECT shape FROM cursor").fetchall() == [(SHAPE,)]

    def _build(self) -> None:
        with self._transaction() as cursor:
            for view in reversed(VIEWS):
                cursor.execute(f"DROP VIEW IF EXISTS {view}")
            for table, columns in TABLES.items():
                fields = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                cursor.execute(f'CREATE OR REPLACE TABLE "{table}" ({fields})')
            cursor.execute("CREATE OR REPLACE TABLE cursor (shape INTEGER, epoch VARCHAR, seq BIGINT)")
            cursor.execute("INSERT INTO cursor VALUES (?, NULL, 0)", [SHAPE])
            for view, query in VIEWS.items():
                cursor.execute(f"CREATE VIEW {view} AS {query}")


def _delete_copies_of_ended_processes(path: Path) -> None:
    for copy in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        pid = copy.stem.removeprefix(f"{path.stem}-")
        if pid.isdigit() and not _is_running(int(pid)):
            copy.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is there, and somebody else's.
        return True
    return True


def wanted(events: Iterable[Event]) -> set[str]:
    """Return the ids of the interviews whose transcripts these events need."""
    return {event.data["interview_id"] for event in events if event.data.get("result") or _speaks_anew(event)}


def _speaks_anew(event: Event) -> bool:
    """Whether the speakers of turns that the tables hold were corrected."""
    return "speakers" in event.data and event.data["interview"]["status"] == "completed"


class _Transaction:
    def __init__(self, cursor: duckdb.DuckDBPyConnection, *, keep: bool) -> None:
        self._cursor = cursor
        self._keep = keep

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self._cursor.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._keep:
            self._cursor.commit()
        else:
            self._cursor.rollback()
        self._cursor.close()


class _Changes:
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
        self.events: list[Event] = []

    def take(self, event: Event) -> None:
        self.events.append(event)
        data = event.data
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
            if _speaks_anew(event):
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


def _write(cursor: duckdb.DuckDBPyConnection, changes: _Changes, transcripts: Mapping[str, Transcript]) -> None:
    with_results = {key for key, record in changes.records.items() if record.result}
    # Turns are written again with their result, or when only their speakers were corrected.
    spoken = with_results | (changes.corrected & set(transcripts))
    replaced: dict[str, set[str]] = {"interviews": set(changes.records), "turns": spoken, "codings": set()}
    for table, column in OF_INTERVIEW.items():
        gone = changes.deleted | replaced.get(table, with_results)
        if gone:
            cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" IN (SELECT unnest(?))', [list(gone)])
    changed = changes.uncoded | set(changes.codings)
    if changed:
        cursor.execute("DELETE FROM codings WHERE id IN (SELECT unnest(?))", [list(changed)])
        _insert(cursor, "codings", [coding.model_dump(mode="json") for coding in changes.codings.values()])
    if changes.project is not None:
        cursor.execute("DELETE FROM project")
        _insert(cursor, "project", [changes.project.model_dump(mode="json")])
    _write_insights(cursor, changes)
    records = list(changes.records.values())
    _insert(cursor, "interviews", [_interview_row(record.interview) for record in records])
    analysed = [(record.interview.id, record.result) for record in records if record.result is not None]
    _insert(cursor, "analyses", [_analysis_row(key, result) for key, result in analysed])
    _insert(cursor, "findings", [row for key, result in analysed for row in _finding_rows(key, result)])
    _insert(cursor, "quotes", [row for key, result in analysed for row in _quote_rows(key, result)])
    _insert(cursor, "summary_quotes", [row for key, result in analysed for row in _summary_rows(key, result)])
    for table, rows_of in OF_RESULT.items():
        rows = [{"interview_id": key, **row} for key, result in analysed for row in rows_of(result)]
        _insert(cursor, table, rows)
    said = [
        (key, turn) for key in changes.records if key in spoken & set(transcripts) for turn in transcripts[key].turns
    ]
    _insert(cursor, "turns", [_turn_row(key, turn) for key, turn in said])
    _insert(cursor, "run_log", [_run_row(event) for event in changes.events if event.type in COMPLETED])
    _insert(cursor, "merges", [_merge_row(event) for event in changes.events if event.type == "insights:merged"])
    _insert(cursor, "events", [{**event.model_dump(mode="json")} for event in changes.events])


def _write_insights(cursor: duckdb.DuckDBPyConnection, changes: _Changes) -> None:
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
        _insert(cursor, "merged_runs", [{"interview_id": key, "run_id": run} for key, run in runs.items()])
    insights = list(changes.insights.values())
    _insert(cursor, "merged_insights", [insight.model_dump(mode="json") for insight in insights])
    _insert(cursor, "insight_members", [row for insight in insights for row in _member_rows(insight)])
    _insert(cursor, "insight_quotes", [row for insight in insights for row in _insight_quote_rows(insight)])
    if changes.unjudged:
        cursor.execute("DELETE FROM judgements WHERE id IN (SELECT unnest(?))", [list(changes.unjudged)])
    _insert(cursor, "judgements", [judgement.model_dump(mode="json") for judgement in changes.judgements.values()])


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
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


def _interview_row(interview: Interview) -> dict[str, Any]:
    row = interview.model_dump(mode="json")
    error = row.pop("error") or {}
    return {**row, **{f"error_{name}": error.get(name) for name in Failure.model_fields}}


def _analysis_row(interview_id: str, result: Analysis) -> dict[str, Any]:
    head = result.model_dump(mode="json", include={"language", "summary", "proposed_quotes", "rejected_quotes"})
    head["rejected_share"] = result.rejected_share
    made_by = result.provenance.model_dump(mode="json", include=set(TABLES["analyses"]))
    return {"interview_id": interview_id, **head, **made_by}


def _run_row(event: Event) -> dict[str, Any]:
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


def _merge_row(event: Event) -> dict[str, Any]:
    made_by = event.data.get("merge") or {}
    return {
        "seq": event.seq,
        "at": event.model_dump(mode="json", include={"at"})["at"],
        "model": made_by.get("model"),
        "rules_hash": made_by.get("rules_hash"),
        "interviews": len(made_by["runs"]) if made_by else None,
        "insights": len(event.data["insights"]),
    }


def _finding_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for number, finding in enumerate(result.insights):
        yield {
            "interview_id": interview_id,
            "finding": number,
            "kind": finding.kind,
            "text": finding.text,
            "terms": list(finding.terms),
            "score": finding.score,
        }


def _quote_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for number, finding in enumerate(result.insights):
        for quote in finding.quotes:
            yield {"interview_id": interview_id, "finding": number, "kind": finding.kind, **quote.model_dump()}


def _summary_rows(interview_id: str, result: Analysis) -> Iterable[dict[str, Any]]:
    for quote in result.summary_quotes:
        yield {"interview_id": interview_id, **quote.model_dump()}


def _member_rows(insight: Insight) -> Iterable[dict[str, Any]]:
    for member in insight.members:
        yield {"insight_id": insight.id, **member.model_dump()}


def _insight_quote_rows(insight: Insight) -> Iterable[dict[str, Any]]:
    for quote in insight.quotes:
        yield {"insight_id": insight.id, "is_against": False, "likeness": None, **quote.model_dump()}
    for against in insight.contradictions:
        yield {"insight_id": insight.id, "is_against": True, **against.model_dump()}


def _turn_row(interview_id: str, turn: Turn) -> dict[str, Any]:
    return {"interview_id": interview_id, **turn.model_dump()}
