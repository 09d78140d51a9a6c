"""Rows of a table as speech: by the headings of its columns, else as lines with the label in the first cell."""

from collections import Counter
from collections.abc import Mapping, Sequence

from persona_lab.errors import FileTooLarge
from persona_lab.transcripts.formats import columns as headings
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.spoken import LIMIT_SEGMENTS, Said, render
from persona_lab.transcripts.speech import Reading

Row = Sequence[object]


def said_in(rows: Sequence[Row], columns: Mapping[str, str] | None) -> list[Said] | None:
    """Return what the rows say, or None where no heading tells and no `columns` are given."""
    if len(rows) > LIMIT_SEGMENTS:
        raise FileTooLarge(f"it has more than {LIMIT_SEGMENTS:,} rows. Split it.")
    found = headings.named(rows, columns) if columns else headings.located(rows)
    return headings.read(rows[found[0] + 1 :], found[1]) if found else None


def read_rows(rows: Sequence[Row], encoding: str, columns: Mapping[str, str] | None) -> Reading:
    """Return the table as a Reading.

    Raises:
        UnreadableText: it has several columns, and nothing says which of them was said.
    """
    said = said_in(rows, columns)
    return render(said, encoding) if said is not None else _read_lines(rows, encoding)


def _read_lines(rows: Sequence[Row], encoding: str) -> Reading:
    """Return a table without headings as lines, the cells parted by tabs."""
    cells = [[fit(" ".join(str(cell).split())) for cell in row if cell is not None] for row in rows]
    text = "\n".join("\t".join(filter(None, row)) for row in cells)
    reading = read_layout(text, encoding, is_line_paragraph=True)
    is_wide = sum(sum(map(bool, row)) > 1 for row in cells) * 2 > sum(any(row) for row in cells)
    turns = Counter(one.speaker for one in reading.speech if one.speaker)
    # A first cell that never comes again is an answer, not a name.
    if is_wide and max(turns.values(), default=0) < 2:
        raise headings.unknown(rows)
    return reading
