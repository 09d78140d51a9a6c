"""Analyses by other engines, beside an interview's own, stand in the same line as all that a company has analysed."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from persona_lab.models.identity import LOCAL_COMPANY
from tests.fakes.table import Bench, bench
from tests.support.making import interview_text
from tests.support.uploading import log_of, processed, upload

PATIENCE_SECONDS = 90.0
COMPARED = 4


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as running:
        yield running


def allow(there: Bench, analyses_at_once: int) -> None:
    """Let the workspace's company have only so many analyses at once."""
    with sqlite3.connect(there.server.workspace / "persona_lab.sqlite", timeout=30) as connection:
        connection.execute(
            "INSERT INTO companies (id, name, analyses_at_once, created_at) VALUES (?, 'Ours', ?, '2026-01-01')",
            (LOCAL_COMPANY, analyses_at_once),
        )
    connection.close()


def ended(there: Bench, project_id: str, kind: str, count: int) -> list[dict[str, Any]]:
    """Return the events of this type, once there are so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = [one for one in log_of(there.http, project_id) if one["type"] == kind]
        if len(found) == count:
            return found
        time.sleep(0.2)
    raise AssertionError(f"there are {len(found)} {kind}")


def test_a_company_has_no_more_comparisons_at_once_than_analyses(there: Bench) -> None:
    project_id = str(there.http.post("/api/projects", json={"name": "Study"}).json()["id"])
    ids = [upload(there.http, project_id, interview_text(f"form {n}"), f"{n}.txt") for n in range(COMPARED)]
    assert {processed(there.http, one)["status"] for one in ids} == {"completed"}
    allow(there, 1)

    def compare(interview_id: str) -> int:
        return there.http.post(f"/api/interviews/{interview_id}/analyse", json={"engine": "llm"}).status_code

    with ThreadPoolExecutor(COMPARED) as pool:
        assert set(pool.map(compare, ids)) == {202}
    # In the line behind them, since it came later; it lets nobody in before it, nor beside it.
    upload(there.http, project_id, interview_text("the coupon"), "coupon.txt")
    compared = ended(there, project_id, "analysis:added", COMPARED)
    completed = ended(there, project_id, "interview:completed", COMPARED + 1)
    analysed = [one for one in completed if one["data"]["interview_id"] not in ids]
    spans = sorted((one["data"]["run"]["began_at"], one["at"]) for one in (*compared, *analysed))
    assert [later[0] >= earlier[1] for earlier, later in pairwise(spans)] == [True] * COMPARED
