"""Rows and segments that say who speaks: from files that are data rather than text.

Such a file has no text of its own that a turn could be a slice of. As with
captions the transcript's text is a rendering: "Speaker: words", one turn after
the other, and the times of the segments are kept as the turn's cues.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from persona_lab.errors import FileTooLarge
from persona_lab.models import Cue
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.speech import Reading, Speech

LINE_BREAK = re.compile(r"\s*(?:\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029])\s*")
SENTENCE_END = re.compile(r"[.?!…。]['\"”’)]*$")
CLOCK = re.compile(r"(?:([0-9]{1,3}):)?([0-9]{1,3}):([0-9]{1,2}(?:[.,][0-9]{1,6})?)")
SECONDS = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,9})?)\s?(?:s|sec|초)?")
# Segments without speakers: a paragraph ends at a long silence, or with a sentence once it is long enough.
SILENCE_SECONDS = 3.0
PARAGRAPH_LENGTH = 200
# No recording is longer than a week; what claims to be was not timed at all.
LIMIT_SECONDS = 7 * 24 * 3600
LIMIT_SEGMENTS = 500_000


@dataclass(frozen=True)
class Said:
    """Words by one speaker (None: the file doesn't say), from `time` until `until` in seconds, where known."""

    speaker: str | None
    words: str
    time: float | None = None
    until: float | None = None


def moment(value: object) -> float | None:
    """Return the seconds that `1:02:03.5`, `62.5` or `62.5 s` stands for; None for what is no time of a recording."""
    text = str(value).strip().strip("[]()")[:40]
    if found := CLOCK.fullmatch(text):
        seconds = int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3].replace(",", "."))
    elif found := SECONDS.fullmatch(text):
        seconds = float(found[1])
    else:
        return None
    return seconds if seconds <= LIMIT_SECONDS else None


def render(said: Sequence[Said], encoding: str, *, joins_unnamed: bool = False) -> Reading:
    """Return what was said as readable text, a turn for each change of speaker.

    Where nobody is named every piece is a turn by itself, or, if it
    `joins_unnamed`, pieces become paragraphs as in captions.

    Raises:
        FileTooLarge: there are more pieces than words in a day of talking.
    """
    if len(said) > LIMIT_SEGMENTS:
        raise FileTooLarge(f"it holds {len(said):,} pieces of speech; {LIMIT_SEGMENTS:,} are the most. Split it.")
    pieces: list[str] = []
    speech: list[Speech] = []
    length = 0
    for turn in _turns([one for one in map(_clean, said) if one.words], joins_unnamed):
        label = f"{turn[0].speaker}: " if turn[0].speaker else ""
        start = length + len(label)
        end, cues = _placed(turn, start)
        speech.append(Speech(turn[0].speaker, start, end, turn[0].time, cues=cues))
        pieces.append(f"{label}{' '.join(one.words for one in turn)}\n")
        length = end + 1
    return Reading("".join(pieces), encoding, tuple(speech))


def _clean(one: Said) -> Said:
    speaker = " ".join(fit(one.speaker).split()).rstrip(":： ")[:100] if one.speaker else None
    return Said(speaker or None, LINE_BREAK.sub("\n", fit(one.words).strip()), one.time, one.until)


def _placed(turn: Sequence[Said], start: int) -> tuple[int, tuple[Cue, ...]]:
    cues = []
    for one in turn:
        end = start + len(one.words)
        if one.time is not None:
            cues.append(Cue(start=start, end=end, time=one.time, until=one.until))
        start = end + 1
    return start - 1, tuple(cues)


def _turns(said: Sequence[Said], joins_unnamed: bool) -> Iterator[list[Said]]:
    turn: list[Said] = []
    length = 0
    for one in said:
        goes_on = turn and one.speaker == turn[0].speaker
        if turn and (not goes_on or (one.speaker is None and (not joins_unnamed or _ends(turn[-1], one, length)))):
            yield turn
            turn, length = [], 0
        turn.append(one)
        length += len(one.words) + 1
    if turn:
        yield turn


def _ends(last: Said, following: Said, length: int) -> bool:
    if last.until is not None and following.time is not None and following.time - last.until >= SILENCE_SECONDS:
        return True
    return length >= PARAGRAPH_LENGTH and bool(SENTENCE_END.search(last.words[-20:]))
