"""What a file is by its content, whatever its name says."""

from dataclasses import dataclass

from persona_lab.errors import TranscriptError
from persona_lab.transcripts.archive import Archive

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A PDF may begin with a kilobyte of something else.
PDF_WITHIN = 1024


@dataclass(frozen=True)
class Kind:
    """What the content is, in words that follow "the content is"; `ending` is that of the format that reads it."""

    words: str
    ending: str | None = None


SIGNATURES = (
    (b"%PDF-", Kind("a PDF", ".pdf")),
    (b"{\\rtf", Kind("rich text (RTF)", ".rtf")),
    (b"HWP Document File V", Kind("a Hangul document of the nineties")),
    (b"\x89PNG\r\n\x1a\n", Kind("a PNG picture")),
    (b"\xff\xd8\xff", Kind("a JPEG picture")),
    (b"GIF8", Kind("a GIF picture")),
    (b"ID3", Kind("an MP3 recording")),
    (b"RIFF", Kind("a recording or film")),
    (b"\x1f\x8b\x08", Kind("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive")),
)
PASSWORD = Kind("an Office document with a password")
# Names of streams in an OLE file, as it writes them.
STREAMS = (
    ("EncryptedPackage", PASSWORD),
    ("HwpSummaryInformation", Kind("a Hangul document", ".hwp")),
    ("BodyText", Kind("a Hangul document", ".hwp")),
    ("WordDocument", Kind("an old Word document (.doc)")),
    ("Workbook", Kind("an old Excel workbook (.xls)")),
    ("PowerPoint Document", Kind("old PowerPoint slides (.ppt)")),
)
# What a zip is, by the folder or part that only it has.
PARTS = (
    ("word/", Kind("a Word document", ".docx")),
    ("xl/", Kind("an Excel workbook", ".xlsx")),
    ("ppt/", Kind("PowerPoint slides")),
    ("contents/section", Kind("a Hangul document (hwpx)", ".hwpx")),
)
MIMETYPES = (
    (b"application/vnd.oasis.opendocument.text", Kind("an OpenDocument text", ".odt")),
    (b"application/vnd.oasis.opendocument.", Kind("an OpenDocument file that is no text")),
    (b"application/hwp+zip", Kind("a Hangul document (hwpx)", ".hwpx")),
)


def kind_of(raw: bytes) -> Kind | None:
    """Return what the content is, or None where it may be text. Reads a zip's list of contents, nothing more.

    Raises:
        TranscriptError: it is a zip that is damaged, has a password or goes beyond the limits.
    """
    if raw.startswith(ZIP):
        return _kind_of_zip(Archive(raw))
    if raw.startswith(OLE):
        found = (kind for name, kind in STREAMS if name.encode("utf-16-le") in raw)
        return next(found, Kind("an old Office or Hangul file"))
    for signature, kind in SIGNATURES:
        if raw.startswith(signature) and _is_binary(raw, signature):
            return kind
    if b"%PDF-" in raw[:PDF_WITHIN] and b"\0" in raw:
        return SIGNATURES[0][1]
    return None


def readable_ending(raw: bytes) -> str | None:
    """Return the ending that the content would be read under, or None where it may be text or can't be read."""
    try:
        kind = kind_of(raw)
    except TranscriptError:
        return None
    return kind.ending if kind else None


def _kind_of_zip(archive: Archive) -> Kind:
    if "mimetype" in archive:
        mimetype = archive.read("mimetype")[:100]
        for beginning, kind in MIMETYPES:
            if mimetype.startswith(beginning):
                return kind
    names = [name.lower().replace("\\", "/").lstrip("/") for name in archive.names]
    return next((kind for part, kind in PARTS if any(name.startswith(part) for name in names)), Kind("a zip archive"))


def _is_binary(raw: bytes, signature: bytes) -> bool:
    """Whether more than the signature speaks against text: "RIFF" and "ID3" are also words."""
    return not signature.isalnum() or any(byte < 9 for byte in raw[:64])
