"""Finding the labels that say who speaks, and telling them from words that merely end in a colon.

A line can begin with something like a label ("Note:", "https:", "In short:")
without anybody speaking. A candidate counts when it is a word for a speaker
(Interviewer, 참가자) or when it comes again and again as a name would.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from persona_lab.transcripts.roles import is_speaker_word, role_of
from persona_lab.transcripts.vocabulary import ASIDES, FUNCTION_WORDS, METADATA, NOBODY

CLOCK = r"(?:[0-9]{1,2}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,3})?"
BEFORE, AFTER = (rf"[\[(（]?(?P<{group}>{CLOCK})(?:\s*+[-–~]\s*+{CLOCK})?[\])）]?" for group in ("before", "after"))
NAME = r"(?P<name>[^\W_](?:[^:：\[\]<>|*\t\r\n]{0,38}?[^\s:：\[\]<>|*\t\r\n])??)"
LEAD = r"\s*+(?:[-•>–]\s++|\*\s++)?"
BOLD = r"(?:\*\*|__)?"
# White space is matched possessively (`*+`): a line of many spaces would otherwise take milliseconds.
FORMS = tuple(
    re.compile(LEAD + form)
    for form in (
        # 00:12 **Name (00:12):** words
        rf"(?:{BEFORE}\s*+[-–]?\s*+)?{BOLD}{NAME}{BOLD}\s*+[-–]?\s*+(?:{AFTER})?{BOLD}\s*+[:：]{BOLD}",
        # [Name] words
        rf"(?:{BEFORE}\s*+)?{BOLD}[\[【]{NAME}[\]】]{BOLD}\s*+[:：]?{BOLD}(?=\s|\w|$)",
        # **Name** [0:00] words
        rf"(?:\*\*|__){NAME}(?:\*\*|__)\s*+{AFTER}",
        # Name   0:03, alone on its line
        rf"{BOLD}{NAME}{BOLD}[\s|,·-]++{AFTER}\s*+$",
        # a row of a table
        rf"(?:[0-9]+\t)?(?:{BEFORE}\t)?{NAME}\t(?=\S)",
        # Q. words
        r"(?P<name>[QAqa][0-9]{0,2})\s*+[.)]\s+",
        # ◯위원장 홍길동  words: the minutes of Korean assemblies
        rf"(?:[◯○]|&#9711;){NAME}\s\s++",
    )
)
# No label is longer than this with its time; the rest of the line need not be looked at.
LABEL_LENGTH = 100
MOST_WORDS = 4


@dataclass(frozen=True)
class Label:
    """Who begins to speak on line `line`, and at which code point of that line the words begin."""

    line: int
    speaker: str
    words: int
    time: float | None

    @property
    def key(self) -> str:
        return key(self.speaker)


def key(name: str) -> str:
    return " ".join(name.casefold().split())


def seconds(clock: str) -> float:
    """Return the seconds that `1:02:03.5` or `02:03` stands for."""
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def find_labels(lines: Sequence[str]) -> list[Label]:
    """Return the labels that say who speaks, at most one a line, in order."""
    candidates = [label for number, line in enumerate(lines) if (label := _candidate(number, line))]
    speakers = _speakers(candidates)
    return [label for label in candidates if label.key in speakers]


def is_aside(line: str) -> bool:
    """Whether a line begins with a word that says it was written, not spoken ("Summary:", "참고:")."""
    return any(key(found["name"]) in ASIDES for found in _matches(line) if ":" in found[0] or "：" in found[0])


def is_metadata(line: str) -> bool:
    """Whether a line is a fact about the interview ("Date: …", "일시: …")."""
    names = [key(found["name"]).split() for found in _matches(line)]
    return any(len(words) <= 2 and not METADATA.isdisjoint(words) for words in names)


def _matches(line: str) -> Iterator[re.Match[str]]:
    head = line[:LABEL_LENGTH]
    return (found for form in FORMS if (found := form.match(head)))


def _candidate(number: int, line: str) -> Label | None:
    for found in _matches(line):
        name = found["name"].strip()
        if _can_be_name(name) and not _is_address(name, line[found.end() :]):
            groups = found.groupdict()
            clock = groups.get("before") or groups.get("after")
            return Label(number, name, found.end(), seconds(clock) if clock else None)
    return None


def _can_be_name(name: str) -> bool:
    words = key(name).split()
    if not 0 < len(words) <= MOST_WORDS or not FUNCTION_WORDS.isdisjoint(words):
        return False
    return is_speaker_word(name) or (
        name[-1] not in "?!,;…"
        and not name[0].isdigit()
        and NOBODY.isdisjoint((words[0], words[-1], " ".join(words)))
        and (not name[0].islower() or len(words) == 1)
    )


def _is_address(name: str, rest: str) -> bool:
    """Whether the colon belongs to an address, a path or a time (`C:`, `at 12:30`)."""
    return rest.startswith(("//", "\\")) or (name[-1].isdigit() and rest[:1].isdigit())


def _speakers(candidates: Sequence[Label]) -> set[str]:
    counts = Counter(label.key for label in candidates)
    certain = {name for name in counts if is_speaker_word(name, counts)}
    has_both_sides = {"interviewer", "participant"} <= {role_of(name, counts) for name in certain if counts[name] > 1}
    small = {label.key for label in candidates if label.speaker[0].islower()}
    recurring = {
        name
        for name, count in counts.items()
        if name not in certain and count >= _enough(has_both_sides=has_both_sides, is_small=name in small)
    }
    if not certain:
        return recurring if len(recurring) > 1 or _are_timed(candidates, recurring) else set()
    once = set(counts) - certain - recurring - small
    if not recurring and not has_both_sides and len(certain) == 1 and len(once) == 1:
        return certain | once
    return certain | recurring


def _enough(*, has_both_sides: bool, is_small: bool) -> int:
    """Return how often a word must come before a colon to count as a name.

    More often where the cast is already full, since answers hold lists such as
    "Satisfied: …", and where it begins with a small letter, as few names do.
    """
    return 5 if is_small else 3 if has_both_sides else 2


def _are_timed(candidates: Sequence[Label], names: set[str]) -> bool:
    return any(label.key in names and label.time is not None for label in candidates)
