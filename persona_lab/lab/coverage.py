"""What part of what participants said no finding uses: what an analyst would otherwise never look at again.

Characters count without blanks, so that whoever's every word is quoted is used to 100 %.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from persona_lab.lab.amounts import percent
from persona_lab.replica import Replica

# In the picture; `unused` has them all.
STRETCHES_SHOWN = 10
INTERVIEWS_SHOWN = 100

TURNS = """
SELECT i.id, i.title, t.index, t.speaker, t.start, t.text
FROM turns t JOIN interviews i ON i.id = t.interview_id
WHERE t.role = 'participant' AND (CAST(? AS VARCHAR) IS NULL OR i.id = ?)
ORDER BY i.number, t.index
"""
USED = """
SELECT interview_id, turn, start, "end" FROM quotes WHERE CAST(? AS VARCHAR) IS NULL OR interview_id = ?
UNION SELECT interview_id, turn, start, "end" FROM summary_quotes WHERE CAST(? AS VARCHAR) IS NULL OR interview_id = ?
"""

Span = tuple[int, int]


class Said(NamedTuple):
    """A participant's turn, and the spans of its own text that findings or the summary use."""

    interview_id: str
    title: str
    turn: int
    speaker: str | None
    start: int
    text: str
    used: tuple[Span, ...]


class Share(NamedTuple):
    """How much of one interview is used: of all its participants' words, and of each third of them."""

    interview: str
    used: float
    first_third: float
    middle_third: float
    last_third: float
    characters: int
    turns: int
    unused_turns: int
    interview_id: str


class Stretch(NamedTuple):
    """Words of one turn that nothing uses; `start`..`end` are offsets in the transcript's text."""

    interview: str
    turn: int
    speaker: str | None
    text: str
    characters: int
    start: int
    end: int
    interview_id: str


