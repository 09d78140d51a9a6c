"""The lines of a text and what each is for: words, a heading, a time, a rule, or the tool's farewell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from persona_lab.transcripts import clocks
from persona_lab.transcripts.vocabulary import ASIDE_HEADINGS, PAUSES, SPEECH_HEADINGS

Kind = Literal["words", "heading", "aside", "talk", "time", "rule", "farewell"]

LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|$)")
FRONT_MATTER = re.compile(r"\A---[ \t]*(?:\r\n|\r|\n)(.*?)(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|\Z)", re.S)
HEADING = re.compile(r"\s{0,3}#{1,6}\s")
RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$")
# "**Break:** \[04:09\]" alone on its line
PAUSE = re.compile(rf"\s*(?:\*\*|\\?\[)([^\W\d][\w ]{{1,20}}):?(?:\*\*|\\?\]):?\s*(?:\\?\[{clocks.CLOCK}\\?\])?\s*$")
DECORATION = re.compile(r"^[\W_]+|[\W_]+$")
LONGEST_HEADING = 40
# What Otter, Clova Note, Google Meet and Teams write around the talk.
FAREWELL = re.compile(
    r"""\s*(?:
        transcribed\ by\ https?://otter\.ai.{0,40}
        | (?:https?://)?clovanote\.naver\.com\S{0,100}
        | (?:meeting|transcription|recording)\ (?:ended|started|stopped)(?:\ (?:at|after)\ [0-9:]{4,12})?\W{0,8}
        | this\ editable\ transcript\ was\ computer\ generated.{0,200}
        | \S.{0,60}\ (?:started|stopped)\ (?:the\ )?(?:transcription|recording)\.?
        | .{1,60}님이\ (?:기록|녹취|전사|녹음)(?:을|를)?\ (?:시작|중지|종료)했습니다\.?
    )\s*$""",
    re.I | re.X,
)


@dataclass(frozen=True)
class Line:
    """One line without its line break, where it starts in the text, and what it is for."""

    start: int
    text: str
    kind: Kind

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_break(self) -> bool:
        return self.kind != "words"

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def lines_of(text: str, *, is_markdown: bool) -> list[Line]:
    """Return the lines of the text; those of YAML front matter are left out."""
    matter = FRONT_MATTER.match(text) if is_markdown else None
    lines: list[Line] = []
    is_apart = True
    for found in LINE.finditer(text, matter.end() if matter else 0):
        line = Line(found.start(), found[1], _kind(found[1], is_markdown=is_markdown, is_apart=is_apart))
        lines.append(line)
        is_apart = line.is_blank or line.is_break
    return lines


def plain(line: str) -> str:
    """Return a heading's words, without signs, numbers and pictures around them."""
    return " ".join(DECORATION.sub("", line[: LONGEST_HEADING * 2]).casefold().split())


def above(lines: Sequence[Line], number: int) -> Line | None:
    """Return the nearest line above that isn't blank."""
    return next((lines[one] for one in range(number - 1, -1, -1) if not lines[one].is_blank), None)


def _kind(line: str, *, is_markdown: bool, is_apart: bool) -> Kind:
    if not line or line.isspace():
        return "words"
    if RULE.match(line[:80]):
        return "rule"
    if clocks.is_alone(line) and len(line) <= 80:
        return "time"
    is_heading = is_markdown and bool(HEADING.match(line))
    if len(line) <= LONGEST_HEADING and (is_apart or is_heading):
        words = plain(line)
        if words in SPEECH_HEADINGS:
            return "talk"
        if words in ASIDE_HEADINGS:
            return "aside"
    if is_heading:
        return "heading"
    if len(line) <= 60 and (found := PAUSE.match(line)) and found[1].casefold() in PAUSES:
        return "rule"
    return "farewell" if len(line) <= 250 and FAREWELL.match(line) else "words"
