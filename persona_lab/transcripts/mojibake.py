"""Text that had been read in a wrong encoding before it was saved, brought back.

Each wrong character is turned into its byte again. Bytes that the wrong encoding
has no character for may have been dropped; what is left of a syllable allows only
a few, among which `syllables` chooses. What is not Korean is left to ftfy.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from persona_lab.transcripts import syllables
from persona_lab.transcripts.remnants import (
    EVERY,
    EVERYDAY,
    FOREIGN,
    HEADLESS,
    LEAST_EVERYDAY,
    LEAST_SYLLABLES,
    LOST,
    ORIGINALS,
    UTF8,
    Original,
    candidates,
    whole_syllables,
)
from persona_lab.transcripts.syllables import UNKNOWN

# One byte a character; Korean is read in one of them by mistake, the likelier first.
WRONG = ("cp1252", "latin-1", "mac_roman", "cp1253", "cp1250", "cp1251", "cp1254", "cp1257", "cp437", "cp850")
RUN = re.compile(f"[\x80-\xff{LOST}]+")
# A question mark or a space right inside a syllable stands for a byte (a space that doesn't break was made plain).
ASKED = re.compile(r"(?<=[\xe0-\xef])\?(?=[\x80-\xbf])")
ASKED_WITHIN = re.compile(r"(?<=[\xe0-\xef])(?:\?[\x80-\xbf?]|[\x80-\xbf]\?)")
SPACED = re.compile(r"(?<=[\xe0-\xef]) (?=[\x80-\xbf])")
DOUBLE_SPACED = re.compile(r"(?<=[\xe0-\xef][\x80-\xbf]) (?= )")
# The scripts that first bytes of UTF-8 turn into; without one of them ftfy has nothing to do.
WESTERN = re.compile("[\x80-\xb6\xb8-\u05ff\u221a\u2500-\u259f\uf8ff]")
# ” in UTF-8 read as Windows-1252, which has no character for its last byte.
CUT_QUOTE = re.compile("â€(?![\x80-\xbf“”‘’–—•…€™œžŸš›˜¦¢])")
# A choice that is wrong more often than right is none.
SURE = 0.5
SAMPLE = 6_000
DEEPEST = 3


@dataclass(frozen=True)
class Repaired:
    """Text brought back, what it was and how it had been read; how many characters were chosen, and are lost."""

    text: str
    was: str
    read_as: str
    restored: int = 0
    lost: int = 0
    certainty: float = 1.0


class Table(dict[int, str]):
    """An encoding of one byte a character, as a translation of characters into bytes.

    Browsers read the bytes that an encoding leaves free as control characters, so
    these stand for them; other programs drop them, so they are `missing` as well.
    """

    def __init__(self, name: str, *, drops: Sequence[int] = ()) -> None:
        characters = {byte: bytes([byte]).decode(name, "ignore") for byte in range(0x80, 0x100)}
        super().__init__({ord(character): chr(byte) for byte, character in characters.items() if character})
        self.name = name
        self.missing = tuple(drops) or tuple(byte for byte, character in characters.items() if not character)
        for byte in self.missing:
            self.setdefault(byte, chr(byte))
        self[ord(UNKNOWN)] = LOST

    def __missing__(self, point: int) -> str:
        return chr(point) if point < 0x80 else FOREIGN


@cache
def tables() -> tuple[Table, ...]:
    """Return the encodings of one byte a character, and one as left by programs that drop control characters."""
    return (*map(Table, WRONG), Table("latin-1", drops=range(0x80, 0xA0)))


def repair(text: str) -> Repaired | None:
    """Return the text as it was before it was read in a wrong encoding; None where it wasn't."""
    repaired = _repair(text)
    for _ in range(DEEPEST - 1):
        again = _repair(repaired.text) if repaired else None
        if not repaired or not again:
            break
        repaired = Repaired(
            again.text,
            again.was,
            again.read_as,
            repaired.restored + again.restored,
            repaired.lost + again.lost,
            repaired.certainty * again.certainty,
        )
    return repaired


def _repair(text: str) -> Repaired | None:
    if text.isascii():
        return None
    return _from_one_byte(text) or _from_cp949(text) or _other_languages(text)


def _from_one_byte(text: str) -> Repaired | None:
    """Return Korean that was read in an encoding of one byte a character."""
    sample = "\n".join(line for line in text.split("\n") if _suspect().search(line))[:SAMPLE]
    best: tuple[Table, Original] | None = None
    most: float = -math.inf
    for table in tables() if sample else ():
        for original in ORIGINALS:
            written = _as_bytes(sample, table, original)
            found = original.evidence(RUN.findall(written), table.missing)
            # Each character that the encoding hasn't got speaks for another one that has.
            if found and found - written.count(FOREIGN) > most:
                best, most = (table, original), found - written.count(FOREIGN)
    if best is None:
        return None
    table, original = best
    written = _as_bytes(text, table, original)
    characters: list[str] = []
    end = 0
    for run in RUN.finditer(written):
        characters += text[end : run.start()]
        characters += original.read(run[0], text[run.start() : run.end()], table.missing)
        end = run.end()
    return _chosen([*characters, *text[end:]], original.name, table.name)


