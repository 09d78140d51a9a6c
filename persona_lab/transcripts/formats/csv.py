"""Comma- and tab-separated tables, whatever they are separated by."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from itertools import islice

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.columns import located
from persona_lab.transcripts.formats.spoken import LIMIT_SEGMENTS
from persona_lab.transcripts.formats.table import read_rows
from persona_lab.transcripts.speech import Reading

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_CHARACTERS = 20_000
SAMPLE_ROWS = 30
LONGEST_CELL = 10_000_000


def read_csv(raw: bytes, columns: Mapping[str, str] | None = None) -> Reading:
    decoded = decode(raw)
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    rows = _rows(decoded.text, _delimiter(decoded.text))
    return decoded.stamp(read_rows(rows, decoded.encoding, columns))


def _delimiter(text: str) -> str:
    """Return what parts the cells: where headings are found, else what parts the first rows alike and most often."""
    sample = text[:SAMPLE_CHARACTERS]
    found: dict[str, tuple[bool, int]] = {}
    for delimiter in DELIMITERS:
        rows = [row for row in islice(_lenient(sample, delimiter), SAMPLE_ROWS) if row]
        widths = [len(row) for row in rows]
        usual = max(set(widths), key=widths.count, default=1)
        heading = located(rows)
        has_several = heading is not None and (heading[1].speaker is not None or heading[1].time is not None)
        found[delimiter] = (has_several, usual if widths.count(usual) * 2 > len(widths) else 1)
    return max(DELIMITERS, key=lambda delimiter: found[delimiter])


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return _limited(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        # A quotation mark that is never closed would make one cell of all that follows.
        is_open = "end of data" in str(error) or "field limit" in str(error)
    try:
        source = StringIO(text, newline="")
        if is_open:
            return _limited(csv.reader(source, delimiter=delimiter, quoting=csv.QUOTE_NONE))
        return _limited(csv.reader(source, delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableText(
            "its quotation marks don't fit together. Open it in a spreadsheet and save it again."
        ) from error


def _lenient(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _limited(rows: Iterator[list[str]]) -> list[list[str]]:
    return list(islice((row for row in rows if any(row)), LIMIT_SEGMENTS + 1))
