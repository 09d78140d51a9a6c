"""Rich text: the words of the body, a paragraph or a table row a line.

Read here rather than by striprtf, which takes half a minute for 53 KB of
unclosed links, keeps hidden and deleted words, and leaves the two halves of an
emoji apart. After Microsoft's "Rich Text Format (RTF) Specification 1.9.1".
"""

import codecs
import re
from dataclasses import dataclass, field, replace

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.wordlist import words
from persona_lab.transcripts.speech import Reading

TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,10})?[ ]?|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\0]+)|[\\\r\n\0]",
    re.S,
)
# Groups that are about the document rather than in it; those that begin with \* are skipped as well.
SKIPPED = frozenset(
    words("""
        fonttbl colortbl stylesheet info pict object objdata fldinst header headerl headerr headerf footer
        footerl footerr footerf footnote annotation atnid atnauthor atndate atnref pntext pntxta pntxtb listtext
        xe tc txe rxe private revtbl nonesttables bkmkstart bkmkend shptxt shprslt do dptxbxtext filetbl
    """)
)
NOTES = {"footnote", "annotation"}
MARGINS = {word for word in SKIPPED if word.startswith(("header", "footer"))}
BOXES = {"shptxt", "dptxbxtext", "shprslt"}
WORDS = {
    "line": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": "\t", "nestcell": "\t", "emdash": "—",
    "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ",
    "enspace": " ", "qmspace": " ",
}  # fmt: skip
SIGNS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n"}
CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
WESTERN = "cp1252"
LIMIT_DEPTH = 1_000


@dataclass(frozen=True)
class Group:
    """What holds between two braces."""

    is_skipped: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    in_fonts: bool = False
    in_table: bool = False
    font: int | None = None
    fallback_length: int = 1


def read_rtf(raw: bytes) -> Reading:
    body = Body()
    source = raw.decode("latin-1")
    position = 0
    while position < len(source) and not body.is_finished:
        found = TOKEN.match(source, position)
        position = found.end() + body.take(found) if found else position + 1
    text = body.text()
    return read_layout(text, body.codec, is_line_paragraph=True, remarks=tuple(sorted(body.remarks)))


@dataclass
class Body:
    """The text so far, and the groups that are open."""

    codec: str = WESTERN
    group: Group = field(default_factory=Group)
    above: list[Group] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    remarks: set[str] = field(default_factory=set)
    is_finished: bool = False
    _bytes: bytearray = field(default_factory=bytearray)
    _fonts: dict[int, str] = field(default_factory=dict)
    _font: int | None = None
    _is_first: bool = False
    _fallback: int = 0

    def take(self, token: re.Match[str]) -> int:
        """Take in one token and return how many characters after it are binary data."""
        if (text := token["text"]) is not None:
            self._take_text(text)
        elif (byte := token["byte"]) is not None:
            self._take_text(chr(int(byte, 16)), units=1)
        elif (brace := token["brace"]) is not None:
            self._take_brace(brace)
        elif (sign := token["sign"]) is not None:
            self._take_sign(sign)
        elif (word := token["word"]) is not None:
            return self._take_word(word, int(token["number"]) if token["number"] else None)
        return 0

    def text(self) -> str:
        self._flush()
        joined = fit("".join(self.pieces))
        return "\n".join(line.rstrip("\t ") for line in joined.split("\n"))

    def _take_text(self, text: str, units: int = 0) -> None:
        self._is_first = False
        if self._fallback:
            # What stands after a Unicode character is for programs that don't know it.
            dropped = min(self._fallback, units or len(text))
            self._fallback -= dropped
            text = text[dropped:]
        if self._is_read(text):
            self._bytes += text.encode("latin-1")

    def _take_brace(self, brace: str) -> None:
        self._flush()
        self._fallback = 0
        if brace == "{":
            self.above.append(self.group)
            self._is_first = True
            if len(self.above) > LIMIT_DEPTH:
                raise UnreadableText("its groups are nested too deeply. Open it and save it again.")
        elif self.above:
            self.group = self.above.pop()
            self.is_finished = not self.above

    def _take_sign(self, sign: str) -> None:
        if sign == "*" and self._is_first:
            self.group = replace(self.group, is_skipped=True)
        elif sign in SIGNS:
            self._write(SIGNS[sign])

    def _take_word(self, word: str, number: int | None) -> int:
        if word == "bin":
            return max(number or 0, 0)
        is_first, self._is_first = self._is_first, False
        if word in SKIPPED and (is_first or self.group.is_skipped):
            self._note(word)
            self.group = replace(self.group, is_skipped=True, in_fonts=word == "fonttbl")
        elif self.group.in_fonts:
            self._take_font(word, number)
        elif word == "ansicpg":
            self.codec = _known(f"cp{number}") or self.codec
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._fallback = self.group.fallback_length
        elif word == "uc":
            self.group = replace(self.group, fallback_length=min(max(number or 0, 0), 100))
        elif word == "par":
            self._write(" " if self.group.in_table else "\n")
        elif word in {"row", "nestrow"}:
            self._write("\n")
        elif word in WORDS:
            self._write(WORDS[word])
        else:
            self._format(word, number)
        return 0

    def _format(self, word: str, number: int | None) -> None:
        is_on = number != 0
        if word == "f":
            self._flush()
            self.group = replace(self.group, font=number)
        elif word == "v":
            self._flush()
            self.group = replace(self.group, is_hidden=is_on)
        elif word == "deleted":
            self._flush()
            self.group = replace(self.group, is_deleted=is_on)
        elif word == "plain":
            self._flush()
            self.group = replace(self.group, is_hidden=False, is_deleted=False, font=None)
        elif word in {"intbl", "pard"}:
            self.group = replace(self.group, in_table=word == "intbl")

    def _take_font(self, word: str, number: int | None) -> None:
        if word == "f":
            self._font = number
        elif word in {"fcharset", "cpg"} and self._font is not None and len(self._fonts) < 10_000:
            codec = CHARSETS.get(number or 0) if word == "fcharset" else _known(f"cp{number}")
            if codec:
                self._fonts[self._font] = codec

    def _note(self, word: str) -> None:
        for known, remark in ((NOTES, left_out.NOTES), (MARGINS, left_out.MARGINS), (BOXES, left_out.BOXES)):
            if word in known:
                self.remarks.add(remark)

    def _is_read(self, text: str) -> bool:
        if self.group.is_skipped or self.group.is_hidden or self.group.is_deleted:
            if text.strip() and not self.group.is_skipped:
                self.remarks.add(left_out.CHANGES if self.group.is_deleted else left_out.HIDDEN)
            return False
        return True

    def _write(self, text: str) -> None:
        self._flush()
        self._is_first = False
        self._fallback = 0
        if self._is_read(text):
            self.pieces.append(text)

    def _flush(self) -> None:
        if self._bytes:
            raw = bytes(self._bytes)
            self._bytes.clear()
            named = self._fonts.get(self.group.font) if self.group.font is not None else None
            self.pieces.append(_decoded(raw, (named, self.codec) if named else (self.codec, WESTERN)))


def _decoded(raw: bytes, names: tuple[str, str]) -> str:
    for name in names:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    return raw.decode(names[0], errors="replace")


def _known(name: str) -> str | None:
    """Return the codec's name, or None where Python has none, or none that makes text of bytes."""
    if name in {"cp65001", "cp10000"}:
        return {"cp65001": "utf-8", "cp10000": "mac_roman"}[name]
    try:
        return name if codecs.lookup(name)._is_text_encoding else None
    except LookupError:
        return None
