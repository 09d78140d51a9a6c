"""Tables as files: CSV that Excel opens rightly in Korean, too, and Parquet; for workbooks see `workbooks`.

A participant's words may begin as a formula does, and a spreadsheet would run them. CSV has no way to say
"this is text", so such a cell gets an apostrophe before it there, as OWASP recommends; in a workbook it is
marked as text, and Parquet keeps every character and every type.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona_lab.errors import InvalidRequest
from persona_lab.lab.outgoing.files import replaced

if TYPE_CHECKING:
    import pandas as pd

# What begins a formula in one of the spreadsheet programs.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, frame: "pd.DataFrame") -> None:
    """Write a table as CSV in UTF-8 with a byte order mark, without which Excel in Korea reads CP949."""
    plain = flat(frame)
    plain = plain.map(_defused)
    plain.columns = [_defused(name) for name in plain.columns]
    with replaced(path) as beside:
        plain.to_csv(beside, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_parquet(path: Path, frame: "pd.DataFrame") -> None:
    """Write a table as Parquet.

    Raises:
        InvalidRequest: it holds what Parquet has no type for.
    """
    import duckdb

    named = frame.copy(deep=False)
    named.columns = [str(name) for name in frame.columns]
    with replaced(path) as beside, duckdb.connect() as connection:
        try:
            connection.register("given", named)
            connection.execute(f"COPY (SELECT * FROM given) TO '{quoted(beside)}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608 - our own path
        except duckdb.Error as error:
            raise InvalidRequest(f"{path}: {error}") from None


def flat(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the table with cells that are text, numbers, truth values and times, or None.

    A list of texts is written with semicolons between them, what else has parts as JSON. A column of times with a
    zone is in UTC, and its heading says so.
    """
    columns: dict[str, list[Any]] = {}
    for number, name in enumerate(frame.columns):
        column = frame.iloc[:, number]
        heading = str(name)
        if getattr(column.dtype, "tz", None) is not None:
            column, heading = column.dt.tz_convert("UTC").dt.tz_localize(None), f"{heading} (UTC)"
        while heading in columns:
            heading += " "
        columns[heading] = [cell(value) for value in column.astype(object)]
    import pandas as pd

    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def cell(value: Any) -> Any:
    """Return a value as one cell can hold it; None for whatever stands for nothing."""
    import pandas as pd

    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        if all(isinstance(part, str) for part in value):
            return "; ".join(value)
        return json.dumps(list(value), ensure_ascii=False, default=str)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, default=str)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    return value


def quoted(path: Path) -> str:
    """Return a path for a string in SQL."""
    return str(path).replace("'", "''")


def _defused(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
