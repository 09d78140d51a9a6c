"""Word documents: paragraphs and table rows, one a line.

The body is walked here rather than by python-docx: its `paragraph.text` drops
words in tracked insertions and content controls, its `row.cells` repeats a cell
as often as the file's `gridSpan` says, which may be a billion, and it refuses a
whole document for one picture that is missing.

Headers, footers, footnotes and comments are parts of their own and are not
read; what stands in text boxes is read only where there is nothing else.
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.archive import Archive
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.rows import row
from persona_lab.transcripts.markup import local, parse
from persona_lab.transcripts.speech import Reading

RELATIONSHIPS = "_rels/.rels"
DEFAULT_BODY = "word/document.xml"
# Formatting, deleted words, words above words, and the second copy that is kept for older programs.
SKIPPED = {"pPr", "rPr", "tblPr", "trPr", "tcPr", "del", "moveFrom", "txbxContent", "Fallback", "rt", "sdtPr"}
CELLS = {"tc", "sdt", "ins", "customXml"}
CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
REMARKS = {
    "txbxContent": left_out.BOXES,
    "del": left_out.CHANGES,
    "moveFrom": left_out.CHANGES,
    "vanish": left_out.HIDDEN,
    "footnoteReference": left_out.NOTES,
    "endnoteReference": left_out.NOTES,
    "commentReference": left_out.NOTES,
}
OFF = {"0", "false", "off"}


def read_docx(raw: bytes) -> Reading:
    body = _body(Archive(raw))
    text = "\n".join(_lines(body))
    seen = {remark for element in body.iter() if (remark := REMARKS.get(local(element))) and _has_words(element)}
    if not any(character.isalpha() for character in text):
        boxes = [element for element in body.iter() if local(element) == "txbxContent"]
        text = "\n".join(line for box in boxes if not _is_fallback(box) for line in _lines(box))
        seen.discard(left_out.BOXES)
    return read_layout(text, "utf-8", is_line_paragraph=True, remarks=tuple(sorted(seen)))


def _body(archive: Archive) -> Any:
    root = parse(archive.read(_main_part(archive)))
    body = next((element for element in root.iter() if local(element) == "body"), None)
    if local(root) != "document" or body is None:
        raise UnreadableText("it is damaged: it has no body. Open it in Word and save it again.")
    return body


def _main_part(archive: Archive) -> str:
    if RELATIONSHIPS in archive:
        for relation in parse(archive.read(RELATIONSHIPS)):
            if str(relation.get("Type")).endswith("/officeDocument"):
                return posixpath.normpath(str(relation.get("Target"))).lstrip("/")
    return DEFAULT_BODY


def _has_words(element: Any) -> bool:
    """Whether leaving the element out leaves words out; of notes only the mark stands in the body."""
    name = local(element)
    if name == "vanish":
        return _is_on(element) and local(element.getparent().getparent()) == "r"
    return name.endswith("Reference") or any(
        local(child) in {"t", "delText"} and (child.text or "").strip() for child in element.iter()
    )


def _is_fallback(element: Any) -> bool:
    return any(local(ancestor) == "Fallback" for ancestor in element.iterancestors())


def _lines(element: Any) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "p":
            yield "".join(_pieces(child))
        elif name == "tr":
            if not _is_deleted_row(child):
                yield from row([[*_lines(cell)] for cell in child if local(cell) in CELLS])
        elif name not in SKIPPED:
            yield from _lines(child)


def _is_deleted_row(row: Any) -> bool:
    return any(local(mark) == "del" for properties in row if local(properties) == "trPr" for mark in properties)


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "t":
            yield child.text or ""
        elif name in CHARACTERS:
            yield CHARACTERS[name]
        elif name not in SKIPPED and not (name == "r" and _is_hidden(child)):
            yield from _pieces(child)


def _is_hidden(run: Any) -> bool:
    return any(
        local(mark) == "vanish" and _is_on(mark)
        for properties in run
        if local(properties) == "rPr"
        for mark in properties
    )


def _is_on(mark: Any) -> bool:
    return not any(value in OFF for name, value in mark.items() if name.endswith("}val"))
