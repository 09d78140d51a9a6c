"""What the bytes that are left of Korean text allow it to have been.

Bytes are written as the characters U+0000 to U+00FF, so that they can stand in one
text with what is known to be lost. A place of the result is one sure character,
several that it may have been, or U+FFFD.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

from persona_lab.transcripts.syllables import UNKNOWN, everyday, fluency, model

# A byte known to be lost, and a character that is no byte.
LOST, FOREIGN = "\u01ff", "\u0100"
FOLLOWING = f"[\x80-\xbf{LOST}]"
SEQUENCE = re.compile(f"[\xc2-\xdf]{FOLLOWING}?|[\xe0-\xef]{FOLLOWING}{{0,2}}|[\xf0-\xf4]{FOLLOWING}{{0,3}}|.", re.S)
# The same where first bytes get lost as well.
HEADLESS = re.compile(f"{LOST}{FOLLOWING}{{2}}|[\xe0-\xef]{FOLLOWING}{{0,2}}|{FOLLOWING}{{2}}|{SEQUENCE.pattern}", re.S)
KOREAN = re.compile(f"[\xea-\xed]{FOLLOWING}{{0,2}}")
# Of two bytes only Western letters and signs: other pairs are also quotation marks before an accent.
BEGUN = re.compile(f"[\xc2\xc3\xe0-\xf4]{FOLLOWING}")
LEAD = re.compile("[\xc2-\xf4]")
EVERY = tuple(range(0x80, 0xC0))
# First bytes of syllables and of Korean letters.
HEADS = (0xE3, 0xEA, 0xEB, 0xEC, 0xED)
EVERYDAY = frozenset(everyday())
SIGNS = frozenset("‘’“”·…ㆍ「」『』〈〉《》【】※○●◎★☆→←↑↓■□▲△▶◀♡♥ㅋㅎㅠㅜㅡㄱㄴㄷㅇㅈㅊ─～！？．，：；（）")
# Fewer different ones than this may be chance.
LEAST_SYLLABLES = 3
LEAST_EVERYDAY = 0.8
LEAST_FLUENCY = -6.5
MOST_STRAYS = 0.1
# An encoding that lacks this many bytes often leaves first bytes of syllables alone.
MANY = 10
# Longer runs of bytes with a gap have too many readings to try.
MOST_TRIED = 24


@dataclass(frozen=True)
class Original:
    """What text may have been before it was read in a wrong encoding.

    `evidence` returns how many syllables speak for it, 0 where there are too few;
    `read` what a run of bytes may have been. Both are told which bytes may be missing.
    """

    name: str
    evidence: Callable[[Sequence[str], Sequence[int]], int]
    read: Callable[[str, str, tuple[int, ...]], Sequence[str]]


def utf8_evidence(runs: Sequence[str], missing: Sequence[int]) -> int:
    begun_runs = "\n".join(run for run in runs if BEGUN.search(run))
    begun: list[str] = KOREAN.findall(begun_runs)
    whole, good = whole_syllables(begun)
    alone: list[str] = [sequence for sequence in SEQUENCE.findall(begun_runs) if len(sequence) == 1]
    strays = sum(sequence >= "\x80" and not KOREAN.match(sequence) for sequence in alone)
    following = Counter("".join(syllable[1:] for syllable in begun))
    expected = 2 - 2 * len([byte for byte in missing if byte < 0xC0]) / len(EVERY)
    is_korean = len(set(good)) >= LEAST_SYLLABLES and len(good) >= LEAST_EVERYDAY * whole
    if not is_korean or following.total() < 0.7 * expected * len(begun) or strays > MOST_STRAYS * len(begun):
        return 0
    # Bytes that have a character in this encoding and never come were dropped: it is another encoding.
    absent = [byte for byte in EVERY if byte not in missing and chr(byte) not in following]
    return len(good) - strays - round(len(begun) * sum(expected_bytes()[byte] for byte in absent))


def whole_syllables(sequences: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many sequences have all their three bytes, and which everyday syllables these are."""
    whole = [decoded(sequence) for sequence in sequences if len(sequence) == 3 and LOST not in sequence]
    return len(whole), [syllable for syllable in whole if syllable in EVERYDAY]


@cache
def expected_bytes() -> dict[int, float]:
    """Return how often a syllable of Korean text has each second or third byte, on average."""
    known = everyday()
    shares = model().single(model().vocabulary.numbers(known)).tolist()
    total = sum(shares)
    expected = dict.fromkeys(EVERY, 0.0)
    for syllable, share in zip(known, shares, strict=True):
        for byte in syllable.encode()[1:]:
            expected[byte] += share / total
    return expected


