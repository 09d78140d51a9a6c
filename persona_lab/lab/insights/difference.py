"""What came, went and changed between two states of a study, as a cell shows it."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple

Change = Literal["came", "went", "changed", "kept"]
ORDER: tuple[Change, ...] = ("came", "went", "changed", "kept")
# A picture is stored in the notebook file; `table` has them all.
ROWS_SHOWN = 50


class Row(NamedTuple):
    """A finding or insight: what became of it, its words before and after, and what else there is to say."""

    change: Change
    kind: str
    before: str | None
    after: str | None
    note: str = ""


class Difference:
    """Two states of the same, side by side.

    Attributes:
        title: what is compared.
        reasons: what was other beside the results, in sentences: engine, model, purpose, speakers, interviews.
        reading: how many came, went and changed, as one line.
        table: a row for each finding or insight: change (came, went, changed, kept), kind, before, after, note.
    """

    def __init__(self, title: str, of: str, reasons: Sequence[str], rows: Sequence[Row]) -> None:
        import pandas as pd

        self.title = title
        self.reasons = list(reasons)
        self._rows = sorted(rows, key=lambda row: ORDER.index(row.change))
        counts = Counter(row.change for row in rows)
        self.reading = f"{of}: " + ", ".join(f"{counts[change]} {change}" for change in ORDER) + "."
        self.table = pd.DataFrame(self._rows, columns=list(Row._fields))

    def __repr__(self) -> str:
        lines = [self.title, self.reading, *(f"  {reason}" for reason in self.reasons)]
        for row in self._shown:
            lines.append(f"{_SIGNS[row.change]} {row.kind}: {_words(row)}" + (f" ({row.note})" if row.note else ""))
        if more := self._more:
            lines.append(more)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f'<p dir="auto"><strong>{escape(self.title)}</strong><br>{escape(self.reading)}</p>']
        if self.reasons:
            items = "".join(f'<li dir="auto">{escape(reason)}</li>' for reason in self.reasons)
            parts.append(f"<ul>{items}</ul>")
        if self._shown:
            left = 'style="text-align:left;vertical-align:top"'
            heads = "".join(f"<th {left}>{name}</th>" for name in ("Change", "Kind", "Before", "After"))
            body = "\n".join(_row_html(row, left) for row in self._shown)
            parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>")
        if more := self._more:
            parts.append(f"<p>{more}</p>")
        return "\n".join(parts)

    @property
    def _shown(self) -> list[Row]:
        return [row for row in self._rows if row.change != "kept"][:ROWS_SHOWN]

    @property
    def _more(self) -> str:
        more = sum(row.change != "kept" for row in self._rows) - ROWS_SHOWN
        return f"and {more:,} more" if more > 0 else ""


_SIGNS: dict[Change, str] = {"came": "+", "went": "−", "changed": "~", "kept": "="}


def _words(row: Row) -> str:
    if row.before is None or row.after is None or row.before == row.after:
        return row.after or row.before or ""
    return f"{row.before} → {row.after}"


def _row_html(row: Row, left: str) -> str:
    note = f"<br><small>{escape(row.note)}</small>" if row.note else ""
    words = "".join(f'<td dir="auto" {left}>{escape(text or "")}</td>' for text in (row.before, row.after))
    return f"<tr><td {left}>{_SIGNS[row.change]} {row.change}</td><td {left}>{escape(row.kind)}{note}</td>{words}</tr>"
