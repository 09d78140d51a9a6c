"""Word documents: paragraphs and table rows, one a line.

python-docx finds the parts, but the body is walked here: its `paragraph.text`
drops words in tracked insertions and content controls, and its `row.cells`
repeats a cell as often as the file's `gridSpan` says, which may be a billion.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.speech import Reading

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Formatting, deleted words, and the second copy that is kept for older programs.
SKIPPED = {f"{WORD}{name}" for name in ("pPr", "rPr", "del", "moveFrom", "txbxContent")} | {f"{COMPATIBILITY}Fallback"}
CELLS = {f"{WORD}tc", f"{WORD}sdt"}
CHARACTERS = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"}


def read_docx(raw: bytes) -> Reading:
    # Loaded here: python-docx and lxml take 0.2 s, and most transcripts are text.
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        body = Document(BytesIO(raw)).element.body
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UnreadableText("it is damaged or no Word file. Open it in Word and save it again.") from error
    text = "\n".join(_lines(body))
    return read_layout(text, "utf-8", is_line_paragraph=True)


def _lines(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{WORD}p":
            yield _text(child)
        elif child.tag == f"{WORD}tr":
            yield "\t".join(" ".join(filter(None, _lines(cell))) for cell in child if cell.tag in CELLS)
        elif child.tag not in SKIPPED:
            yield from _lines(child)


def _text(paragraph: Any) -> str:
    return "".join(_pieces(paragraph))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{WORD}t":
            yield child.text or ""
        elif child.tag in CHARACTERS:
            yield CHARACTERS[child.tag]
        elif child.tag not in SKIPPED:
            yield from _pieces(child)
