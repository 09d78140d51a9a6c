"""Bytes to text: the encoding that makes sense of them, how sure that is, and what could not be read.

What the bytes say themselves is believed: a byte order mark, the announcement of
ISO-2022-KR, valid UTF-8. Otherwise CP949 (which holds EUC-KR), Johab of the
nineties, Windows-1252 and a mixture of them are tried, and the one counts whose
characters look most like writing. CP949 also accepts Western text by accident:
the apostrophe and the `t` of a Windows-1252 "don't" make a rare Korean syllable.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from persona_lab.errors import UnreadableText
from persona_lab.models import Repair
from persona_lab.transcripts.mojibake import Repaired, repair
from persona_lab.transcripts.remnants import EVERYDAY
from persona_lab.transcripts.speech import Reading
from persona_lab.transcripts.syllables import UNKNOWN

# UTF-32-LE begins with the mark of UTF-16-LE, so the order matters.
MARKS = (
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
# RFC 1557: the line that holds it comes before any Korean.
ISO_2022_KR = b"\x1b$)C"
UNMARKED_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
UNMARKED = ("cp949", "johab", "cp1252")
SAMPLE = 20_000
SAMPLE_BYTES = 4_096
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
FOREIGN = re.compile(r"[^\x00-\x7f]")
FOREIGN_RUN = re.compile(r"[^\x00-\x7f]+")
WESTERN = re.compile("[À-ÖØ-öø-ÿŠšŽžŒœŸ‘’“”‚„‹›«»–—…•·¿¡€£§©®™°ºª²³½¼¾´×\u00a0]+")
UTF8_KOREAN = re.compile(rb"(?:[\xea-\xed][\x80-\xbf]{2}){2}")
# Syllables beyond KS X 1001 as four characters (its annex 3), which the codec of CP949 doesn't put together.
MADE_UP = re.compile(rb"\xa4\xd4(?:\xa4[\xa1-\xd4]){3}")
FILLER = "\u3164"
LEAST_HANGUL = 0.4
MOST_WESTERN = 0.2
# What programs put in the place of letters; question marks after a letter are emphasis.
QUESTIONS = re.compile(r"(?<![\w?])\?{2,}")
REPLACED = re.compile(f"{UNKNOWN}|占쏙옙")
LEAST_QUESTIONS = 20
LEAST_PLAUSIBLE = 0.8
# Beyond one lost character in ten, what is left is no record of what was said.
MOST_LOST = 0.1
SURE = 0.9
ADVICE = "Save the transcript as .txt (UTF-8) or .docx."
AGAIN = "Export the transcript again from where it was made, as UTF-8 or .docx."


@dataclass(frozen=True)
class Decoded:
    """Text, the codec it was read with, and how sure that is.

    `certainty`, from 0 to 1, is the share of characters that are what was written,
    as far as can be told: 1 where the bytes prove the encoding. `repair` and
    `remarks` are those of the Transcript. Where there is neither, `raw.decode(encoding) == text`.
    """

    text: str
    encoding: str
    certainty: float = 1.0
    repair: Repair | None = None
    remarks: tuple[str, ...] = ()

    def stamp(self, reading: Reading) -> Reading:
        """Return the reading with all that is known of how its bytes were decoded."""
        return replace(
            reading,
            encoding=self.encoding,
            certainty=self.certainty * reading.certainty,
            repair=self.repair,
            remarks=(*self.remarks, *reading.remarks),
        )


def decode(raw: bytes, *, most_lost: float = MOST_LOST) -> Decoded:
    """Return the text of the bytes, brought back where it had been read in a wrong encoding before.

    Raises:
        UnreadableText: the bytes are no text in any encoding known here, or more
            than the share `most_lost` of its characters is lost.
    """
    read = _read(raw)
    if "\0" in read.text or len(CONTROL.findall(read.text[:SAMPLE])) > len(read.text[:SAMPLE]) / 100:
        raise UnreadableText(f"the content is binary, not text. {ADVICE}")
    repaired = repair(read.text)
    text = repaired.text if repaired else read.text
    lost, share = _lost(text)
    if share > most_lost:
        raise UnreadableText(f"{_percent(share)} of its characters can't be recovered{_why(text, repaired)}. {AGAIN}")
    remarks = (*read.remarks, *_remarks(text, repaired, lost))
    if repaired is None:
        return Decoded(text, read.encoding, read.certainty * (1 - share), None, remarks)
    kept = Repair(wrong_encoding=repaired.read_as, restored=repaired.restored, lost=share)
    return Decoded(text, read.encoding, read.certainty * repaired.certainty, kept, remarks)


def marked(raw: bytes) -> str | None:
    """Return the codec that the first bytes give away; None where they don't.

    They do by a byte order mark, by the announcement of ISO-2022-KR, or by the zero
    bytes of UTF-16 and UTF-32 where the mark was forgotten.
    """
    sample = raw[:SAMPLE_BYTES]
    if name := next((name for mark, name in MARKS if raw.startswith(mark)), None):
        return name
    if ISO_2022_KR in sample:
        return "iso2022_kr"
    return _wide(sample) if b"\0" in sample else None


def _read(raw: bytes) -> Decoded:
    if name := marked(raw):
        return _read_marked(raw, name)
    if b"\0" in raw:
        raise UnreadableText(f"the content is binary, not text: it holds zero bytes. {ADVICE}")
    if (text := _strict(raw, "utf-8")) is not None:
        return Decoded(text, "utf-8")
    if MADE_UP.search(raw) and (text := _strict(raw, "euc_kr")) is not None:
        return Decoded(text, "euc_kr", _certainty(text))
    tried = [Decoded(text, name) for name in UNMARKED if (text := _strict(raw, name)) is not None]
    best = max(tried, key=lambda one: _plausible(one.text), default=None)
    if best is None or _plausible(best.text) < LEAST_PLAUSIBLE or UTF8_KOREAN.search(raw):
        mixed = _mixed(raw)
        best = mixed if best is None or _plausible(mixed.text) > _plausible(best.text) else best
    if _plausible(best.text) < LEAST_PLAUSIBLE:
        if name := _wide(raw[:SAMPLE_BYTES]):
            return _read_marked(raw, name)
        raise UnreadableText(f"the content is not text in any encoding known here. {ADVICE}")
    certainty = _certainty(best.text)
    return Decoded(best.text, best.encoding, certainty, None, best.remarks or _doubts(best.encoding, certainty))


def _read_marked(raw: bytes, name: str) -> Decoded:
    if (text := _strict(raw, name)) is not None:
        is_proven = name not in UNMARKED_WIDE
        return Decoded(text, name, 1.0 if is_proven else _readable(text))
    if name == "utf-8-sig":
        mixed = _mixed(raw.removeprefix(BOM_UTF8))
        return Decoded(mixed.text, name, mixed.certainty, None, mixed.remarks)
    # Cut off in the middle of a character, as downloads are.
    text = raw.decode(name, "replace")
    if _lost(text)[1] > MOST_LOST:
        raise UnreadableText(f"it says it is {name.upper()} but is damaged or cut off. {ADVICE}")
    return Decoded(text, name)


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None


def _wide(sample: bytes) -> str | None:
    """Return which of UTF-16 and UTF-32 the bytes are in, though they don't say so; None for neither."""
    texts = ((name, sample.decode(name, "replace")) for name in UNMARKED_WIDE)
    share, name = max(((_readable(text), name) for name, text in texts if "\0" not in text), default=(0.0, ""))
    return name if share > LEAST_PLAUSIBLE else None


