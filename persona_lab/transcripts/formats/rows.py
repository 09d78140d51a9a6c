"""How a row of a document's table stands in the text."""

from collections.abc import Iterator, Sequence


def row(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield one line, the cells parted by tabs; a row that is a single cell is a frame, and its lines stay lines."""
    if len(cells) == 1:
        yield from cells[0]
    else:
        yield "\t".join(" ".join(" ".join(line.split("\n")) for line in lines if line) for lines in cells)
