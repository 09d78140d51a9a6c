"""Text and Markdown: the decoded file is the transcript's text, to the last line break."""

import re

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.speech import Reading

BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")


def read_text(raw: bytes) -> Reading:
    decoded = decode(raw)
    text = decoded.text
    reading = read_layout(text, decoded.encoding, is_line_paragraph=not BLANK_LINE.search(text.strip()))
    return decoded.stamp(reading)


def read_markdown(raw: bytes) -> Reading:
    decoded = decode(raw)
    return decoded.stamp(read_layout(decoded.text, decoded.encoding, is_line_paragraph=False, is_markdown=True))
