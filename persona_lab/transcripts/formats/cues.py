"""Captions: short cues with times, put together again into what each speaker said.

A turn runs over many cues with timings between them, so it could never be a
slice of the file. The transcript's text is therefore a rendering: one line a
turn, "Speaker: words", or the words alone where nobody is named. The file
itself is kept elsewhere, byte for byte.

Parsed here rather than by webvtt-py, which gives one voice a cue where two may
speak, drops the words of a cue whose timing is damaged, and refuses a whole
file for a missing first line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import groupby

from persona_lab import models
from persona_lab.errors import UnreadableText
from persona_lab.transcripts.clocks import CLOCK, seconds
from persona_lab.transcripts.labels import find_labels
from persona_lab.transcripts.speech import Reading, Speech

LINE_BREAK = re.compile(r"\r\n|\r|\n")
TIMING = re.compile(rf"\s*({CLOCK})\s*-->\s*({CLOCK})")
# An arrow behind something that was meant for a time; people also write arrows.
ARROW = re.compile(r"[^0-9]{0,3}[0-9][^\s>]{0,30}\s*--?>")
NOT_A_CUE = re.compile(r"(?:NOTE|STYLE|REGION)\b")
# Bounded, so that a file full of "<v " without an end is read in good time.
VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s{1,9}([^<>]{0,200})>|(</v>)", re.I)
TAG = re.compile(
    r"</?(?:c|i|b|u|s|v|ruby|rt|lang|font)(?:[.\s][^<>]{0,200})?>|<[0-9][0-9:.]{0,20}>|\{\\[^{}]{0,200}\}", re.I
)
KARAOKE = re.compile(r"<[0-9]{2}:[0-9:.]+>")
# Live captions begin so when somebody else speaks.
OTHER = ">>"
SENTENCE_END = re.compile(r"[.?!…。]['\"”’)]*$")
# Captions without speakers: a paragraph ends at a long silence, or with a sentence once it is long enough.
SILENCE_SECONDS = 3.0
PARAGRAPH_LENGTH = 200


@dataclass(frozen=True)
class Cue:
    """What is shown from `start` to `end` (seconds; None where the timing is damaged).

    `speaker` is whom the file names beside the words; labels within the lines are found later.
    """

    start: float | None
    end: float | None
    lines: tuple[str, ...]
    speaker: str | None = None


@dataclass(frozen=True)
class Said:
    """One line of one cue; `speaker` is None where the line doesn't name one.

    `is_other` says that somebody else begins, without a name: ">> words".
    """

    cue: Cue
    speaker: str | None
    words: str
    is_other: bool = False


def parse(text: str, *, keeps_untimed: bool = False) -> list[Cue]:
    """Return the cues in the order of the file.

    A block without a timing is a damaged cue. In SubRip its words are kept
    (`keeps_untimed`); in WebVTT it may be anything, and it comes without lines.

    Raises:
        UnreadableText: there is not one timing in the text.
    """
    lines = LINE_BREAK.split(text)
    timings = [number for number, line in enumerate(lines) if ARROW.match(line[:80])]
    if not timings and text.lstrip("\ufeff").startswith("WEBVTT"):
        raise UnreadableText("it holds no captions, only the beginning of a caption file. Export it again.")
    if not timings:
        raise UnreadableText("it has no times (00:00:01 --> 00:00:02), so it is no caption file. Name it .txt.")
    cues = list(_untimed(lines[: timings[0]])) if keeps_untimed else []
    for begin, end in zip(timings, [*timings[1:], len(lines)], strict=True):
        blocks = _blocks(lines[begin + 1 : end], is_last=end == len(lines))
        cues.append(_cue(lines[begin], blocks[0]))
        spoken = [block for block in blocks[1:] if not NOT_A_CUE.match(block[0])]
        cues.extend(Cue(None, None, block if keeps_untimed else ()) for block in spoken)
    return cues


def render(cues: Sequence[Cue], encoding: str) -> Reading:
    """Return the cues as readable text, cues of one speaker in a row as one speech."""
    pieces: list[str] = []
    length = 0
    speech = []
    for turn in _turns(_named(_said(cues))):
        label = f"{turn[0].speaker}: " if turn[0].speaker else ""
        words = " ".join(said.words for said in turn)
        start = length + len(label)
        time, spans = turn[0].cue.start, tuple(_spans(turn, start))
        speech.append(Speech(turn[0].speaker, start, start + len(words), time, cues=spans))
        pieces.append(f"{label}{words}\n")
        length = start + len(words) + 1
    return Reading("".join(pieces), encoding, tuple(speech), remarks=tuple(_remarks(cues)))


def _spans(turn: Sequence[Said], start: int) -> Iterator[models.Cue]:
    """Yield where in the rendering each cue of the turn stands, lines of one cue together."""
    for cue, lines in groupby(turn, key=lambda said: said.cue):
        end = start + sum(len(said.words) + 1 for said in lines) - 1
        if cue.start is not None:
            until = cue.end if cue.end is not None and cue.end >= cue.start else None
            yield models.Cue(start=start, end=end, time=cue.start, until=until)
        start = end + 1


def _remarks(cues: Sequence[Cue]) -> Iterator[str]:
    kept = sum(cue.start is None and bool(cue.lines) for cue in cues)
    skipped = sum(cue.start is None and not cue.lines for cue in cues)
    if kept:
        yield f"Captions with a damaged time or none: {kept:,}. Their words were kept, without a time."
    if skipped:
        yield f"Captions without a time that were skipped: {skipped:,}."


def _cue(timing: str, lines: tuple[str, ...]) -> Cue:
    found = TIMING.match(timing[:100])
    start, end = (seconds(found[1]), seconds(found[2])) if found else (None, None)
    return Cue(start, end, lines)


def _untimed(lines: Sequence[str]) -> Iterator[Cue]:
    return (Cue(None, None, block) for block in _blocks(lines, is_last=False) if block)


def _blocks(lines: Sequence[str], *, is_last: bool) -> list[tuple[str, ...]]:
    """Return the blocks between blank lines, the first even when empty, without the numbers of cues."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1] or len(blocks) == 1:
            blocks.append([])
    # The line right above the next timing is that cue's number or name.
    if not is_last and (len(blocks) > 1 or (blocks[0] and blocks[0][-1].isdigit())) and blocks[-1]:
        blocks[-1].pop()
    without_numbers = [
        block[1:] if number and block and block[0].isdigit() else block for number, block in enumerate(blocks)
    ]
    return [tuple(without_numbers[0]), *(tuple(block) for block in without_numbers[1:] if block)]


