import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from persona_lab.errors import ProjectNotFound
from persona_lab.models import Project
from persona_lab.store import events, projects
from persona_lab.store.database import Store
from tests.support.writers import append_notes


def note(store: Store, project_id: str, number: int) -> None:
    with store.writing() as connection:
        events.append(connection, project_id, "note:added", {"number": number})


def note_and_break(store: Store, project_id: str) -> None:
    with store.writing() as connection:
        events.append(connection, project_id, "note:added", {})
        raise RuntimeError


def log_of(store: Store, project_id: str) -> list[int]:
    with store.reading() as connection:
        return [event.seq for event in events.after(connection, project_id, 0, 10_000)]


def test_numbers_count_from_one_without_gaps(store: Store, project_id: str) -> None:
    for number in range(3):
        note(store, project_id, number)
    assert log_of(store, project_id) == [1, 2, 3, 4]


def test_threads_that_write_at_once_leave_no_gap(store: Store, project_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note(store, project_id, number), range(120)))
    assert log_of(store, project_id) == list(range(1, 122))


def test_processes_that_write_at_once_leave_no_gap(place: Path | str, store: Store, project_id: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=append_notes, args=(place, project_id, writer, 30)) for writer in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert log_of(store, project_id) == list(range(1, 92))


def test_each_writer_finds_its_own_events_in_its_own_order(place: Path | str, store: Store, project_id: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda writer: append_notes(place, project_id, writer, 20), range(3)))
    with store.reading() as connection:
        notes = [event.data for event in events.after(connection, project_id, 1, 100)]
    for writer in range(3):
        assert [data["number"] for data in notes if data["writer"] == writer] == list(range(20))


def test_a_reader_never_finds_an_earlier_number_later(store: Store, project_id: str) -> None:
    seen: list[int] = []
    is_written = threading.Event()

    def read() -> None:
        while not is_written.is_set() or seen[-1:] != [81]:
            with store.reading() as connection:
                seen.extend(event.seq for event in events.after(connection, project_id, len(seen), 10))

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: note(store, project_id, number), range(80)))
    is_written.set()
    reader.join(timeout=20)
    assert seen == list(range(1, 82))


def test_projects_count_apart(store: Store, project_id: str) -> None:
    with store.writing() as connection:
        other = projects.create(connection, epoch=store.epoch, name="Other", purpose="", audience="", method="").id
    note(store, project_id, 1)
    assert (log_of(store, project_id), log_of(store, other)) == ([1, 2], [1])


def test_an_event_goes_back_with_its_change(store: Store, project: Project) -> None:
    def change_and_break() -> None:
        with store.writing() as connection:
            projects.change(connection, project.id, {"name": "Half done"}, epoch=store.epoch)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_break()
    with store.reading() as connection:
        assert projects.get(connection, project.id, epoch=store.epoch) == project
        assert events.newest(connection, project.id) == 1


def test_the_number_that_went_back_is_given_again(store: Store, project_id: str) -> None:
    with pytest.raises(RuntimeError):
        note_and_break(store, project_id)
    note(store, project_id, 1)
    assert log_of(store, project_id) == [1, 2]


def test_listeners_hear_of_each_project_once_after_the_commit(store: Store, project_id: str) -> None:
    heard: Queue[tuple[str | None, int]] = Queue()

    def listen(changed: str | None) -> None:
        with store.reading() as connection:
            heard.put((changed, events.newest(connection, project_id)))

    listening(store, heard, listen)
    with store.writing() as connection:
        events.append(connection, project_id, "note:added", {})
        events.append(connection, project_id, "note:added", {})
        time.sleep(0.2)
        assert heard.empty()
    assert heard.get(timeout=10) == (project_id, 3)
    note(store, project_id, 1)
    assert heard.get(timeout=10) == (project_id, 4)


def test_listeners_hear_nothing_of_what_went_back(store: Store, project_id: str) -> None:
    heard: Queue[str | None] = Queue()
    listening(store, heard, heard.put)
    with pytest.raises(RuntimeError):
        note_and_break(store, project_id)
    with store.writing() as connection:
        other = projects.create(connection, epoch=store.epoch, name="Other").id
    assert heard.get(timeout=10) == other


def listening(store: Store, heard: "Queue[Any]", listener: Callable[[str | None], None]) -> None:
    """Listen, and wait until that has begun: over a network it begins with saying that anything may have happened."""
    store.listen(listener)
    with store.reading() as connection:
        if connection.dialect.name == "postgresql":
            heard.get(timeout=10)


def test_an_event_of_no_project_is_refused(store: Store) -> None:
    with pytest.raises(ProjectNotFound), store.writing() as connection:
        events.append(connection, "nowhere", "note:added", {})


def test_a_page_of_events_begins_after_the_number_given(store: Store, project_id: str) -> None:
    for number in range(5):
        note(store, project_id, number)
    with store.reading() as connection:
        assert [event.seq for event in events.after(connection, project_id, 2, 3)] == [3, 4, 5]


def test_a_reader_sees_one_moment_while_others_write(store: Store, project_id: str) -> None:
    with store.reading() as connection:
        before = events.newest(connection, project_id)
        note(store, project_id, 1)
        assert events.newest(connection, project_id) == before
