"""Zip files that may have been made to do harm: documents of Word, LibreOffice, Hangul and Excel are such.

Nothing is ever unpacked to disk, so names with folders in them do nothing. A
part is read up to a limit, whatever size the zip's list of contents claims.
"""

import zlib
from collections.abc import Sequence
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from persona_lab.errors import FileTooLarge, UnreadableText

LIMIT_PARTS = 10_000
# Pictures may be large, but a gigabyte of XML in a small zip is an attack.
LIMIT_UNPACKED_BYTES = 200 * 1024 * 1024
LIMIT_XML_BYTES = 64 * 1024 * 1024
# Text packs to a tenth, pictures hardly: beyond this, megabytes of one character are inside.
LIMIT_RATIO = 200
SMALL_BYTES = 16 * 1024 * 1024
ENCRYPTED = 0x1


class Archive:
    """A zip in memory whose list of contents keeps within the limits.

    Raises:
        UnreadableText: it is no zip, is damaged or has a password.
        FileTooLarge: it holds more parts than a document has, or unpacks to more than it may.
    """

    def __init__(self, raw: bytes) -> None:
        try:
            self._zip = ZipFile(BytesIO(raw))
        except (BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise UnreadableText("it is damaged: its zip can't be opened. Open it and save it again.") from error
        parts = self._zip.infolist()
        self._parts = {part.filename: part for part in parts}
        unpacked = sum(part.file_size for part in parts)
        xml = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
        if len(parts) > LIMIT_PARTS:
            raise FileTooLarge(f"it is made of {len(parts):,} parts. Save the transcript as .txt.")
        if (
            unpacked > LIMIT_UNPACKED_BYTES
            or xml > LIMIT_XML_BYTES
            or (unpacked > SMALL_BYTES and unpacked > LIMIT_RATIO * len(raw))
        ):
            raise FileTooLarge(f"it unpacks to {unpacked / 1024 / 1024:,.0f} MB. Save the transcript as .txt.")
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise UnreadableText("it has a password. Open it, remove the password and save it again.")

    @property
    def names(self) -> Sequence[str]:
        return list(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """Return the part's bytes.

        Raises:
            UnreadableText: there is no such part, or it can't be unpacked.
        """
        part = self._parts.get(name)
        if part is None:
            raise UnreadableText(f"it is damaged: its part {name[:60]} is missing. Open it and save it again.")
        try:
            with self._zip.open(part) as stream:
                return stream.read(min(part.file_size, LIMIT_XML_BYTES) + 1)
        except (BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise UnreadableText(
                f"it is damaged: its part {name[:60]} can't be unpacked. Open it and save it again."
            ) from error
