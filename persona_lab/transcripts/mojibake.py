"""Text that had been read in a wrong encoding before it was saved, brought back.

Each wrong character is turned into its byte again. Bytes that the wrong encoding
has no character for may have been dropped; what is left of a syllable allows only
a few, among which `syllables` chooses. What is not Korean is left to ftfy.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, product

from persona_lab.transcripts import syllables

UNKNOWN = "\ufffd"
# In a text written as its bytes (U+0000 to U+00FF): a byte known to be lost, and a character that is no byte.
LOST, FOREIGN = "\u01ff", "\u0100"
FOLLOWING = f"[\x80-\xbf{LOST}]"
SEQUENCE = re.compile(f"[\xc2-\xdf]{FOLLOWING}?|[\xe0-\xef]{FOLLOWING}{{0,2}}|[\xf0-\xf4]{FOLLOWING}{{0,3}}|.", re.S)
# The same where first bytes get lost as well.
HEADLESS = re.compile(f"{LOST}{FOLLOWING}{{2}}|[\xe0-\xef]{FOLLOWING}{{0,2}}|{FOLLOWING}{{2}}|{SEQUENCE.pattern}", re.S)
KOREAN = re.compile(f"[\xea-\xed]{FOLLOWING}{{0,2}}")
RUN = re.compile(f"[\x80-\xff{LOST}]+")
BEGUN = re.compile(f"[\xc2-\xf4]{FOLLOWING}")
# A question mark or a space right inside a syllable stands for a byte (a space that doesn't break was made plain).
ASKED = re.compile(r"(?<=[\xe0-\xef])\?(?=[\x80-\xbf])")
ASKED_WITHIN = re.compile(r"(?<=[\xe0-\xef])(?:\?[\x80-\xbf?]|[\x80-\xbf]\?)")
SPACED = re.compile(r"(?<=[\xe0-\xef]) (?=[\x80-\xbf])")
DOUBLE_SPACED = re.compile(r"(?<=[\xe0-\xef][\x80-\xbf]) (?= )")
EVERYDAY = frozenset(syllables.everyday())
SIGNS = frozenset("‘’“”·…ㆍ「」『』〈〉《》【】※○●◎★☆→←↑↓■□▲△▶◀♡♥ㅋㅎㅠㅜㅡㄱㄴㄷㅇㅈㅊ─～！？．，：；（）")
# A choice that is wrong more often than right is none.
SURE = 0.5
LEAST_FLUENCY = -6.5
LEAST_SYLLABLES = 3
MOST_STRAYS = 0.1
SAMPLE_RUNS = 5_000
MOST_TRIED = 24
# A table that lacks this many bytes leaves first bytes of syllables alone.
MANY = 10
LEAD = re.compile("[\xc2-\xf4]")
EVERY = tuple(range(0x80, 0xC0))
# First bytes of syllables and of Korean letters.
HEADS = (0xE3, 0xEA, 0xEB, 0xEC, 0xED)
# What ftfy may have something to do with: any script but ASCII and Korean.
OUTSIDE_KOREAN = re.compile("[^\x00-\x7f\u1100-\u11ff\u2000-\u206f\u3130-\u318f\uac00-\ud7a3]")
# ” in UTF-8 read as Windows-1252, which has no character for its last byte.
CUT_QUOTE = re.compile("â€(?![\x80-\xbf“”‘’–—•…€™œžŸš›˜ž¦¢])")
Reader = Callable[[str, str, tuple[int, ...]], list[str] | None]
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

    def as_bytes(self, text: str) -> str:
        """Return the text with each character as its byte; as long as before."""
        return text.translate(self)


@cache
def tables() -> tuple[Table, ...]:
    """Return the encodings that others are read in by mistake, the likelier first."""
    names = ("cp1252", "latin-1", "mac_roman", "cp1253", "cp1250", "cp1251", "cp1254", "cp1257", "cp437", "cp850")
    return (*map(Table, names), Table("latin-1", drops=range(0x80, 0xA0)))


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
    if sum(1 for _ in islice(_suspect().finditer(text), LEAST_SYLLABLES)) < LEAST_SYLLABLES:
        return None
    best: tuple[Table, str, str, Reader] | None = None
    most = 0
    for table in tables():
        as_bytes = table.as_bytes(text)
        for was, written, evidence, read in (
            ("UTF-8", _filled(as_bytes), _utf8_evidence, _utf8),
            ("CP949", as_bytes, _cp949_evidence, _cp949),
        ):
            runs = [run[0] for run in islice(RUN.finditer(written), SAMPLE_RUNS)]
            if (found := evidence(runs, table.missing)) > most:
                best, most = (table, written, was, read), found
    if best is None:
        return None
    table, written, was, read = best
    characters: list[str] = []
    end = 0
    for run in RUN.finditer(written):
        characters += text[end : run.start()]
        characters += read(run[0], run_text := text[run.start() : run.end()], table.missing) or run_text
        end = run.end()
    characters += text[end:]
    return _chosen(characters, was, table.name)


def _from_cp949(text: str) -> Repaired | None:
    """Return Korean in UTF-8 that was read as CP949: it looks like rare syllables and Chinese characters."""
    foreign = "".join(islice((character for character in text if character > "\x7f"), SAMPLE_RUNS))
    if sum(character in EVERYDAY for character in foreign) > 0.7 * len(foreign):
        return None
    parts = (part.encode("cp949", "replace").decode("latin-1") for part in text.split(UNKNOWN))
    written = LOST.join(parts)
    sequences = [found[0] for found in HEADLESS.finditer(written) if found[0] > "\x7f"]
    whole = [sequence for sequence in sequences if len(sequence) == 3 and LOST not in sequence]
    everyday = sum(_decoded(sequence) in EVERYDAY for sequence in whole)
    if everyday < LEAST_SYLLABLES or everyday < 0.8 * len(whole) or len(whole) < 0.25 * len(sequences):
        return None
    every = tuple(range(0x80, 0xC0))
    characters = [
        found[0] if found[0] <= "\x7f" else _candidates(found[0], every) for found in HEADLESS.finditer(written)
    ]
    return _chosen(characters, "UTF-8", "cp949")


def _other_languages(text: str) -> Repaired | None:
    """Return text of any language that ftfy can bring back, line by line."""
    if not OUTSIDE_KOREAN.search(text):
        return None
    # Loaded here: most text is right, and needs it not.
    from ftfy import fix_encoding_and_explain
    from ftfy.badness import is_bad

    read_as: Counter[str] = Counter()
    lines, restored = [], 0
    for line in text.split("\n"):
        if not line.isascii() and is_bad(line):
            filled, quotes = CUT_QUOTE.subn("â€\x9d", line)
            fixed, steps = fix_encoding_and_explain(filled)
            if fixed != filled:
                read_as.update(str(step[1]) for step in steps or () if step[0] == "encode")
                restored += quotes
                line = fixed
        lines.append(line)
    if not read_as:
        return None
    repaired = "\n".join(lines)
    lost = max(0, repaired.count(UNKNOWN) - text.count(UNKNOWN))
    name = read_as.most_common(1)[0][0].removeprefix("sloppy-").replace("windows-", "cp").replace("macroman", "mac_roman")
    return Repaired(repaired, "UTF-8", name, restored, lost, 1 - (restored / 2 + lost) / len(repaired))


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
        for point, byte in table.items():
            if "\xb0" <= byte <= "\xc8" or "\xea" <= byte <= "\xed":
                leads.add(chr(point))
            if "\x80" <= byte <= "\xff":
                follows.add(chr(point))
    return re.compile(f"[{re.escape(''.join(sorted(leads)))}][{re.escape(''.join(sorted(follows)))}]")


def _filled(written: str) -> str:
    """Return bytes of UTF-8 with the question marks and spaces that stand for one marked as such; as long as before."""
    if len(ASKED.findall(written)) > 1:
        written = ASKED_WITHIN.sub(lambda found: found[0].replace("?", LOST), written)
    if len(SPACED.findall(written)) > 1:
        written = DOUBLE_SPACED.sub("\xa0", SPACED.sub("\xa0", written))
    return written


def _utf8_evidence(runs: Sequence[str], missing: Sequence[int]) -> int:
    """Return how many more everyday syllables there are than strays, or 0 where it isn't Korean in UTF-8."""
    begun_runs = "\n".join(run for run in runs if BEGUN.search(run))
    begun = KOREAN.findall(begun_runs)
    whole = [syllable for syllable in begun if len(syllable) == 3 and LOST not in syllable]
    everyday = sum(_decoded(syllable) in EVERYDAY for syllable in whole)
    alone = [sequence for sequence in SEQUENCE.findall(begun_runs) if len(sequence) == 1]
    strays = sum("\x80" <= sequence and not KOREAN.match(sequence) for sequence in alone)
    present = sum(len(syllable) - 1 for syllable in begun)
    expected = 2 - 2 * sum(byte < 0xC0 for byte in missing) / 64
    if (
        everyday < LEAST_SYLLABLES
        or everyday < 0.8 * len(whole)
        or present < 0.7 * expected * len(begun)
        or strays > MOST_STRAYS * len(begun)
    ):
        return 0
    return everyday - strays


