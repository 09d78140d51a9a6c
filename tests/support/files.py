"""Files of every kind, small and real, for tests to read and to spoil."""

import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from fpdf import FPDF
from olefile import OleFileIO
from openpyxl import Workbook

from tests.support.docx import docx_of

HWP = Path(__file__).parents[1] / "transcripts" / "data" / "source.hwp"
TALK = ("Interviewer: Is it slow?", "Participant: Yes, at night.", "Interviewer: Why?", "Participant: 느려요.")
WORD_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
ODF_NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)
HWPX_NAMESPACES = (
    'xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph"'
)


def zip_of(parts: dict[str, str | bytes]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def word_of(body: str) -> bytes:
    """Return a Word document whose body is this XML."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return zip_of(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships><Relationship Type="{relation}/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
            "word/document.xml": f"<w:document {WORD_NAMESPACES}><w:body>{body}</w:body></w:document>",
        }
    )


def odt_of(body: str, **parts: str) -> bytes:
    """Return an OpenDocument text whose body is this XML."""
    content = (
        f"<office:document-content {ODF_NAMESPACES}><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    return zip_of({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **parts})


def hwpx_of(*sections: str, **parts: str) -> bytes:
    """Return a Hangul document (hwpx) with these sections of XML."""
    texts = {
        f"Contents/section{number}.xml": f"<hs:sec {HWPX_NAMESPACES}>{section}</hs:sec>"
        for number, section in enumerate(sections)
    }
    return zip_of({"mimetype": "application/hwp+zip", **texts, **parts})


def hwp_of(*paragraphs: str, flags: int = 1, section: bytes | None = None) -> bytes:
    """Return a Hangul document (hwp) of these paragraphs: the sample with another section and other flags."""
    data = section if section is not None else b"".join(hwp_paragraph(paragraph) for paragraph in paragraphs)
    compressor = zlib.compressobj(9, wbits=-15)
    packed = compressor.compress(data) + compressor.flush()
    file = BytesIO(HWP.read_bytes())
    with OleFileIO(file, write_mode=True) as ole:
        size = ole.get_size("BodyText/Section0")
        assert len(packed) <= size, "the sample's section has no room for so much"
        ole.write_stream("BodyText/Section0", packed.ljust(size, b"\0"))
        header = bytearray(ole.openstream("FileHeader").read())
        header[36:40] = flags.to_bytes(4, "little")
        ole.write_stream("FileHeader", bytes(header))
        file.seek(0)
        return file.read()


def hwp_paragraph(text: str, level: int = 0) -> bytes:
    return hwp_record(66, level, bytes(22)) + hwp_record(67, level + 1, f"{text}\r".encode("utf-16-le"))


def hwp_record(tag: int, level: int, data: bytes) -> bytes:
    return (tag | level << 10 | len(data) << 20).to_bytes(4, "little") + data


def rtf_of(body: str) -> bytes:
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fnil\fcharset129 Malgun;}}"
        rf"\pard {body}}}"
    ).encode("latin-1")


def xlsx_of(*sheets: Sequence[Sequence[object]]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(list(row))
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def pdf_of(*pages: Iterable[str], header: str = "", numbers: bool = False, password: str = "") -> bytes:
    """Return a PDF with these lines on its pages, 20 points below each other; an empty line is a gap."""
    document = FPDF(unit="pt", format="A4")
    document.set_auto_page_break(False)
    document.set_compression(False)
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    for number, lines in enumerate(pages, 1):
        document.add_page()
        document.set_font("Helvetica", size=12)
        if header:
            document.text(60, 30, header)
        for place, line in enumerate(lines):
            if line:
                document.text(60, 80 + 20 * place, line)
        if numbers:
            document.text(290, 820, f"{number} / {len(pages)}")
    return bytes(document.output())


def of_every_kind() -> dict[str, bytes]:
    """Return a file that can be read for each kind that has a reader, by its ending."""
    paragraphs = [line.replace("느려요", "slow") for line in TALK]
    said = [(line.partition(": ")[0], f"0:0{number}", line.partition(": ")[2]) for number, line in enumerate(TALK)]
    rows = [("speaker", "time", "text"), *said]
    csv = "\r\n".join("\t".join(f'"{cell}"' for cell in row) for row in rows)
    html = "".join(f"<p>{line}</p>" for line in TALK)
    cues = [f"0:00:0{number}.000{{}}0:00:0{number + 1}.000\n{line}\n" for number, line in enumerate(TALK)]
    return {
        ".txt": "\n".join(TALK).encode(),
        ".md": "\n\n".join(f"**{line.replace(':', ':**', 1)}" for line in TALK).encode(),
        ".docx": docx_of(*TALK),
        ".pdf": pdf_of(paragraphs, paragraphs[::-1], header="Study", numbers=True),
        ".rtf": rtf_of(r"\par ".join(paragraphs)),
        ".odt": odt_of("".join(f"<text:p>{line}</text:p>" for line in TALK)),
        ".hwp": hwp_of(*TALK),
        ".hwpx": hwpx_of("".join(f"<hp:p><hp:run><hp:t>{line}</hp:t></hp:run></hp:p>" for line in TALK)),
        ".html": f"<html><body>{html}</body></html>".encode(),
        ".htm": b"<cite>Kim:</cite><time>0:00</time><p>Is it slow?</p><cite>Lee:</cite><time>0:02</time><p>Yes.</p>",
        ".xlsx": xlsx_of(rows),
        ".csv": csv.replace("\t", ",").encode("utf-8-sig"),
        ".tsv": csv.encode("cp949"),
        ".json": b'{"segments": [{"speaker": "Kim", "start": 0.5, "end": 1.5, "text": "Is it slow?"},'
        b' {"speaker": "Lee", "start": 2, "end": 3.5, "text": "Yes."}]}',
        ".vtt": ("WEBVTT\n\n" + "\n".join(cue.format(" --> ") for cue in cues)).encode(),
        ".srt": "\n".join(f"{number}\n{cue.format(' --> ')}" for number, cue in enumerate(cues, 1)).encode(),
        ".sbv": "\n".join(cue.format(",") for cue in cues).encode(),
    }
