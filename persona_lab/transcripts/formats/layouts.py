"""Text whose lines say who speaks, in whatever file it came: plain, Markdown, Word, OpenDocument.

Captions that were saved under another name are read as captions, and so are
the documents that the older Teams made of them (a time, a name, the words).
"""

import re
from dataclasses import replace

from persona_lab.transcripts.clocks import RANGE, seconds
from persona_lab.transcripts.formats.cues import Cue, parse, render
from persona_lab.transcripts.forms import alone_name
from persona_lab.transcripts.speech import Reading
from persona_lab.transcripts.turns import find_talk

LINE_BREAK = re.compile(r"\r\n|\r|\n")
LEAST_TIMINGS = 2
# Teams and people write `0:3` where captions have `00:00:03.000`.
CAPTION_TIME = re.compile(r"(?:[0-9]{2,}:)?[0-9]{2}:[0-9]{2}[.,][0-9]{3}$")
NAMED_SHARE = 0.8


def read_layout(
    text: str, encoding: str, *, is_line_paragraph: bool, is_markdown: bool = False, remarks: tuple[str, ...] = ()
) -> Reading:
    """Return the interview that a decoded text holds; see `find_talk` for the arguments.

    `remarks` are what the format has to say already. Captions come back as
    `render` writes them; in any other case the reading's text is `text`.
    """
    lines = LINE_BREAK.split(text)
    timings = [number for number, line in enumerate(lines) if "-->" in line and RANGE.match(line[:80])]
    is_vtt = text.lstrip("\ufeff").startswith("WEBVTT")
    if len(timings) >= LEAST_TIMINGS or (timings and is_vtt):
        cues = _named(lines, timings) or parse(text, keeps_untimed=not is_vtt)
        reading = render(cues, encoding)
        return replace(reading, remarks=(*remarks, *reading.remarks))
    talk = find_talk(text, is_line_paragraph=is_line_paragraph, is_markdown=is_markdown)
    return Reading(text, encoding, talk.speech, metadata=talk.metadata, remarks=(*remarks, *talk.remarks))


def _named(lines: list[str], timings: list[int]) -> list[Cue]:
    """Return the cues if the first line of each is the speaker's name, else none."""
    cues = []
    is_usual = True
    for begin, end in zip(timings, [*timings[1:], len(lines)], strict=True):
        block = tuple(filled for line in lines[begin + 1 : end] if (filled := line.strip()))
        name = alone_name(block[0]) if len(block) > 1 else None
        found = RANGE.match(lines[begin][:80])
        if block and found:
            cues.append(Cue(seconds(found[1]), seconds(found[2]), block[1:] if name else block, name))
            is_usual = is_usual and bool(CAPTION_TIME.match(found[1]))
    names = [cue.speaker for cue in cues if cue.speaker]
    # A caption's first line may look like a name, but then hardly ever the same one again.
    is_named = len(names) >= NAMED_SHARE * len(cues) and (not is_usual or len(set(names)) <= len(names) / 2)
    return cues if names and is_named else []
