"""What stands above the talk: who, when and where, notes that a tool made, YAML front matter. None of it is speech."""

import re
from collections import Counter
from collections.abc import Sequence

from persona_lab.transcripts.forms import Label, fact, key, statement
from persona_lab.transcripts.lines import FRONT_MATTER, Line, plain
from persona_lab.transcripts.roles import is_speaker_word
from persona_lab.transcripts.vocabulary import METADATA

SENTENCE_END = re.compile(r"[.?!…]|(?:요|다|까|죠|네|예)$")
PERSON = re.compile(r"[가-힣○]{2,4}(?:\s?[(（].{1,20}[)）])?|[A-Z][\w.'-]+(?:\s[A-Z][\w.'-]*)+")
DATE = re.compile(
    r"\W*(?:(?:19|20)[0-9]{2}\s?[-./년]\s?[0-9]{1,2}\s?[-./월]"
    r"|(?:[A-Z][a-z]{2,8},?\s)?[A-Z][a-z]{2,8}\.?\s[0-9]{1,2},?\s(?:19|20)[0-9]{2}|[0-9]{1,2}\s[A-Z][a-z]{2,8}\s20[0-9]{2})"
)
ENTRY = re.compile(r"([^\W\d][^:#]{0,40}?)\s*:(?:\s+(.*))?$")
# Words that stand alone above a list of names.
HEADED_FACTS = METADATA | {"참석자", "참여자"}
QUOTES = "\"'"
LONGEST_HEADER = 30
LONGEST_TITLE = 100
LONGEST_FACT, LONGEST_NOTE, MOST_FACTS = 200, 2_000, 30
# Less than this above the first speaker is a title or a greeting of the tool.
LEAST_PROSE = 300


def header_length(lines: Sequence[Line], labels: Sequence[Label]) -> int:
    """Return how many labels at the top only introduce people ("면담자: 홍길동")."""
    if _is_all_header(lines, labels):
        return len(labels)
    counts = Counter(label.key for label in labels)
    recurring = sum(count > 1 for count in counts.values())
    for number, label in enumerate(labels):
        value = _value(lines, label)
        introduces_a_speaker = key(value) in counts
        # Once only, beside others who go back and forth; or again below, where the talk begins.
        stands_apart = counts[label.key] == 1 and recurring > 1
        comes_again = counts[label.key] > 1 and (
            _is_among_facts(lines, labels, label) or _names_who_begins(lines, labels, number)
        )
        is_fact = _is_name(value) and (introduces_a_speaker or stands_apart or comes_again)
        if not is_fact:
            return number
    return 0


def facts(lines: Sequence[Line]) -> tuple[dict[str, str], int]:
    """Return what the lines above the talk state, and how many characters of other prose stand there."""
    found: dict[str, str] = {}
    notes: dict[str, list[str]] = {}
    heading, is_note, prose = "", False, 0
    for line in lines:
        words = line.text.strip()
        if plain(words) in HEADED_FACTS and not line.is_break:
            heading, is_note = words, False
        elif line.kind == "aside":
            heading, is_note = words.strip("# \t"), True
        elif line.kind in ("talk", "heading"):
            heading, is_note = "", False
            if not found:
                found["title"] = words.strip("# \t")
        elif not words:
            heading = heading if is_note else ""
        elif line.is_break:
            continue
        elif is_note:
            notes.setdefault(heading, []).append(words)
        elif stated := _stated(line.text):
            found.setdefault(*stated)
        elif heading:
            found.setdefault(heading, words)
        elif DATE.match(words) and len(words) <= LONGEST_TITLE:
            found.setdefault("date", words)
        elif not found and len(words) <= LONGEST_TITLE and "title" not in found:
            found["title"] = words
        else:
            prose += len(words)
    return _bounded(found | {name: "\n".join(words) for name, words in notes.items()}), prose


def front_matter(text: str) -> dict[str, str]:
    """Return the entries of YAML front matter as they are written, lists joined with commas.

    Read line by line: only flat entries are wanted, and anchors and tags of
    foreign YAML are better not followed.
    """
    matter = FRONT_MATTER.match(text)
    found: dict[str, str] = {}
    name = ""
    for line in matter[1].splitlines() if matter else []:
        if entry := ENTRY.match(line):
            name = entry[1].strip()
            found[name] = (entry[2] or "").strip().strip(QUOTES)
        elif name and line.lstrip().startswith("- "):
            item = line.strip()[2:].strip().strip(QUOTES)
            found[name] = f"{found[name]}, {item}" if found[name] else item
    return _bounded({name: value for name, value in found.items() if value})


def _bounded(found: dict[str, str]) -> dict[str, str]:
    return {
        name[:LONGEST_TITLE]: value[: LONGEST_NOTE if "\n" in value else LONGEST_FACT]
        for name, value in list(found.items())[:MOST_FACTS]
    }


def _stated(line: str) -> tuple[str, str] | None:
    stated = statement(line) or fact(line)
    return stated if stated and stated[1] and len(stated[1]) <= LONGEST_FACT else None


def _value(lines: Sequence[Line], label: Label) -> str:
    return lines[label.line].text[label.words :].strip()


def _is_name(value: str) -> bool:
    return 0 < len(value) <= 30 and len(value.split()) <= 4 and not SENTENCE_END.search(value)


def _is_all_header(lines: Sequence[Line], labels: Sequence[Label]) -> bool:
    """Whether all labels stand in one block of facts at the top, and text without labels is below it."""
    if not labels or len({label.key for label in labels}) < len(labels) or labels[-1].line >= LONGEST_HEADER:
        return False
    first, last = _block(lines, labels[0].line)
    return (
        all(number <= last for number in (label.line for label in labels))
        and all(_is_name(_value(lines, label)) for label in labels)
        and not any(not line.is_blank and not line.is_break and not fact(line.text) for line in lines[:first])
        and all(line.is_break or _stated(line.text) for line in lines[first : last + 1])
        and any(not line.is_blank and not line.is_break for line in lines[last + 1 :])
    )


def _names_who_begins(lines: Sequence[Line], labels: Sequence[Label], number: int) -> bool:
    """Whether a label only gives the name of the one who speaks first, a blank line below ("면담자: 홍길동")."""
    label, following = labels[number], labels[number + 1 : number + 2]
    return bool(
        following
        and following[0].key == label.key
        and is_speaker_word(label.speaker)
        and PERSON.fullmatch(_value(lines, label))
        and _block(lines, label.line)[1] < following[0].line
    )


def _is_among_facts(lines: Sequence[Line], labels: Sequence[Label], label: Label) -> bool:
    """Whether the label stands in a block of facts such as "Date: …" and not in a conversation right below them."""
    first, last = _block(lines, label.line)
    if last - first > LONGEST_HEADER:
        return False
    here = [one for one in labels[:LONGEST_HEADER] if first <= one.line <= last]
    return (
        any(fact(line.text) for line in lines[first : last + 1])
        and len({one.key for one in here}) == len(here)
        and all(_is_name(_value(lines, one)) for one in here)
    )


def _block(lines: Sequence[Line], number: int) -> tuple[int, int]:
    """Return the first and last line of the block between blank lines, no further than a header goes."""
    first = last = number
    while first > 0 and not lines[first - 1].is_blank and number - first <= LONGEST_HEADER:
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].is_blank and last - first <= LONGEST_HEADER:
        last += 1
    return first, last
