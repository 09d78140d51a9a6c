"""What is turned away at the door, before anything is stored.

Only the file's name and first bytes are looked at, and the list of contents of
a zip: this runs while the analyst waits.
"""

from pathlib import PurePosixPath

from persona_lab.errors import EmptyFile, FileTooLarge, TranscriptError, UnknownFormat, UnreadableText
from persona_lab.transcripts.encoding import CONTROL, marked
from persona_lab.transcripts.formats import FORMATS
from persona_lab.transcripts.kinds import PASSWORD, kind_of, readable_ending

LIMIT_BYTES = 50 * 1024 * 1024
SAMPLE_BYTES = 65_536

KNOWN = ", ".join(list(FORMATS)[:-1]) + " or " + list(FORMATS)[-1]
# What every program can write; nobody wants to choose from seventeen.
ADVICE = "Save the transcript as .txt or .docx."
# Files that are not text; whatever stands in the others is decoded.
PROGRAMS = {
    ".docx": "Word",
    ".pdf": "the program it was made with",
    ".rtf": "Word",
    ".odt": "LibreOffice",
    ".hwp": "Hangul",
    ".hwpx": "Hangul",
    ".xlsx": "Excel",
}
RECORDING = "it is a recording. Upload its transcript."
PICTURE = "it is a picture. Type the transcript out and save it as .txt or .docx."
OTHER_FORMATS = {
    **dict.fromkeys((".mp3", ".m4a", ".wav", ".mp4", ".mov", ".webm", ".aac", ".ogg"), RECORDING),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".heic", ".webp", ".tif", ".tiff", ".bmp"), PICTURE),
    **dict.fromkeys((".xls", ".ods", ".numbers"), "this kind of table is not read. Save it as .xlsx or .csv."),
    **dict.fromkeys((".doc", ".docm", ".dot", ".pages"), "this kind of document is not read. Save it as .docx."),
    ".zip": "it is an archive. Unpack it and upload the transcripts.",
}


def check(raw: bytes, filename: str) -> str:
    """Return the format's name (`txt`, `docx`, …: a key of `FORMATS` without its dot) or say why the file is refused.

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
        raise UnknownFormat(f"{name}: {_why_unknown(ending, raw)}")
    try:
        _check_content(raw, ending)
    except TranscriptError as error:
        raise type(error)(f"{name}: {error.message}") from error
    return ending.removeprefix(".")


def shown(filename: str) -> str:
    """Return the last part of the name, fit to be shown: no folders, no control characters, 120 characters at most."""
    last = filename.replace("\\", "/").rstrip("/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable if len(printable) <= 120 else f"{printable[:60]}…{printable[-50:]}"


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _why_unknown(ending: str, raw: bytes) -> str:
    if content := readable_ending(raw):
        return f"{ending or 'a name without an ending'} is not read, but its content is {content}. Name it {content}."
    if not ending:
        return f"the name has no ending that says what it is. Name it {KNOWN}."
    return OTHER_FORMATS.get(ending, f"{ending} is not read. {ADVICE} Read are {KNOWN}.")


def _check_content(raw: bytes, ending: str) -> None:
    kind = kind_of(raw)
    if kind is None:
        if ending in PROGRAMS:
            raise UnreadableText(f"it is damaged or no {ending}. Open it in {PROGRAMS[ending]} and save it again.")
        _check_text(raw)
    elif kind is PASSWORD:
        raise UnreadableText("it has a password. Open it, remove the password and save it again.")
    elif kind.ending != ending:
        what = f"the content is {kind.words}, not {ending}."
        raise UnreadableText(f"{what} Name it {kind.ending}." if kind.ending else f"{what} {ADVICE}")


def _check_text(raw: bytes) -> None:
    sample = raw[:SAMPLE_BYTES]
    if marked(raw) is None and (b"\0" in raw or len(CONTROL.findall(sample.decode("latin-1"))) > len(sample) / 100):
        raise UnreadableText(f"the content is binary, not text. {ADVICE}")
