"""Cutting a text into what each speaker said, as spans of the text itself.

Nothing is rewritten: a turn is an exact slice, line breaks included. Headings,
rules and lines that hold only a time end a turn without being one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from persona_lab.transcripts.labels import CLOCK, Label, find_labels, is_aside, is_metadata, key, seconds
from persona_lab.transcripts.speech import Speech

LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|$)")
FRONT_MATTER = re.compile(r"\A---[ \t]*(?:\r\n|\r|\n).*?(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|\Z)", re.S)
HEADING = re.compile(r"\s{0,3}#{1,6}\s")
RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$")
TIME_ALONE = re.compile(rf"\s*[\[(]?({CLOCK})[\])]?\s*$")
SENTENCE_END = re.compile(r"[.?!…]|(?:요|다|까|죠|네|예)$")
LONGEST_HEADER = 30


def find_speech(text: str, *, is_line_paragraph: bool, is_markdown: bool = False) -> tuple[Speech, ...]:
    """Return who says what where.

    Text without speakers becomes one speech a paragraph, speaker None.
    Paragraphs are parted by blank lines, or are the lines themselves where
    `is_line_paragraph`. What stands before the first speaker is nobody's.
    """
    lines = _lines(text, is_markdown)
    labels = find_labels(["" if line.is_break else line.text for line in lines])
    labels = labels[_header_length(lines, labels) :]
    return tuple(_labelled(text, lines, labels) if labels else _paragraphs(text, lines, is_line_paragraph))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())


@dataclass(frozen=True)
class Line:
    """One line without its line break; a break is a heading, a rule or a time alone."""

    start: int
    text: str
    is_break: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def _lines(text: str, is_markdown: bool) -> list[Line]:
    matter = FRONT_MATTER.match(text) if is_markdown else None
    found = LINE.finditer(text, matter.end() if matter else 0)
    return [Line(line.start(), line[1], _is_break(line[1][:80], is_markdown)) for line in found]


def _is_break(line: str, is_markdown: bool) -> bool:
    return bool(RULE.match(line) or TIME_ALONE.match(line) or (is_markdown and HEADING.match(line)))


def _header_length(lines: Sequence[Line], labels: Sequence[Label]) -> int:
    """Return how many labels at the top only introduce people ("면담자: 홍길동")."""
    counts = Counter(label.key for label in labels)
    recurring = sum(count > 1 for count in counts.values())
    for number, label in enumerate(labels):
        value = lines[label.line].text[label.words :].strip()
        introduces_a_speaker = key(value) in counts
        # Once only, beside others who go back and forth; or again below, where the talk begins.
        stands_apart = counts[label.key] == 1 and recurring > 1
        comes_again = counts[label.key] > 1 and _is_among_facts(lines, labels, label)
        is_fact = _is_name(value) and (introduces_a_speaker or stands_apart or comes_again)
        if not is_fact:
            return number
    return 0


def _is_name(value: str) -> bool:
    return 0 < len(value) <= 30 and len(value.split()) <= 4 and not SENTENCE_END.search(value)


def _is_among_facts(lines: Sequence[Line], labels: Sequence[Label], label: Label) -> bool:
    """Whether the label stands in a block of facts such as "Date: …" and not in a conversation right below them."""
    first = last = label.line
    while first > 0 and not lines[first - 1].is_blank:
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].is_blank:
        last += 1
        if last - first > LONGEST_HEADER:
            return False
    here = [one for one in labels[:LONGEST_HEADER] if first <= one.line <= last]
    return (
        any(is_metadata(line.text) for line in lines[first : last + 1])
        and len({one.key for one in here}) == len(here)
        and all(_is_name(lines[one.line].text[one.words :].strip()) for one in here)
    )


def _labelled(text: str, lines: Sequence[Line], labels: Sequence[Label]) -> Iterator[Speech]:
    starts = {label.line: label for label in labels}
    opened: Speech | None = None
    clock: float | None = None
    for number in range(labels[0].line, len(lines)):
        line = lines[number]
        label = starts.get(number)
        begins_aside = label is None and (number == 0 or lines[number - 1].is_blank) and is_aside(line.text)
        if label is None and not line.is_break and not begins_aside:
            continue
        if opened:
            yield from _closed(text, opened, line.start)
        if label:
            time = label.time if label.time is not None else clock
            opened, clock = Speech(label.speaker, line.start + label.words, 0, time), None
        elif begins_aside:
            opened = Speech(None, line.start, 0, is_aside=True)
        elif opened:
            clock = _clock(line.text)
            opened = Speech(opened.speaker, line.end, 0, clock, opened.is_aside)
    if opened:
        yield from _closed(text, opened, len(text))


def _clock(line: str) -> float | None:
    found = TIME_ALONE.match(line)
    return seconds(found[1]) if found else None


def _closed(text: str, speech: Speech, end: int) -> Iterator[Speech]:
    first, last = trimmed(text, speech.start, end)
    if first < last:
        yield replace(speech, start=first, end=last)


def _paragraphs(text: str, lines: Sequence[Line], is_line_paragraph: bool) -> Iterator[Speech]:
    begin: int | None = None
    is_top = True
    for line in lines:
        is_top = is_top and (line.is_blank or line.is_break or is_metadata(line.text))
        ends = line.is_blank or line.is_break or is_top
        if begin is not None and (ends or is_line_paragraph):
            yield from _closed(text, Speech(None, begin, 0), line.start)
            begin = None
        if begin is None and not ends:
            begin = line.start
    if begin is not None:
        yield from _closed(text, Speech(None, begin, 0), len(text))
