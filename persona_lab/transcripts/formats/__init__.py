"""One reader per kind of file. A new format is a module here and a line in `FORMATS`.

A reader takes the bytes and returns a Reading. It raises TranscriptError with a
message that doesn't name the file; any other exception means the file is damaged.
"""

from collections.abc import Callable, Mapping

from persona_lab.transcripts.formats.docx import read_docx
from persona_lab.transcripts.formats.plain import read_markdown, read_text
from persona_lab.transcripts.formats.srt import read_srt
from persona_lab.transcripts.formats.vtt import read_vtt
from persona_lab.transcripts.speech import Reading

Reader = Callable[[bytes], Reading]

FORMATS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".docx": read_docx,
    ".vtt": read_vtt,
    ".srt": read_srt,
}
