"""Removing files that nobody needs: purged ones, and those whose interview was never recorded.

An upload is received, then its interview is recorded, then the file is kept. A file is
removed in three steps: no interview refers to it; it is set aside, under a name that is
nobody else's; and still none does. An interview that was recorded in between either was
kept after the setting aside, and so has a file of its own again, or is seen by the
second look, which puts the file back. So nothing is locked, however many servers
receive and sweep the same bytes at once.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from persona_lab.errors import PersonaLabError
from persona_lab.models import now
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store.database import Store
from persona_lab.store.files import references
from persona_lab.store.files.kept import Files, Held, sha256_of

log = logging.getLogger(__name__)

# Nothing takes so long between being received and being recorded.
AGE = timedelta(hours=24)
EVERY = timedelta(hours=24)
# Whoever set something aside has put it back or forgotten it by then, or was killed.
ASIDE_AGE = timedelta(hours=1)
LOOK_SECONDS = 3600.0
AT_ONCE = 500


class Swept(NamedTuple):
    """How many files were removed, and how many were kept that should have been before."""

    removed: int
    kept: int


def purge(store: Store, files: Files, company_id: str, interview_id: str, sha256: str) -> bool:
    """Remove an interview's bytes after its row is gone or masked; say whether nobody else of the company needs them.

    Where another interview has the same file, that stays. Doing it again does no harm.

    Args:
        store: the house's own, not one that acts as somebody.

    Raises:
        FilesUnavailable: they may still be there; `sweep` will remove them, or do it again.
    """
    files.drop(company_id, interview_id)
    return _remove(store, files, company_id, sha256)


def sweep(store: Store, files: Files, *, age: timedelta = AGE, closing: threading.Event | None = None) -> Swept:
    """Remove files older than `age` that no interview needs; of received ones keep those that are to be kept.

    Args:
        store: the house's own, not one that acts as somebody.
        closing: ends it early when set.
    """
    swept = Swept(0, 0)
    for batch in _batches(files.held()):
        if closing is not None and closing.is_set():
            break
        old = [held for held in batch if held.at <= now() - age]
        done = [
            _settle(store, files, [held for held in old if held.state == "received"]),
            _sweep_kept(store, files, [held for held in old if held.state == "kept"]),
            _sweep_aside(store, files, [held for held in batch if held.state == "aside"], min(age, ASIDE_AGE)),
        ]
        swept = Swept(swept.removed + sum(one.removed for one in done), swept.kept + sum(one.kept for one in done))
    return swept


def settle_received(store: Store, files: Files) -> Swept:
    """Keep or drop what a workspace's last server left among the received; for when nobody is uploading."""
    return _settle(store, files, files.received(LOCAL_COMPANY))


class Sweeper:
    """Sweeps once a day, by whichever process gets to it first; `start` and `close` it.

    Args:
        is_alone: whether no other process can be uploading at the start.
    """

    def __init__(self, store: Store, files: Files, *, is_alone: bool) -> None:
        self._store = store
        self._files = files
        self._is_alone = is_alone
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeping", daemon=True)

    def start(self) -> None:
        """Begin; nothing may be uploaded before this returns."""
        if self._is_alone:
            settle_received(self._store, self._files)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._sweep_if_due()
            except PersonaLabError as error:
                log.warning("the files were not swept, which is tried again tomorrow: %s", error.message)
            except Exception as error:
                log.error("sweeping the files failed: %s", type(error).__name__)
            self._closing.wait(LOOK_SECONDS)

    def _sweep_if_due(self) -> None:
        with self._store.writing() as connection:
            is_due = references.claim_sweep(connection, now(), EVERY)
        if is_due:
            swept = sweep(self._store, self._files, closing=self._closing)
            if any(swept):
                log.warning("files were swept: %d removed, %d kept late", swept.removed, swept.kept)


def _batches(held: Iterable[Held]) -> Iterator[list[Held]]:
    left = iter(held)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def _settle(store: Store, files: Files, received: Iterable[Held]) -> Swept:
    """Keep what was received for a recorded interview and drop the rest, but what is yet to be redacted."""
    removed = kept = 0
    for batch in _batches(received):
        with store.reading() as connection:
            awaited = references.awaited(connection, [held.name for held in batch])
        for held in batch:
            need = awaited.get(held.name)
            if need is None or need.masked or (need.redacted and need.is_read):
                files.drop(held.company_id, held.name)
                removed += 1
            elif not need.redacted:
                files.keep(held.company_id, held.name, need.sha256)
                kept += 1
    return Swept(removed, kept)


def _sweep_kept(store: Store, files: Files, kept: Sequence[Held]) -> Swept:
    removed = 0
    for company_id in {held.company_id for held in kept}:
        names = [held.name for held in kept if held.company_id == company_id]
        with store.reading() as connection:
            needed = references.referenced(connection, company_id, names)
        removed += sum(_remove(store, files, company_id, name) for name in names if name not in needed)
    return Swept(removed, 0)


def _sweep_aside(store: Store, files: Files, aside: Sequence[Held], age: timedelta) -> Swept:
    old = [held for held in aside if held.at <= now() - age]
    return Swept(sum(_decide(store, files, held.company_id, held.name) for held in old), 0)


def _remove(store: Store, files: Files, company_id: str, sha256: str) -> bool:
    """Remove what is kept, unless an interview needs it; say whether it is gone."""
    with store.reading() as connection:
        if not references.unreferenced(connection, company_id, sha256):
            return False
    name = files.set_aside(company_id, sha256)
    return name is None or _decide(store, files, company_id, name)


def _decide(store: Store, files: Files, company_id: str, name: str) -> bool:
    """Put back or forget what was set aside; say whether it is gone."""
    with store.reading() as connection:
        is_needed = not references.unreferenced(connection, company_id, sha256_of(name))
    if is_needed:
        files.put_back(company_id, name)
    else:
        files.forget(company_id, name)
    return not is_needed
