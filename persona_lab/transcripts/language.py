"""Which language an interview is held in."""

import re

HANGUL = re.compile(r"[가-힣ᄀ-ᇿㄱ-ㆎ]")
LETTER = re.compile(r"[^\W\d_]")
KOREAN_SHARE = 0.25
SAMPLE = 200_000


def language(text: str) -> str:
    """Return `ko` when at least a quarter of the letters are Hangul, otherwise `en`.

    A quarter, because Korean talk about software is full of English names, and
    an English word has about twice the letters of a Korean one.
    """
    sample = text[:SAMPLE]
    letters = len(LETTER.findall(sample))
    return "ko" if letters and len(HANGUL.findall(sample)) >= letters * KOREAN_SHARE else "en"