def _readable(text: str) -> float:
    """Return the share of everyday characters among all, after one good and one bad more (rule of succession)."""
    sample = text[:SAMPLE]
    good = sum(" " <= character <= "~" or character in "\t\r\n" or character in _korean() for character in sample)
    return (good + 1) / (len(sample) + 2)


def _mixed(raw: bytes) -> Decoded:
    """Return each line in UTF-8 where it is that, else in what makes most sense of it."""
    lines = raw.split(b"\n")
    read = [_line(line) for line in lines]
    counts = Counter(name for line, (_, name) in zip(lines, read, strict=True) if not line.isascii())
    names = [name for name, _ in counts.most_common()]
    others = " and ".join(f"{counts[name]:,} as {name}" for name in names[1:])
    remarks = (f"The file mixes encodings: of its {len(lines):,} lines, {others} and the rest as {names[0]}.",)
    text = "\n".join(text for text, _ in read)
    return Decoded(text, ", ".join(names), _certainty(text), None, remarks if others else ())


def _line(line: bytes) -> tuple[str, str]:
    if (text := _strict(line, "utf-8")) is not None:
        return text, "utf-8"
    tried = [(text, name) for name in UNMARKED if (text := _strict(line, name)) is not None]
    best = max(tried, key=lambda one: _plausible(one[0]), default=None)
    return best if best and _plausible(best[0]) >= LEAST_PLAUSIBLE else (line.decode("utf-8", "replace"), "utf-8")


