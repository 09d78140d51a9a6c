"""The forms in which tools and people write who speaks, and what in a line could be such a label.

A line can begin with something like a label ("Note:", "https:", "In short:")
without anybody speaking. Here it is only read; `labels` decides.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from persona_lab.transcripts.clocks import is_alone, seconds, stamp
from persona_lab.transcripts.roles import is_speaker_word
from persona_lab.transcripts.vocabulary import ASIDE_HEADINGS, ASIDES, FUNCTION_WORDS, METADATA, NOBODY, STRUCTURE

BEFORE, AFTER = stamp("before"), stamp("after")
NAME = r"(?P<name>[^\W_](?:[^:：\[\]{}<>|*\t\r\n]{0,58}?[^\s:：\[\]{}<>|*\\\t\r\n])??)"
LEAD = r"\s*+(?:[-•>–]\s++|\*\s++)?"
BOLD = r"(?:\*\*|__)?"
# White space is matched possessively (`*+`): a line of many spaces would otherwise take milliseconds.
GAP = r"[^\S\t]*+"
FORMS = {
    name: re.compile(LEAD + form)
    for name, form in {
        # >> NAME: words, in live captions
        "live": rf">{{2,3}}\s*+{NAME}{GAP}(?:{AFTER})?{GAP}[:：]",
        # 00:12 **Name (00:12):** words; #Name: words; @Name: words
        "colon": rf"(?:{BEFORE}\s*+[-–]?\s*+)?{BOLD}[#@]?{NAME}{BOLD}{GAP}[-–]?{GAP}(?:{AFTER})?{BOLD}{GAP}[:：]{BOLD}",
        # [Name] 10:03:12, alone on its line
        "clocked": rf"\\?[\[【]{NAME}\\?[\]】]\s++{AFTER}\s*+$",
        # [Name] words; {Name}: words
        "bracket": rf"(?:{BEFORE}\s*+)?{BOLD}\\?[\[{{【]{NAME}\\?[\]}}】]{BOLD}\s*+(?:[:：](?=[\s*_]|$))?{BOLD}(?!\()",
        # **Name** [0:00] words
        "bold": rf"(?:\*\*|__){NAME}(?:\*\*|__)\s*+{AFTER}",
        # Name   0:03, alone on its line
        "timed": rf"{BOLD}{NAME}{BOLD}[\s|,·-]++{AFTER}\s*+$",
        # [0:03] Name, alone on its line
        "time first": rf"{BEFORE}\s++[-–]?\s*+{BOLD}{NAME}{BOLD}\s*+$",
        # a row of a table
        "row": rf"(?:[0-9]+\t)?(?:{BEFORE}\t)?{NAME}\t(?=\S)",
        # Q. words
        "letter": r"(?P<name>[QAqa][0-9]{0,2})\s*+[.)]\s+",
        # ◯위원장 홍길동  words: the minutes of Korean assemblies
        "minutes": rf"(?:[◯○]|&#9711;){NAME}\s\s++",
    }.items()
}
# Without one of these a line can't begin with a label; most lines of speech are so told at once.
SIGN = re.compile(r"[:：\[{【\t◯○]|&#9711;|^\s*[QAqa][0-9]{0,2}\s*[.)]")
# In these a name stands above the words, and may lack its time here and there.
HEADED = frozenset({"clocked", "timed", "time first"})
BARE = re.compile(rf"\s*+{BOLD}{NAME}{BOLD}\s*+$")
BULLET = re.compile(r"\s*+[-•–*]\s")
PARENTHESES = re.compile(r"[(（][^()（）]*(?:\([^()]*\)[^()（）]*)?[)）]")
# No label is longer than this with its time; the rest of the line need not be looked at.
LABEL_LENGTH = 120
LONGEST_NAME = 40
MOST_WORDS = 4
# So many of the lines that hold only a time must have a name beside them for such names to be labels.
NAMED_SHARE = 0.7


@dataclass(frozen=True)
class Label:
    """Who begins to speak on line `line`, and at which code point of that line the words begin.

    `form` is one of `FORMS`, or `bare` where the name stands alone on its line.
    """

    line: int
    speaker: str
    words: int
    time: float | None
    form: str
    is_bullet: bool = False
    is_bold: bool = False

    @property
    def key(self) -> str:
        return key(self.speaker)

    @property
    def is_marked(self) -> bool:
        """Whether more than a colon says that this is a label."""
        return self.is_bold or self.time is not None or self.form not in ("colon", "row", "bracket")


def key(name: str) -> str:
    return " ".join(name.casefold().split())


def candidates(lines: Sequence[str]) -> list[Label]:
    """Return whatever could be a label, at most one a line, in order."""
    found = [label for number, line in enumerate(lines) if (label := _candidate(number, line, lines))]
    return sorted([*found, *_bare(found, lines)], key=lambda label: label.line)


def is_aside(line: str) -> bool:
    """Whether a line begins with a word that says it was written, not spoken ("Summary:", "참고:")."""
    words = ASIDES | ASIDE_HEADINGS
    return any(key(found["name"]) in words for _, found in _matches(line) if ":" in found[0] or "：" in found[0])


def fact(line: str) -> tuple[str, str] | None:
    """Return what a line states about the interview, as name and value ("Date: …", "일시: …")."""
    for _, found in _matches(line):
        words = key(found["name"]).split()
        if len(words) <= 2 and not METADATA.isdisjoint(words):
            return found["name"].strip(), line[found.end() :].strip()
    return None


def statement(line: str) -> tuple[str, str] | None:
    """Return name and value of a line that reads like "Name: value", whatever the name."""
    found = FORMS["colon"].match(line[:LABEL_LENGTH])
    value = line[found.end() :] if found else ""
    return (found["name"].strip(), value.strip()) if found and value[:1].isspace() and value.strip() else None


def _beside_times(names: Collection[int], lines: Sequence[str]) -> set[int]:
    """Return the lines with a name beside a time, below it or above it, where nearly all times have one.

    A time that begins a block stands above the name, another one below it.
    """
    times = [number for number, line in enumerate(lines) if line and is_alone(line)]
    first = sum(number == 0 or not lines[number - 1].strip() for number in times)
    for step in (1, -1) if first * 2 > len(times) else (-1, 1):
        beside = {place for number in times if (place := _next(lines, number, step)) in names}
        if len(beside) >= max(2, len(times) * NAMED_SHARE):
            return beside
    return set()


def alone_name(line: str) -> str | None:
    """Return the name that stands alone on a line, or None where the line is something else."""
    found = BARE.match(line) if 0 < len(line) <= LABEL_LENGTH else None
    name = found["name"].strip() if found else ""
    return name if name and name[-1] != "." and _can_be_name(name) else None


def _matches(line: str) -> Iterator[tuple[str, re.Match[str]]]:
    head = line[:LABEL_LENGTH]
    if not SIGN.search(head):
        return iter(())
    return ((name, found) for name, form in FORMS.items() if (found := form.match(head)))


def _candidate(number: int, line: str, lines: Sequence[str]) -> Label | None:
    for form, found in _matches(line):
        name = found["name"].strip()
        if not _can_be_name(name) or _is_address(name, line[found.end() :]):
            continue
        if form == "time first" and not _has_words_below(number, lines):
            continue
        groups = found.groupdict()
        clock = groups.get("before") or groups.get("after")
        is_bold = "**" in found[0] or "__" in found[0]
        time = seconds(clock) if clock else None
        return Label(number, name, found.end(), time, form, bool(BULLET.match(line)), is_bold)
    return None


def _bare(found: Sequence[Label], lines: Sequence[str]) -> Iterator[Label]:
    """Yield the names that stand alone on a line: beside a time, as the labels with a time do, or as a known word."""
    taken = {label.line for label in found}
    headed = {label.key for label in found if label.form in HEADED}
    names = {number: name for number, line in enumerate(lines) if (name := alone_name(line))}
    beside = _beside_times(names, lines)
    for number, name in names.items():
        is_apart = number == 0 or not lines[number - 1].strip() or is_alone(lines[number - 1])
        is_label = (
            key(name) in headed
            or number in beside
            or (is_apart and is_speaker_word(name) and _has_words_below(number, lines))
        )
        if number not in taken and is_label:
            yield Label(number, name, len(lines[number]), None, "bare", is_bold="**" in lines[number])


def _next(lines: Sequence[str], number: int, step: int) -> int:
    """Return the number of the next line that isn't blank, downwards or upwards."""
    number += step
    while 0 < number < len(lines) - 1 and not lines[number].strip():
        number += step
    return number


def _has_words_below(number: int, lines: Sequence[str]) -> bool:
    below = next((line for line in lines[number + 1 : number + 3] if line.strip()), "")
    return bool(below) and not re.match(BEFORE, below.lstrip()[:LABEL_LENGTH])


def _can_be_name(name: str) -> bool:
    words = key(PARENTHESES.sub(" ", name)).split()
    phrase = " ".join(words)
    if not 0 < len(words) <= MOST_WORDS or len(phrase) > LONGEST_NAME or phrase in STRUCTURE:
        return False
    if not FUNCTION_WORDS.isdisjoint(words[1:] if words[0] == "the" and len(words) == 2 else words):
        return False
    return is_speaker_word(name) or (
        name[-1] not in "?!,;…"
        and not name[0].isdigit()
        and NOBODY.isdisjoint((words[0], words[-1], phrase))
        and (not name[0].islower() or len(words) == 1)
    )


def _is_address(name: str, rest: str) -> bool:
    """Whether the colon belongs to an address, a path or a time (`C:`, `at 12:30`)."""
    return rest.startswith(("//", "\\")) or (name[-1].isdigit() and rest[:1].isdigit())
