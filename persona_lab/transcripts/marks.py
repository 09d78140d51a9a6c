"""What stands among spoken words without being said: times, and the codes people marked them with."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from persona_lab.models import Cue
from persona_lab.transcripts import clocks
from persona_lab.transcripts.speech import Speech
from persona_lab.transcripts.vocabulary import CODES, NOBODY

TAG = re.compile(r"(?:\*\*)?\\?[\[【]([^\W\d_][^\[\]【】\r\n\\]{0,39})\\?[\]】](?:\*\*)?[ \t]*(?::(?=\s))?\s*")
TAG_LINE = re.compile(rf"^[ \t]*(?:[-•*]\s+)?{TAG.pattern}", re.M)
TRAILING = re.compile(rf"\s*(?:{clocks.MARKED.pattern})\s*\Z")
TRAILING_LENGTH = 40


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())


def is_coded(text: str) -> bool:
    """Whether people marked passages of this text with codes such as "[Pain Point]"."""
    return any(_plain(found[1]) in CODES for found in re.finditer(r"[\[【]([^\[\]【】\r\n]{1,40})[\]】]", text))


def without_marks(text: str, speech: Speech, *, is_coded: bool) -> tuple[Speech, float | None]:
    """Return the speech without the times and codes at its ends, and the time at which it ends if the text says so.

    Times inside stay in the words and part them into cues.
    """
    start, end = trimmed(text, speech.start, speech.end)
    start, time, codes = _opening(text, start, end, speech.time, is_coded)
    end, until = _ending(text, start, end)
    start, end = trimmed(text, start, end)
    if is_coded:
        codes += [found[1].strip() for found in TAG_LINE.finditer(text, start, end) if _plain(found[1]) in CODES]
    marked = replace(speech, start=start, end=end, time=time, codes=tuple(dict.fromkeys(codes)))
    return replace(marked, cues=tuple(_cues(text, marked, until))), until


def _opening(
    text: str, start: int, end: int, time: float | None, is_coded: bool
) -> tuple[int, float | None, list[str]]:
    codes: list[str] = []
    while start < end:
        if found := clocks.LEADING.match(text, start, end):
            time = time if time is not None else clocks.of(found)
        elif is_coded and (found := TAG.match(text, start, end)) and _is_code(found[1]):
            codes.append(found[1].strip())
        else:
            break
        start = found.end()
    return start, time, codes


def _ending(text: str, start: int, end: int) -> tuple[int, float | None]:
    until: float | None = None
    while found := TRAILING.search(text, max(start, end - TRAILING_LENGTH), end):
        until = clocks.of(found) if until is None else until
        end = found.start()
    return end, until


def _cues(text: str, speech: Speech, until: float | None) -> Iterator[Cue]:
    """Yield the stretches between the times inside a turn; none where there is but the turn's own time."""
    marks: Sequence[re.Match[str]] = list(clocks.MARKED.finditer(text, speech.start, speech.end))
    if not marks and until is None:
        return
    starts = [speech.start, *(found.end() for found in marks)]
    ends = [*(found.start() for found in marks), speech.end]
    times = [speech.time, *(clocks.of(found) for found in marks)]
    for begin, finish, time, following in zip(starts, ends, times, [*times[1:], until], strict=True):
        first, last = trimmed(text, begin, finish)
        if first < last and time is not None:
            yield Cue(start=first, end=last, time=time, until=following)


def _is_code(tag: str) -> bool:
    plain = _plain(tag)
    return plain in CODES or (not tag[0].islower() and NOBODY.isdisjoint((*plain.split(), plain)))


def _plain(tag: str) -> str:
    return " ".join(tag.casefold().split())