def _certainty(text: str) -> float:
    """Return how sure it is that this was written, by what its characters look like.

    The share of plausible ones, after one plausible and one implausible more: few
    characters prove little (rule of succession).
    """
    count = len(FOREIGN.findall(text[:SAMPLE]))
    return (_plausible(text) * count + 1) / (count + 2)


def _plausible(text: str) -> float:
    """Return the share of characters beyond ASCII that look like Korean or Western writing."""
    foreign = FOREIGN.findall(text[:SAMPLE])
    if not foreign:
        return 1.0
    hangul = sum(character in EVERYDAY or "ㄱ" <= character <= "ㅣ" for character in foreign)
    if hangul >= LEAST_HANGUL * len(foreign):
        return sum(character in _korean() for character in foreign) / len(foreign)
    # Every Western language is mostly ASCII.
    if len(foreign) > MOST_WESTERN * min(len(text), SAMPLE):
        return 0.0
    good = sum(len(word) for word in FOREIGN_RUN.findall(text[:SAMPLE]) if len(word) < 3 and WESTERN.fullmatch(word))
    return good / len(foreign)


@cache
def _korean() -> frozenset[str]:
    """Return the characters of KS X 1001 that stand in text: everyday syllables, Chinese characters, signs."""
    rows = (bytes((lead, trail)) for lead in range(0xA1, 0xFF) for trail in range(0xA1, 0xFF))
    return frozenset("".join(row.decode("euc_kr", "ignore") for row in rows)) - {FILLER}


def _lost(text: str) -> tuple[int, float]:
    """Return how many characters are lost, and their share of all that are not white space."""
    marks = sum(len(mark) for mark in REPLACED.findall(text))
    questions = sum(len(marks) for marks in QUESTIONS.findall(text))
    letters = sum(character.isalnum() for character in text) if questions >= LEAST_QUESTIONS else 0
    lost = questions if questions >= LEAST_QUESTIONS and questions > MOST_LOST * (letters + questions) else 0
    written = sum(map(len, text.split()))
    return marks + lost, (marks + lost) / max(1, written)


def _why(text: str, repaired: Repaired | None) -> str:
    if repaired:
        return f": it was {repaired.was}, read as {repaired.read_as} and saved without the bytes that don't exist there"
    if UNKNOWN in text or "占쏙옙" in text:
        return f": a program put {UNKNOWN} or 占쏙옙 in their place"
    return ": a program put question marks in their place"


def _remarks(text: str, repaired: Repaired | None, lost: int) -> Iterator[str]:
    written = f"{sum(map(len, text.split())):,} characters"
    if repaired:
        chosen = f"; {repaired.restored:,} of {written} were chosen as the likeliest" if repaired.restored else ""
        yield (
            f"The text had been saved in a wrong encoding ({repaired.was} read as {repaired.read_as}) "
            f"and was repaired{chosen}."
        )
    if lost:
        yield f"{lost:,} of {written} could not be recovered" + (
            f" and are shown as {UNKNOWN}." if UNKNOWN in text else "."
        )


def _doubts(name: str, certainty: float) -> tuple[str, ...]:
    if certainty >= SURE:
        return ()
    return (f"The file doesn't say its encoding; {name} is the likeliest. Check names and signs.",)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
