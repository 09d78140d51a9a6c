"""Bytes to text without ever guessing where knowing is possible.

A byte order mark is believed, then strict UTF-8, then strict CP949 (which holds
EUC-KR), then Johab of the nineties, and Windows-1252 last. Where none of them
makes sense the file is refused: a guess would put wrong words into a quote.

CP949 also accepts some Western text by accident: the apostrophe and
the `t` of a Windows-1252 "don't" make a rare Korean syllable. Text counts as
CP949 only when its characters are mostly the everyday ones of KS X 1001.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

from persona_lab.errors import UnreadableText

# UTF-32-LE begins with the mark of UTF-16-LE, so the order matters.
MARKS = (
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
SAMPLE = 20_000
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
ADVICE = "Save the transcript as .txt (UTF-8) or .docx."


def decode(raw: bytes) -> tuple[str, str]:
    """Return the text and the codec's name, so that `raw.decode(name) == text`.

    Raises:
        UnreadableText: the bytes are no text in any encoding known here.
    """
    text, name = _decode(raw)
    if "\0" in text or len(CONTROL.findall(text[:SAMPLE])) > len(text[:SAMPLE]) / 100:
        raise UnreadableText(f"the content is binary, not text. {ADVICE}")
    return text, name


def marked(raw: bytes) -> str | None:
    """Return the codec that the byte order mark names, or None where there is no mark."""
    return next((name for mark, name in MARKS if raw.startswith(mark)), None)


def _decode(raw: bytes) -> tuple[str, str]:
    if name := marked(raw):
        text = _strict(raw, name)
        if text is None:
            raise UnreadableText(
                f"it says it is {name.removesuffix('-sig').upper()} but is damaged or cut off. {ADVICE}"
            )
        return text, name
    if b"\0" in raw:
        raise UnreadableText(f"the content is binary, not text: it holds zero bytes. {ADVICE}")
    if (text := _strict(raw, "utf-8")) is not None:
        return text, "utf-8"
    for name, is_sensible in (("cp949", _is_everyday), ("johab", _is_everyday), ("cp1252", _is_western)):
        text = _strict(raw, name)
        if text is not None and is_sensible(text):
            return text, name
    raise UnreadableText(f"the content is not text in any encoding known here. {ADVICE}")


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None


def _is_everyday(text: str) -> bool:
    """Whether the Korean in the text uses the 2,350 everyday syllables rather than the 8,822 rare ones."""
    foreign = "".join(character for character in text if character > "\x7f")[:SAMPLE].encode("cp949", "ignore")
    pairs = list(zip(foreign[::2], foreign[1::2], strict=True))
    everyday = sum(lead >= 0xA1 and trail >= 0xA1 for lead, trail in pairs)
    syllables = sum(0xB0 <= lead <= 0xC8 and trail >= 0xA1 for lead, trail in pairs)
    return syllables > 0 and syllables >= len(pairs) * 0.4 and everyday >= len(pairs) * 0.8


def _is_western(text: str) -> bool:
    """Whether text decoded as Windows-1252 is mostly ASCII, as every Western language is."""
    sample = text[:SAMPLE]
    return sum(character > "\x7f" for character in sample) <= len(sample) * 0.2
