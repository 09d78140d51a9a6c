"""The uploaded bytes: received under a name of their own, then kept once under their sha256.

What is received is safe before anything refers to it: what an upload has answered
for survives a power cut. It is kept once its interview is recorded, and never
before, see `sweeping`. What has to be redacted before it is stored is never kept:
it stays among the received until it has been read, and is dropped then.

Each company's files are apart, so that nobody learns from a file of their own what
another company has: `companies/COMPANY/ab/abcdef…`, and without `companies/COMPANY/`
in a workspace of one's own.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from io import BytesIO
from secrets import token_hex
from tempfile import SpooledTemporaryFile
from typing import IO, Literal, NamedTuple, Protocol
from urllib.parse import unquote

from persona_lab.errors import Conflict, InterviewNotFound
from persona_lab.models import Interview
from persona_lab.models.identity import LOCAL_COMPANY

PIECE_BYTES = 1024 * 1024
COMPANIES, INCOMING, ASIDE = "companies", "incoming", "aside"
# How often a file is looked for that isn't there, and how long between.
LOOKS, PAUSE_SECONDS = 4, 0.2
# Says whose files these are.
MARK = "database"
KEPT = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")


class Stored(NamedTuple):
    """An object's name, and since when it is there under it."""

    name: str
    at: datetime


class Depot(Protocol):
    """Where bytes are put under names with slashes in them: a folder or a bucket.

    Whatever it does raises FilesUnavailable when it can't be reached. `place` is what it is called in a sentence.
    """

    place: str

    def put(self, name: str, content: IO[bytes]) -> None:
        """Write it, whole and safe when this returns, or not at all."""

    def move(self, name: str, to: str) -> None:
        """Give it another name, in place of what has that.

        Raises:
            FileNotFoundError: there is none.
        """

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield its bytes, at most about a megabyte at a time.

        Raises:
            FileNotFoundError: there is none.
        """

    def remove(self, name: str) -> None:
        """Remove it; once it is gone, that is all."""

    def listed(self, under: str = "") -> Iterator[Stored]:
        """Yield all there is, or what is in one folder, in any order."""


class Received(NamedTuple):
    """What an upload turned out to be."""

    sha256: str
    size_bytes: int


class Held(NamedTuple):
    """A company's file: `name` is an interview's id, a sha256, or what `set_aside` returned."""

    company_id: str
    state: Literal["received", "kept", "aside"]
    name: str
    at: datetime


class Files:
    """Immutable files of companies. Usable from any thread."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot

    def belong_to(self, epoch: str, *, is_workspaces: bool) -> None:
        """Make sure that these are the files of one database: what another doesn't know would be removed.

        Args:
            epoch: the database's own name.
            is_workspaces: whether database and files are in one workspace, so that nothing needs to say so.

        Raises:
            Conflict: they are another's.
        """
        try:
            whose = b"".join(self._depot.pieces(MARK)).decode(errors="replace")
        except FileNotFoundError:
            if is_workspaces:
                return
            whose = epoch if next(self.held(), None) is None else ""
            if whose:
                self._depot.put(MARK, BytesIO(epoch.encode()))
        if whose != epoch:
            raise Conflict(
                f"The files in this {self._depot.place} belong to another database. Give each database a folder or "
                "a prefix of its own: --files."
            )

    def receive(self, company_id: str, interview_id: str, content: IO[bytes]) -> Received:
        """Write an upload down, and return what it is.

        Raises:
            FilesUnavailable: it could not be written, and nothing of it is there.
        """
        digest, size = hashlib.sha256(), 0
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
        content.seek(0)
        self._depot.put(_received(company_id, interview_id), content)
        return Received(digest.hexdigest(), size)

    def keep(self, company_id: str, interview_id: str, sha256: str) -> None:
        """Keep what was received under its content, in place of what is there; once it is kept, that is all.

        Its interview must have been recorded before: otherwise it may be taken for what nobody needs.
        """
        try:
            self._depot.move(_received(company_id, interview_id), _kept(company_id, sha256))
        except FileNotFoundError:
            return

    def drop(self, company_id: str, interview_id: str) -> None:
        """Remove what was received; once it is gone, that is all."""
        self._depot.remove(_received(company_id, interview_id))

    def opened(self, company_id: str, interview: Interview) -> IO[bytes]:
        """Return the interview's bytes as they were uploaded, in an open copy of its own that nobody can change.

        Raises:
            InterviewNotFound: the file is gone, or is not what was uploaded.
            FilesUnavailable: it can't be read at the moment.
        """
        was_there = False
        for look in range(LOOKS):
            # It may be on its way from one name to another.
            time.sleep(PAUSE_SECONDS if look else 0)
            for name in self._names(company_id, interview):
                try:
                    return self._copied(name, interview)
                except FileNotFoundError:
                    continue
                except _ChangedError:
                    was_there = True
            if was_there:
                break
        what = "was changed in" if was_there else "is missing from"
        raise InterviewNotFound(f"The uploaded file {what} the {self._depot.place}. Upload it again.")

    def _names(self, company_id: str, interview: Interview) -> Iterator[str]:
        """Yield where the interview's bytes may be, the likeliest first."""
        if not interview.redacted:
            yield _kept(company_id, interview.sha256)
        yield _received(company_id, interview.id)
        if not interview.redacted:
            yield from (stored.name for stored in self._depot.listed(_aside(company_id, interview.sha256)))

    def of(self, company_id: str, interview: Interview) -> bytes:
        """Return the interview's bytes, as `opened` does."""
        with self.opened(company_id, interview) as file:
            return file.read()

    def set_aside(self, company_id: str, sha256: str) -> str | None:
        """Give what is kept a name of the caller's own, for it is about to go; return that, None if nothing is kept.

        Until it is forgotten it can be read.
        """
        name = f"{sha256}/{token_hex(8)}"
        try:
            self._depot.move(_kept(company_id, sha256), _aside(company_id, name))
        except FileNotFoundError:
            return None
        return name

    def put_back(self, company_id: str, name: str) -> None:
        """Keep what was set aside after all."""
        try:
            self._depot.move(_aside(company_id, name), _kept(company_id, sha256_of(name)))
        except FileNotFoundError:
            return

    def forget(self, company_id: str, name: str) -> None:
        """Remove what was set aside."""
        self._depot.remove(_aside(company_id, name))

    def held(self) -> Iterator[Held]:
        """Yield every company's files, but nothing that somebody else put there."""
        return (held for stored in self._depot.listed() if (held := _held(stored)))

    def received(self, company_id: str) -> Iterator[Held]:
        """Yield what a company's uploads left that has not been kept."""
        under = f"{_root(company_id)}{INCOMING}"
        return (held for stored in self._depot.listed(under) if (held := _held(stored)))

    def erase(self, company_id: str) -> None:
        """Remove all of a company's files, of whatever state."""
        for stored in self._depot.listed(_root(company_id).rstrip("/")):
            held = _held(stored)
            if held is not None and held.company_id == company_id:
                self._depot.remove(stored.name)

    def _copied(self, name: str, interview: Interview) -> IO[bytes]:
        digest, size = hashlib.sha256(), 0
        with ExitStack() as until_whole:
            copy = until_whole.enter_context(SpooledTemporaryFile(max_size=PIECE_BYTES))
            for piece in self._depot.pieces(name):
                size += len(piece)
                if size > interview.size_bytes:
                    raise _ChangedError
                digest.update(piece)
                copy.write(piece)
            if digest.hexdigest() != interview.sha256:
                raise _ChangedError
            copy.seek(0)
            until_whole.pop_all()
        return copy


