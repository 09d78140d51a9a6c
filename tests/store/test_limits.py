"""What a company may have holds for it alone, and over all servers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from persona_lab.errors import TooManyUploads
from persona_lab.models import Interview
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store import beside, interviews
from persona_lab.store.database import Store
from persona_lab.store.people import limits
from persona_lab.store.schema.tables import attempts, companies
from tests.support import making


def allow(store: Store, **limit: int) -> None:
    """Let the company of all projects there are have only so much."""
    row = {"id": LOCAL_COMPANY, "name": "Ours", "created_at": "2026-01-01T00:00:00+00:00"}
    with store.writing() as connection:
        connection.execute(companies.insert().values(**row, **limit))


def take(store: Store, project_id: str) -> bool:
    """Say whether one more upload is let through."""
    try:
        with store.writing() as connection:
            limits.take_upload(connection, project_id)
    except TooManyUploads:
        return False
    return True


def test_a_company_without_limits_is_never_asked(store: Store, project_id: str) -> None:
    with store.reading() as connection:
        assert not limits.is_uploading_limited(connection, project_id)
        assert limits.limited_company(connection, project_id) is None
    assert [take(store, project_id) for _ in range(3)] == [True] * 3


def test_only_so_many_uploads_are_let_through_within_a_minute(store: Store, project_id: str) -> None:
    allow(store, uploads_per_minute=2)
    with store.reading() as connection:
        assert limits.is_uploading_limited(connection, project_id)
    assert [take(store, project_id) for _ in range(4)] == [True, True, False, False]
    with store.writing() as connection:
        connection.execute(update(attempts).values(at="2026-01-01T00:00:00+00:00"))
    assert take(store, project_id)


def test_whoever_is_refused_is_told_when_to_come_back(store: Store, project_id: str) -> None:
    allow(store, uploads_per_minute=1)
    assert take(store, project_id)
    with (
        pytest.raises(TooManyUploads, match="may upload 1 interviews within a minute") as refused,
        store.writing() as c,
    ):
        limits.take_upload(c, project_id)
    assert 55 <= refused.value.retry_seconds <= 60


def test_uploads_at_the_same_moment_are_counted_one_after_the_other(store: Store, project_id: str) -> None:
    allow(store, uploads_per_minute=3)
    with ThreadPoolExecutor(6) as pool:
        let_through = list(pool.map(lambda _: take(store, project_id), range(6)))
    assert sum(let_through) == 3


def test_a_company_stands_in_line_in_the_order_of_uploading(
    store: Store, project_id: str, interview: Interview
) -> None:
    allow(store, analyses_at_once=1)
    with store.writing() as connection:
        later, _ = interviews.add(connection, project_id, making.upload("later"), allow_duplicate=True)
    with store.writing() as connection:
        company_id = limits.limited_company(connection, project_id)
        assert company_id is not None
        assert limits.waiting_companies(connection) == [company_id]
        limit, waiting = limits.line(connection, company_id)
    assert (limit, [one.id for one in waiting]) == (1, [interview.id, later.id])


def test_comparisons_stand_in_the_same_line(store: Store, project_id: str, interview: Interview) -> None:
    allow(store, analyses_at_once=1)
    with store.writing() as connection:
        begun = beside.start(connection, interview.id, "llm")
        later, _ = interviews.add(connection, project_id, making.upload("later"), allow_duplicate=True)
    with store.writing() as connection:
        assert limits.line(connection, LOCAL_COMPANY)[1] == [interview, begun, later]
    with store.writing() as connection:
        for one in (interview, later):
            interviews.cancel(connection, one.id)
        assert limits.waiting_companies(connection) == [LOCAL_COMPANY]
        beside.cancel(connection, interview.id)
        assert limits.waiting_companies(connection) == []
        assert limits.line(connection, LOCAL_COMPANY) == (1, [])
