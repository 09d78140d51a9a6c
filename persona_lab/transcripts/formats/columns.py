"""Which column of a table holds who speaks, what is said and when: by its heading, in Korean and English."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.formats.spoken import Said, moment
from persona_lab.transcripts.formats.wordlist import words

# The earlier a word stands, the more it is preferred.
HEADINGS: Mapping[str, Sequence[str]] = {
    "speaker": words("""
        speaker speakername speakerlabel speakerid speakermodellabel
        화자 발화자 발언자 화자명 발화자명 말한사람 참석자 참여자
        who person participant name 이름 성명 author from user role
    """),
    "text": words("""
        text body transcript utterance transcription speech said whatwassaid words sentence
        발화 발화내용 발언 발언내용 텍스트 내용 대화 대화내용 녹취 녹취내용 전사 전사내용 문장 대사 본문 원문 말
        content message dialogue dialog comment
    """),
    "time": words("""
        start starttime startts startoffset begin begintime in timestamp timecode time ts offset
        시작 시작시간 시작시각 타임코드 타임스탬프 시간 시각
    """),
    "until": words("end endtime endts endoffset stop stoptime out 종료 종료시간 종료시각 끝 끝시간"),
}
KINDS = ("speaker", "text", "time", "until")
HEADING_ROWS = 20
LONGEST_HEADING = 40
MARKS = re.compile(r"[\W_]+")
MILLISECONDS = re.compile(r"(?:ms|msec|milliseconds|밀리초)$")


@dataclass(frozen=True)
class Columns:
    """The positions of the columns in a row; `is_milliseconds` where the times' heading says so."""

    text: int
    speaker: int | None = None
    time: int | None = None
    until: int | None = None
    is_milliseconds: bool = False

    def said(self, row: Sequence[object]) -> Said:
        speaker = _cell(row, self.speaker)
        return Said(
            str(speaker) if speaker is not None else None,
            str(_cell(row, self.text) or ""),
            self._seconds(_cell(row, self.time)),
            self._seconds(_cell(row, self.until)),
        )

    def _seconds(self, value: object) -> float | None:
        if isinstance(value, timedelta):
            value = value.total_seconds()
        if value is None:
            return None
        if self.is_milliseconds and isinstance(value, int | float | str):
            found = moment(str(value).partition(".")[0].rjust(4, "0")[:-3] or "0")
            part = str(value).partition(".")[0].rjust(4, "0")[-3:]
            return found + int(part) / 1000 if found is not None and part.isascii() and part.isdigit() else None
        return moment(value)


def find(headings: Sequence[object], *, is_first: bool = True) -> Columns | None:
    """Return the columns that a row of headings names, or None where it is no such row.

    A row that names nothing but the text counts only if it `is_first`: a cell
    that says "text" may be somebody's answer.
    """
    plain = [_plain(heading) for heading in headings]
    found = {kind: _position(plain, known) for kind, known in HEADINGS.items()}
    text = found["text"]
    if text is None or (found["speaker"] is None and found["time"] is None and not is_first):
        return None
    time = found["time"]
    is_milliseconds = time is not None and _is_milliseconds(headings[time])
    return Columns(text, found["speaker"], time, found["until"], is_milliseconds)


def named(rows: Sequence[Sequence[object]], columns: Mapping[str, str]) -> tuple[int, Columns]:
    """Return the number of the row of headings and the columns that `columns` names by their headings.

    Raises:
        UnreadableText: `columns` names what is no column's use, or no row has these headings.
    """
    if unknown := set(columns) - set(KINDS):
        raise UnreadableText(f"columns can be {', '.join(KINDS)}; {', '.join(sorted(unknown))} can't be given.")
    if "text" not in columns:
        raise UnreadableText('say which column holds the words: columns={"text": "…"}.')
    for number, row in enumerate(rows[:HEADING_ROWS]):
        plain = [_folded(cell) for cell in row]
        places = {kind: plain.index(_folded(name)) for kind, name in columns.items() if _folded(name) in plain}
        if len(places) == len(columns):
            return number, Columns(
                places["text"],
                places.get("speaker"),
                places.get("time"),
                places.get("until"),
                _is_milliseconds(columns.get("time")),
            )
    raise UnreadableText(f"it has no columns {_listed(columns.values())}. {_those(rows)}")


def located(rows: Sequence[Sequence[object]]) -> tuple[int, Columns] | None:
    """Return the number of the row of headings and its columns, or None where no row among the first is one."""
    is_first = True
    for number, row in enumerate(rows[:HEADING_ROWS]):
        if found := find(row, is_first=is_first):
            return number, found
        is_first = is_first and not any(_folded(cell) for cell in row)
    return None


def unknown(rows: Sequence[Sequence[object]]) -> UnreadableText:
    """Return the error for a table whose columns can't be told."""
    return UnreadableText(
        "it is a table, and no heading says which column holds what was said. Name that column “text” and the one "
        f'that says who speaks “speaker”, or upload it with columns={{"text": …, "speaker": …}}. {_those(rows)}'
    )


def read(rows: Iterable[Sequence[object]], columns: Columns) -> list[Said]:
    """Return what the rows say. A row without a speaker goes on with the one above, as merged cells do."""
    said: list[Said] = []
    for row in rows:
        one = columns.said(row)
        if not one.words.strip():
            continue
        if columns.speaker is not None and not (one.speaker or "").strip() and said:
            one = Said(said[-1].speaker, one.words, one.time, one.until)
        said.append(one)
    return said


def _position(plain: Sequence[str], known: Sequence[str]) -> int | None:
    return next((plain.index(word) for word in known if word in plain), None)


def _is_milliseconds(heading: object) -> bool:
    return bool(MILLISECONDS.search(_folded(heading)))


def _plain(heading: object) -> str:
    return MILLISECONDS.sub("", _folded(heading)) if heading is not None else ""


def _folded(heading: object) -> str:
    text = str(heading) if heading is not None else ""
    return MARKS.sub("", text.casefold()) if len(text) <= LONGEST_HEADING else ""


def _cell(row: Sequence[object], position: int | None) -> object:
    return row[position] if position is not None and position < len(row) else None


def _those(rows: Sequence[Sequence[object]]) -> str:
    first = next((row for row in rows if any(_folded(cell) for cell in row)), ())
    return f"Its first row is: {_listed(str(cell) for cell in first if cell is not None)}."


def _listed(names: Iterable[object]) -> str:
    shown = [f"“{' '.join(str(name).split())[:30]}”" for name in names]
    return ", ".join(shown[:8]) + (" …" if len(shown) > 8 else "")
