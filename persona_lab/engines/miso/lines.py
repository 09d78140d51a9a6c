"""A transcript as numbered lines, as the interview app counts them, and the way back from a number to the words.

The app is sent plain text and counts its lines. So each turn is one line, no
line is empty, and a number can be led back to a turn.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.miso.reading import Said
from persona_lab.models import Quote, Role, Transcript, Turn

LABELS: Mapping[str, Mapping[Role, str]] = {
    "ko": {"interviewer": "질문", "participant": "답변", "other": "기타"},
    "en": {"interviewer": "Question", "participant": "Answer", "other": "Other"},
}
# Such a share of a part is looked through for a question to begin the next part with.
LOOK_BACK = 0.2
# A line that is longer than this is quoted by its sentences. Characters.
LONGEST_QUOTE = 160
SENTENCE = re.compile(r"\S(?:.*?)(?:[.!?。！？…]+[\"'”’)\]]*(?=\s|$)|\n|$)", re.S)
# Below this likeness, from 0 to 100, clean words and a line are not about the same.
ALIKE = 55.0
# How the app may count: from 1 as the reference shows it, or from 0, or with a line before.
OFFSETS = (0, 1, -1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is sent: a turn, or a stretch of one that is too long for a line. Offsets as in `Turn`."""

    turn: Turn
    label: str
    start: int
    end: int
    text: str

    @property
    def sent(self) -> str:
        return f"{self.label}: {' '.join(self.text.split())}"


def lines_of(transcript: Transcript, longest: int) -> list[Line]:
    """Return the transcript's lines, each of at most `longest` characters as it is sent."""
    words = LABELS["ko" if transcript.language == "ko" else "en"]
    people = {turn.speaker for turn in transcript.turns if turn.role == "participant"}
    return [
        line
        for turn in transcript.turns
        if turn.text.strip()
        for line in _cut(turn, _label(turn, words, len(people) > 1), longest)
    ]


def parts_of(lines: Sequence[Line], most: int) -> list[list[Line]]:
    """Return the lines in parts of at most `most` characters, cut before a question where there is one nearby."""
    parts: list[list[Line]] = []
    part: list[Line] = []
    size = 0
    for line in lines:
        length = len(line.sent) + 1
        if part and size + length > most:
            kept = _cut_before_question(part, most)
            parts.append(part[:kept])
            part = part[kept:]
            size = sum(len(one.sent) + 1 for one in part)
        part.append(line)
        size += length
    return [*parts, part] if part else parts


def text_of(lines: Sequence[Line]) -> str:
    return "\n".join(line.sent for line in lines)


class Numbered:
    """The lines that one answer's numbers mean.

    What the app calls line 5 is checked by the clean words that it gives for line 5,
    because how it counts is written down nowhere.
    """

    def __init__(self, transcript: Transcript, lines: Sequence[Line], script: Sequence[Said], gate: Gate) -> None:
        self._transcript = transcript
        self._lines = lines
        self._script = script
        self._gate = gate

    def line(self, number: int) -> Line | None:
        """Return the line; None where there is none, or where the numbers fit no way of counting."""
        if self._offset is None:
            return None
        place = number - 1 + self._offset
        return self._lines[place] if 0 <= place < len(self._lines) else None

    def quotes(self, numbers: Sequence[int], claim: str) -> list[Quote]:
        """Return the words on these lines that the claim rests on, as they were said."""
        found: dict[tuple[int, int], Quote] = {}
        for number in numbers:
            quote = self._quote(number, claim)
            if quote:
                found.setdefault((quote.start, quote.end), quote)
        return list(found.values())

    def _quote(self, number: int, claim: str) -> Quote | None:
        line = self.line(number)
        told = self._told.get(number)
        if told and (quote := self._gate.find(told.text, turn=line.turn.index if line else None)):
            return quote
        return self._stretch(line, f"{told.text if told else ''} {claim}") if line else None

    def _stretch(self, line: Line, about: str) -> Quote:
        """Return the whole line, or of a long one the sentence nearest in its words to what it is about."""
        start, end = line.start, line.end
        if end - start > LONGEST_QUOTE:
            text = self._transcript.text[start:end]
            spans = [found.span() for found in SENTENCE.finditer(text) if found[0].strip()]
            best = max(spans, key=lambda span: (fuzz.token_set_ratio(text[slice(*span)], about), -span[0]))
            start, end = start + best[0], start + best[1]
        said = self._transcript.text[start:end]
        start += len(said) - len(said.lstrip())
        text = said.strip()
        return Quote(turn=line.turn.index, start=start, end=start + len(text), text=text)

    @cached_property
    def _told(self) -> dict[int, Said]:
        """The clean words for each line that has some to itself."""
        return {item.lines[0]: item for item in self._script if len(item.lines) == 1}

    @cached_property
    def _offset(self) -> int | None:
        """How far the app's counting is off from 1 for the first line; None where no way of counting fits."""
        checked = [(item.lines[0] - 1, item.text) for item in self._script if item.lines]
        if not checked:
            return 0
        likeness = {offset: self._likeness(checked, offset) for offset in OFFSETS}
        best = max(OFFSETS, key=lambda offset: likeness[offset])
        return best if likeness[best] >= ALIKE else None

    def _likeness(self, checked: Sequence[tuple[int, str]], offset: int) -> float:
        """Return how much clean words and lines are alike on average, from 0 to 100."""
        total = 0.0
        for place, text in checked:
            if 0 <= place + offset < len(self._lines):
                total += fuzz.partial_ratio(text, self._lines[place + offset].text)
        return total / len(checked)


def _label(turn: Turn, words: Mapping[Role, str], are_several: bool) -> str:
    word = words[turn.role]
    if turn.speaker and (turn.role == "other" or (are_several and turn.role == "participant")):
        return f"{word} ({' '.join(turn.speaker.split())})"
    return word


def _cut(turn: Turn, label: str, longest: int) -> Iterator[Line]:
    """Yield the turn as one line, or as several behind ends of sentences, or of words, or anywhere."""
    most = max(1, longest - len(label) - 2)
    start = turn.start
    text = turn.text
    while len(text) > most:
        end = max(text.rfind(mark, 0, most) + len(mark) for mark in (". ", "? ", "! ", "\n"))
        if end < most // 2:
            end = text.rfind(" ", 0, most) + 1
        end = end if end > 0 else most
        if text[:end].strip():
            yield Line(turn, label, start, start + end, text[:end])
        start, text = start + end, text[end:]
    if text.strip():
        yield Line(turn, label, start, start + len(text), text)


def _cut_before_question(part: Sequence[Line], most: int) -> int:
    """Return how many lines stay in the part: up to its last question, if that is near the end."""
    room = most * LOOK_BACK
    for place in range(len(part) - 1, 0, -1):
        if part[place].turn.role == "interviewer":
            return place
        room -= len(part[place].sent) + 1
        if room < 0:
            break
    return len(part)