def _said(cues: Sequence[Cue]) -> Iterator[Said]:
    is_karaoke = any(KARAOKE.search(line) for cue in cues for line in cue.lines)
    before = ""
    for cue in cues:
        for speaker, words in _voices("\n".join(cue.lines), cue.speaker):
            for line in words.split("\n"):
                plain = " ".join(unescape(TAG.sub("", line)).split())
                # Live captions show each line again while the next one grows.
                if plain and not (is_karaoke and plain == before):
                    yield Said(cue, speaker, plain)
                    before = plain


def _voices(payload: str, speaker: str | None) -> Iterator[tuple[str | None, str]]:
    begin = 0
    for found in VOICE.finditer(payload):
        yield speaker, payload[begin : found.start()]
        speaker = " ".join(unescape(found[1]).split()) or None if found[1] else None
        begin = found.end()
    yield speaker, payload[begin:]


def _named(said: Iterator[Said]) -> Iterator[Said]:
    """Give each line its speaker: the voice, else the label, else whoever was labelled last."""
    everything = list(said)
    labels = {label.line: label for label in find_labels(["" if one.speaker else one.words for one in everything])}
    speaker: str | None = None
    for number, one in enumerate(everything):
        if one.speaker:
            speaker = None
            yield one
            continue
        words, is_other = one.words, False
        if label := labels.get(number):
            speaker = label.speaker
            words = words[label.words :].strip()
        elif words.startswith(OTHER):
            speaker, is_other = None, True
            words = words.lstrip("> ")
        if words:
            yield replace(one, speaker=speaker, words=words, is_other=is_other)


def _turns(said: Iterator[Said]) -> Iterator[list[Said]]:
    turn: list[Said] = []
    length = 0
    for one in said:
        is_silent = bool(turn) and one.speaker is None and _ends(turn[-1], one, length)
        if turn and (one.speaker != turn[-1].speaker or one.is_other or is_silent):
            yield turn
            turn, length = [], 0
        turn.append(one)
        length += len(one.words) + 1
    if turn:
        yield turn


def _ends(last: Said, following: Said, length: int) -> bool:
    if last.cue.end is not None and following.cue.start is not None:
        silence = following.cue.start - last.cue.end
        if silence >= SILENCE_SECONDS:
            return True
    return length >= PARAGRAPH_LENGTH and bool(SENTENCE_END.search(last.words))