def utf8(run: str, original: str, missing: tuple[int, ...]) -> Sequence[str]:
    if not BEGUN.search(run) and (len(missing) < MANY or not KOREAN.search(run)):
        return original
    places: list[str] = []
    for found in SEQUENCE.finditer(run):
        # Where no byte can be missing, half a sequence is none.
        is_cut = not missing and len(found[0]) < length_of(found[0])
        is_stray = is_cut or not LEAD.match(found[0])
        places += original[found.start() : found.end()] if is_stray else [candidates(found[0], missing)]
    return places


def length_of(sequence: str) -> int:
    """Return how many bytes the character that begins with the first of these has."""
    return 2 if sequence < "\xe0" else 3 if sequence < "\xf0" else 4


@cache
def candidates(sequence: str, missing: tuple[int, ...]) -> str:
    """Return the characters whose UTF-8 has these bytes and otherwise missing ones; U+FFFD where there is none."""
    lead = sequence[0]
    if "\xf0" <= lead <= "\xf4":
        return decoded(sequence) or UNKNOWN
    has_lead = "\xc2" <= lead <= "\xef"
    heads = (ord(lead),) if has_lead else HEADS
    rest = sequence[1:] if has_lead else sequence[-2:]
    length = 1 if has_lead and lead < "\xe0" else 2
    lost = tuple(byte for byte in missing if byte < 0xC0) or EVERY
    known = [lost if byte == LOST else (ord(byte),) for byte in rest]
    found: set[str] = set()
    for places in combinations(range(length), len(known)):
        values = iter(known)
        slots = [next(values) if place in places else lost for place in range(length)]
        found.update(decoded(bytes(each).decode("latin-1")) for each in product(heads, *slots))
    return "".join(sorted(found - {""})) or UNKNOWN


@cache
def decoded(sequence: str) -> str:
    try:
        return sequence.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return ""


def cp949_evidence(runs: Sequence[str], missing: Sequence[int]) -> int:
    text = "\n".join(run.encode("latin-1", "replace").decode("cp949", "replace") for run in runs if len(run) > 1)
    good = [character for character in text if character in EVERYDAY]
    strange = sum(character > "\x7f" and not _is_everyday(character) for character in text)
    # A lost byte garbles the rest of its word.
    most_strange = 0.25 if any(byte > 0xA0 for byte in missing) else 0.15
    if len(set(good)) < LEAST_SYLLABLES or strange > most_strange * len(good) or fluency(text) < LEAST_FLUENCY:
        return 0
    return len(good)


def cp949(run: str, original: str, missing: tuple[int, ...]) -> Sequence[str]:
    if len(run) == 1:
        return original
    whole = _decoded_cp949(run)
    if whole and (_is_everyday(whole) or not missing):
        return whole
    lost = [chr(byte) for byte in missing if byte > 0xA0] or [chr(byte) for byte in missing]
    once = _inserted(run, lost)
    tried = [word for each in (once if len(run) % 2 else _twice(once, lost)) if (word := _word(each))]
    if not tried:
        return whole or UNKNOWN * (len(run) // 2 + 1)
    return ["".join(sorted(set(place))) for place in zip(*tried, strict=True)]


def _inserted(run: str, lost: Sequence[str]) -> list[str]:
    places = range(len(run) + 1) if len(run) <= MOST_TRIED else ()
    return [f"{run[:at]}{byte}{run[at:]}" for at in places for byte in lost]


def _twice(once: Sequence[str], lost: Sequence[str]) -> set[str]:
    return {twice for each in once for twice in _inserted(each, lost)}


def _word(run: str) -> str | None:
    """Return the everyday word that bytes make, two bytes a character."""
    word = _decoded_cp949(run)
    return word if word and len(word) * 2 == len(run) and _is_everyday(word) else None


def _is_everyday(text: str) -> bool:
    return all(character in EVERYDAY or character in SIGNS for character in text)


def _decoded_cp949(run: str) -> str | None:
    try:
        return run.encode("latin-1").decode("cp949")
    except UnicodeError:
        return None


UTF8 = Original("UTF-8", utf8_evidence, utf8)
ORIGINALS = (UTF8, Original("CP949", cp949_evidence, cp949))
