"""One reader per kind of file. A new format is a module here and a line in `FORMATS`.

A reader takes the bytes and returns a Reading. It raises TranscriptError with a
message that doesn't name the file; any other exception means the file is damaged.
Readers load the libraries they need when they are called.
"""

from collections.abc import Callable, Mapping

from persona_lab.transcripts.formats.csv import read_csv
from persona_lab.transcripts.formats.docx import read_docx
from persona_lab.transcripts.formats.html import read_html
from persona_lab.transcripts.formats.hwp import read_hwp
from persona_lab.transcripts.formats.hwpx import read_hwpx
from persona_lab.transcripts.formats.json import read_json
from persona_lab.transcripts.formats.odt import read_odt
from persona_lab.transcripts.formats.pdf import read_pdf
from persona_lab.transcripts.formats.plain import read_markdown, read_text
from persona_lab.transcripts.formats.rtf import read_rtf
from persona_lab.transcripts.formats.sbv import read_sbv
from persona_lab.transcripts.formats.srt import read_srt
from persona_lab.transcripts.formats.vtt import read_vtt
from persona_lab.transcripts.formats.xlsx import read_xlsx
from persona_lab.transcripts.speech import Reading

Reader = Callable[[bytes], Reading]
TableReader = Callable[[bytes, Mapping[str, str] | None], Reading]

# Readers that can be told which column or key is the text, the speaker, the time.
TABLES: Mapping[str, TableReader] = {
    ".xlsx": read_xlsx,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
}
FORMATS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".docx": read_docx,
    ".pdf": read_pdf,
    ".rtf": read_rtf,
    ".odt": read_odt,
    ".hwp": read_hwp,
    ".hwpx": read_hwpx,
    ".html": read_html,
    ".htm": read_html,
    ".xlsx": read_xlsx,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
    ".vtt": read_vtt,
    ".srt": read_srt,
    ".sbv": read_sbv,
}
