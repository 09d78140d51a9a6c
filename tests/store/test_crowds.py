"""Many threads at one store at once, as when an engine is given many interviews."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from persona_lab.models import identity
from persona_lab.store import projects
from persona_lab.store.database import Store
from tests.support import postgresql

CROWD = 60
ME = identity.local("mina")


def test_as_many_readers_as_there_are_threads_find_room_in_a_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    everybody = Barrier(CROWD, timeout=20)

    def read(_: int) -> int:
        with store.reading() as connection:
            everybody.wait()
            return len(projects.every(connection, epoch=store.epoch, seen_by=ME))

    with ThreadPoolExecutor(CROWD) as pool:
        assert list(pool.map(read, range(CROWD))) == [0] * CROWD
    store.close()


def test_more_readers_than_connections_take_turns() -> None:
    store = Store(postgresql.emptied(), connections=3)

    def read(_: int) -> int:
        with store.reading() as connection:
            return len(projects.every(connection, epoch=store.epoch, seen_by=ME))

    with ThreadPoolExecutor(CROWD) as pool:
        assert list(pool.map(read, range(CROWD))) == [0] * CROWD
    store.close()


def test_writers_who_wait_for_each_other_keep_nobody_from_reading(store: Store) -> None:
    everybody = Barrier(CROWD, timeout=20)

    def write(number: int) -> None:
        everybody.wait()
        with store.writing() as connection:
            projects.create(connection, epoch=store.epoch, name=f"Study {number}")
        with store.reading() as connection:
            assert projects.named(connection, f"Study {number}", epoch=store.epoch, seen_by=ME) is not None

    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(write, range(CROWD)))
    with store.reading() as connection:
        assert len(projects.every(connection, epoch=store.epoch, seen_by=ME)) == CROWD
