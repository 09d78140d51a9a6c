"""The zip that a .qdpx is. Nothing of it is ever unpacked to disk, and nothing outside of it is read.

The sizes that a zip claims are not believed; what comes out is counted. Recordings and pictures in it may be as
large as they like, for they are not touched.
"""

import zlib
from io import BytesIO
from lzma import LZMAError
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from persona_lab.errors import FileTooLarge, InvalidRequest, UnreadableText
from persona_lab.refi.reading import read_xml
from persona_lab.refi.words import Project
from persona_lab.refi.writing import project_xml

LIMIT_PARTS = 20_000
LIMIT_XML_BYTES = 64 * 1024 * 1024
LIMIT_TEXT_BYTES = 50 * 1024 * 1024
LIMIT_ALL_BYTES = 500 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
HAS_PASSWORD = 0x1
DAMAGED = (BadZipFile, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, LZMAError)
# The earliest that a zip can say. What time a file was made is no part of the project.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_project(project: Project) -> bytes:
    """Return the project as a .qdpx, the same bytes for the same project."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        _put(archive, "project.qde", project_xml(project))
        for source in project.sources:
            _put(archive, f"sources/{source.guid}.txt", (source.text or "").encode("utf-8", "replace"))
    return made.getvalue()


def read_project(path: Path) -> Project:
    """Return the project in a .qdpx.

    Raises:
        UnreadableText: it is no such file, is damaged, has a password, or was made to do harm.
        FileTooLarge: it unpacks to more than a project's texts come to.
        InvalidRequest: the file can't be read.
    """
    name = path.name
    try:
        with ZipFile(path) as archive:
            return _Container(archive, name).project()
    except OSError as error:
        raise InvalidRequest(f"{path} can't be read: {error.strerror or error}. Give the path of a .qdpx.") from None
    except DAMAGED:
        raise UnreadableText(f"{name}: it is damaged, or no REFI-QDA project. Have it exported again.") from None


class _Container:
    def __init__(self, archive: ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._left = LIMIT_ALL_BYTES
        parts = archive.infolist()
        if len(parts) > LIMIT_PARTS:
            raise FileTooLarge(f"{name}: {len(parts):,} parts are more than a project has ({LIMIT_PARTS:,}).")
        for part in parts:
            _check(part, name)
        self._parts = {part.filename.replace("\\", "/"): part for part in parts if not part.is_dir()}
        # Programs differ in how they write the folder's name, and in capitals.
        self._sources = {path.rpartition("/")[2].casefold(): part for path, part in self._parts.items() if "/" in path}

    def project(self) -> Project:
        described = [path for path in self._parts if "/" not in path and path.lower().endswith(".qde")]
        if "project.qde" in described:
            described = ["project.qde"]
        if len(described) != 1:
            many = "no project.qde" if not described else f"{len(described)} projects"
            raise UnreadableText(f"{self._name}: there is {many} in it. Export it as REFI-QDA project (.qdpx).")
        raw = self._read(self._parts[described[0]], LIMIT_XML_BYTES)
        return read_xml(raw, self._name, self._part)

    def _part(self, path: str) -> bytes | None:
        """Return the bytes of an `internal://` path; other paths lead out of the file and are not followed."""
        scheme, found, rest = path.partition("://")
        if not path or (found and scheme.lower() != "internal"):
            return None
        part = self._sources.get((rest if found else path).rpartition("/")[2].casefold())
        return None if part is None else self._read(part, LIMIT_TEXT_BYTES)

    def _read(self, part: ZipInfo, limit: int) -> bytes:
        raw = bytearray()
        with self._archive.open(part) as stream:
            while piece := stream.read(PIECE_BYTES):
                raw += piece
                self._left -= len(piece)
                if len(raw) > limit or self._left < 0:
                    raise FileTooLarge(
                        f"{self._name}: {part.filename[:60]} unpacks to more than {limit // 1024 // 1024} MB, "
                        "as no text does. Split the project."
                    )
        return bytes(raw)


def _check(part: ZipInfo, name: str) -> None:
    path = part.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
        raise UnreadableText(f"{name}: its part “{path[:60]}” would lead out of it. Such a file is not read.")
    if part.flag_bits & HAS_PASSWORD:
        raise UnreadableText(f"{name}: it has a password. Export it without.")


def _put(archive: ZipFile, name: str, raw: bytes) -> None:
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, raw)