class Coverage:
    """How much of what participants said stands behind findings, and what doesn't.

    Attributes:
        used: the share of all their words' characters that a finding or a summary quotes; NaN when they said nothing.
        reading: the same as one line.
        table: a row for each interview: share `used`, of all and of each third of what was said; `characters`,
            `turns`, and `unused_turns`, of which nothing is used.
        unused: every stretch that nothing uses, longest first: interview, turn, speaker, text, characters,
            and `start`..`end` in the transcript's text.
    """

    def __init__(self, said: Sequence[Said]) -> None:
        import pandas as pd

        groups: dict[str, list[Said]] = {}
        for turn in said:
            groups.setdefault(turn.interview_id, []).append(turn)
        self._shares = [_of_interview(turns) for turns in groups.values()]
        stretches = [stretch for turn in said for stretch in _stretches(turn)]
        self._stretches = sorted(stretches, key=lambda stretch: -stretch.characters)
        self.used = _share([mark for turn in said for mark in _marks(turn)])
        self.reading = _reading(self.used, len(groups), len(stretches))
        self.table = pd.DataFrame(self._shares, columns=list(Share._fields))
        self.unused = pd.DataFrame(self._stretches, columns=list(Stretch._fields))

    def __repr__(self) -> str:
        lines = [self.reading]
        lines += [f"  {percent(share.used)}  {share.interview}" for share in self._shares[:INTERVIEWS_SHOWN]]
        if self._stretches:
            lines.append("Longest unused:")
            lines += [f"  {_place(stretch)}: {stretch.text}" for stretch in self._stretches[:STRETCHES_SHOWN]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{escape(self.reading)}</strong></p>"]
        if self._shares:
            parts.append(_table_html(self._shares))
        if self._stretches:
            items = "\n".join(
                f'<li dir="auto">{escape(stretch.text)}<br>'
                f'<small style="opacity:.7">{escape(_place(stretch))}</small></li>'
                for stretch in self._stretches[:STRETCHES_SHOWN]
            )
            parts.append(f"<details><summary>Longest unused</summary><ol>\n{items}\n</ol></details>")
        return "\n".join(parts)


def measure(replica: Replica, interview_id: str | None = None) -> Coverage:
    """Return the coverage of one analysed interview, or of all."""
    used: dict[tuple[str, int], list[Span]] = {}
    for key, turn, start, end in replica.rows(USED, [interview_id] * 4):
        used.setdefault((key, turn), []).append((start, end))
    return Coverage(
        [
            Said(key, title, turn, speaker, begin, text, _within(used.get((key, turn), ()), begin, len(text)))
            for key, title, turn, speaker, begin, text in replica.rows(TURNS, [interview_id] * 2)
        ]
    )


def _within(spans: Iterable[Span], begin: int, length: int) -> tuple[Span, ...]:
    """Return the spans as places in the turn's own text, joined where they meet."""
    joined: list[Span] = []
    for start, end in sorted((max(0, start - begin), min(length, end - begin)) for start, end in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def _marks(turn: Said) -> list[bool]:
    """Return for each character that is no blank whether it is used."""
    flags = bytearray(len(turn.text))
    for start, end in turn.used:
        flags[start:end] = b"\x01" * (end - start)
    return [bool(flag) for flag, letter in zip(flags, turn.text, strict=True) if not letter.isspace()]


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else float("nan")


def _of_interview(turns: Sequence[Said]) -> Share:
    marks = [mark for turn in turns for mark in _marks(turn)]
    one, two = round(len(marks) / 3), round(2 * len(marks) / 3)
    return Share(
        interview=turns[0].title,
        used=_share(marks),
        first_third=_share(marks[:one]),
        middle_third=_share(marks[one:two]),
        last_third=_share(marks[two:]),
        characters=len(marks),
        turns=len(turns),
        unused_turns=sum(not turn.used for turn in turns),
        interview_id=turns[0].interview_id,
    )


def _stretches(turn: Said) -> Iterable[Stretch]:
    """Yield what lies between the used spans, if there is a letter or digit in it."""
    begins = [0, *(end for _, end in turn.used)]
    ends = [*(start for start, _ in turn.used), len(turn.text)]
    for begin, end in zip(begins, ends, strict=True):
        words = turn.text[begin:end]
        if any(letter.isalnum() for letter in words):
            text = words.strip()
            start = turn.start + begin + len(words) - len(words.lstrip())
            letters = sum(not letter.isspace() for letter in text)
            place = (turn.title, turn.turn, turn.speaker, text)
            yield Stretch(*place, letters, start, start + len(text), turn.interview_id)


def _reading(used: float, interviews: int, stretches: int) -> str:
    if used != used:
        return "Nothing to say yet: no interview in which a participant speaks has been analysed."
    of = "1 interview" if interviews == 1 else f"{interviews:,} interviews"
    rest = "none is left unused" if not stretches else f"{stretches:,} stretches are unused"
    rest = "1 stretch is unused" if stretches == 1 else rest
    return f"Findings and summaries use {percent(used)} of what participants said ({of}); {rest}."


def _place(stretch: Stretch) -> str:
    return ", ".join(part for part in (stretch.speaker, stretch.interview, f"turn {stretch.turn}") if part)


def _table_html(shares: Sequence[Share]) -> str:
    left, right = "text-align:left", "text-align:right;font-variant-numeric:tabular-nums"
    names = ("Used", "First third", "Middle third", "Last third", "Unused turns")
    heads = f'<th style="{left}">Interview</th>' + "".join(f'<th style="{right}">{name}</th>' for name in names)
    rows = []
    for share in shares[:INTERVIEWS_SHOWN]:
        parts = (share.used, share.first_third, share.middle_third, share.last_third)
        cells = [*map(percent, parts), f"{share.unused_turns} of {share.turns}"]
        amounts = "".join(f'<td style="{right}">{cell}</td>' for cell in cells)
        rows.append(f'<tr><td dir="auto" style="{left}">{escape(share.interview)}</td>{amounts}</tr>')
    more = len(shares) - INTERVIEWS_SHOWN
    note = f"<p>and {more:,} more</p>" if more > 0 else ""
    body = "\n".join(rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>{note}"
