"""A team's database: PostgreSQL 15 or newer, with row-level security.

Every transaction says who it is for, in the manner of PostgREST and Supabase: it takes on a role that owns nothing,
and carries the person's claims, both until it ends and no longer. What that person may see and do is up to
`policies`. The house's own work takes on a role that may see everything and owns nothing either.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from persona_lab.errors import Conflict, DatabaseUnavailable, Forbidden, InvalidRequest, ReadOnly, TooBusy
from persona_lab.models import Identity
from persona_lab.store.schema import migrations, policies
from persona_lab.store.schema.policies import SERVICE, USER

if TYPE_CHECKING:
    from persona_lab.store.presence import Presence

log = logging.getLogger(__name__)

CHANNEL = "persona_lab"
# How long somebody waits for a connection before they are told to come back.
POOL_SECONDS = 10.0
CONNECT_SECONDS = 10
# A machine that is gone without a word is noticed after idle + interval × count seconds.
IDLE_SECONDS, INTERVAL_SECONDS, COUNT = 5, 3, 3
# A listener looks whether it is to end so often, and tries again so soon when its connection was lost.
LISTENING_SECONDS = 0.5
RECONNECT_SECONDS = 0.5
# A process that stands still in the middle of a change keeps others from the project so long, and then has lost it.
STANDSTILL_SECONDS = 60
# Whoever migrates holds this lock: "persona_lab" as a number.
MIGRATING = 0x7065_7273_6F6E
OWNERSHIP = "The database's user may not make tables and roles. Run persona-lab migrate as an owner with CREATEROLE."
MEMBERSHIP = (
    f"The database's user may not act as {SERVICE} and {USER}. As an owner: GRANT {SERVICE}, {USER} TO that user."
)
# However the server is set up, its log has no values of statements that fail: they are people's words.
_TAKE_ON = text(
    "SELECT set_config('role', :role, TRUE), set_config('request.jwt.claims', :claims, TRUE), "
    "set_config('log_parameter_max_length_on_error', '0', TRUE)"
)
_HURRY = text("SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, TRUE)")
_ONLY_READ = text("SET TRANSACTION READ ONLY")
_NOTIFY = text("SELECT pg_notify(:channel, project) FROM unnest(CAST(:projects AS TEXT[])) AS project")


class PostgreSQL:
    """A pool of connections, each transaction in somebody's name, and a listener that outlives its connection."""

    def __init__(self, url: str, connections: int) -> None:
        self._url = parsed(url)
        self._engine = create_engine(
            self._url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS},
            # What is written are people's interviews, and no error and no log may repeat them.
            hide_parameters=True,
        )
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writer = self._engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
        self._listeners: list[Callable[[str | None], None]] = []
        self._closing = threading.Event()
        self._connected = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            with _explained(), _permitted(MEMBERSHIP), self._engine.begin() as connection:
                if inspect(connection).has_table("meta"):
                    connection.execute(_TAKE_ON, claims(None))
                migrations.check(connection)
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self, identity: Identity | None) -> Iterator[Connection]:
        with _explained(), _held_to(identity), self._reader.begin() as connection:
            connection.execute(_TAKE_ON, claims(identity))
            yield connection

    @contextmanager
    def writing(self, identity: Identity | None) -> Iterator[Connection]:
        with _explained(), _held_to(identity), self._writer.begin() as connection:
            connection.execute(_TAKE_ON, claims(identity))
            connection.execute(_HURRY, {"milliseconds": str(int(1000 * STANDSTILL_SECONDS))})
            if identity is not None and "write" not in identity.scopes:
                connection.execute(_ONLY_READ)
            yield connection

    def announce(self, connection: Connection, changed: set[str]) -> None:
        """Wake every process that listens, when this transaction commits."""
        if changed:
            connection.execute(_NOTIFY, {"channel": CHANNEL, "projects": sorted(changed)})

    def committed(self, _changed: set[str]) -> None:
        """This process, too, is woken by the notification."""

    def listen(self, listener: Callable[[str | None], None]) -> None:
        self._listeners.append(listener)
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name="listening", daemon=True)
            self._thread.start()

    def is_listening(self) -> bool:
        return self._connected.is_set()

    def is_there(self) -> bool:
        """Whoever reads is told whether it can be reached."""
        return True

    def compact(self) -> None:
        """Nothing: only the owner may, and autovacuum does it by itself."""

    def presence(self, lock: int) -> "Presence":
        from persona_lab.store.presence import Presence

        return Presence(self._url, lock)

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout=CONNECT_SECONDS)
        self._engine.dispose()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                with session(self._url) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._connected.set()
                    # Whatever happened while nobody listened.
                    self._tell(None)
                    while not self._closing.is_set():
                        for news in connection.notifies(timeout=LISTENING_SECONDS):
                            self._tell(news.payload)
            except psycopg.Error as error:
                self._connected.clear()
                log.warning("the database's notifications were lost, and are asked for again: %s", type(error).__name__)
                self._closing.wait(RECONNECT_SECONDS)

    def _tell(self, project_id: str | None) -> None:
        for listener in self._listeners:
            listener(project_id)


