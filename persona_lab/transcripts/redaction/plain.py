"""Text with one kind of digits, dashes and blanks, letter by letter, so that offsets stay true."""

import re

_WIDE = {ord("０") + n: str(n) for n in range(10)}
_LETTERS = {ord("Ａ") + n: chr(ord("A") + n) for n in range(26)} | {ord("ａ") + n: chr(ord("a") + n) for n in range(26)}
_MARKS = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
    ord("＠"): "@",
    ord("．"): ".",
    ord("（"): "(",
    ord("）"): ")",
    ord("＋"): "+",
    ord("’"): "'",
}
TABLE = _WIDE | _LETTERS | _MARKS


def plain(text: str) -> str:
    """Return the text, as long as it was, in ASCII's digits, dashes and blanks."""
    return text.translate(TABLE)


def near(text: str, start: int, end: int, words: re.Pattern[str], before: int = 30, after: int = 12) -> bool:
    """Say whether one of the words stands shortly before or after `text[start:end]`, on the same line."""
    left = text[max(0, start - before) : start].rpartition("\n")[2]
    right = text[end : end + after].partition("\n")[0]
    return bool(words.search(left) or words.search(right))
