"""SubRip captions, with "Name:" labels. See `cues` for what becomes the text."""

from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.cues import parse, render
from persona_lab.transcripts.speech import Reading


def read_srt(raw: bytes) -> Reading:
    text, encoding = decode(raw)
    return render(parse(text, keeps_untimed=True), encoding)
