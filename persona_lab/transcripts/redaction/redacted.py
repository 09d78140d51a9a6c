"""A text with pseudonyms in it, and the exact way back to the text as it was."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from persona_lab.models import PrivateKind
from persona_lab.transcripts.redaction.finds import WORDS, Find

PSEUDONYM = re.compile(rf"\[(?:{'|'.join(word for pair in WORDS.values() for word in pair)})\d{{1,6}}\]")
OPENINGS = tuple(f"[{word}" for pair in WORDS.values() for word in pair)


@dataclass(frozen=True, slots=True)
class Hidden:
    """`pseudonym` stands at `start`..`end` of the redacted text for what stood at `raw_start`..`raw_end`."""

    start: int
    end: int
    raw_start: int
    raw_end: int
    kind: PrivateKind
    pseudonym: str
    original: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A redacted text; offsets are code points."""

    text: str
    hidden: tuple[Hidden, ...] = ()

    @classmethod
    def of(cls, raw: str, finds: Iterable[Find], pseudonyms: Mapping[tuple[PrivateKind, str], str]) -> "Redacted":
        """Return `raw` with each find replaced by the pseudonym of its (kind, key); finds are in order and apart."""
        text: list[str] = []
        hidden: list[Hidden] = []
        at = length = 0
        for find in finds:
            pseudonym = pseudonyms[find.kind, find.key]
            text += [raw[at : find.start], pseudonym]
            start = length + find.start - at
            length = start + len(pseudonym)
            hidden.append(Hidden(start, length, find.start, find.end, find.kind, pseudonym, raw[find.start : find.end]))
            at = find.end
        return cls("".join([*text, raw[at:]]), tuple(hidden))

    @property
    def raw(self) -> str:
        """The text as it was."""
        pieces, at = [], 0
        for one in self.hidden:
            pieces += [self.text[at : one.start], one.original]
            at = one.end
        return "".join([*pieces, self.text[at:]])

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of the redacted text stood; a pseudonym that it cuts counts whole."""
        number = bisect_right(self.hidden, start, key=lambda one: one.start)
        before = self.hidden[number - 1] if number else None
        number = bisect_left(self.hidden, end, key=lambda one: one.start)
        after = self.hidden[number - 1] if number else None
        first = before.raw_start if before and start < before.end else start + _shift(before)
        last = after.raw_end if after and end < after.end else end + _shift(after)
        return first, last

    def to_redacted(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of the raw text stands now; an original that it cuts counts whole."""
        number = bisect_right(self.hidden, start, key=lambda one: one.raw_start)
        before = self.hidden[number - 1] if number else None
        number = bisect_left(self.hidden, end, key=lambda one: one.raw_start)
        after = self.hidden[number - 1] if number else None
        first = before.start if before and start < before.raw_end else start - _shift(before)
        last = after.end if after and end < after.raw_end else end - _shift(after)
        return first, last

    def part(self, raw_start: int, raw_end: int) -> "Redacted":
        """Return the stretch that `raw_start`..`raw_end` became, as a text of its own."""
        start, end = self.to_redacted(raw_start, raw_end)
        inside = (
            replace(
                one,
                start=one.start - start,
                end=one.end - start,
                raw_start=one.raw_start - raw_start,
                raw_end=one.raw_end - raw_start,
            )
            for one in self.hidden
            if start <= one.start and one.end <= end
        )
        return Redacted(self.text[start:end], tuple(inside))


def _shift(before: Hidden | None) -> int:
    """Return by how much raw offsets exceed redacted ones behind this pseudonym."""
    return before.raw_end - before.end if before else 0


def restore(text: str, originals: Mapping[str, str]) -> str:
    """Return an engine's own words with the originals in place of the pseudonyms that are known."""
    return PSEUDONYM.sub(lambda found: originals.get(found[0], found[0]), text)


class Restoring:
    """Restores text that comes in pieces: what may be the beginning of a pseudonym waits for the rest of it."""

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        self._waiting = ""

    def take(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self._waiting + piece
        opened = text.rfind("[")
        tail = text[opened:] if opened >= 0 else ""
        self._waiting = tail if _may_become(tail) else ""
        return restore(text[: len(text) - len(self._waiting)], self._originals)

    def end(self) -> str:
        """Return what still waited."""
        waiting, self._waiting = self._waiting, ""
        return waiting


def _may_become(tail: str) -> bool:
    return bool(tail) and any(
        opening.startswith(tail) or (tail.startswith(opening) and re.fullmatch(r"\d{0,6}", tail[len(opening) :]))
        for opening in OPENINGS
    )
