"""Duplicates, the order of uploading, pages and filters."""

import pytest

from persona_lab.models import Interview
from persona_lab.store import interviews
from persona_lab.store.database import Store
from tests.support import making


def add(store: Store, project_id: str, name: str, *, allow_duplicate: bool = False) -> tuple[Interview, bool]:
    with store.writing() as connection:
        return interviews.add(connection, project_id, making.upload(name), allow_duplicate=allow_duplicate)


@pytest.fixture
def five(store: Store, project_id: str) -> list[Interview]:
    return [add(store, project_id, name)[0] for name in ("anna", "boris", "chloe", "dae_jung", "anton")]


def test_the_same_content_is_the_same_interview(store: Store, project_id: str) -> None:
    first, was_here = add(store, project_id, "anna")
    again, is_here = add(store, project_id, "anna")
    assert (was_here, is_here) == (False, True)
    assert again == first


def test_a_duplicate_is_taken_when_that_is_asked_for(store: Store, project_id: str) -> None:
    first, _ = add(store, project_id, "anna")
    again, is_here = add(store, project_id, "anna", allow_duplicate=True)
    assert (again.id != first.id, again.number, is_here) == (True, 2, False)


def test_content_that_was_deleted_may_come_again(store: Store, project_id: str) -> None:
    first, _ = add(store, project_id, "anna")
    with store.writing() as connection:
        interviews.delete(connection, first.id)
    again, is_here = add(store, project_id, "anna")
    assert (again.id != first.id, again.number, is_here) == (True, 2, False)


def test_numbers_keep_the_order_of_uploading(five: list[Interview]) -> None:
    assert [interview.number for interview in five] == [1, 2, 3, 4, 5]


def test_a_deleted_number_is_not_given_again(store: Store, project_id: str, five: list[Interview]) -> None:
    with store.writing() as connection:
        interviews.delete(connection, five[-1].id)
    assert add(store, project_id, "felix")[0].number == 6


def test_pages_follow_each_other_without_gap_or_repeat(store: Store, project_id: str, five: list[Interview]) -> None:
    titles, cursor = [], 0
    with store.reading() as connection:
        while cursor is not None:
            page = interviews.page(connection, project_id, cursor=cursor, limit=2)
            titles.append([interview.title for interview in page.interviews])
            cursor = page.next_cursor
    assert titles == [["anna", "boris"], ["chloe", "dae_jung"], ["anton"]]


def test_a_full_last_page_is_the_last(store: Store, project_id: str, five: list[Interview]) -> None:
    with store.reading() as connection:
        assert interviews.page(connection, project_id, limit=5).next_cursor is None


def test_an_upload_between_two_pages_moves_nothing(store: Store, project_id: str, five: list[Interview]) -> None:
    with store.reading() as connection:
        first = interviews.page(connection, project_id, limit=3)
    add(store, project_id, "felix")
    assert first.next_cursor is not None
    with store.reading() as connection:
        second = interviews.page(connection, project_id, cursor=first.next_cursor, limit=3)
    assert [interview.title for interview in second.interviews] == ["dae_jung", "anton", "felix"]


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"text": "AN"}, ["anna", "anton"]),
        ({"text": "_"}, ["dae_jung"]),
        ({"text": "%"}, []),
        ({"status": "completed"}, ["chloe"]),
        ({"status": "processing", "text": "o"}, ["boris", "anton"]),
        ({"created_by": "mina"}, ["anna", "boris", "chloe", "dae_jung", "anton"]),
        ({"created_by": "somebody else"}, []),
    ],
)
def test_a_list_can_be_filtered(
    store: Store, project_id: str, five: list[Interview], wanted: dict[str, str], titles: list[str]
) -> None:
    with store.writing() as connection:
        interviews.complete(connection, five[2].id, making.analysis("run-1"))
    with store.reading() as connection:
        page = interviews.page(connection, project_id, **wanted)
    assert [interview.title for interview in page.interviews] == titles
