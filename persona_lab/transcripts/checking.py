"""What is turned away at the door, before anything is stored.

Only the file's name and first bytes are looked at, and for .docx the list of
contents of the zip: this runs while the analyst waits.
"""

from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile

from persona_lab.errors import EmptyFile, FileTooLarge, UnknownFormat, UnreadableText
from persona_lab.transcripts.encoding import CONTROL, marked
from persona_lab.transcripts.formats import FORMATS

LIMIT_BYTES = 50 * 1024 * 1024
# Pictures may be large, but a gigabyte of XML in a small zip is an attack.
LIMIT_UNPACKED_BYTES = 200 * 1024 * 1024
LIMIT_XML_BYTES = 64 * 1024 * 1024
SAMPLE_BYTES = 65_536

KNOWN = ", ".join(list(FORMATS)[:-1]) + " or " + list(FORMATS)[-1]
RECORDING = "it is a recording. Upload its transcript"
PICTURE = "it is a picture. Type the transcript out and save it"
OTHER_FORMATS = {
    **dict.fromkeys((".mp3", ".m4a", ".wav", ".mp4", ".mov", ".webm", ".aac", ".ogg"), RECORDING),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".heic", ".webp", ".tif", ".tiff", ".bmp"), PICTURE),
    **dict.fromkeys(
        (".xlsx", ".xls", ".ods", ".numbers", ".csv"), "tables are not read. Copy the transcript to a file"
    ),
    **dict.fromkeys((".hwp", ".hwpx"), "Hangul files are not read. In Hangul, choose 다른 이름으로 저장 and save it"),
    **dict.fromkeys((".doc", ".rtf", ".odt", ".pages"), "this document format is not read. Open it and save it"),
    ".pdf": "PDF is not read. Save the document it was made from",
    ".zip": "it is an archive. Unpack it and upload the transcripts",
}
SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip or Office file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office or Hangul file, or one with a password"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"ID3", "an MP3 recording"),
    (b"RIFF", "a recording or film"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
)


def check(raw: bytes, filename: str) -> str:
    """Return the format's name (`txt`, `md`, `docx`, `vtt`, `srt`) or say why the file is refused.

    Takes under 20 ms for 1 MB. A file that passes may still turn out to hold no
    speech when it is read.

    Raises:
        EmptyFile: no bytes, or white space only.
        FileTooLarge: more than `LIMIT_BYTES`, or a zip that unpacks to more than it may.
        UnknownFormat: the name's ending is none of `FORMATS`.
        UnreadableText: the content is not what the ending says.
    """
    name = shown(filename)
    if not raw or raw.isspace():
        raise EmptyFile(f"{name}: the file is empty. Choose the file that holds the transcript.")
    if len(raw) > LIMIT_BYTES:
        raise FileTooLarge(
            f"{name}: {len(raw) / 1024 / 1024:.0f} MB is more than the {LIMIT_BYTES // 1024 // 1024} MB a transcript "
            "may have. Upload it as .txt, or split it."
        )
    ending = _ending(name)
    if ending not in FORMATS:
        raise UnknownFormat(f"{name}: {_why_unknown(ending)}")
    (_check_zip if ending == ".docx" else _check_text)(raw, name)
    return ending.removeprefix(".")


def shown(filename: str) -> str:
    """Return the last part of the name, fit to be shown: no folders, no control characters, 120 characters at most."""
    last = filename.replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable if len(printable) <= 120 else f"{printable[:60]}…{printable[-50:]}"


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _why_unknown(ending: str) -> str:
    if not ending:
        return f"the name has no ending that says what it is. Name it {KNOWN}."
    return f"{OTHER_FORMATS.get(ending, f'{ending} is not read. Save the transcript')} as {KNOWN}."


def _check_text(raw: bytes, name: str) -> None:
    for signature, what in SIGNATURES:
        if raw.startswith(signature) and _is_binary(raw, signature):
            raise UnreadableText(f"{name}: the content is {what}, not text. Save the transcript as {KNOWN}.")
    if marked(raw) is None and b"\0" in raw:
        raise UnreadableText(f"{name}: the content is binary, not text. Save the transcript as {KNOWN}.")
    sample = raw[:SAMPLE_BYTES]
    if marked(raw) is None and len(CONTROL.findall(sample.decode("latin-1"))) > len(sample) / 100:
        raise UnreadableText(f"{name}: the content is binary, not text. Save the transcript as {KNOWN}.")


def _is_binary(raw: bytes, signature: bytes) -> bool:
    """Whether more than the signature speaks against text: "RIFF" and "ID3" are also words."""
    return not signature.isalnum() or any(byte < 9 for byte in raw[:64])


def _check_zip(raw: bytes, name: str) -> None:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableText(
            f"{name}: it has a password, or is an old .doc named .docx. Open it in Word, remove the password and save "
            "it as .docx."
        )
    try:
        with ZipFile(BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise UnreadableText(f"{name}: it is damaged or no Word file. Open it in Word and save it again.") from error
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise UnreadableText(f"{name}: it is a zip file but no Word file. Open it in Word and save it as .docx.")
    unpacked = sum(part.file_size for part in parts)
    xml = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if unpacked > LIMIT_UNPACKED_BYTES or xml > LIMIT_XML_BYTES:
        raise FileTooLarge(f"{name}: it unpacks to {unpacked / 1024 / 1024:.0f} MB. Save the transcript as .txt.")