def _utf8(run: str, original: str, missing: tuple[int, ...]) -> list[str] | None:
    """Return the characters of a run of bytes: sure ones, candidates, or U+FFFD. None where it is good as it is."""
    if not BEGUN.search(run) and (len(missing) < MANY or not KOREAN.search(run)):
        return None
    return [
        original[found.start()] if len(found[0]) == 1 and not LEAD.match(found[0]) else _candidates(found[0], missing)
        for found in SEQUENCE.finditer(run)
    ]


@cache
def _candidates(sequence: str, missing: tuple[int, ...]) -> str:
    """Return the characters whose UTF-8 has these bytes and otherwise missing ones; U+FFFD where there is none."""
    lead = sequence[0]
    if "\xf0" <= lead <= "\xf4":
        return _decoded(sequence) or UNKNOWN
    heads: Sequence[int] = (ord(lead),)
    if "\xc2" <= lead <= "\xef":
        sequence = sequence[1:]
    else:
        heads, sequence = HEADS, sequence.removeprefix(LOST) if len(sequence) == 3 else sequence
    length = 1 if lead < "\xe0" and heads is not HEADS else 2
    lost = tuple(byte for byte in missing if byte < 0xC0) or EVERY
    known = [lost if byte == LOST else (ord(byte),) for byte in sequence]
    found: set[str] = set()
    for places in combinations(range(length), len(known)):
        values = iter(known)
        slots = [next(values) if place in places else lost for place in range(length)]
        found.update(_decoded(bytes(each).decode("latin-1")) for each in product(heads, *slots))
    return "".join(sorted(found - {""})) or UNKNOWN


