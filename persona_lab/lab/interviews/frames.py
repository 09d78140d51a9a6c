"""Interviews in a table: a row each, or a row for each turn."""

import csv
import io
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.lab.incoming import files
from persona_lab.lab.incoming.files import File

if TYPE_CHECKING:
    import pandas as pd

# What a column is called, the surest name first.
HEADERS = {
    "text": ("text", "transcript", "utterance", "content", "발화", "발화내용", "내용", "텍스트", "전사", "본문"),
    "speaker": ("speaker", "speaker name", "화자", "발화자", "발언자", "말한 사람"),
    "interview": (
        "interview",
        "interview id",
        "interview title",
        "session",
        "title",
        "file",
        "filename",
        "인터뷰",
        "면담",
        "제목",
        "파일",
    ),
    "time": ("time", "timestamp", "start", "start time", "시간", "시각", "시작"),
}
EXAMPLE = 'project.upload_rows(frame, text="said", speaker="who", interview="session")'


class Columns(NamedTuple):
    """Which column of a table is what; None where there is none."""

    text: Hashable
    speaker: Hashable | None
    interview: Hashable | None
    time: Hashable | None


def columns(frame: "pd.DataFrame", **given: Hashable | None) -> Columns:
    """Return the columns that were given, and find the others by their headers.

    Raises:
        InvalidRequest: a column is not there, or none holds the text; the message lists those there are.
    """
    if not hasattr(frame, "itertuples"):
        raise InvalidRequest(f"{type(frame).__name__} is no table. Give a pandas DataFrame: {EXAMPLE}.")
    there = ", ".join(map(str, frame.columns))
    for column in given.values():
        if column is not None and not (isinstance(column, Hashable) and column in frame.columns):
            raise InvalidRequest(f"There is no column “{column}”. The columns are: {there}.")
    found = {kind: _found(frame, kind) if given.get(kind) is None else given[kind] for kind in HEADERS}
    if found["text"] is None:
        raise InvalidRequest(f"No column is called text, so name the one that holds it: {EXAMPLE}. There are: {there}.")
    return Columns(**found)


def transcripts(frame: "pd.DataFrame", its: Columns, title: str | None) -> list[File]:
    """Return one transcript for each interview in the table, in the order of its rows.

    Rows of a speaker are turns of the interview they name. Without speakers each row
    is an interview, or a paragraph of the one it names.

    Args:
        title: names the one interview that all rows are of, where no column does.

    Raises:
        InvalidRequest: rows have speakers and nothing says of which interview they are.
    """
    if not (title is None or isinstance(title, str)):
        raise InvalidRequest(f'{title!r} is no title. Say whose interview it is, e.g. title="Mina, 34".')
    if its.interview is None and title is None and its.speaker is not None:
        raise InvalidRequest(
            "Nothing says of which interview each row is. Name the column, interview=…, or, if all are of one, its "
            "title=…."
        )
    groups: dict[str | None, list[list[str]]] = {}
    for number, row in enumerate(_values(frame, its), 1):
        said, speaker, interview, time = row
        if its.interview is None:
            interview = title if title is not None else f"Row {number}"
        if said:
            groups.setdefault(interview or None, []).append([speaker, time, said])
    if not groups:
        raise InvalidRequest(f"No row has a text in the column “{its.text}”.")
    return [_file(interview, rows, its) for interview, rows in groups.items()]


def _found(frame: "pd.DataFrame", kind: str) -> Hashable | None:
    called = {str(column).strip().casefold().replace("_", " "): column for column in reversed(list(frame.columns))}
    return next((called[name] for name in HEADERS[kind] if name in called), None)


def _values(frame: "pd.DataFrame", its: Columns) -> Iterable[tuple[str, str, str, str]]:
    """Yield text, speaker, interview and time of each row, "" where there is none."""
    wanted = [its.text, its.speaker, its.interview, its.time]
    taken = [[""] * len(frame) if column is None else _strings(frame, column) for column in wanted]
    yield from zip(*taken, strict=True)


def _strings(frame: "pd.DataFrame", column: Hashable) -> list[str]:
    values = frame[column]
    if values.ndim != 1:
        raise InvalidRequest(f"Several columns are called “{column}”. Rename them, so that one is.")
    return ["" if is_missing else str(value).strip() for value, is_missing in zip(values, values.isna(), strict=True)]


def _file(interview: str | None, rows: list[list[str]], its: Columns) -> File:
    if interview is None:
        error = InvalidRequest(
            f"rows without an interview: {len(rows)} have nothing in the column “{its.interview}”. Fill it in."
        )
        return File("rows without an interview", "", "", files.unreadable(error))
    title = interview[:200]
    name = files.name_for(title)
    if its.speaker is None:
        text = "\n\n".join(said for _, _, said in rows)
        return File(f"{name}.txt", title, "", lambda: files.encoded(text, title))
    written = io.StringIO()
    csv.writer(written).writerows([["speaker", "time", "text"], *rows])
    return File(f"{name}.csv", title, "", lambda: files.encoded(written.getvalue(), title))
