"""In what unit a file counts its positions.

The standard counts code points of the plain text. It doesn't say what becomes of line endings and of a byte order
mark, and some programs count UTF-16 units. So texts are written with line feeds alone and without a mark, where all
ways of counting but UTF-16 are the same; and of a text that is read, the way is taken in which most selections begin
with the words that they are named by. Where nothing tells, it is the standard's.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, product

Place = Callable[[int], int]

BREAK = re.compile(r"\r\n?")
# So much of a selection's name is compared; programs cut names, and add dots to what they cut.
COMPARED = 24
LEAST = 3


def with_line_feeds(text: str) -> tuple[str, Place]:
    """Return the text with line feeds as its only line endings, and where each of its places is there."""
    gone = [found.start() for found in BREAK.finditer(text) if found.end() - found.start() == 2]
    return BREAK.sub("\n", text), lambda place: place - bisect_left(gone, place)


def of_line_feeds(text: str) -> Place:
    """Return the way back: where in `text` a place is that was counted with line feeds alone."""
    gone = [found.start() for found in BREAK.finditer(text) if found.end() - found.start() == 2]
    # The nth carriage return that is gone stood n places further on.
    at = [place - n for n, place in enumerate(gone)]
    return lambda place: place + bisect_left(at, place)


def of_utf16(text: str) -> Place:
    """Return which code point of `text` a place is that was counted in UTF-16 units."""
    units = list(accumulate((2 if ord(character) > 0xFFFF else 1 for character in text), initial=0))
    return lambda place: max(0, bisect_right(units, place) - 1) if place < units[-1] else len(text) + place - units[-1]


def counted(text: str, named: Sequence[tuple[int, str]], *, had_mark: bool) -> Place:
    """Return how to get from the file's positions to code points of `text`.

    Args:
        named: the file's start position and the name of each selection.
        had_mark: whether a byte order mark stood before the text.
    """
    has_returns = "\r\n" in text
    has_wide = any(character > "\uffff" for character in text)
    told = [(start, _plain(name)[:COMPARED]) for start, name in named]
    told = [(start, name) for start, name in told if len(name) >= LEAST]
    ways = list(product((False, True)[: 1 + has_wide], (False, True)[: 1 + has_returns], (0, 1)[: 1 + had_mark]))
    if len(ways) == 1 or not told:
        return lambda place: place
    places = [_way(text, is_utf16=wide, is_fed=fed, ahead=ahead) for wide, fed, ahead in ways]
    scores = [sum(_begins(text, place(start), name) for start, name in told) for place in places]
    return places[scores.index(max(scores))]


def _way(text: str, *, is_utf16: bool, is_fed: bool, ahead: int) -> Place:
    base = with_line_feeds(text)[0] if is_fed else text
    wide: Place = of_utf16(base) if is_utf16 else lambda place: place
    fed: Place = of_line_feeds(text) if is_fed else lambda place: place
    return lambda place: fed(wide(place - ahead))


def _begins(text: str, start: int, name: str) -> int:
    """Return 2 where the words of the name begin at this very place, 1 where white space is before them, else 0."""
    found = text[start : start + 4 * COMPARED] if start >= 0 else ""
    return (1 + (not found[0].isspace())) if found and _plain(found).startswith(name) else 0


def _plain(name: str) -> str:
    return " ".join(name.split()).rstrip(".…").strip()
