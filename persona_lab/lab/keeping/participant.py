"""One person who took part, in however many interviews: all that a study keeps by them and about them, or no more."""

import json
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from persona_lab.errors import InvalidRequest
from persona_lab.lab.outgoing.files import replaced, target_of
from persona_lab.models import Erasure

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


WORDS = {
    "en": {
        "sure": "This erases “{name}” for good, for everybody: {what}. Insights, quotes, codes, notes, answers and "
        "portraits that rest on their words go, too. Nothing brings it back. "
        "If that is what you want: erase(sure=True).",
        "done": "Erased: {what}; {events}, {files}.",
        "turns": "{n:,} turn",
        "purged": "{n:,} interview with nobody else as a whole",
        "masked": "{n:,} interview with others, in which a mask takes the place of what they said, the file goes and "
        "the rest is analysed again",
        "events": "{n:,} event of the history emptied",
        "files": "{n:,} file removed",
        "remains": "What it could not reach:",
    },
    "ko": {
        "sure": "“{name}”을(를) 모두에게서 영구히 삭제합니다: {what}. 그 말에서 나온 인사이트, 인용, 코드, 메모, 답변, "
        "페르소나 설명도 사라지며 되돌릴 수 없습니다. 그래도 지우려면 erase(sure=True)라고 하세요.",
        "done": "삭제했습니다: {what}; {events}, {files}.",
        "turns": "발화 {n:,}개",
        "purged": "혼자 참여한 인터뷰 {n:,}건 전체",
        "masked": "함께 참여한 인터뷰 {n:,}건(그 사람의 말은 가리고, 파일은 지우고, 나머지는 다시 분석)",
        "events": "기록 {n:,}개를 비움",
        "files": "파일 {n:,}개를 지움",
        "remains": "닿지 못한 것:",
    },
}
# What is counted in English has another word for more than one.
SEVERAL = (("turn", "turns"), ("interview", "interviews"), ("event", "events"), ("file", "files"))


class Studied(Protocol):
    """The study that they took part in."""

    name: str
    locale: str

    def rows_of(self, query: str, parameters: Mapping[str, object]) -> "pd.DataFrame": ...

    def told_of_export(self) -> None: ...

    def erase_participant(self, name: str, *, sure: bool) -> Erasure: ...


class Erased:
    """What was erased, in a sentence.

    Attributes:
        told: the same in numbers: interviews purged and masked, turns, events, files; `remains` is what it could not
            reach, in sentences.
    """

    def __init__(self, told: Erasure, locale: str) -> None:
        self.told = told
        self._locale = locale

    def __repr__(self) -> str:
        words = WORDS[self._locale]
        counts = {key: _counted(self._locale, key, getattr(self.told, key)) for key in ("events", "files")}
        said = words["done"].format(what=_what(self.told, self._locale), **counts)
        return "\n".join([said, words["remains"], *(f"  {one}" for one in self.told.remains)])

    def _repr_html_(self) -> str:
        first, *rest = repr(self).splitlines()
        items = "".join(f"<li>{escape(one.strip())}</li>" for one in rest[1:])
        return f'<p dir="auto">{escape(first)}</p><p>{escape(rest[0])}</p><ul>{items}</ul>'


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
        target = target_of(path)
        with replaced(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("participant.json", json.dumps(whole, ensure_ascii=False, indent=2))
            archive.writestr("said.txt", _read(parts["turns"]))
        self._study.told_of_export()
        return target

    def erase(self, *, sure: bool = False) -> Erased:
        """Remove all that is kept by them and about them for good, for everybody and beyond recall.

        Where nobody else is interviewed the interview is purged, be it in the trash or not. Where others are, a mask
        as long as what they said takes its place, so that everybody else's words, codes and notes stay where they
        stand; their name goes from the speakers, the title and what others say; the file can't be downloaded any
        more; and the interview is analysed again without them. What rests on their words goes with them: findings,
        quotes, insights, codes and notes at their turns, portraits, conversations about the interview alone, and
        others from the question on whose answer cites, names or quotes them. Other people's copies lose it, too.
        The history says who erased somebody and when, and not whom.

        Args:
            sure: without it nothing is done but saying what would be.

        Returns:
            What was erased, in a sentence; `.told.remains` is what could not be reached. Interviews they did not take
            part in stay as they are, even if others speak of them there.

        Raises:
            InvalidRequest: nobody said that they are sure; the message says what would go.
            Forbidden: you don't own or administer the project.
            ParticipantNotFound: they were erased before.
            Conflict: an interview of theirs is being analysed still.
        """
        told = self._study.erase_participant(self.name, sure=sure)
        if not sure:
            what = _what(told, self._study.locale)
            raise InvalidRequest(WORDS[self._study.locale]["sure"].format(name=self.name, what=what))
        return Erased(told, self._study.locale)

    def _part(self, name: str) -> "pd.DataFrame":
        return self._study.rows_of(SAID + PARTS[name], {"name": self.name})

    def __repr__(self) -> str:
        titles = self.interviews
        return f"{self.name}: {len(self.turns):,} turns in {', '.join(f'“{title}”' for title in titles)}"

    def _repr_html_(self) -> str:
        return f'<p dir="auto">{escape(repr(self))}</p>'


def _what(told: Erasure, locale: str) -> str:
    kinds = [key for key in ("purged", "masked") if getattr(told, key)]
    return ", ".join(_counted(locale, key, getattr(told, key)) for key in ("turns", *kinds))


def _counted(locale: str, key: str, n: int) -> str:
    said = WORDS[locale][key].format(n=n)
    if locale == "en" and n != 1:
        number, word, rest = f"{said} ".split(" ", 2)
        said = f"{number} {dict(SEVERAL)[word]} {rest}".strip()
    return said


def _read(turns: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    for turn in turns:
        if f"# {turn['interview']}" not in lines:
            lines.append(f"# {turn['interview']}")
        lines.append(turn["text"])
    return "\n\n".join(lines) + "\n"
