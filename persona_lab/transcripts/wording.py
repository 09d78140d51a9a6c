"""The words of a text in the form by which two ways of writing the same words are compared.

Case, width, quotation marks, blanks, punctuation and fillers are gone, English
contractions are taken apart, and Korean is written without blanks, since hardly two people
space it alike. Every word knows where it came from.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from persona_lab.transcripts.spelling import INVISIBLE, spell

HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\U0001f000-\U0001faff"
APOSTROPHE = "'’‘ʼ＇`´"
# A number with its sign and its marks; a word with its apostrophes; a symbol that changes what a number or name means.
TOKEN = re.compile(
    rf"(?:(?<![\w)])[-−])?\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[{APOSTROPHE}][^\W\d_]+)*|[%$€£₩¥°#+<>=×÷]|[{EMOJI}]"
)
_FILLERS = """
um umm ummm uh uhh uhm uhmm er erm ah eh hm hmm hmmm mm mmm mhm 음 으음 음음 흠 어 어어 아 에 그
"""
FILLERS = frozenset(_FILLERS.split())
# They say which part a word has in its sentence and leave what it names as it is: 만 and 보다 do not.
_PARTICLES = """
이 가 은 는 을 를 의 에 에서 께서 와 과 랑 이랑 로 으로 요 이요 이에요 예요 이다 입니다 도 란 이란 라는 이라는
"""
PARTICLES = frozenset(_PARTICLES.split())
SUFFIXES = {"m": "am", "re": "are", "ve": "have", "ll": "will", "s": "'s", "d": "'d"}
STEMS = {"ca": "can", "wo": "will", "sha": "shall"}
BARE_NOT = re.compile(r"(do|does|did|is|are|was|were|ca|could|would|should|have|has|had|wo)nt")
THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
MARKS = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, APOSTROPHE), "'"),
    ord("−"): "-",
}
IS_HANGUL = re.compile(rf"[{HANGUL}]+")
IS_EMOJI = re.compile(rf"[{EMOJI}]")


@dataclass(slots=True)
class Wording:
    """Words in order: word i is `forms[i]`, stands at `starts[i]:ends[i]` of the text and at `at[i]` of `line`.

    `line` has all forms in a row, a line end between texts, and no blank between two Korean words.
    """

    forms: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    line: str = ""

    def is_glued(self, index: int) -> bool:
        """Say whether a word is written together with the one before, as `n't` or the `kg` of `5kg` are."""
        if not 0 < index < len(self.forms) or self.starts[index] != self.ends[index - 1]:
            return False
        return not (IS_EMOJI.match(self.forms[index]) or IS_EMOJI.match(self.forms[index - 1]))

    def word_at(self, place: int) -> int:
        """Return which word the letter at `place` of `line` belongs to."""
        return bisect_right(self.at, place) - 1


def wording(*texts: tuple[int, str]) -> Wording:
    """Return the words of texts, each given with the offset of its first letter."""
    found = Wording()
    line: list[str] = []
    length = 0
    for offset, text in texts:
        last = "\n"
        for form, start, end in _words(text):
            if last == "\n" or not (is_hangul(last[-1]) and is_hangul(form[0])):
                blank = last if last == "\n" else " "
                line.append(blank)
                length += 1
            found.forms.append(form)
            found.starts.append(offset + start)
            found.ends.append(offset + end)
            found.at.append(length)
            line.append(form)
            length += len(form)
            last = form
    found.line = "".join(line)
    return found


def is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3" or "\u3131" <= letter <= "\u318e" or "\u1100" <= letter <= "\u11ff"


def without_particle(form: str) -> str:
    """Return a Korean word without its particle, where two syllables are left."""
    if is_hangul(form[0]):
        for size in (3, 2, 1):
            if len(form) - size >= 2 and form[-size:] in PARTICLES:
                return form[:-size]
    return form


def _words(text: str) -> list[tuple[str, int, int]]:
    if unicodedata.is_normalized("NFC", text) and INVISIBLE.isdisjoint(text):
        return [part for found in TOKEN.finditer(text) for part in _parts(found[0], found.start(), found.end())]
    spelling = spell(text, keep_marks=False)
    return [
        (form, *spelling.back(start, end))
        for found in TOKEN.finditer(spelling.text)
        for form, start, end in _parts(found[0], found.start(), found.end())
    ]


def _parts(raw: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return a word's form and place: none for a filler, two for a contraction."""
    form = raw if is_hangul(raw[0]) else raw.translate(MARKS).casefold()
    if form in FILLERS or not form:
        return []
    if "," in form:
        form = THOUSANDS.sub("", form)
    if form.isalpha() and form.endswith("nt") and (bare := BARE_NOT.fullmatch(form)):
        cut = end - 2
        return [(STEMS.get(bare[1], bare[1]), start, cut), ("not", cut, end)]
    if form == "cannot":
        return [("can", start, end - 3), ("not", end - 3, end)]
    if "'" in form and len(form) == end - start:
        return _contraction(form, start, end)
    return [(form, start, end)]


def _contraction(form: str, start: int, end: int) -> list[tuple[str, int, int]]:
    if form.endswith("n't") and len(form) > 3:
        return [(STEMS.get(form[:-3], form[:-3]), start, end - 3), ("not", end - 3, end)]
    base, _, suffix = form.rpartition("'")
    if base and suffix in SUFFIXES:
        cut = end - len(suffix) - 1
        return [(base, start, cut), (SUFFIXES[suffix], cut, end)]
    return [(form, start, end)]