def parsed(url: str) -> URL:
    """Return the URL with the driver that is used here.

    Raises:
        InvalidRequest: it isn't one of a PostgreSQL database. It isn't repeated, for it may hold a password.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        found = None
    if found is None or found.get_backend_name() not in ("postgresql", "postgres"):
        raise InvalidRequest("The database's URL must look like postgresql://user:password@host:5432/name.")
    return found.set(drivername="postgresql+psycopg")


def dsn(url: URL) -> str:
    """Return the URL as psycopg and PostgreSQL's own programs take it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def session(url: URL) -> psycopg.Connection:
    """Return a connection that is held for long; either side notices soon that the other's machine is gone.

    Raises:
        psycopg.Error: the database can't be reached.
    """
    theirs = f"-c tcp_keepalives_idle={IDLE_SECONDS} -c tcp_keepalives_interval={INTERVAL_SECONDS}"
    return psycopg.connect(
        dsn(url),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        options=f"{theirs} -c tcp_keepalives_count={COUNT}",
        keepalives_idle=IDLE_SECONDS,
        keepalives_interval=INTERVAL_SECONDS,
        keepalives_count=COUNT,
        tcp_user_timeout=1000 * (IDLE_SECONDS + INTERVAL_SECONDS * COUNT),
    )


def claims(identity: Identity | None) -> dict[str, Any]:
    """Return what a transaction takes on for somebody; the house itself is nobody."""
    if identity is None:
        return {"role": SERVICE, "claims": ""}
    told = {
        "role": USER,
        "sub": identity.user_id,
        "company_id": identity.company_id,
        "company_role": identity.company_role,
        "name": identity.name,
    }
    return {"role": USER, "claims": json.dumps(told)}


def migrate(url: str) -> tuple[int, int]:
    """Make or migrate the tables, roles and policies, as the database's owner; return the versions before and after.

    It may be called by several processes at once, and while servers are running.

    Raises:
        Conflict: a newer persona_lab wrote the database, or this user may not do it.
        DatabaseUnavailable: it can't be reached.
    """
    engine = create_engine(parsed(url), hide_parameters=True, connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        with _explained(), _permitted(OWNERSHIP), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            before = migrations.version(connection)
            # The owner is held to the policies, too, and there are none for it.
            policies.lift(connection)
            migrations.migrate(connection)
            policies.lay(connection)
            return before, migrations.version(connection)
    finally:
        engine.dispose()


@contextmanager
def _permitted(message: str) -> Iterator[None]:
    """Say in a sentence what the database's user would have to be allowed."""
    try:
        yield
    except ProgrammingError as error:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise Conflict(message) from None
        raise


@contextmanager
def _held_to(identity: Identity | None) -> Iterator[None]:
    """Say in a sentence that the database itself doesn't let somebody do what they tried."""
    try:
        yield
    except DBAPIError as error:
        if identity is None or not isinstance(error.orig, psycopg.Error):
            raise
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise Forbidden from None
        if isinstance(error.orig, psycopg.errors.ReadOnlySqlTransaction):
            raise ReadOnly from None
        raise


@contextmanager
def _explained() -> Iterator[None]:
    """Say in a sentence that the database can't be reached, or that too many want it at once."""
    try:
        yield
    except PoolTimeout:
        raise TooBusy from None
    except (OperationalError, InterfaceError, InternalError) as error:
        # The only internal error that isn't one: the database ended what stood still.
        if isinstance(error, InternalError) and not isinstance(error.orig, IdleInTransactionSessionTimeout):
            raise
        log.warning("the database could not do it: %s", type(error.orig).__name__)
        raise DatabaseUnavailable from None
