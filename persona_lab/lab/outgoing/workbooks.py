"""Tables as the sheets of an Excel workbook, in which nothing that anybody said becomes a formula or a link."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from persona_lab.errors import InvalidRequest
from persona_lab.lab.outgoing.files import replaced
from persona_lab.lab.outgoing.tables import flat

if TYPE_CHECKING:
    import pandas as pd

# Excel's own limits: support.microsoft.com, "Excel specifications and limits".
LIMIT_ROWS: Final = 1_048_576
LIMIT_COLUMNS: Final = 16_384
LIMIT_CELL: Final = 32_767
LIMIT_NAME: Final = 31
FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# Before 1900 Excel has no dates.
FIRST_YEAR: Final = 1900
WIDTHS: Final = (8, 60)
CUT: Final = "…"


def write_workbook(path: Path, tables: "Mapping[str, pd.DataFrame]") -> list[str]:
    """Write the tables as sheets and return what could not be kept, in sentences.

    Raises:
        InvalidRequest: a table is larger than a sheet can be, or the file can't be written.
    """
    import xlsxwriter

    sheets = {name: flat(frame) for name, frame in tables.items()}
    for name, frame in sheets.items():
        if len(frame) >= LIMIT_ROWS or len(frame.columns) > LIMIT_COLUMNS:
            raise InvalidRequest(
                f"{name} has {len(frame):,} rows and {len(frame.columns):,} columns; a sheet holds {LIMIT_ROWS - 1:,} "
                f"and {LIMIT_COLUMNS:,}. Save it as .parquet or .csv."
            )
    remarks = []
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with replaced(path) as beside:
        # It would be found when the book is closed, which leaves a part of it behind.
        _check_whole(sheets.values())
        try:
            book = xlsxwriter.Workbook(beside, options)
            # The same tables give the same file.
            book.set_properties({"created": datetime(2000, 1, 1)})
            for (name, frame), sheet in zip(sheets.items(), sheet_names(sheets), strict=True):
                cut = _Sheet(book, sheet).write(frame)
                if cut:
                    cells = "1 cell was" if cut == 1 else f"{cut:,} cells were"
                    remarks.append(
                        f"{name}: {cells} cut to the {LIMIT_CELL:,} characters that Excel takes; .parquet keeps all."
                    )
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(str(error)) from None
    return remarks


def sheet_names(names: Mapping[str, object]) -> list[str]:
    """Return names that Excel takes: 1 to 31 characters, none of `FORBIDDEN`, no apostrophe at the ends, each once."""
    found: list[str] = []
    for name in names:
        base = FORBIDDEN.sub(" ", str(name)).strip().strip("'").strip() or "Sheet"
        base = "History (1)" if base.casefold() == "history" else base
        wanted, number = _within(base, LIMIT_NAME), 2
        while wanted.casefold() in {other.casefold() for other in found}:
            tail = f" ({number})"
            wanted, number = _within(base, LIMIT_NAME - len(tail)) + tail, number + 1
        found.append(wanted)
    return found


def _check_whole(frames: "Iterable[pd.DataFrame]") -> None:
    """Raise UnicodeEncodeError where half of a character is in a table."""
    for frame in frames:
        for name in frame.columns:
            name.encode()
            for value in frame[name]:
                if isinstance(value, str):
                    value.encode()


class _Sheet:
    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"})
        self._plain = book.add_format({"valign": "top"})

    def write(self, frame: "pd.DataFrame") -> int:
        """Write all cells and return how many were cut."""
        cut = 0
        for column, name in enumerate(frame.columns):
            values = frame.iloc[:, column].tolist()
            self._sheet.set_column(column, column, _width(name, values))
            self._sheet.write_string(0, column, _within(name, LIMIT_CELL), self._head)
            for row, value in enumerate(values, start=1):
                cut += self._cell(row, column, value)
        self._sheet.freeze_panes(1, 0)
        if len(frame.columns) and len(frame):
            self._sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        return cut

    def _cell(self, row: int, column: int, value: Any) -> bool:
        if value is None:
            return False
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value, self._plain)
        elif isinstance(value, int | float) and abs(value) < 1e15:
            self._sheet.write_number(row, column, value, self._plain)
        elif isinstance(value, datetime) and value.year >= FIRST_YEAR:
            self._sheet.write_datetime(row, column, value.replace(tzinfo=None), self._time)
        elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= FIRST_YEAR:
            self._sheet.write_datetime(row, column, value, self._day)
        else:
            text = str(value)
            kept = _within(text, LIMIT_CELL)
            self._sheet.write_string(row, column, kept, self._text)
            return kept != text
        return False


def _width(name: str, values: list[Any]) -> int:
    # Korean letters are twice as wide.
    widest = max(sum(2 if ord(c) > 0x1100 else 1 for c in str(value)[:80]) for value in [name, *values[:200]])
    return min(max(widest + 2, WIDTHS[0]), WIDTHS[1])


def _within(text: str, limit: int) -> str:
    """Return the text, cut where it has more UTF-16 units than the limit: so Excel counts."""
    raw = text.encode("utf-16-le", "replace")
    if len(raw) // 2 <= limit:
        return text
    return raw[: 2 * (limit - len(CUT))].decode("utf-16-le", "ignore").rstrip() + CUT
