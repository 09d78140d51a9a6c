"""Cutting a text into what each speaker said, as spans of the text itself.

Nothing is rewritten: a turn is an exact slice, line breaks included. Headings,
rules and lines that hold only a time end a turn without being one.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from persona_lab.transcripts import clocks
from persona_lab.transcripts.forms import HEADED, Label, fact, is_aside
from persona_lab.transcripts.header import LEAST_PROSE, facts, front_matter, header_length
from persona_lab.transcripts.labels import find_labels
from persona_lab.transcripts.lines import Line, above, lines_of
from persona_lab.transcripts.marks import is_coded, without_marks
from persona_lab.transcripts.speech import Speech


@dataclass(frozen=True)
class Talk:
    """Who says what where, what the lines above state about the interview, and what a reader should know."""

    speech: tuple[Speech, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def find_talk(text: str, *, is_line_paragraph: bool, is_markdown: bool = False) -> Talk:
    """Return the talk that a text holds.

    Text without speakers becomes one speech a paragraph, speaker None.
    Paragraphs are parted by blank lines, or are the lines themselves where
    `is_line_paragraph`. What stands before the first speaker is nobody's.
    """
    lines = lines_of(text, is_markdown=is_markdown)
    matter = front_matter(text) if is_markdown else {}
    labels = _labels(lines)
    header = header_length(lines, labels)
    labels, introductions = labels[header:], labels[:header]
    if not labels:
        top = _header_end(lines, introductions[-1].line + 1 if introductions else 0)
        return Talk(tuple(_paragraphs(text, lines, top, is_line_paragraph)), matter | facts(lines[:top])[0])
    stated, prose = facts(lines[: labels[0].line])
    return Talk(tuple(_labelled(text, lines, labels)), matter | stated, tuple(_remarks(prose)))


def _remarks(prose: int) -> Iterator[str]:
    if prose >= LEAST_PROSE:
        yield f"{prose:,} characters above the first speaker's name were left out: the file doesn't say whose they are."


def _labels(lines: Sequence[Line]) -> list[Label]:
    """Return the labels of the talk, without those in notes and summaries about it."""
    plain = ["" if line.is_break and line.kind != "time" else line.text for line in lines]
    labels = find_labels(plain)
    places = [label.line for label in labels]
    for begin in (number for number, line in enumerate(lines) if line.kind == "talk"):
        below = len(labels) - bisect_left(places, begin)
        if below * 2 >= len(labels) > 0:
            labels = find_labels(["" if number < begin else line for number, line in enumerate(plain)])
            break
    return _outside_notes(labels, _notes(lines))


def _notes(lines: Sequence[Line]) -> list[range]:
    """Return the parts below headings such as "Summary", each down to the next heading."""
    headings = [number for number, line in enumerate(lines) if line.kind in ("aside", "talk", "heading")]
    ends = [*headings[1:], len(lines)]
    return [range(begin + 1, end) for begin, end in zip(headings, ends, strict=False) if lines[begin].kind == "aside"]


def _outside_notes(labels: list[Label], notes: Sequence[range]) -> list[Label]:
    """Leave out labels that notes quote: in bullets, or not written as the talk's own are.

    The first label of a note that is written so ends the note.
    """
    are_headed = sum(label.form in HEADED for label in labels) * 2 > len(labels)
    are_bullets = sum(label.is_bullet for label in labels) * 2 > len(labels)
    quoted: set[int] = set()
    places = [label.line for label in labels]
    for note in notes:
        inside = labels[bisect_left(places, note.start) : bisect_left(places, note.stop)]
        is_quoted = [
            (label.is_bullet and not are_bullets) or (are_headed and label.form not in HEADED | {"bare"})
            for label in inside
        ]
        first = is_quoted.index(False) if False in is_quoted else len(inside)
        quoted |= {label.line for label in inside[:first]}
    return [label for label in labels if label.line not in quoted]


def _labelled(text: str, lines: Sequence[Line], labels: Sequence[Label]) -> Iterator[Speech]:
    starts = {label.line: label for label in labels}
    marked = is_coded(text)
    opened: Speech | None = None
    first = above(lines, labels[0].line)
    clock = clocks.alone(first.text) if first else None
    for number in range(labels[0].line, len(lines)):
        line = lines[number]
        label = starts.get(number)
        begins_aside = label is None and (number == 0 or lines[number - 1].is_blank) and is_aside(line.text)
        if label is None and not line.is_break and not begins_aside:
            continue
        if opened:
            said, until = _closed(text, opened, line.start, is_coded=marked)
            clock = until if until is not None else clock
            yield from said
        if label:
            time = label.time if label.time is not None else clock
            opened, clock = Speech(label.speaker, line.start + label.words, 0, time), None
        elif begins_aside:
            opened = Speech(None, line.start, 0, is_aside=True)
        elif opened:
            clock = clocks.alone(line.text)
            opened = _after_break(opened, lines, number, starts, clock)
    if opened:
        yield from _closed(text, opened, len(text), is_coded=marked)[0]


def _after_break(
    opened: Speech, lines: Sequence[Line], number: int, starts: Mapping[int, Label], clock: float | None
) -> Speech | None:
    line = lines[number]
    if line.kind == "farewell":
        return None
    if line.kind == "aside":
        return Speech(None, line.end, 0, is_aside=True)
    # A part with a heading and without a label is not known to be the last speaker's.
    is_whose = line.kind not in ("heading", "talk") or _has_label(lines, number, starts)
    return Speech(opened.speaker if is_whose else None, line.end, 0, clock, opened.is_aside)


def _has_label(lines: Sequence[Line], number: int, starts: Mapping[int, Label]) -> bool:
    for below in range(number + 1, len(lines)):
        if below in starts:
            return True
        if lines[below].kind in ("heading", "aside", "talk"):
            return False
    return False


def _closed(text: str, speech: Speech, end: int, *, is_coded: bool) -> tuple[list[Speech], float | None]:
    opened = Speech(speech.speaker, speech.start, end, speech.time, speech.is_aside)
    said, until = without_marks(text, opened, is_coded=is_coded)
    return ([said] if said.start < said.end else []), until


def _header_end(lines: Sequence[Line], number: int) -> int:
    """Return the first line from `number` on that is no fact about the interview, in a text without speakers."""
    while number < len(lines) and (lines[number].is_blank or lines[number].is_break or fact(lines[number].text)):
        number += 1
    return number


def _paragraphs(text: str, lines: Sequence[Line], top: int, is_line_paragraph: bool) -> Iterator[Speech]:
    notes = {number for note in _notes(lines) for number in note}
    marked = is_coded(text)
    begin: int | None = None
    for number in range(top, len(lines) + 1):
        line = lines[number] if number < len(lines) else None
        ends = line is None or line.is_blank or line.is_break
        if begin is not None and (ends or is_line_paragraph):
            opened = Speech(None, lines[begin].start, 0, is_aside=begin in notes)
            yield from _closed(text, opened, line.start if line else len(text), is_coded=marked)[0]
            begin = None
        if begin is None and not ends:
            begin = number
