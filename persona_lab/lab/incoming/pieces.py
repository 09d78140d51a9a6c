"""Files that a page sends in pieces, held until they are whole."""

import threading
from typing import NamedTuple

from persona_lab.errors import FileTooLarge, InvalidRequest

LIMIT_BYTES = 50 * 1024 * 1024
# A page that is closed in the middle of a file never says so; the oldest of so many makes room.
FILES_AT_ONCE = 4


class Piece(NamedTuple):
    """Part of a file: what the page says of the whole, and the bytes from `offset` on."""

    name: str
    size: int
    offset: int
    raw: bytes


class Incoming:
    """The files under way, by the id that the page gave each. Usable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, bytearray] = {}

    def take(self, file_id: str, piece: Piece) -> bytes | int:
        """Return the file's bytes when this was its last piece, else how many are held.

        Raises:
            FileTooLarge: it is larger than `LIMIT_BYTES`.
            InvalidRequest: a piece is missing before this one, or there is more than the page said.
        """
        with self._lock:
            held = self._held.pop(file_id, bytearray())
            if piece.size > LIMIT_BYTES:
                raise FileTooLarge(
                    f"{piece.name}: {piece.size / 1024 / 1024:.0f} MB is more than {LIMIT_BYTES // 1024 // 1024} MB. "
                    "Upload the transcript as text, or split it."
                )
            if len(held) + len(piece.raw) > piece.size:
                raise InvalidRequest(f"{piece.name}: more came of it than was announced. Drop it again.")
            if piece.offset != len(held):
                raise InvalidRequest(f"{piece.name}: a part of it was lost on its way. Drop it again.")
            held += piece.raw
            if len(held) == piece.size:
                return bytes(held)
            if not piece.raw:
                raise InvalidRequest(f"{piece.name}: it ended before its end. Drop it again.")
            while len(self._held) >= FILES_AT_ONCE:
                self._held.pop(next(iter(self._held)))
            self._held[file_id] = held
            return len(held)
