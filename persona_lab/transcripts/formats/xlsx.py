"""Excel workbooks: the sheets whose headings say who speaks and what. Formulas and macros are never run."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from warnings import catch_warnings, simplefilter

from persona_lab.errors import FileTooLarge, UnreadableText
from persona_lab.transcripts.archive import Archive
from persona_lab.transcripts.formats.spoken import Said, render
from persona_lab.transcripts.formats.table import read_rows, said_in
from persona_lab.transcripts.markup import declares_entities
from persona_lab.transcripts.speech import Reading

# A row may claim to end in column 16,384, and the rows to be a billion.
LIMIT_COLUMNS = 200
LIMIT_ROWS = 1_100_000
LIMIT_CELLS = 500_000


def read_xlsx(raw: bytes, columns: Mapping[str, str] | None = None) -> Reading:
    _check(Archive(raw))
    with catch_warnings():
        # It warns of styles and validations that it doesn't know; only values are read here.
        simplefilter("ignore")
        sheets = {name: rows for name, rows in _sheets(raw) if rows}
    said = {name: found for name, rows in sheets.items() if (found := _said(rows, columns)) is not None}
    if not said:
        return read_rows(next(iter(sheets.values()), []), "utf-8", columns)
    reading = render([one for found in said.values() for one in found], "utf-8")
    others = [name for name in sheets if name not in said]
    if not others:
        return reading
    remark = f"Sheets without headings for speech were left out: {', '.join(others)[:200]}."
    return Reading(reading.text, reading.encoding, reading.speech, remarks=(remark,))


def _check(archive: Archive) -> None:
    for name in archive.names:
        if name.lower().endswith((".xml", ".rels")) and declares_entities(archive.read(name)):
            raise UnreadableText(
                "its XML declares entities (<!DOCTYPE>), as no spreadsheet does. Save it again in Excel."
            )


def _said(rows: list[tuple[object, ...]], columns: Mapping[str, str] | None) -> list[Said] | None:
    try:
        return said_in(rows, columns)
    except UnreadableText:
        return None


def _sheets(raw: bytes) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    # Loaded here: openpyxl takes 0.3 s, and few transcripts are spreadsheets.
    from openpyxl import load_workbook

    workbook = load_workbook(BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                yield str(sheet.title), _rows(sheet)
    finally:
        workbook.close()


def _rows(sheet: Any) -> list[tuple[object, ...]]:
    sheet.reset_dimensions()
    rows: list[tuple[object, ...]] = []
    cells = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        cells += len(row)
        if number > LIMIT_ROWS or cells > LIMIT_CELLS:
            raise FileTooLarge(f"a sheet has more than {LIMIT_CELLS:,} cells. Split it.")
        if any(cell is not None for cell in row):
            rows.append(tuple(row[:LIMIT_COLUMNS]))
    return rows
