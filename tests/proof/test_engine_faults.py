"""Every fault at every engine, through uploads, jobs and the board of a real server: nothing lost, nothing told."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from persona_lab import errors
from tests.fakes.miso import KEYS
from tests.fakes.openai import KEY
from tests.fakes.table import (
    DOCUMENT,
    LONGEST_SECONDS,
    Bench,
    Case,
    Measured,
    bench,
    cases,
    document,
    measure,
    rows_of,
    wait,
)
from tests.support.making import interview_text
from tests.support.uploading import log_of

CASES = cases()
CODES = {error.code: error for error in errors.every()}
# Of what came to nothing on the line, the look-alike counts what nobody was told the price of.
NEVER_TOLD = ("reset mid-body", "half an answer")
# MISO did its work in these, and only the line to it broke.
LINE_BROKE = (
    "endless", "stream cut", "stream stalls", "stream never ends", "stream damaged", "truncated json",
)  # fmt: skip


class Outcome(NamedTuple):
    """What became of all of them at first, and after the engines were well again and each was retried once."""

    first: dict[str, Measured]
    projects_before: list[dict[str, Any]]
    retried: dict[str, dict[str, Any]]
    texts: dict[str, str]
    spent: dict[str, list[dict[str, Any]]]
    paid_for: list[str]
    logs: list[list[dict[str, Any]]]
    server_log: str
    jobs: bytes


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("faults")
    with bench(folder) as there:
        measured = measure(there, CASES)
        first = {one.case.name: one for one in measured}
        before = logs_of(there)
        there.miso.behave()
        there.llm.fault_of.clear()
        for run in there.miso.runs.values():
            run["looks"] = 0
        retried = retry_all(there, [one for one in measured if one.interview["status"] == "failed"])
        texts = {one.case.name: there.http.get(f"/api/interviews/{one.interview['id']}/file").text for one in measured}
        spent = {one.case.name: spending_of(there, one) for one in measured}
        yield Outcome(
            first,
            [error_of(log) for log in before],
            retried,
            texts,
            spent,
            [*there.miso.paid_for, *there.llm.paid_for],
            logs_of(there),
            there.server.log,
            b"".join(map(bytes_of, folder.glob("jobs.sqlite*"))),
        )


def bytes_of(path: Path) -> bytes:
    """Return what is in a file; a journal comes and goes."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def logs_of(there: Bench) -> list[list[dict[str, Any]]]:
    return [log_of(there.http, project_id) for project_id in there.projects.values()]


def error_of(log: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {event["data"]["interview_id"]: event["data"]["error"] for event in log if "error" in event["data"]}


def retry_all(there: Bench, failed: Sequence[Measured]) -> dict[str, dict[str, Any]]:
    for one in failed:
        answer = there.http.post("/api/workflow/retry", json={"interview_id": one.interview["id"]})
        assert answer.status_code == 202, answer.text
    ended = {}
    for project_id in there.projects.values():
        ended |= wait(there.http, project_id)
    return {one.case.name: ended[one.interview["id"]] for one in failed}


def spending_of(there: Bench, one: Measured) -> list[dict[str, Any]]:
    rows = there.http.get(f"/api/projects/{there.projects[one.case.engine]}/spending").json()
    return [row for row in rows if row["interview_id"] == one.interview["id"]]


def some(names: Sequence[str] | None = None) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in CASES if names is None or case.fault.name in names]


@pytest.mark.parametrize("case", some())
def test_an_interview_ends_in_the_right_state_in_its_time(case: Case, outcome: Outcome) -> None:
    found = outcome.first[case.name]
    code = case.fault.code_for(case.engine)
    assert found.told[:2] == (("failed", code) if code else ("completed", ""))
    assert found.seconds < LONGEST_SECONDS[case.engine]


@pytest.mark.parametrize("case", [one for one in some() if one.values[0].fault.code])
def test_the_board_says_whether_trying_again_makes_sense_and_when(case: Case, outcome: Outcome) -> None:
    error = outcome.first[case.name].interview["error"]
    expected = CODES[error["code"]]
    assert issubclass(expected, errors.EngineError)
    assert error["can_retry"] == expected.can_retry
    assert error["message"].endswith(".")
    assert len(error["message"]) < 250
    if case.fault.name == "429 retry-after":
        in_an_hour = datetime.now(UTC) + timedelta(hours=1)
        assert timedelta() <= in_an_hour - datetime.fromisoformat(error["retry_at"]) < timedelta(minutes=5)
    else:
        assert error["retry_at"] is None


@pytest.mark.parametrize("case", [one for one in some() if one.values[0].fault.code])
def test_a_failure_is_announced_as_the_board_has_it(case: Case, outcome: Outcome) -> None:
    found = outcome.first[case.name].interview
    assert found["error"] in [announced.get(found["id"]) for announced in outcome.projects_before]


def test_no_upload_is_lost(outcome: Outcome) -> None:
    assert outcome.texts == {case.name: interview_text(case.words) for case in CASES}


def test_retry_brings_every_one_of_them(outcome: Outcome) -> None:
    assert len(outcome.retried) > 50
    assert {name: row["error"] for name, row in outcome.retried.items() if row["status"] != "completed"} == {}


@pytest.mark.parametrize("case", some())
def test_what_was_paid_is_what_is_written_down(case: Case, outcome: Outcome) -> None:
    paid = sum(case.words in text for text in outcome.paid_for)
    written = sum(row["calls"] for row in outcome.spent[case.name])
    if case.engine == "llm" and case.fault.name in NEVER_TOLD:
        assert written == 1 < paid
    else:
        assert written == paid


@pytest.mark.parametrize("case", [one for one in some(LINE_BROKE) if one.values[0].engine == "miso"])
def test_a_run_whose_line_broke_is_paid_for_once_whatever_becomes_of_the_attempt(case: Case, outcome: Outcome) -> None:
    assert outcome.first[case.name].interview["status"] == "failed"
    assert outcome.retried[case.name]["status"] == "completed"
    assert sum(case.words in text for text in outcome.paid_for) == 1


@pytest.mark.parametrize("case", [one for one in some() if one.values[0].fault.code is None])
def test_what_can_be_borne_is_paid_for_once(case: Case, outcome: Outcome) -> None:
    assert sum(case.words in text for text in outcome.paid_for) == 1


def test_no_key_and_no_word_of_a_transcript_is_in_a_log_an_error_or_a_bill(outcome: Outcome) -> None:
    told = outcome.server_log + json.dumps([outcome.spent, outcome.projects_before], ensure_ascii=False)
    secrets = (*KEYS, KEY, "frustrating", "form number", "last week", "카드")
    assert [secret for secret in secrets if secret in told] == []
    assert [secret for secret in secrets if secret.encode() in outcome.jobs] == []
    assert [key for key in (*KEYS, KEY) if key in json.dumps(outcome.logs)] == []
    assert "Traceback" not in outcome.server_log


def test_every_state_is_announced_once_for_each_attempt(outcome: Outcome) -> None:
    for log in outcome.logs:
        ends = Counter(
            (event["type"], event["data"]["interview_id"])
            for event in log
            if event["type"] in ("interview:completed", "interview:failed")
        )
        assert set(ends.values()) == {1}


def test_the_documentation_says_what_was_just_measured(outcome: Outcome) -> None:
    """`python -m tests.fakes.table` makes it anew; the seconds are those of that time."""
    now = rows_of(document(list(outcome.first.values())))
    assert len(now) == len(CASES)
    assert rows_of(DOCUMENT.read_text(encoding="utf-8")) == now
