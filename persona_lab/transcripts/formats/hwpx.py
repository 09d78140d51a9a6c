"""Hangul documents since 2014 (OWPML, KS X 6101): a zip with one XML a section.

Notes, headers and footers stand in the text as controls (`hp:ctrl`) and are
left out. Deleted words of tracked changes lie between two marks that may be in
different paragraphs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.archive import Archive
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.rows import row
from persona_lab.transcripts.markup import local, parse
from persona_lab.transcripts.speech import Reading

SECTION = re.compile(r"Contents/section([0-9]{1,6})\.xml", re.I)
MANIFEST = "META-INF/manifest.xml"
NOTES = {"footNote", "endNote", "hiddenComment"}
MARGINS = {"header", "footer"}
CHARACTERS = {"tab": "\t", "lineBreak": "\n", "hyphen": "-", "nbSpace": " ", "fwSpace": " "}


def read_hwpx(raw: bytes) -> Reading:
    archive = Archive(raw)
    if MANIFEST in archive and b"encryption-data" in archive.read(MANIFEST):
        raise UnreadableText("it has a password. Open it in Hangul, remove the password and save it again.")
    sections = sorted((int(found[1]), name) for name in archive.names if (found := SECTION.fullmatch(name)))
    if not sections:
        raise UnreadableText("it is damaged: it has no text inside. Open it in Hangul and save it again.")
    roots = [parse(archive.read(name)) for _, name in sections]
    text, remarks = _read(roots, reads_boxes=False)
    if not any(character.isalpha() for character in text):
        text, remarks = _read(roots, reads_boxes=True)
    return read_layout(text, "utf-8", is_line_paragraph=True, remarks=remarks)


def _read(roots: list[Any], *, reads_boxes: bool) -> tuple[str, tuple[str, ...]]:
    walk = Walk(reads_boxes)
    text = "\n".join(line for root in roots for line in walk.lines(root))
    return text, tuple(sorted(walk.remarks))


@dataclass
class Walk:
    """A way through the sections that remembers whether it is among deleted words."""

    reads_boxes: bool
    is_deleted: bool = False
    remarks: set[str] = field(default_factory=set)

    def lines(self, element: Any) -> Iterator[str]:
        for child in element:
            if local(child) == "p":
                yield from self._paragraph(child)
            elif local(child) not in {"ctrl", "drawText"}:
                yield from self.lines(child)

    def _paragraph(self, paragraph: Any) -> Iterator[str]:
        words: list[str] = []
        blocks: list[str] = []
        for run in paragraph:
            for child in run if local(run) == "run" else ():
                name = local(child)
                if name == "t":
                    words.extend(self._words(child))
                elif name == "tbl":
                    blocks.extend(self._rows(child))
                elif name == "ctrl":
                    self._control(child)
                else:
                    blocks.extend(self._boxes(child))
        text = "".join(words)
        if text.strip() or not blocks:
            yield text
        yield from blocks

    def _words(self, element: Any) -> Iterator[str]:
        yield self._kept(element.text)
        for child in element:
            name = local(child)
            if name == "deleteBegin":
                self.is_deleted = True
            elif name == "deleteEnd":
                self.is_deleted = False
            elif name in CHARACTERS:
                yield self._kept(CHARACTERS[name])
            yield self._kept(child.tail)

    def _kept(self, text: str | None) -> str:
        if text and text.strip() and self.is_deleted:
            self.remarks.add(left_out.CHANGES)
        return "" if self.is_deleted else text or ""

    def _rows(self, table: Any) -> Iterator[str]:
        for line in table:
            if local(line) == "tr":
                yield from row([[*self.lines(cell)] for cell in line if local(cell) == "tc"])

    def _boxes(self, shape: Any) -> Iterator[str]:
        for box in shape.iter():
            if local(box) == "drawText":
                lines = [line for line in self.lines(box) if line.strip()]
                if lines and not self.reads_boxes:
                    self.remarks.add(left_out.BOXES)
                yield from lines if self.reads_boxes else ()

    def _control(self, control: Any) -> None:
        names = {local(child) for child in control.iter()}
        if names & NOTES:
            self.remarks.add(left_out.NOTES)
        if names & MARGINS:
            self.remarks.add(left_out.MARGINS)