@cache
def _decoded(sequence: str) -> str:
    try:
        return sequence.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return ""


def _cp949_evidence(runs: Sequence[str], missing: Sequence[int]) -> int:
    """Return how many everyday syllables there are, or 0 where it isn't Korean in CP949."""
    decoded = (run.encode("latin-1", "replace").decode("cp949", "replace") for run in runs if len(run) > 1)
    text = "\n".join(decoded)
    everyday = sum(character in EVERYDAY for character in text)
    strange = sum(character > "\x7f" and character not in EVERYDAY and character not in SIGNS for character in text)
    if everyday < LEAST_SYLLABLES or strange > 0.25 * everyday or syllables.fluency(text) < LEAST_FLUENCY:
        return 0
    return everyday


def _cp949(run: str, original: str, missing: tuple[int, ...]) -> list[str] | None:
    """Return the characters of a run of bytes: sure ones, candidates, or U+FFFD. None where it is good as it is."""
    if len(run) == 1:
        return None
    whole = _decoded_cp949(run)
    if whole and (_is_everyday(whole) or not missing):
        return list(whole)
    lost = [chr(byte) for byte in missing if byte > 0xA0] or [chr(byte) for byte in missing]
    tried = _tried(run, lost) if len(run) % 2 else [more for once in _inserted(run, lost) for more in _tried(once, lost)]
    if not tried:
        return list(whole or UNKNOWN * (len(run) // 2 + 1))
    return ["".join(sorted(set(places))) for places in zip(*tried, strict=True)]


def _tried(run: str, lost: Sequence[str]) -> list[str]:
    """Return the everyday words that a run of bytes makes with one more byte."""
    decoded = [text for each in _inserted(run, lost) if (text := _decoded_cp949(each)) and _is_everyday(text)]
    return [text for text in decoded if len(text) == (len(run) + 1) // 2]


def _inserted(run: str, lost: Sequence[str]) -> list[str]:
    places = range(len(run) + 1) if len(run) <= MOST_TRIED else ()
    return [f"{run[:at]}{byte}{run[at:]}" for at in places for byte in lost]


def _is_everyday(text: str) -> bool:
    return all(character in EVERYDAY or character in SIGNS for character in text)


def _decoded_cp949(run: str) -> str | None:
    try:
        return run.encode("latin-1").decode("cp949")
    except UnicodeError:
        return None
