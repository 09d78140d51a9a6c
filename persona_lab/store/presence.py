"""A process's sign of life: a lock that PostgreSQL takes back when the session that holds it ends, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL

from persona_lab.store import postgresql

# How long to wait for the lock: others hold it for a moment while they take over.
LOCK_SECONDS = 10
_HELD = """
    SELECT (classid::BIGINT << 32) | objid::BIGINT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Presence:
    """The session that holds a process's lock, made anew where it was lost. For one thread."""

    def __init__(self, url: URL, lock: int) -> None:
        self._url = url
        self._lock = lock
        self._session: psycopg.Connection | None = None

    def keep(self) -> bool:
        """Make sure that the lock is held; say whether it had to be taken.

        Raises:
            psycopg.Error: the database can't be reached. Whoever calls again may succeed.
        """
        try:
            if self._session is not None:
                self._session.execute("SELECT 1")
                return False
        except psycopg.Error:
            self.close()
            raise
        session = postgresql.session(self._url)
        try:
            session.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            session.execute("SELECT pg_advisory_lock(%s)", (self._lock,))
        except psycopg.Error:
            session.close()
            raise
        self._session = session
        return True

    def held(self) -> set[int]:
        """Return the locks that anybody holds; call `keep` before."""
        return {row[0] for row in self._sure.execute(_HELD)}

    @contextmanager
    def taking(self, lock: int) -> Iterator[bool]:
        """Hold another's lock for a while; yield whether it was free."""
        found = self._sure.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
        is_free = bool(found and found[0])
        try:
            yield is_free
        finally:
            if is_free:
                self._sure.execute("SELECT pg_advisory_unlock(%s)", (lock,))

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def _sure(self) -> psycopg.Connection:
        if self._session is None:
            raise psycopg.OperationalError("the session was lost")
        return self._session
