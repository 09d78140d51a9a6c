"""Opening the database, reading from it, and writing to it.

A write is one transaction. When it has committed, whoever listens is told which
projects changed: here, and with PostgreSQL in every other process, too. That
call is a hint to look at the log, never the news itself.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from persona_lab.models import Identity
from persona_lab.store import transaction
from persona_lab.store.schema import migrations
from persona_lab.store.sqlite import SQLite

if TYPE_CHECKING:
    from persona_lab.store.presence import Presence

# Of a project's id, or of a user's behind `transaction.OF_SOMEBODY`; None where news may have been missed, so that
# everything must be looked at.
Listener = Callable[[str | None], None]


class Backend(Protocol):
    """What differs between the databases."""

    def reading(self, identity: Identity | None) -> AbstractContextManager[Connection]: ...

    def writing(self, identity: Identity | None) -> AbstractContextManager[Connection]: ...

    def announce(self, connection: Connection, changed: set[str]) -> None: ...

    def committed(self, changed: set[str]) -> None: ...

    def listen(self, listener: Listener) -> None: ...

    def is_listening(self) -> bool: ...

    def is_there(self) -> bool: ...

    def compact(self) -> None: ...

    def presence(self, lock: int) -> "Presence | None": ...

    def close(self) -> None: ...


class Store:
    """The database of a workspace or a team. Usable from any thread; close it when done.

    It acts for the house itself, which may do everything; `acting_as` somebody it does what they may, and
    PostgreSQL holds it to that by row-level security.

    Args:
        place: the SQLite file, which is made when it isn't there, or the URL of a PostgreSQL database.
        connections: the most that PostgreSQL is asked for at a time; whoever wants one more waits.

    Raises:
        Conflict: a newer persona_lab wrote the database, or PostgreSQL's tables are to be made or migrated first.
        DatabaseUnavailable: PostgreSQL can't be reached.
    """

    def __init__(self, place: Path | str, *, connections: int = 16) -> None:
        self._identity: Identity | None = None
        self._actor: str | None = None
        self._backend = _opened(place, connections)
        with self.reading() as connection:
            self.epoch = migrations.epoch(connection)

    def acting_as(self, identity: Identity) -> "Store":
        """Return the same database, for what this person does."""
        acting = copy(self)
        acting._identity = identity
        acting._actor = identity.name
        return acting

    def on_behalf_of(self, identity: Identity) -> "Store":
        """Return the same database, for what the house does because this person asked for it, and may not itself."""
        acting = copy(self)
        acting._identity = None
        acting._actor = identity.name
        return acting

    @property
    def identity(self) -> Identity:
        """Who acts.

        Raises:
            RuntimeError: it is the house itself.
        """
        if self._identity is None:
            raise RuntimeError("The house itself acts, and is nobody.")
        return self._identity

    def compact(self) -> None:
        """Leave nothing in the file of what was deleted; PostgreSQL does so by itself, by and by."""
        self._backend.compact()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the database as it is at its first statement."""
        with self._backend.reading(self._identity) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are committed together, or not at all."""
        with self._backend.writing(self._identity) as connection:
            writing = transaction.begin(connection, self._actor)
            try:
                yield connection
                self._backend.announce(connection, writing.changed)
            finally:
                transaction.end(connection)
        self._backend.committed(writing.changed)

    def listen(self, listener: Listener) -> None:
        """Call `listener(project_id)` after each commit that added events, in a thread of its own or the writer's.

        It is told of whoever's rights changed, too.
        """
        self._backend.listen(listener)

    @property
    def is_listening(self) -> bool:
        """Whether whoever listens is told at the moment; else everything is looked at again once they are."""
        return self._backend.is_listening()

    @property
    def is_there(self) -> bool:
        """Whether the file that was opened is still where it was; what is written to another would be lost."""
        return self._backend.is_there()

    def presence(self, lock: int) -> "Presence | None":
        """Return what holds a process's lock; None where one process has the database to itself."""
        return self._backend.presence(lock)

    def close(self) -> None:
        self._backend.close()


def _opened(place: Path | str, connections: int) -> Backend:
    if isinstance(place, Path):
        return SQLite(place)
    from persona_lab.store.postgresql import PostgreSQL

    return PostgreSQL(place, connections)
