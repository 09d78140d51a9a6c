"""One person who took part, in however many interviews: all that a study keeps by them and about them."""

import json
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from persona_lab.errors import InvalidRequest
from persona_lab.lab.outgoing.files import replaced

if TYPE_CHECKING:
    import pandas as pd

# What they said; everything else is found by where that stands.
SAID = """
WITH said AS (
SELECT t.interview_id, i.title AS interview, t.index AS turn, t.speaker, t.label, t.text, t.start, t."end", t.time
FROM turns t JOIN interviews i ON i.id = t.interview_id
WHERE t.role = 'participant' AND (t.speaker = $name OR t.label = $name)
), places AS (SELECT interview_id, turn FROM said)
"""
PARTS: Mapping[str, str] = {
    "interviews": """
SELECT i.id, i.title, i.filename, i.interview_date, i.language, i.created_at, i.created_by, a.engine, a.model
FROM interviews i LEFT JOIN analyses a ON a.interview_id = i.id
WHERE i.id IN (SELECT interview_id FROM said) ORDER BY i.number
""",
    "turns": "SELECT * FROM said ORDER BY interview, interview_id, turn",
    "findings": """
SELECT DISTINCT f.interview_id, f.finding, f.kind, f.text
FROM findings f JOIN quotes q ON q.interview_id = f.interview_id AND q.finding = f.finding
WHERE (q.interview_id, q.turn) IN (FROM places) ORDER BY ALL
""",
    "quotes": "SELECT * FROM quotes WHERE (interview_id, turn) IN (FROM places) ORDER BY ALL",
    "profile": "SELECT * FROM profile WHERE (interview_id, turn) IN (FROM places) ORDER BY ALL",
    "summaries": """
SELECT DISTINCT a.interview_id, a.summary FROM analyses a JOIN summary_quotes q ON q.interview_id = a.interview_id
WHERE (q.interview_id, q.turn) IN (FROM places) ORDER BY ALL
""",
    "insights": """
SELECT DISTINCT m.kind, m.text, w.interview_id, w.turn, w.text AS quote
FROM insight_words w JOIN merged_insights m ON m.id = w.insight_id
WHERE (w.interview_id, w.turn) IN (FROM places) ORDER BY ALL
""",
    "codes": "SELECT * FROM codings WHERE (interview_id, turn) IN (FROM places) ORDER BY created_at, id",
    "notes": "SELECT * FROM notes WHERE (interview_id, turn) IN (FROM places) ORDER BY created_at, id",
    "citations": """
SELECT c.*, m.content AS answer, m.created_at FROM citations c JOIN messages m ON m.id = c.message_id
WHERE (c.interview_id, c.turn) IN (FROM places) ORDER BY m.created_at, c.n
""",
    "personas": """
SELECT interview_id, interview, label, title, is_decided, decided_by, decided_at, score FROM interviews_by_persona
WHERE persona_id IS NOT NULL AND interview_id IN (SELECT interview_id FROM said) ORDER BY interview_id
""",
    "portraits": """
SELECT p.label, q.interview_id, q.turn, q.text FROM persona_quotes q JOIN personas p ON p.id = q.persona_id
WHERE (q.interview_id, q.turn) IN (FROM places) ORDER BY ALL
""",
}


class Studied(Protocol):
    """The study that they took part in."""

    name: str

    def rows_of(self, query: str, parameters: Mapping[str, object]) -> "pd.DataFrame": ...

    def told_of_export(self) -> None: ...


class Participant:
    """One person, by the name that they go by in the transcripts: as corrected, or as the files have it.

    Attributes:
        name: what they are called.
    """

    def __init__(self, study: Studied, name: str, known: list[str]) -> None:
        self.name = name
        self._study = study
        if name not in known:
            there = ", ".join(f"“{one}”" for one in known) or "nobody yet"
            raise InvalidRequest(f"“{name}” took part in no interview that has been analysed. Who did: {there}.")

    @property
    def turns(self) -> "pd.DataFrame":
        """A row for each turn of theirs, in every interview."""
        return self._part("turns")

    @property
    def interviews(self) -> list[str]:
        """The titles of the interviews that they took part in."""
        return list(self._part("interviews")["title"])

    def export(self, path: str | Path) -> Path:
        """Write all that is kept by them and about them into a zip, and return where.

        `participant.json` has it in parts: interviews, turns, quotes and the findings, summaries and insights that
        rest on their words, profile, codes and notes at their turns, answers that cite them, and the personas of
        their interviews. `said.txt` is what they said, to read. Files as they were uploaded are not in it: others
        may speak in them; `interview.export()` and the board's Download give them.

        Args:
            path: such as `"mina.zip"`; a file that is there is replaced.

        Raises:
            InvalidRequest: it can't be written.
        """
        parts = {name: json.loads(self._part(name).to_json(orient="records", date_format="iso")) for name in PARTS}
        whole = {"study": self._study.name, "participant": self.name, **parts}
        target = Path(path).expanduser().resolve()
        with replaced(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("participant.json", json.dumps(whole, ensure_ascii=False, indent=2))
            archive.writestr("said.txt", _read(parts["turns"]))
        self._study.told_of_export()
        return target

    def _part(self, name: str) -> "pd.DataFrame":
        return self._study.rows_of(SAID + PARTS[name], {"name": self.name})

    def __repr__(self) -> str:
        titles = self.interviews
        return f"{self.name}: {len(self.turns):,} turns in {', '.join(f'“{title}”' for title in titles)}"

    def _repr_html_(self) -> str:
        return f'<p dir="auto">{escape(repr(self))}</p>'


def _read(turns: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    for turn in turns:
        if f"# {turn['interview']}" not in lines:
            lines.append(f"# {turn['interview']}")
        lines.append(turn["text"])
    return "\n\n".join(lines) + "\n"
