"""The uploaded bytes: received under a name of their own, then kept once under their sha256.

What is received is on the disk, flushed, before anything refers to it: what an
upload has answered for survives a power cut. What has to be redacted before it
is stored is never kept: it stays among the received until it has been read, and
is dropped then.
"""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from persona_lab.errors import InterviewNotFound
from persona_lab.models import Interview


class Files:
    """A folder of immutable files named by their content, with a folder of received ones in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def receive(self, name: str, raw: bytes) -> str:
        """Write the bytes to the disk for the interview `name`, and return their sha256."""
        place = self._incoming / name
        part = place.with_name(f"{name}.part")
        with part.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
        _flush_folder(self._incoming)
        return hashlib.sha256(raw).hexdigest()

    def keep(self, name: str, sha256: str) -> None:
        """Keep what was received under its content; what is kept already stays as it is."""
        place = self._place(sha256)
        if place.exists():
            self.drop(name)
            return
        place.parent.mkdir(exist_ok=True)
        (self._incoming / name).replace(place)
        _flush_folder(place.parent)

    def drop(self, name: str) -> None:
        """Remove what was received; once it is gone, that is all."""
        (self._incoming / name).unlink(missing_ok=True)
        _flush_folder(self._incoming)

    def drop_all_but(self, names: Collection[str]) -> None:
        """Remove everything received, but what these interviews still need; for when nobody is uploading."""
        for path in self._incoming.iterdir():
            if path.name not in names:
                path.unlink()

    def remove(self, sha256: str) -> None:
        """Remove what is kept, which no interview needs any more; once it is gone, that is all."""
        place = self._place(sha256)
        place.unlink(missing_ok=True)
        if place.parent.exists():
            _flush_folder(place.parent)

    def of(self, interview: Interview) -> bytes:
        """Return the interview's bytes as they were uploaded: kept, or received where they are to be redacted.

        Raises:
            InterviewNotFound: the file is gone from the folder, or its content changed there.
        """
        place = self._incoming / interview.id if interview.redacted else self._place(interview.sha256)
        try:
            raw = place.read_bytes()
        except FileNotFoundError:
            raise InterviewNotFound("The uploaded file is missing from the workspace. Upload it again.") from None
        if hashlib.sha256(raw).hexdigest() != interview.sha256:
            raise InterviewNotFound("The uploaded file was changed in the workspace. Upload it again.")
        return raw

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _flush_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such thing and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
