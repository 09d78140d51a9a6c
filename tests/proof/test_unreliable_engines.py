"""A hundred interviews at engines that fail a fifth of their calls, and servers that die in the middle of it all."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.faults import EngineName
from tests.fakes.table import Bench, bench, project_of, wait
from tests.lab.measuring.test_engines import long_text
from tests.support.making import interview_text
from tests.support.server import Server
from tests.support.uploading import log_of, upload

INTERVIEWS = 100
SHARE = 0.2
# Faults after which a call may have been paid for without anybody knowing are met in test_engine_faults.
PASSING = ("429", "500", "502 html", "503", "reset")
REASONS = {"engine_unavailable", "engine_busy", "engine_timed_out"}
ROUNDS = 10
# No attempt is made again by the engine itself, so that some are left to the board.
IMPATIENT = {"llm_retries": "0", "miso_attempts": "1"}


@pytest.mark.parametrize("engine", ["miso", "llm"])
def test_of_a_hundred_interviews_all_end_and_retries_bring_the_rest(engine: EngineName, tmp_path: Path) -> None:
    chance = random.Random(6)  # noqa: S311 - the same faults each time
    with bench(tmp_path / "workspace", **IMPATIENT) as there:
        there.miso.be_unreliable(SHARE, seed=6)
        there.llm.fail(*(chance.choice(PASSING) if chance.random() < SHARE else "" for _ in range(1000)))
        project_id = project_of(there.http, engine)
        ids = [upload(there.http, project_id, text_of(n)) for n in range(INTERVIEWS)]
        failed, rounds = rest(wait(there.http, project_id)), 0
        assert 5 < len(failed) < 50
        while failed and rounds < ROUNDS:
            assert {one["error"]["code"] for one in failed} <= REASONS
            assert all(one["error"]["can_retry"] for one in failed)
            for one in failed:
                there.http.post("/api/workflow/retry", json={"interview_id": one["id"]})
            failed, rounds = rest(wait(there.http, project_id)), rounds + 1
        assert failed == []
        spent = there.http.get(f"/api/projects/{project_id}/spending").json()
        assert Counter(calls_of(spent)) == Counter(charges(there, engine, ids))
        assert Counter(event["type"] for event in log_of(there.http, project_id))["interview:completed"] == INTERVIEWS


def text_of(n: int) -> str:
    return interview_text(f"form number {n:03}")


def rest(there: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    assert len(there) == INTERVIEWS
    return [one for one in there.values() if one["status"] == "failed"]


def calls_of(spent: Sequence[dict[str, Any]]) -> list[str]:
    return [row["interview_id"] for row in spent for _ in range(row["calls"])]


def charges(there: Bench, engine: EngineName, ids: Sequence[str]) -> list[str]:
    """Return for which interviews the look-alike was paid: once for each, but for runs that failed at MISO itself."""
    paid_for = there.miso.paid_for if engine == "miso" else there.llm.paid_for
    found = [ids[n] for text in paid_for for n in range(INTERVIEWS) if f"form number {n:03}" in text]
    if engine == "llm":
        assert Counter(found) == Counter(ids)
    return found


@pytest.fixture
def dying(tmp_path: Path) -> Any:
    with bench(tmp_path / "workspace", llm_call_seconds="60", llm_section_tokens="300") as there:
        yield there


def end_and_start(there: Bench, end: Callable[[Server], object]) -> httpx.Client:
    end(there.server)
    there.server.start()
    return there.server.client()


def until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("end", [Server.kill, Server.stop])
def test_what_was_paid_for_before_the_server_ended_is_not_paid_for_again(
    end: Callable[[Server], object], dying: Bench
) -> None:
    project_id = project_of(dying.http, "llm")
    # The last sections are never answered.
    dying.llm.fault_of["form number 20"] = "hang"
    paid = len(dying.llm.paid_for)
    interview_id = upload(dying.http, project_id, long_text("form number"))
    until(lambda: any("form number 20" in str(call) for call in dying.llm.calls))
    kept = dying.llm.paid_for[paid:]
    assert len(kept) > 2
    dying.llm.fault_of.clear()
    with end_and_start(dying, end) as http:
        assert wait(http, project_id)[interview_id]["status"] == "completed"
        spent = http.get(f"/api/projects/{project_id}/spending").json()
    all_of_it = dying.llm.paid_for[paid:]
    assert all_of_it[: len(kept)] == kept
    assert len(all_of_it) == len(set(all_of_it)) == sum(row["calls"] for row in spent)


@pytest.mark.parametrize("end", [Server.kill, Server.stop])
def test_an_analysis_beside_goes_on_after_the_server_ended(end: Callable[[Server], object], dying: Bench) -> None:
    project_id = project_of(dying.http, "local")
    interview_id = upload(dying.http, project_id, interview_text("the card form"))
    wait(dying.http, project_id)
    dying.llm.fault_of["the card form"] = "hang"
    dying.http.post(f"/api/interviews/{interview_id}/analyse", json={"engine": "llm"}).raise_for_status()
    until(lambda: any("the card form" in str(call) for call in dying.llm.calls))
    # Ended once more while it goes on, for who goes on must be found again.
    end_and_start(dying, end).close()
    until(lambda: sum("the card form" in str(call) for call in dying.llm.calls) > 1)
    dying.llm.fault_of.clear()
    with end_and_start(dying, end) as http:
        until(lambda: [event for event in log_of(http, project_id) if event["type"] == "analysis:added"])
        # Whoever went on twice would be seen by now.
        time.sleep(1.0)
        kinds = Counter(event["type"] for event in log_of(http, project_id))
        assert (kinds["analysis:started"], kinds["analysis:added"], kinds["analysis:failed"]) == (1, 1, 0)
        assert wait(http, project_id)[interview_id]["status"] == "completed"
        assert len(http.get(f"/api/projects/{project_id}/spending").json()) == 1
