"""YouTube's captions: `0:00:01.000,0:00:02.500` above the words. See `cues` for what becomes the text."""

import re

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.cues import parse, render
from persona_lab.transcripts.speech import Reading

TIMING = re.compile(
    r"^[ \t]*([0-9]{1,3}:[0-9]{2}:[0-9]{2}\.[0-9]{3}),([0-9]{1,3}:[0-9]{2}:[0-9]{2}\.[0-9]{3})[ \t]*$", re.M
)
# A timing with a slip in it: its words are kept, their time is not known.
DAMAGED = re.compile(r"^[ \t]*[0-9]{1,3}:[0-9]{2}:[^\s,]{1,10},[0-9]{1,3}:[0-9]{2}:[^\s,]{1,10}[ \t]*$", re.M)


def read_sbv(raw: bytes) -> Reading:
    decoded = decode(raw)
    text = decoded.text
    if not TIMING.search(text):
        raise UnreadableText("it has no times (0:00:01.000,0:00:02.000), so it is no caption file. Name it .txt.")
    return decoded.stamp(render(parse(DAMAGED.sub("0 --> 0", TIMING.sub(r"\1 --> \2", text))), decoded.encoding))
