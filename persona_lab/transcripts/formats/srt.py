"""SubRip captions, with "Name:" labels. See `cues` for what becomes the text."""

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.cues import parse, render
from persona_lab.transcripts.speech import Reading


def read_srt(raw: bytes) -> Reading:
    decoded = decode(raw)
    return decoded.stamp(render(parse(decoded.text, keeps_untimed=True), decoded.encoding))
