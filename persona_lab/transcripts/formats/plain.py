"""Text and Markdown: the decoded file is the transcript's text, to the last line break."""

import re

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.speech import Reading
from persona_lab.transcripts.turns import find_speech

BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")


def read_text(raw: bytes) -> Reading:
    text, encoding = decode(raw)
    return Reading(text, encoding, find_speech(text, is_line_paragraph=not BLANK_LINE.search(text.strip())))


def read_markdown(raw: bytes) -> Reading:
    text, encoding = decode(raw)
    return Reading(text, encoding, find_speech(text, is_line_paragraph=False, is_markdown=True))
