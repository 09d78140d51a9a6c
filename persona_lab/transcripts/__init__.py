"""From the bytes of a file to an interview that can be quoted: encodings, formats, speakers, roles."""

from persona_lab.transcripts.checking import LIMIT_BYTES, check
from persona_lab.transcripts.formats import FORMATS
from persona_lab.transcripts.reading import read_transcript

__all__ = ["FORMATS", "LIMIT_BYTES", "check", "read_transcript"]
