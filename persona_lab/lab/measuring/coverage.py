"""What part of what participants said no finding uses: what an analyst would otherwise never look at again.

Characters count without blanks, so that whoever's every word is quoted is used to 100 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from persona_lab.lab.drawing.amounts import percent
from persona_lab.replica import Replica

# In the picture; the tables have them all.
STRETCHES_SHOWN = 10
INTERVIEWS_SHOWN = 100
SECTIONS_SHOWN = 10

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
SECTIONS = """
SELECT interview_id, section, name, "first", "last" FROM sections
WHERE CAST(? AS VARCHAR) IS NULL OR interview_id = ?
ORDER BY interview_id, section
"""

Span = tuple[int, int]
# What is named in a line of a table, and the amounts behind it.
Row = tuple[tuple[str, ...], tuple[str, ...]]


class Stage(NamedTuple):
    """A section of one interview by its turns, `first` to `last`, both included."""

    name: str
    first: int
    last: int


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


class SectionShare(NamedTuple):
    """How much of what participants said in one section is used; `first`..`last` are its turns."""

    interview: str
    section: str
    used: float
    words: int
    characters: int
    first: int
    last: int
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
        sections: a row for each section in which a participant speaks, in order: its name, the share `used`, how many
            `words` and `characters` participants said in it, and its `first` and `last` turn.
        unused: every stretch that nothing uses, longest first: interview, turn, speaker, text, characters,
            and `start`..`end` in the transcript's text.
    """

    def __init__(self, said: Sequence[Said], stages: Mapping[str, Sequence[Stage]] | None = None) -> None:
        import pandas as pd

        groups: dict[str, list[Said]] = {}
        for turn in said:
            groups.setdefault(turn.interview_id, []).append(turn)
        self._shares = [_of_interview(turns) for turns in groups.values()]
        self._sections = [
            share for key, turns in groups.items() for share in _of_sections(turns, (stages or {}).get(key, ()))
        ]
        stretches = [stretch for turn in said for stretch in _stretches(turn)]
        self._stretches = sorted(stretches, key=lambda stretch: -stretch.characters)
        self.used = _share([mark for turn in said for mark in _marks(turn)])
        self.reading = _reading(self.used, len(groups), len(stretches))
        self.table = pd.DataFrame(self._shares, columns=list(Share._fields))
        self.sections = pd.DataFrame(self._sections, columns=list(SectionShare._fields))
        self.unused = pd.DataFrame(self._stretches, columns=list(Stretch._fields))

    def __repr__(self) -> str:
        lines = [self.reading]
        lines += [f"  {percent(share.used)}  {share.interview}" for share in self._shares[:INTERVIEWS_SHOWN]]
        if self._sections:
            lines.append("Sections, the least used first:")
            lines += [f"  {percent(one.used)}  {_section_place(one)}" for one in self._least_used()]
        if self._stretches:
            lines.append("Longest unused:")
            lines += [f"  {_place(stretch)}: {stretch.text}" for stretch in self._stretches[:STRETCHES_SHOWN]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{escape(self.reading)}</strong></p>"]
        if self._shares:
            parts.append(_table_html(self._shares))
        if self._sections:
            parts.append(f"<details><summary>Sections, the least used first</summary>{self._sections_html()}</details>")
        if self._stretches:
            items = "\n".join(
                f'<li dir="auto">{escape(stretch.text)}<br>'
                f'<small style="opacity:.7">{escape(_place(stretch))}</small></li>'
                for stretch in self._stretches[:STRETCHES_SHOWN]
            )
            parts.append(f"<details><summary>Longest unused</summary><ol>\n{items}\n</ol></details>")
        return "\n".join(parts)

    def _least_used(self) -> list[SectionShare]:
        """Return the sections to show: those with the least used, of these the longest first."""
        return sorted(self._sections, key=lambda one: (one.used, -one.characters))[:SECTIONS_SHOWN]

    def _sections_html(self) -> str:
        heads = (("Section", "Interview", "Turns"), ("Used", "Words"))
        rows = [
            ((one.section, one.interview, _turns(one)), (percent(one.used), f"{one.words:,}"))
            for one in self._least_used()
        ]
        return _rows_html(heads, rows, more=len(self._sections) - len(rows))


def measure(replica: Replica, interview_id: str | None = None) -> Coverage:
    """Return the coverage of one analysed interview, or of all."""
    used: dict[tuple[str, int], list[Span]] = {}
    for key, turn, start, end in replica.rows(USED, [interview_id] * 4):
        used.setdefault((key, turn), []).append((start, end))
    stages: dict[str, list[Stage]] = {}
    for key, _, *stage in replica.rows(SECTIONS, [interview_id] * 2):
        stages.setdefault(key, []).append(Stage(*stage))
    said = [
        Said(key, title, turn, speaker, begin, text, _within(used.get((key, turn), ()), begin, len(text)))
        for key, title, turn, speaker, begin, text in replica.rows(TURNS, [interview_id] * 2)
    ]
    return Coverage(said, stages)


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


def _of_sections(turns: Sequence[Said], stages: Sequence[Stage]) -> Iterable[SectionShare]:
    """Yield the share of each section; one in which only others speak has none."""
    for stage in stages:
        its = [turn for turn in turns if stage.first <= turn.turn <= stage.last]
        marks = [mark for turn in its for mark in _marks(turn)]
        if marks:
            words = sum(len(turn.text.split()) for turn in its)
            place = (stage.first, stage.last, its[0].interview_id)
            yield SectionShare(its[0].title, stage.name, _share(marks), words, len(marks), *place)


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


def _section_place(one: SectionShare) -> str:
    return f"{one.section} ({one.interview}, turns {_turns(one)}, {one.words:,} words)"


def _turns(one: SectionShare) -> str:
    return f"{one.first}–{one.last}"


def _table_html(shares: Sequence[Share]) -> str:
    heads = (("Interview",), ("Used", "First third", "Middle third", "Last third", "Unused turns"))
    rows = []
    for share in shares[:INTERVIEWS_SHOWN]:
        parts = (share.used, share.first_third, share.middle_third, share.last_third)
        rows.append(((share.interview,), (*map(percent, parts), f"{share.unused_turns} of {share.turns}")))
    return _rows_html(heads, rows, more=len(shares) - INTERVIEWS_SHOWN)


def _rows_html(heads: Row, rows: Sequence[Row], *, more: int) -> str:
    """Return a table whose rows are names, at the left, and amounts, at the right."""
    left, right = "text-align:left", "text-align:right;font-variant-numeric:tabular-nums"
    names, amounts = heads
    top = "".join(f'<th style="{left}">{name}</th>' for name in names)
    top += "".join(f'<th style="{right}">{name}</th>' for name in amounts)
    lines = []
    for names, amounts in rows:
        cells = "".join(f'<td dir="auto" style="{left}">{escape(name)}</td>' for name in names)
        cells += "".join(f'<td style="{right}">{amount}</td>' for amount in amounts)
        lines.append(f"<tr>{cells}</tr>")
    note = f"<p>and {more:,} more</p>" if more > 0 else ""
    body = "\n".join(lines)
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>{note}"
