"""The same words in one spelling, with the way back to the spelling they came in.

Typewriters, phones and transcription services disagree about quotation marks,
dashes, blanks and composed letters; people who quote retype them.
"""

import unicodedata
from dataclasses import dataclass

MARKS = str.maketrans({
    **dict.fromkeys("‘’‚‛′´`＇「」", "'"),
    **dict.fromkeys("“”„‟″＂«»『』", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    "…": "...",
    "‥": "..",
})  # fmt: skip
INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Spelling:
    """`text` in one spelling; letter i came from `source[starts[i]:ends[i]]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return where a non-empty span of `text` stands in the source."""
        return self.starts[start], self.ends[end - 1]


def spell(source: str, *, keep_marks: bool = False) -> Spelling:
    """Return `source` composed (NFC), with plain marks and single blanks.

    `keep_marks` only composes, so that sentence rules still see the original's marks and lines.
    """
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(source):
        end = _cluster_end(source, at)
        text = unicodedata.normalize("NFC", source[at:end])
        if not keep_marks:
            text = _plain(text)
            if text == " " and letters and letters[-1] == " ":
                text = ""
        for letter in text:
            letters.append(letter)
            starts.append(at)
            ends.append(end)
        at = end
    return Spelling("".join(letters), tuple(starts), tuple(ends))


def _plain(text: str) -> str:
    if text.isspace():
        return " "
    return "" if text in INVISIBLE else text.translate(MARKS)


def _cluster_end(source: str, at: int) -> int:
    """Return the end of the letter at `at` with the marks and jamo that compose with it."""
    end = at + 1
    while end < len(source) and (unicodedata.combining(source[end]) or "\u1160" <= source[end] <= "\u11ff"):
        end += 1
    return end
