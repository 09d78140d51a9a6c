"""Text and Markdown: the decoded file is the transcript's text, to the last line break."""

import re

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.speech import Reading
from persona_lab.transcripts.turns import find_speech

BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")


def read_text(raw: bytes) -> Reading:
    decoded = decode(raw)
    text = decoded.text
    speech = find_speech(text, is_line_paragraph=not BLANK_LINE.search(text.strip()))
    return decoded.stamp(Reading(text, decoded.encoding, speech))


def read_markdown(raw: bytes) -> Reading:
    decoded = decode(raw)
    speech = find_speech(decoded.text, is_line_paragraph=False, is_markdown=True)
    return decoded.stamp(Reading(decoded.text, decoded.encoding, speech))
