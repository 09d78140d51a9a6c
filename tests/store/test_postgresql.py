"""What only PostgreSQL does: migrating as its owner, taking on roles, waking other processes, and being away."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from persona_lab.errors import Conflict, DatabaseUnavailable, InvalidRequest, TooBusy
from persona_lab.models import Identity, identity
from persona_lab.store import events, projects
from persona_lab.store import postgresql as backend
from persona_lab.store.database import Store
from persona_lab.store.schema import migrations
from tests.store.test_migrations import schema
from tests.support import postgresql

HERE = Path(__file__).parent
ME = identity.local("mina")


@pytest.fixture(scope="module")
def fresh() -> Iterator[str]:
    url = postgresql.database()
    yield url
    postgresql.drop(url)


@pytest.fixture
def empty() -> Iterator[str]:
    url = postgresql.empty_database()
    yield url
    postgresql.drop(url)


def schema_of(url: str) -> dict[str, object]:
    engine = create_engine(backend.parsed(url))
    with engine.connect() as connection:
        found = schema(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize("start", range(1, migrations.VERSION))
def test_every_older_version_is_brought_to_todays(empty: str, fresh: str, start: int) -> None:
    older = (HERE / f"schema_{start}.sql").read_text().replace(" BLOB ", " BYTEA ")
    with psycopg.connect(empty) as connection:
        connection.execute(older)
    assert backend.migrate(empty) == (start, migrations.VERSION)
    assert schema_of(empty) == schema_of(fresh)


def test_migrating_again_changes_nothing(empty: str) -> None:
    assert backend.migrate(empty) == (0, migrations.VERSION)
    before = schema_of(empty)
    assert backend.migrate(empty) == (migrations.VERSION, migrations.VERSION)
    assert schema_of(empty) == before


def test_several_may_migrate_at_once(empty: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        came = list(pool.map(backend.migrate, [empty] * 3))
    assert sorted(came) == [(0, migrations.VERSION)] + [(migrations.VERSION, migrations.VERSION)] * 2


def test_a_database_without_tables_says_what_to_do(empty: str) -> None:
    with pytest.raises(Conflict, match=r"has no tables of persona_lab\. Run persona-lab migrate"):
        Store(empty)


def test_an_older_database_is_not_touched_by_a_server(empty: str) -> None:
    with psycopg.connect(empty) as connection:
        connection.execute((HERE / "schema_10.sql").read_text().replace(" BLOB ", " BYTEA "))
    # It has none of the roles' rights either, which no server could mend.
    with pytest.raises(Conflict, match=r"persona-lab migrate|GRANT"):
        Store(empty)
    assert "companies" not in schema_of(empty)


def test_a_newer_database_that_still_works_with_this_code_is_opened(empty: str) -> None:
    backend.migrate(empty)
    _set(empty, version="99")
    Store(empty).close()
    _set(empty, works_with="99")
    with pytest.raises(Conflict, match=r"newer persona_lab \(schema 99, .*Upgrade persona-lab"):
        Store(empty)


def test_a_user_who_owns_nothing_can_serve_once_it_is_a_member(empty: str) -> None:
    backend.migrate(empty)
    name = backend.parsed(empty).database
    assert name is not None
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE server_{name} LOGIN")
    url = backend.dsn(backend.parsed(empty).set(username=f"server_{name}"))
    with pytest.raises(Conflict, match="may not act as persona_lab_service"):
        Store(url)
    with pytest.raises(Conflict, match="may not make tables and roles"):
        backend.migrate(url)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(f"GRANT persona_lab_service, persona_lab_user TO server_{name}")
    store = Store(url)
    with store.writing() as connection:
        projects.create(connection, epoch=store.epoch, name="Study")
    store.close()
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(f"REVOKE persona_lab_service, persona_lab_user FROM server_{name}")
        connection.execute(f"DROP ROLE server_{name}")


def test_a_read_transaction_can_write_nothing(fresh: str) -> None:
    store = Store(fresh)
    with pytest.raises(DBAPIError, match="read-only transaction"), store.reading() as connection:
        connection.execute(text("DELETE FROM attempts"))
    store.close()


def test_a_reader_sees_the_database_as_it_was_at_its_first_statement(fresh: str) -> None:
    store = Store(fresh)
    with store.reading() as connection:
        before = len(projects.every(connection, epoch=store.epoch, seen_by=ME))
        with store.writing() as writing:
            projects.create(writing, epoch=store.epoch, name="Meanwhile")
        assert len(projects.every(connection, epoch=store.epoch, seen_by=ME)) == before
    store.close()


def test_what_a_transaction_took_on_ends_with_it(fresh: str) -> None:
    store = Store(fresh, connections=1)
    somebody = Identity(user_id="u1", company_id="c1", company_role="user", name="minji")
    who = text("SELECT current_user, current_setting('request.jwt.claims', TRUE)")
    with store.acting_as(somebody).reading() as connection:
        role, claims = connection.execute(who).one()
        assert role == "persona_lab_user"
        assert '"company_id": "c1"' in claims
    with store.reading() as connection:
        assert tuple(connection.execute(who).one()) == ("persona_lab_service", "")
    with store._backend._engine.connect() as connection:  # type: ignore[attr-defined]  # what no transaction took on
        assert connection.execute(who).one()[0] == "postgres"
    store.close()


def test_another_process_hears_of_a_change(fresh: str) -> None:
    one, other = Store(fresh), Store(fresh)
    heard: Queue[str | None] = Queue()
    other.listen(heard.put)
    assert heard.get(timeout=10) is None
    with one.writing() as connection:
        made = projects.create(connection, epoch=one.epoch, name="Study").id
        with pytest.raises(Empty):
            heard.get(timeout=0.2)
    assert heard.get(timeout=10) == made
    one.close()
    other.close()


def test_a_listener_that_was_cut_off_listens_again_and_says_that_it_may_have_missed_something(fresh: str) -> None:
    store = Store(fresh)
    heard: Queue[str | None] = Queue()
    store.listen(heard.put)
    assert heard.get(timeout=10) is None
    with psycopg.connect(fresh, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        ).fetchall()
    assert ended == [(True,)]
    assert heard.get(timeout=10) is None
    with store.writing() as connection:
        made = projects.create(connection, epoch=store.epoch, name="Study").id
    assert heard.get(timeout=10) == made
    store.close()


def test_connections_that_the_database_ended_are_replaced(fresh: str) -> None:
    store = Store(fresh)
    with store.reading() as connection:
        projects.every(connection, epoch=store.epoch, seen_by=ME)
    with psycopg.connect(fresh, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with store.reading() as connection:
        projects.every(connection, epoch=store.epoch, seen_by=ME)
    store.close()


def test_who_waits_too_long_for_a_connection_is_told_to_come_back(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "POOL_SECONDS", 0.2)
    store = Store(fresh, connections=1)
    with store.reading(), pytest.raises(TooBusy, match="Try again"), store.reading():
        pass
    with store.reading() as connection:
        projects.every(connection, epoch=store.epoch, seen_by=ME)
    store.close()


def test_a_database_that_is_not_there_is_said_in_a_sentence() -> None:
    with pytest.raises(DatabaseUnavailable, match="can't be reached"):
        Store("postgresql://nobody:secret@127.0.0.1:1/nothing")


@pytest.mark.parametrize("url", ["", "secret", "mysql://a:secret@b/c", "postgresql://a:secret@b:port/c"])
def test_what_is_no_url_of_postgresql_is_not_repeated(url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"must look like postgresql://") as refused:
        Store(url)
    assert "secret" not in str(refused.value)


def test_two_who_write_to_one_project_take_turns(fresh: str) -> None:
    """Without the hold, the second would read before the first has committed, and both would count the same."""
    store = Store(fresh)
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="0")
    inside = threading.Event()

    def count() -> None:
        with store.writing() as connection:
            before = projects.get(connection, project.id, epoch=store.epoch)
            inside.set()
            time.sleep(0.05)
            projects.change(connection, project.id, {"name": str(int(before.name) + 1)}, epoch=store.epoch)

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    with store.reading() as connection:
        assert projects.get(connection, project.id, epoch=store.epoch).name == "6"
        assert [event.seq for event in events.after(connection, project.id, 0, 100)] == list(range(1, 8))
    store.close()


def test_writers_to_different_projects_do_not_wait_for_each_other(fresh: str) -> None:
    store = Store(fresh)
    with store.writing() as connection:
        one, other = (projects.create(connection, epoch=store.epoch, name=name).id for name in ("one", "other"))
    with store.writing() as held:
        projects.change(held, one, {"name": "held"}, epoch=store.epoch)
        done = threading.Event()

        def write() -> None:
            with store.writing() as connection:
                projects.change(connection, other, {"name": "changed"}, epoch=store.epoch)
            done.set()

        threading.Thread(target=write).start()
        assert done.wait(timeout=10)
    store.close()


def test_who_stands_still_in_the_middle_of_a_change_holds_up_nobody_for_long(
    fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(fresh)
    with store.writing() as connection:
        made = projects.create(connection, epoch=store.epoch, name="Study").id
    frozen, done, told = threading.Event(), threading.Event(), threading.Event()

    def stand_still() -> None:
        monkeypatch.setattr(backend, "STANDSTILL_SECONDS", 0.3)
        try:
            with store.writing() as connection:
                projects.change(connection, made, {"name": "half done"}, epoch=store.epoch)
                frozen.set()
                assert done.wait(timeout=20)
                projects.get(connection, made, epoch=store.epoch)
        except DatabaseUnavailable:
            told.set()

    thread = threading.Thread(target=stand_still)
    thread.start()
    assert frozen.wait(timeout=10)
    with store.writing() as connection:
        assert projects.change(connection, made, {"name": "done"}, epoch=store.epoch).seq == 2
    done.set()
    assert told.wait(timeout=10)
    thread.join(timeout=10)
    store.close()


def _set(url: str, **values: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL ROLE persona_lab_service")
        for key, value in values.items():
            connection.execute("UPDATE meta SET value = %s WHERE key = %s", (value, key))
