"""A purged project goes at once for everybody, and piece by piece out of the database."""

import pytest
from sqlalchemy import func, select

from persona_lab.errors import ProjectNotFound
from persona_lab.models import TOMBSTONE
from persona_lab.server.editing import trashing
from persona_lab.store import events, interviews, projects
from persona_lab.store.database import Store
from persona_lab.store.removing import forgetting, trash
from persona_lab.store.schema import tables as t
from tests.support import making

INTERVIEWS = 5


@pytest.fixture
def large(store: Store, project_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A deleted project of more interviews than go in one piece, and of more events."""
    monkeypatch.setattr(forgetting, "INTERVIEWS_AT_ONCE", 2)
    monkeypatch.setattr(forgetting, "EVENTS_AT_ONCE", 3)
    with store.writing() as connection:
        for number in range(INTERVIEWS):
            interviews.add(connection, project_id, making.upload(f"{number}"), allow_duplicate=True)
        projects.delete(connection, project_id, epoch=store.epoch)
    return project_id


def count(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(t.interviews)) or 0


def test_nobody_reaches_it_from_the_first_moment_on(store: Store, large: str) -> None:
    with store.writing() as connection:
        assert forgetting.forget(connection, "project", large) >= INTERVIEWS
    assert count(store) == INTERVIEWS
    with store.reading() as connection:
        with pytest.raises(ProjectNotFound):
            trash.get(connection, "project", large)
        with pytest.raises(ProjectNotFound):
            projects.get(connection, large, epoch=store.epoch)


def test_each_piece_is_a_small_one_and_nothing_is_left_at_the_end(store: Store, large: str) -> None:
    with store.writing() as connection:
        forgetting.forget(connection, "project", large)
    left = [count(store)]
    is_more = True
    while is_more:
        with store.writing() as connection:
            is_more = forgetting.rest_of_project(connection, large)
        left.append(count(store))
    assert left[:4] == [5, 3, 1, 0]
    with store.reading() as connection:
        log = events.after(connection, large, 0, 1_000)
    assert [one.seq for one in log] == list(range(1, len(log) + 1))
    assert {one.type for one in log[:-1]} == {TOMBSTONE}
    assert log[-1].type == "project:purged"


def test_a_purge_that_a_servers_end_cut_off_is_finished_by_the_next(store: Store, large: str) -> None:
    with store.writing() as connection:
        forgetting.forget(connection, "project", large)
        assert forgetting.rest_of_project(connection, large)
    with store.reading() as connection:
        assert forgetting.half_gone(connection) == [large]
    assert trashing.finish(store) == 1
    assert count(store) == 0
    with store.reading() as connection:
        assert forgetting.half_gone(connection) == []
    assert trashing.finish(store) == 0
