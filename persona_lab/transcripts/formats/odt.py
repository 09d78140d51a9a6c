"""OpenDocument text: paragraphs, headings and table rows, one a line.

Read from the zip and its XML: odfpy has had no release since 2020.
"""

from collections.abc import Iterator
from typing import Any

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.archive import Archive
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.rows import row
from persona_lab.transcripts.markup import local, parse
from persona_lab.transcripts.speech import Reading

MANIFEST = "META-INF/manifest.xml"
REMARKS = {
    "tracked-changes": left_out.CHANGES,
    "text-box": left_out.BOXES,
    "note": left_out.NOTES,
    "annotation": left_out.NOTES,
    "hidden-text": left_out.HIDDEN,
    "hidden-paragraph": left_out.HIDDEN,
}
SKIPPED = {*REMARKS, "ruby-text", "forms", "sequence-decls", "variable-decls", "user-field-decls", "covered-table-cell"}
PARAGRAPHS = {"p", "h"}
CELLS = {"table-cell", "covered-table-cell"}
CHARACTERS = {"tab": "\t", "line-break": "\n"}
# A run of spaces is written as its length, which may be a billion.
MOST_SPACES = 40


def read_odt(raw: bytes) -> Reading:
    archive = Archive(raw)
    if MANIFEST in archive and b"encryption-data" in archive.read(MANIFEST):
        raise UnreadableText("it has a password. Open it in LibreOffice, remove the password and save it again.")
    root = parse(archive.read("content.xml"))
    body = next((element for element in root.iter() if local(element) == "text"), None)
    if body is None:
        raise UnreadableText("it is an OpenDocument file but no text. Save the transcript as .odt or .txt.")
    text = "\n".join(_lines(body))
    seen = {remark for element in body.iter() if (remark := REMARKS.get(local(element))) and _has_words(element)}
    if not any(character.isalpha() for character in text):
        boxes = [element for element in body.iter() if local(element) == "text-box"]
        text = "\n".join(line for box in boxes for line in _lines(box))
        seen.discard(left_out.BOXES)
    return read_layout(text, "utf-8", is_line_paragraph=True, remarks=tuple(sorted(seen)))


def _has_words(element: Any) -> bool:
    return any(word.strip() for word in element.itertext())


def _lines(element: Any) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name in PARAGRAPHS:
            yield "".join(_pieces(child)).strip(" ")
        elif name == "table-row":
            yield from row([[*_lines(cell)] for cell in child if local(cell) in CELLS])
        elif name not in SKIPPED:
            yield from _lines(child)


def _pieces(element: Any) -> Iterator[str]:
    yield _folded(element.text)
    for child in element:
        name = local(child)
        if name == "s":
            yield " " * _count(child)
        elif name in CHARACTERS:
            yield CHARACTERS[name]
        elif name not in SKIPPED:
            yield from _pieces(child)
        yield _folded(child.tail)


def _folded(text: str | None) -> str:
    """Return the text as it is shown: line breaks and runs of spaces in the XML are one space."""
    if not text:
        return ""
    return f"{' ' * text[0].isspace()}{' '.join(text.split())}{' ' * (text[-1].isspace() and bool(text.strip()))}"


def _count(spaces: Any) -> int:
    count = next((value for name, value in spaces.items() if name.endswith("}c")), "1")
    return min(int(count), MOST_SPACES) if count.isascii() and count.isdigit() and len(count) < 20 else 1