class _ChangedError(Exception):
    """The bytes are not those that were uploaded."""


def sha256_of(name: str) -> str:
    """Return the content of what was set aside under this name."""
    return name.partition("/")[0]


def _root(company_id: str) -> str:
    return "" if company_id == LOCAL_COMPANY else f"{COMPANIES}/{_coded(company_id)}/"


def _coded(company_id: str) -> str:
    """Return a name for a folder: whatever the id, it stays one, and differs by more than its case from others."""
    return "".join(
        chr(byte) if chr(byte) in "abcdefghijklmnopqrstuvwxyz0123456789-" else f"%{byte:02x}"
        for byte in company_id.encode()
    )


def _received(company_id: str, interview_id: str) -> str:
    return f"{_root(company_id)}{INCOMING}/{interview_id}"


def _kept(company_id: str, sha256: str) -> str:
    return f"{_root(company_id)}{sha256[:2]}/{sha256}"


def _aside(company_id: str, name: str) -> str:
    return f"{_root(company_id)}{ASIDE}/{name}"


def _held(stored: Stored) -> Held | None:
    company_id, name = LOCAL_COMPANY, stored.name
    if name.startswith(f"{COMPANIES}/"):
        _, coded, name = f"{name}//".split("/", 2)
        company_id, name = unquote(coded), name.rstrip("/")
    folder, _, last = name.partition("/")
    if folder == INCOMING and last:
        return Held(company_id, "received", last, stored.at)
    if folder == ASIDE and last:
        return Held(company_id, "aside", last, stored.at)
    return Held(company_id, "kept", last, stored.at) if KEPT.fullmatch(name) else None
