"""Text and Markdown: the decoded file is the transcript's text, to the last line break."""

import re

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.speech import Reading

BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")


def read_text(raw: bytes) -> Reading:
    text, encoding = decode(raw)
    return read_layout(text, encoding, is_line_paragraph=not BLANK_LINE.search(text.strip()))


def read_markdown(raw: bytes) -> Reading:
    text, encoding = decode(raw)
    return read_layout(text, encoding, is_line_paragraph=False, is_markdown=True)
