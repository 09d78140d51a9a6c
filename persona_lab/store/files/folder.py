"""Files in a folder of this machine, or one that several share; what is written is flushed to the disk."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import IO

from persona_lab.errors import FilesUnavailable
from persona_lab.store.files.kept import INCOMING, PIECE_BYTES, Stored

log = logging.getLogger(__name__)

PART = ".part"


class Folder:
    """A depot that is a folder; it is made when it isn't there."""

    place = "workspace"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / INCOMING).mkdir(parents=True, exist_ok=True)

    def put(self, name: str, content: IO[bytes]) -> None:
        place = self._folder / name
        # Whoever else writes it at the same moment has a part of their own.
        part = place.with_name(f"{place.name}.{token_hex(4)}{PART}")
        with _explained():
            self._make(place.parent)
            try:
                with part.open("wb") as file:
                    shutil.copyfileobj(content, file, PIECE_BYTES)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(place)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            _flush(place.parent)

    def move(self, name: str, to: str) -> None:
        place = self._folder / to
        with _explained():
            self._make(place.parent)
            # As in a bucket, it is there under that name from now on.
            os.utime(self._folder / name)
            (self._folder / name).replace(place)
            _flush(place.parent)

    def pieces(self, name: str) -> Iterator[bytes]:
        with _explained(), (self._folder / name).open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def remove(self, name: str) -> None:
        place = self._folder / name
        with _explained(), contextlib.suppress(FileNotFoundError):
            place.unlink()
            _flush(place.parent)

    def listed(self, under: str = "") -> Iterator[Stored]:
        with _explained():
            for folder, _, names in os.walk(self._folder / under):
                for name in names:
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):
                        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                        yield Stored(path.relative_to(self._folder).as_posix(), at)

    def _make(self, folder: Path) -> None:
        """Make the folder durable together with those above it."""
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            _flush(folder.parent)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Say in a sentence that the disk is full, broken or not ours to write to."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        log.warning("the folder of files could not do it: %s", error.strerror)
        raise FilesUnavailable(
            "The file can't be written or read: something is wrong with the disk or its permissions. "
            "Make room on it, or see the server's log, and try again."
        ) from None


def _flush(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such thing and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
