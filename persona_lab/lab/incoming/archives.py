"""Transcripts in a zip: named as they were where it was made, read one at a time, and never written to the disk.

The sizes that a zip claims are not believed; what comes out is counted.
"""

import stat
import zlib
from collections.abc import Callable
from io import BytesIO
from lzma import LZMAError
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from persona_lab.errors import FileTooLarge, InvalidRequest, PersonaLabError, UnreadableText
from persona_lab.lab.incoming import files
from persona_lab.lab.incoming.files import File

LIMIT_BYTES = 50 * 1024 * 1024
LIMIT_ARCHIVE_BYTES = 500 * 1024 * 1024
# What all of an archive's transcripts may come to.
LIMIT_UNPACKED_BYTES = 500 * 1024 * 1024
LIMIT_FILES = 1000
PIECE_BYTES = 1024 * 1024

HAS_PASSWORD = 0x1
IS_UTF8 = 0x800
DAMAGED = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, LZMAError)


def members(archive: Path | bytes, name: str) -> list[File]:
    """Return the transcripts in a zip, in its order; one that says why, where there is nothing to be had.

    Args:
        archive: where it is, or its bytes.
        name: what it is called in messages.
    """
    try:
        return _members(archive, name)
    except PersonaLabError as error:
        return [File(name, name, "", files.unreadable(error))]


def name_of(entry: ZipInfo) -> str:
    """Return a name as its maker wrote it.

    A zip says of a name only that it is UTF-8. Of those that don't, macOS's are
    UTF-8 all the same, and Korean Windows writes CP949.
    """
    if entry.flag_bits & IS_UTF8:
        return entry.filename
    raw = entry.orig_filename.split("\0")[0].encode("cp437")
    for encoding in ("utf-8", "cp949"):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_korean(name):
            return name
    return entry.filename


def _members(archive: Path | bytes, name: str) -> list[File]:
    size = len(archive) if isinstance(archive, bytes) else _size_of(archive, name)
    if size > LIMIT_ARCHIVE_BYTES:
        raise FileTooLarge(
            f"{name}: {_megabytes(size)} is more than the {_megabytes(LIMIT_ARCHIVE_BYTES)} an archive may have. "
            "Unpack it and upload the folder."
        )
    try:
        with _opened(archive) as opened:
            entries = [(entry, parts) for entry in opened.infolist() if (parts := _parts(entry))]
    except DAMAGED:
        raise UnreadableText(f"{name}: it is damaged or no zip. Make it again, or upload the transcripts.") from None
    if not entries:
        raise InvalidRequest(f"{name}: there is no file in it. Choose the archive that holds the transcripts.")
    if len(entries) > LIMIT_FILES:
        raise InvalidRequest(f"{name}: {len(entries):,} files are more than {LIMIT_FILES:,}. Upload it in parts.")
    if all(entry.flag_bits & HAS_PASSWORD for entry, _ in entries):
        raise UnreadableText(f"{name}: it has a password. Unpack it and upload the transcripts.")
    budget = _Budget(LIMIT_UNPACKED_BYTES)
    return [
        File(parts[-1], files.title_of(parts[-1]), "/".join(parts[-2:-1]), _reader(archive, entry, name, budget))
        for entry, parts in entries
    ]


class _Budget:
    """How many bytes an archive may still unpack to."""

    def __init__(self, limit: int) -> None:
        self.left = limit


def _reader(archive: Path | bytes, entry: ZipInfo, archive_name: str, budget: _Budget) -> Callable[[], bytes]:
    name = _parts(entry)[-1]

    def read() -> bytes:
        _check(entry, name, archive_name)
        try:
            # Opened for each file, so that none is left open when the analyst interrupts the cell.
            with _opened(archive) as opened, opened.open(entry) as member:
                raw = bytearray()
                while piece := member.read(PIECE_BYTES):
                    raw += piece
                    budget.left -= len(piece)
                    _check_size(len(raw), budget, name, archive_name)
                return bytes(raw)
        except DAMAGED:
            raise UnreadableText(
                f"{name}: it is damaged, or packed in a way that is not read, in {archive_name}. "
                "Unpack it and upload it by itself."
            ) from None

    return read


def _check(entry: ZipInfo, name: str, archive_name: str) -> None:
    if entry.flag_bits & HAS_PASSWORD:
        raise UnreadableText(f"{name}: it has a password in {archive_name}. Unpack it and upload it by itself.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InvalidRequest(f"{name}: it is a link in {archive_name} and no file. Upload the file it leads to.")
    if name.lower().endswith(".zip"):
        raise InvalidRequest(f"{name}: it is an archive inside of {archive_name}. Unpack it and upload it by itself.")


def _check_size(size: int, budget: _Budget, name: str, archive_name: str) -> None:
    if size > LIMIT_BYTES:
        raise FileTooLarge(
            f"{name}: it unpacks to more than {_megabytes(LIMIT_BYTES)} in {archive_name}. "
            "Upload the transcript as text, or split it."
        )
    if budget.left < 0:
        raise FileTooLarge(
            f"{name}: {archive_name} unpacks to more than {_megabytes(LIMIT_UNPACKED_BYTES)}. Upload it in parts."
        )


def _parts(entry: ZipInfo) -> list[str]:
    """Return folders and name, without what leads out of the archive; nothing for what is no file of the analyst's."""
    if entry.is_dir():
        return []
    name = name_of(entry).replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return [] if any(files.is_left_behind(part) for part in parts) else parts


def _is_korean(name: str) -> bool:
    """Whether Korean was meant: its syllables are mostly among the 2,350 that people use.

    A German or French name read as CP949 comes out as the rare ones.
    """
    syllables = [character for character in name if "가" <= character <= "힣"]
    return sum(map(_is_common, syllables)) * 2 > len(syllables)


def _is_common(syllable: str) -> bool:
    # Python's euc_kr writes the others as their letters, in eight bytes.
    return len(syllable.encode("euc_kr")) == 2


def _opened(archive: Path | bytes) -> ZipFile:
    return ZipFile(BytesIO(archive) if isinstance(archive, bytes) else archive)


def _size_of(path: Path, name: str) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise InvalidRequest(f"{name}: can't be read ({error}). Check that you may read it.") from None


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"