def _as_bytes(text: str, table: Table, original: Original) -> str:
    """Return the text with each character as its byte, or marked where it stands for a lost one; as long as before."""
    written = text.translate(table)
    if original is not UTF8:
        return written
    if len(ASKED.findall(written)) > 1:
        written = ASKED_WITHIN.sub(lambda found: found[0].replace("?", LOST), written)
    if len(SPACED.findall(written)) > 1:
        written = DOUBLE_SPACED.sub("\xa0", SPACED.sub("\xa0", written))
    return written


def _from_cp949(text: str) -> Repaired | None:
    """Return Korean in UTF-8 that was read as CP949: it looks like rare syllables and Chinese characters."""
    foreign = list(islice((character for character in text if character > "\x7f"), SAMPLE))
    if sum(character in EVERYDAY for character in foreign) > 0.7 * len(foreign):
        return None
    parts = (part.encode("cp949", "replace").decode("latin-1") for part in text.split(UNKNOWN))
    sequences = [found[0] for found in HEADLESS.finditer(LOST.join(parts))]
    high = [sequence for sequence in sequences if sequence > "\x7f"]
    whole, good = whole_syllables(high)
    if len(set(good)) < LEAST_SYLLABLES or len(good) < LEAST_EVERYDAY * whole or whole < len(high) / 4:
        return None
    return _chosen(
        [sequence if sequence <= "\x7f" else candidates(sequence, EVERY) for sequence in sequences], "UTF-8", "cp949"
    )


def _other_languages(text: str) -> Repaired | None:
    """Return text of any language that ftfy can bring back, line by line."""
    if not WESTERN.search(text):
        return None
    # Loaded here: most text is right, and needs it not.
    from ftfy import fix_encoding_and_explain
    from ftfy.badness import is_bad

    read_as: Counter[str] = Counter()
    lines = text.split("\n")
    restored = 0
    for number, line in enumerate(lines):
        # U+0085 is a line break as well, and alone it is nothing bad.
        if line.isascii() or not is_bad(line.replace("\x85", " ")):
            continue
        filled, quotes = CUT_QUOTE.subn("â€\x9d", line)
        fixed, steps = fix_encoding_and_explain(filled)
        if fixed != filled:
            lines[number] = fixed
            restored += quotes
            read_as.update(str(step[1]) for step in steps or () if step[0] == "encode")
    # Control characters may be mended too, without another encoding being at fault.
    if not read_as:
        return None
    repaired = "\n".join(lines)
    lost = max(0, repaired.count(UNKNOWN) - text.count(UNKNOWN))
    return Repaired(repaired, "UTF-8", _plain(read_as.most_common(1)[0][0]), restored, lost, 1 - lost / len(repaired))


def _plain(name: str) -> str:
    """Return Python's name of an encoding that ftfy names."""
    return name.removeprefix("sloppy-").replace("windows-", "cp").replace("macroman", "mac_roman")


def _chosen(characters: list[str], was: str, read_as: str) -> Repaired:
    """Return the text, with the likeliest of each place's characters where one is likely enough."""
    choices = syllables.choose(characters) if any(len(each) > 1 for each in characters) else []
    best = iter(choices)
    sure = [
        each if len(each) == 1 else choice.character if (choice := next(best)).likelihood >= SURE else UNKNOWN
        for each in characters
    ]
    text = "".join(sure)
    restored = sum(choice.likelihood >= SURE for choice in choices)
    lost = text.count(UNKNOWN)
    written = max(1, sum(not character.isspace() for character in text))
    doubt = sum(1 - choice.likelihood for choice in choices if choice.likelihood >= SURE)
    return Repaired(text, was, read_as, restored, lost, 1 - (lost + doubt) / written)


@cache
def _suspect() -> re.Pattern[str]:
    """Return what Korean in a wrong encoding is full of: first bytes of syllables, followed by any high byte."""
    leads, follows = set(), {" ", "?", UNKNOWN}
    for table in tables():
        leads |= {chr(point) for point, byte in table.items() if "\xb0" <= byte <= "\xc8" or "\xea" <= byte <= "\xed"}
        follows |= {chr(point) for point in table}
    return re.compile(f"[{re.escape(''.join(sorted(leads)))}][{re.escape(''.join(sorted(follows)))}]")
