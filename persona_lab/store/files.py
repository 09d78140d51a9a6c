"""The uploaded bytes, each kept once under its sha256.

A file is on the disk, flushed, before anything refers to it: what an upload has
answered for survives a power cut.
"""

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from persona_lab.errors import InterviewNotFound


class Files:
    """A folder of immutable files named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, raw: bytes) -> str:
        """Keep the bytes and return their sha256."""
        sha256 = hashlib.sha256(raw).hexdigest()
        place = self._place(sha256)
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            part = place.with_name(f"{place.name}.{uuid4().hex}.part")
            with part.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
            _flush_folder(place.parent)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            InterviewNotFound: the file is gone from the folder, or its content changed there.
        """
        try:
            raw = self._place(sha256).read_bytes()
        except FileNotFoundError:
            raise InterviewNotFound("The uploaded file is missing from the workspace. Upload it again.") from None
        if hashlib.sha256(raw).hexdigest() != sha256:
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
