"""What a server or worker that is gone has left: found, and taken over by those that are there.

Each process holds a lock that the database takes back when it ends, however it ends, and each looks for locks that
nobody holds. One process alone takes over: it holds the dead one's lock meanwhile. A process that was taken for dead
and lives goes on, counted in again; what it still does twice comes to the same.
"""

import logging
import threading
import time

import psycopg
from sqlalchemy import Connection

from persona_lab.discretion import described
from persona_lab.errors import DatabaseUnavailable, TooBusy
from persona_lab.jobs import queueing
from persona_lab.jobs.durable import Jobs
from persona_lab.store import conversations, knowledge, processes
from persona_lab.store.database import Store
from persona_lab.store.presence import Presence
from persona_lab.store.processes import Process

log = logging.getLogger(__name__)

LOOKS_SECONDS = 3.0
# Nobody is dead at first sight, for whoever lost the database for a moment takes its lock again as soon as it is back.
DEAD_SECONDS = 5.0
VERSIONS_SECONDS = 30.0
# Rows of those that ended long ago are looked for so often.
FORGETS_SECONDS = 3600.0
# What is held instead of the lock of a process of which nothing is known but that it had work.
NOBODYS = 0x7065_7273_6F6D
ENDED = "The server ended while it was answering. Ask again."


class Watch:
    """A process's sign of life, and its eye on the others."""

    def __init__(self, store: Store, jobs: Jobs, process: Process) -> None:
        self._store = store
        self._jobs = jobs
        self._process = process
        self._presence = store.presence(process.lock)
        # Since when a process's lock has been free, by the process' id.
        self._free: dict[str, float] = {}
        self._is_counted_in = False
        self._known: set[str] = set()
        self._asked = 0.0
        self._forgot: float | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def be_there(self) -> None:
        """Count this process in, before it takes any work.

        Raises:
            DatabaseUnavailable: the database can't be reached.
        """
        if self._presence is None:
            self._be_alone()
            return
        try:
            self._keep(self._presence)
        except psycopg.Error as error:
            log.warning("no lock could be taken: %s", type(error).__name__)
            raise DatabaseUnavailable from None

    def begin(self) -> None:
        """Go on with what was left lying, now and from now on; the jobs must be launched."""
        if self._presence is None:
            self._jobs.pick_up()
            return
        self._thread = threading.Thread(target=self._run, args=(self._presence,), name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Be gone, which others see at once."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=LOOKS_SECONDS)
        try:
            with self._store.writing() as connection:
                processes.end(connection, self._process.id)
        except TooBusy:
            log.warning("process %s could not say that it ends; others find its lock free", self._process.id)
        if self._presence is not None:
            self._presence.close()

    def _be_alone(self) -> None:
        """Whoever was there before is gone: this process has everything to itself."""
        with self._store.reading() as connection:
            gone = [one.id for one in processes.there(connection)]
        with self._store.writing() as connection:
            for process_id in gone:
                _end_what_it_left(connection, process_id)
                processes.end(connection, process_id)
            processes.begin(connection, self._process)
        forget_long_ended(self._store)

    def _run(self, presence: Presence) -> None:
        while not self._closing.wait(LOOKS_SECONDS):
            try:
                self._keep(presence)
                self._look(presence)
                self._forget_now_and_then()
            except (psycopg.Error, TooBusy) as error:
                log.warning("the database is away, and with it the sign of life: %s", type(error).__name__)
            except Exception as error:
                log.error("looking for processes that are gone failed: %s", described(error))

    def _keep(self, presence: Presence) -> None:
        if presence.keep():
            # The others have lost their locks, too, perhaps, and take them again in a moment.
            self._free.clear()
            self._is_counted_in = False
        if not self._is_counted_in:
            # Whoever took this process for dead meanwhile shall know better.
            with self._store.writing() as connection:
                processes.begin(connection, self._process)
            self._is_counted_in = True

    def _forget_now_and_then(self) -> None:
        at = time.monotonic()
        if self._forgot is None or at - self._forgot >= FORGETS_SECONDS:
            self._forgot = at
            forget_long_ended(self._store)

    def _look(self, presence: Presence) -> None:
        # In this order: who takes work has been counted in before.
        holders = queueing.holders()
        with self._store.reading() as connection:
            there = processes.there(connection)
        # One that was taken for dead may find itself ended even after it has counted itself in again.
        self._is_counted_in = any(one.id == self._process.id for one in there)
        held = presence.held()
        missing = {one.id: one.lock for one in there if one.lock not in held}
        # Who was taken for dead, took work after that, and then died.
        missing |= dict.fromkeys(holders - {one.id for one in there}, NOBODYS)
        at = time.monotonic()
        self._free = {process_id: self._free.get(process_id, at) for process_id in missing}
        for process_id, lock in missing.items():
            if at - self._free[process_id] >= DEAD_SECONDS:
                with presence.taking(lock) as is_free:
                    if is_free:
                        self._take_over(process_id)
        self._look_at_versions({one.works_on for one in there if one.lock in held} - {""})

    def _take_over(self, process_id: str) -> None:
        given_back = queueing.give_back(process_id)
        with self._store.writing() as connection:
            _end_what_it_left(connection, process_id)
        self._jobs.pick_up()
        # Last, for whoever takes over may end, too.
        with self._store.writing() as connection:
            processes.end(connection, process_id)
        log.warning("process %s is gone; %d of its jobs go on elsewhere", process_id, given_back)

    def _look_at_versions(self, known: set[str]) -> None:
        """Begin anew what waits in a version that nobody knows any more, or yet."""
        at = time.monotonic()
        if not self._process.works_on or (known == self._known and at - self._asked < VERSIONS_SECONDS):
            return
        self._known, self._asked = known, at
        strange = [one.workflow_id for one in queueing.of_other_versions() if one.app_version not in known]
        if strange:
            queueing.forget(strange)
            self._jobs.pick_up()
            log.warning("%d jobs of another version were begun anew", len(strange))


def forget_long_ended(store: Store) -> None:
    """Remove the rows of processes that ended long ago; several may do so at once."""
    with store.reading() as connection:
        if not processes.ended_long_ago(connection):
            return
    with store.writing() as connection:
        for process_id in processes.ended_long_ago(connection):
            # One that could not say at its end that its answers had ended, too.
            conversations.end_left_open(connection, process_id, ENDED)
        processes.forget(connection)


def _end_what_it_left(connection: Connection, process_id: str) -> None:
    conversations.end_left_open(connection, process_id, ENDED)
    knowledge.end_left_open(connection, process_id)
