"""From pieces of text at places on pages to lines in the order in which they are read.

A page is read from top to bottom, the pieces of one line from left to right,
so that a speaker's name in the margin stands before the words beside it; a page
set in columns is read in the order in which the file draws it. What comes again
on most pages at the top or bottom is a running header, footer or page number.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

DIGITS = re.compile(r"[0-9]+")
PAGE_NUMBER = re.compile(r"(?:page|p\.?|쪽|페이지)?\s*#\s*(?:(?:/|of|중)\s*#)?\s*(?:쪽|페이지|page)?")
NUMBER = re.compile(r"[0-9]{1,4}[.)]?")
HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n(?=[a-z\u00df-\u00ff])|\u00ad\n?")
# Lines at the top and at the bottom of a page that may belong to every page.
EDGE = 3
# Pieces this far apart, in heights of letters, are not words of one line of text.
GAP = 2.0
LEAST_LINE_NUMBERS = 3
COLUMN_CHARACTERS = 20
PARAGRAPH_GAP = 1.4


@dataclass(frozen=True)
class Piece:
    """Text that begins at `x`, ends about `end`, stands on the line `y` (upwards) and is `height` tall."""

    x: float
    end: float
    y: float
    height: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line of a page and how far above it the one before stands, None for the first."""

    text: str
    distance: float | None = None


def lines_of(pieces: Sequence[Piece]) -> list[Line]:
    """Return the lines of one page from top to bottom."""
    rows = _rows(sorted(pieces, key=lambda piece: -piece.y))
    if _is_in_columns(rows):
        rows = _rows(pieces)
    lines: list[Line] = []
    for number, row in enumerate(rows):
        distance = rows[number - 1][0].y - row[0].y if number else None
        lines.append(Line(_joined(row), distance))
    return lines


def text_of(pages: Sequence[Sequence[Line]]) -> tuple[str, bool]:
    """Return the pages as one text, and whether running lines were left out.

    Paragraphs are parted by blank lines where the page parts them, and words
    that were hyphenated at the end of a line are whole again.
    """
    running = _running(pages)
    kept = [
        [line for place, line in enumerate(page) if not (_is_edge(place, page) and _shape(line.text) in running)]
        for page in pages
    ]
    distances = sorted(line.distance for page in kept for line in page if line.distance and line.distance > 0)
    # Where most paragraphs are one line, the distance between lines is not the usual one but among the small ones.
    usual = distances[len(distances) // 4] if distances else 0.0
    text = "\n".join(_spaced(kept, usual))
    return HYPHENATED.sub("", text), bool(running)


def _spaced(pages: Sequence[Sequence[Line]], usual: float) -> Iterator[str]:
    for page in pages:
        for place, line in enumerate(page):
            if place and usual and line.distance is not None and line.distance > PARAGRAPH_GAP * usual:
                yield ""
            yield line.text


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces on one line together, in the order given, each row from left to right."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and abs(rows[-1][0].y - piece.y) <= 0.35 * max(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.x) for row in rows]


def _joined(row: Sequence[Piece]) -> str:
    text = row[0].text
    for before, piece in pairwise(row):
        apart = piece.x - before.end > 0.15 * piece.height
        text += f" {piece.text}" if apart and not text.endswith(" ") else piece.text
    return " ".join(text.split())


def _is_in_columns(rows: Sequence[Sequence[Piece]]) -> bool:
    """Whether long text stands beside long text; a short piece on the left is a speaker's name or a time."""
    parted = [
        len(" ".join(piece.text for piece in row[:number]).strip())
        for row in rows
        for number in range(1, len(row))
        if row[number].x - row[number - 1].end > GAP * row[number].height
    ]
    return len(parted) >= 3 and len(parted) * 3 >= len(rows) and median(parted) >= COLUMN_CHARACTERS


def without_line_numbers(pages: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Return the pages without numbers that count lines or turns in the margin."""
    numbered = {id(piece) for page in pages for piece in _in_margin(page)}
    if len(numbered) < LEAST_LINE_NUMBERS:
        return [list(page) for page in pages]
    return [[piece for piece in page if id(piece) not in numbered] for page in pages]


def _in_margin(page: Sequence[Piece]) -> list[Piece]:
    margin = min((piece.x for piece in page if not NUMBER.fullmatch(piece.text.strip())), default=None)
    if margin is None:
        return []
    return [piece for piece in page if NUMBER.fullmatch(piece.text.strip()) and piece.x < margin - piece.height / 2]


def _running(pages: Sequence[Sequence[Line]]) -> set[str]:
    """Return the shapes of lines that come at the edge of at least half of the pages, and nowhere else."""
    edges = Counter(shape for page in pages for shape in {_shape(line.text) for line in _edge(page)})
    inside = {_shape(line.text) for page in pages for place, line in enumerate(page) if not _is_edge(place, page)}
    enough = max(2, (len(pages) + 1) // 2)
    recurring = {shape for shape, count in edges.items() if shape and count >= enough and shape not in inside}
    numbers = {shape for shape in edges if PAGE_NUMBER.fullmatch(shape) and (shape != "#" or len(pages) > 1)}
    return recurring | {shape for shape in numbers if edges[shape] >= enough or "/" in shape or "page" in shape}


def _edge(page: Sequence[Line]) -> Iterator[Line]:
    return (line for place, line in enumerate(page) if _is_edge(place, page))


def _is_edge(place: int, page: Sequence[Line]) -> bool:
    # On a page of a few lines most are speech.
    edge = min(EDGE, max(len(page) // 4, 1))
    return place < edge or place >= len(page) - edge


def _shape(text: str) -> str:
    """Return the line with every number alike, so that "page 3" is "page 4"."""
    return DIGITS.sub("#", " ".join(text.casefold().split())).strip("-–—·|[]() ")
