"""A process is there as long as it holds its lock, which ends with its session."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select

from persona_lab.jobs import taking_over
from persona_lab.models import now
from persona_lab.store import conversations, processes
from persona_lab.store.database import Store
from persona_lab.store.presence import Presence
from persona_lab.store.processes import Process
from persona_lab.store.schema.tables import processes as table
from tests.support import postgresql


@pytest.fixture
def url() -> str:
    return postgresql.emptied()


@pytest.fixture
def team(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


def there(store: Store, process: Process) -> Presence:
    """Return the sign of life of a process that has just begun."""
    presence = store.presence(process.lock)
    assert presence is not None
    assert presence.keep()
    with store.writing() as connection:
        processes.begin(connection, process)
    return presence


def end_session_of(url: str, process: Process) -> None:
    """End the session that holds the process's lock, as a restart of the database would."""
    with psycopg.connect(url, autocommit=True) as connection:
        query = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' "
            "AND (classid::BIGINT << 32) | objid::BIGINT = %s"
        )
        assert connection.execute(query, (process.lock,)).fetchall() == [(True,)]


def test_a_lock_is_held_while_its_process_is_there(team: Store) -> None:
    one, other = processes.new("server"), processes.new("worker", "1")
    presence, others = there(team, one), there(team, other)
    assert presence.held() >= {one.lock, other.lock}
    with presence.taking(other.lock) as is_free:
        assert not is_free
    others.close()
    # The database finds a moment later that the session has ended.
    deadline = time.monotonic() + 10
    while other.lock in presence.held() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert other.lock not in presence.held()
    with presence.taking(other.lock) as is_free:
        assert is_free
    presence.close()


def test_one_alone_takes_over(team: Store) -> None:
    one, other, gone = (processes.new("worker", "1") for _ in range(3))
    presence, others = there(team, one), there(team, other)
    with presence.taking(gone.lock) as is_free, others.taking(gone.lock) as is_free_still:
        assert (is_free, is_free_still) == (True, False)
    with others.taking(gone.lock) as is_free:
        assert is_free
    presence.close()
    others.close()


def test_a_session_that_was_lost_is_noticed_and_its_lock_taken_again(team: Store, url: str) -> None:
    """A process that went on as if it held the lock would have its work done a second time for ever."""
    one, watcher = processes.new("worker", "1"), processes.new("server")
    presence, watching = there(team, one), there(team, watcher)
    assert not presence.keep()
    end_session_of(url, one)
    assert one.lock not in watching.held()
    with pytest.raises(psycopg.Error):
        presence.keep()
    assert presence.keep()
    assert one.lock in watching.held()
    presence.close()
    watching.close()


def test_who_was_taken_for_dead_is_counted_in_again(store: Store) -> None:
    process = processes.new("worker", "1")
    with store.writing() as connection:
        processes.begin(connection, process)
        processes.end(connection, process.id)
    with store.reading() as connection:
        assert processes.there(connection) == []
    with store.writing() as connection:
        processes.begin(connection, process)
    with store.reading() as connection:
        assert processes.there(connection) == [process]


def test_a_process_says_which_work_it_does() -> None:
    assert processes.new("worker", "1").works_on == "1"
    assert processes.new("server").works_on == ""


def ended(store: Store, *, days: float) -> str:
    """Return the id of a process that ended so long ago."""
    process = processes.new("server")
    at = (now() - timedelta(days=days)).isoformat()
    with store.writing() as connection:
        processes.begin(connection, process)
        connection.execute(table.update().where(table.c.id == process.id).values(ended_at=at))
    return process.id


def rows(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(table.c.id)))


def test_rows_of_those_that_ended_long_ago_are_removed_and_no_others(store: Store) -> None:
    ended(store, days=8)
    recent, living = ended(store, days=6), processes.new("server")
    with store.writing() as connection:
        processes.begin(connection, living)
    taking_over.forget_long_ended(store)
    assert rows(store) == {recent, living.id}


def test_an_answer_that_such_a_one_left_open_is_ended_first(store: Store, project_id: str) -> None:
    gone = ended(store, days=8)
    with store.writing() as connection:
        conversation = conversations.make(connection, project_id, title="Why", user="mina")
        conversations.begin_answer(connection, conversation, "m", author="project", process_id=gone)
    with store.writing() as connection:
        assert processes.forget(connection) == 0
    taking_over.forget_long_ended(store)
    assert rows(store) == set()
    with store.reading() as connection:
        (answer,) = conversations.messages(connection, conversation.id)
    assert (answer.state, answer.note) == ("broken", taking_over.ENDED)


def test_several_forget_at_once_and_who_is_there_after_all_is_counted_in(team: Store, url: str) -> None:
    others = [Store(url) for _ in range(3)]
    process = processes.new("worker", "1")
    with team.writing() as connection:
        processes.begin(connection, process)
    for _ in range(20):
        ended(team, days=8)
    with team.writing() as connection:
        long_ago = (now() - timedelta(days=30)).isoformat()
        connection.execute(table.update().where(table.c.id == process.id).values(ended_at=long_ago))
    with ThreadPoolExecutor(4) as pool:
        forgetting = [pool.submit(taking_over.forget_long_ended, one) for one in (team, *others)]
        with team.writing() as connection:
            processes.begin(connection, process)
        for one in forgetting:
            one.result(30)
    assert rows(team) == {process.id}
    with team.reading() as connection:
        assert processes.there(connection) == [process]
    for one in others:
        one.close()
