"""Hangul documents of version 5 (.hwp): an OLE file with a stream of records a section.

After Hancom's "한글 문서 파일 형식 5.0". Each record has a tag, a level and a
size; a control's paragraphs lie on levels below it. Of the controls only tables
are read: headers, footers, notes and text boxes are not what was said.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from persona_lab.errors import FileTooLarge, UnreadableText
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.rows import row
from persona_lab.transcripts.speech import Reading

SIGNATURE = b"HWP Document File"
COMPRESSED, PASSWORD, DISTRIBUTION, PROTECTED = 0x1, 0x2, 0x4, 0x110
SECTION = re.compile(r"Section([0-9]{1,6})")
LIMIT_BYTES = 64 * 1024 * 1024
LIMIT_LEVEL = 100
PARAGRAPH, TEXT, CONTROL, LIST = 66, 67, 71, 72
# Names of controls are four letters, last first.
TABLE, SHAPE = b" lbt", b" osg"
REMARKS = {
    b"  nf": left_out.NOTES,
    b"  ne": left_out.NOTES,
    b"daeh": left_out.MARGINS,
    b"toof": left_out.MARGINS,
    SHAPE: left_out.BOXES,
}
# Characters below 32 are controls: these take one unit of two bytes, all others eight.
SINGLE = frozenset({0, 10, 13, *range(24, 32)})
CHARACTERS = {9: "\t", 10: "\n", 24: "-", 30: " ", 31: " "}
UNITS_OF_A_CONTROL = 8


@dataclass
class Record:
    """A record and those on levels below it, up to the next one of its own level."""

    tag: int
    level: int
    data: bytes
    children: list["Record"] = field(default_factory=list)


def read_hwp(raw: bytes) -> Reading:
    # Loaded here: few transcripts are Hangul documents.
    from olefile import OleFileIO

    with OleFileIO(BytesIO(raw)) as file:
        is_compressed = _check_header(file.openstream("FileHeader").read(256))
        names = [entry[1] for entry in file.listdir() if len(entry) == 2 and entry[0] == "BodyText"]
        numbers = sorted(int(found[1]) for name in names if (found := SECTION.fullmatch(name)))
        streams = [file.openstream(f"BodyText/Section{number}").read() for number in numbers]
    if not streams:
        raise UnreadableText("it is damaged: it has no text inside. Open it in Hangul and save it again.")
    sections = [_tree(data) for data in _unpacked(streams, is_compressed)]
    text = "\n".join(line for section in sections for line in _lines(section, reads_boxes=False))
    remarks = {remark for section in sections for remark in _remarks(section)}
    if not any(character.isalpha() for character in text):
        text = "\n".join(line for section in sections for line in _lines(section, reads_boxes=True))
        remarks.discard(left_out.BOXES)
    return read_layout(text, "utf-16-le", is_line_paragraph=True, remarks=tuple(sorted(remarks)))


def _check_header(header: bytes) -> bool:
    """Return whether the sections are compressed, or say what keeps them from being read."""
    if not header.startswith(SIGNATURE) or len(header) < 40:
        raise UnreadableText("it is damaged or no Hangul document. Open it in Hangul and save it again.")
    (flags,) = struct.unpack_from("<I", header, 36)
    if flags & PASSWORD:
        raise UnreadableText("it has a password. Open it in Hangul, remove the password and save it again.")
    if flags & DISTRIBUTION:
        raise UnreadableText(
            "it is a document for distribution (배포용 문서), which is locked. "
            "Ask for the original, or copy the text to a new document."
        )
    if flags & PROTECTED:
        raise UnreadableText("it is locked by a rights system (DRM). Ask for a copy without it.")
    return bool(flags & COMPRESSED)


def _unpacked(streams: Sequence[bytes], is_compressed: bool) -> Iterator[bytes]:
    left = LIMIT_BYTES
    for stream in streams:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream, left + 1) if is_compressed else stream
        left -= len(data)
        if left < 0:
            raise FileTooLarge(f"it unpacks to more than {LIMIT_BYTES / 1024 / 1024:g} MB. Save it as .txt.")
        yield data


def _tree(data: bytes) -> Record:
    root = Record(0, -1, b"")
    above = [root]
    position = 0
    while position + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, position)
        position += 4
        tag, level, size = head & 0x3FF, head >> 10 & 0x3FF, head >> 20
        if size == 0xFFF:
            (size,) = struct.unpack_from("<I", data, position)
            position += 4
        if level > LIMIT_LEVEL:
            raise UnreadableText("it is nested too deeply. Open it in Hangul and save it again.")
        record = Record(tag, level, data[position : position + size])
        position += size
        while above[-1].level >= level:
            above.pop()
        above[-1].children.append(record)
        above.append(record)
    return root


def _lines(record: Record, *, reads_boxes: bool) -> Iterator[str]:
    for child in record.children:
        if child.tag == PARAGRAPH:
            yield from _paragraph(child, reads_boxes)
        elif reads_boxes:
            yield from _lines(child, reads_boxes=True)


def _paragraph(paragraph: Record, reads_boxes: bool) -> Iterator[str]:
    text = "".join(_decoded(child.data) for child in paragraph.children if child.tag == TEXT)
    controls = [child for child in paragraph.children if child.tag == CONTROL]
    blocks = [line for control in controls for line in _block(control, reads_boxes)]
    if text.strip() or not blocks:
        yield text
    yield from blocks


def _block(control: Record, reads_boxes: bool) -> Iterator[str]:
    name = control.data[:4]
    if name == TABLE:
        yield from _rows(control)
    elif name == SHAPE and reads_boxes:
        yield from _lines(control, reads_boxes=True)


def _rows(table: Record) -> Iterator[str]:
    """Return the rows of a table; a cell is the head of a list and the paragraphs that follow it."""
    current: int | None = None
    cells: list[list[str]] = []
    for child in table.children:
        if child.tag == LIST and len(child.data) >= 12:
            (number,) = struct.unpack_from("<H", child.data, 10)
            if cells and number != current:
                yield from row(cells)
                cells = []
            current = number
            cells.append([*_lines(child, reads_boxes=False)])
        elif child.tag == PARAGRAPH and cells:
            cells[-1].extend(_paragraph(child, reads_boxes=False))
    if cells:
        yield from row(cells)


def _decoded(data: bytes) -> str:
    """Return the words of a paragraph, without its controls."""
    units = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    pieces: list[str] = []
    position = begin = 0
    while position < len(units):
        unit = units[position]
        if unit >= 32:
            position += 1
            continue
        pieces.append(_text(data, begin, position))
        pieces.append(CHARACTERS.get(unit, ""))
        position += 1 if unit in SINGLE else UNITS_OF_A_CONTROL
        begin = position
    pieces.append(_text(data, begin, len(units)))
    return "".join(pieces)


def _text(data: bytes, begin: int, end: int) -> str:
    return data[begin * 2 : end * 2].decode("utf-16-le", errors="replace")


def _remarks(section: Record) -> Iterator[str]:
    for paragraph in section.children:
        for control in paragraph.children:
            remark = REMARKS.get(control.data[:4]) if control.tag == CONTROL else None
            if remark and any(character.isalpha() for line in _all_lines(control) for character in line):
                yield remark


def _all_lines(record: Record) -> Iterator[str]:
    if record.tag == TEXT:
        yield _decoded(record.data)
    for child in record.children:
        yield from _all_lines(child)
