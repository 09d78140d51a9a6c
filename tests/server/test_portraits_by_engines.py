"""Portraits in a remote engine's words, by a real server: never missing, paid for once, stale where they should be."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.miso import KEYS
from tests.fakes.openai import KEY
from tests.fakes.table import Bench, bench, project_of
from tests.support.uploading import log_of, processed, upload

WAIT_SECONDS = 60.0
TOPICS = ("the coupon field", "the search box", "the receipt")
EVIDENCE = ("name", "traits", "participants", "medoid", "runs", "words")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("portraits")) as running:
        yield running


@pytest.fixture(autouse=True)
def well(there: Bench) -> Iterator[None]:
    yield
    there.miso.behave()
    there.llm.always(None)


def text(topic: str) -> str:
    return (
        f"Interviewer: What bothers you about {topic}?\n"
        f"Sarah Chen: I find {topic} really frustrating, because it takes far too long. Call me at 415-555-0132.\n"
        "Interviewer: What would help?\n"
        f"Sarah Chen: I wish that {topic} would simply remember what I did last week.\n"
    )


def study(there: Bench, engine: str, **fields: object) -> str:
    """Return a project of analysed interviews."""
    project_id = project_of(there.http, engine, **fields)
    for topic in TOPICS:
        done = processed(there.http, upload(there.http, project_id, text(topic), f"{topic}.txt"))
        assert done["status"] == "completed", done
    return project_id


def propose(there: Bench, project_id: str) -> dict[str, Any]:
    answer = there.http.post(f"/api/projects/{project_id}/personas", json={"count": 1})
    assert answer.status_code == 200, answer.text
    (persona,) = answer.json()
    return dict(persona)


def persona_of(there: Bench, project_id: str, until: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the project's persona once it is so."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        (persona,) = there.http.get(f"/api/projects/{project_id}/personas").json()
        if until(persona):
            return dict(persona)
        time.sleep(0.05)
    raise AssertionError(persona)


def by(engine: str) -> Callable[[dict[str, Any]], bool]:
    return lambda persona: persona["portrait"]["engine"] == engine


def stepped_in(persona: dict[str, Any]) -> bool:
    return bool(persona["portrait"]["instead_of"])


def stale(http: httpx.Client, project_id: str) -> dict[str, list[str]]:
    return {one["what"]: one["reasons"] for one in http.get(f"/api/projects/{project_id}/stale").json()}


def spent(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    rows = http.get(f"/api/projects/{project_id}/spending").json()
    return [row for row in rows if str(row["run_id"]).startswith("portrait:")]


@pytest.mark.parametrize("engine", ["miso", "llm"])
def test_a_persona_shows_its_evidence_at_once_and_the_engines_words_soon(there: Bench, engine: str) -> None:
    project_id = study(there, engine)
    first = propose(there, project_id)
    assert first["portrait"]["engine"] == "local"
    found = persona_of(there, project_id, by(engine))
    assert [found["portrait"][name] for name in EVIDENCE] == [first["portrait"][name] for name in EVIDENCE]
    assert found["portrait"]["summary"] != first["portrait"]["summary"]
    for quote in found["portrait"]["summary_quotes"]:
        told = there.http.get(f"/api/interviews/{quote['interview_id']}/transcript").json()["text"]
        assert told[quote["start"] : quote["end"]] == quote["text"]
    assert found["stale"] == []
    assert "portrait" not in stale(there.http, project_id)
    bills = spent(there.http, project_id)
    assert sum(row["calls"] for row in bills) == (3 if engine == "miso" else 1)
    assert {row["interview_id"] for row in bills} == {None}


def test_nothing_personal_goes_over_and_nothing_secret_is_told(there: Bench) -> None:
    for engine in ("miso", "llm"):
        project_id = study(there, engine)
        propose(there, project_id)
        persona_of(there, project_id, by(engine))
        there.http.delete(f"/api/projects/{project_id}")
    sent = json.dumps([call.body for call in there.miso.calls if call.path.endswith("/run")] + there.llm.calls)
    assert "QUOTES" in sent
    assert "selected_interviewee" in sent
    assert [private for private in ("Sarah", "Chen", "415-555-0132") if private in sent] == []
    assert [secret for secret in (*KEYS, KEY, "frustrating", "Sarah") if secret in there.server.log] == []


def test_where_the_engine_is_down_the_evidence_stays_with_the_reason_until_it_is_asked_again(there: Bench) -> None:
    project_id = study(there, "miso")
    there.miso.fault("503", path="/workflows/run")
    propose(there, project_id)
    found = persona_of(there, project_id, stepped_in)
    reason = "miso: MISO has a fault of its own (HTTP 503). Try again in a minute."
    assert (found["portrait"]["engine"], found["portrait"]["instead_of"]) == ("local", reason)
    assert found["stale"] == [f"The engine local stepped in for {reason}"]
    assert stale(there.http, project_id) == {"portrait": found["stale"]}
    there.miso.behave()
    begun = there.http.post(f"/api/projects/{project_id}/refresh").json()
    assert (begun["interviews"], begun["portraits"]) == ([], [found["id"]])
    assert persona_of(there, project_id, by("miso"))["portrait"]["instead_of"] is None
    assert stale(there.http, project_id) == {}


def test_interviews_that_were_folded_in_are_not_paid_for_again(there: Bench) -> None:
    project_id = study(there, "miso")
    paid = there.miso.paid
    # The first two go well; whoever comes third has bad luck.
    first = there.http.get(f"/api/projects/{project_id}/interviews").json()["interviews"]
    assert len(first) == 3
    there.miso.fault("", path="/workflows/run", times=2)
    there.miso.fault("400 unknown", path="/workflows/run", times=1)
    propose(there, project_id)
    persona_of(there, project_id, stepped_in)
    assert there.miso.paid - paid == 2
    there.http.post(f"/api/projects/{project_id}/refresh")
    persona_of(there, project_id, by("miso"))
    assert there.miso.paid - paid == 3
    assert sum(row["calls"] for row in spent(there.http, project_id)) == 3


def test_a_spent_budget_leaves_the_evidence_and_says_so(there: Bench) -> None:
    project_id = study(there, "llm")
    there.http.patch(f"/api/projects/{project_id}", json={"budget": 1})
    propose(there, project_id)
    told = persona_of(there, project_id, stepped_in)["portrait"]["instead_of"]
    assert told.startswith("llm: The project's budget is spent")
    assert spent(there.http, project_id) == []


def test_a_model_that_invents_everything_writes_nothing(there: Bench) -> None:
    project_id = study(there, "llm")
    there.llm.always("all invented")
    before = propose(there, project_id)["portrait"]
    found = persona_of(there, project_id, stepped_in)["portrait"]
    assert found["summary"] == before["summary"]
    assert "rests on what its people said" in found["instead_of"]


def test_another_engine_makes_portraits_stale_and_refresh_has_them_written_by_it(there: Bench) -> None:
    project_id = study(there, "local")
    propose(there, project_id)
    there.http.patch(f"/api/projects/{project_id}", json={"engine": "llm"})
    reasons = stale(there.http, project_id)
    assert reasons["portrait"] == ["It was portrayed by the engine local; the engine is llm now."]
    there.http.post(f"/api/projects/{project_id}/refresh")
    persona_of(there, project_id, lambda one: by("llm")(one) and not one["stale"])
    there.http.patch(f"/api/projects/{project_id}", json={"engine": "local"})
    (found,) = there.http.get(f"/api/projects/{project_id}/personas").json()
    assert found["stale"] == ["It was portrayed by the engine llm; the engine is local now."]
    there.http.post(f"/api/projects/{project_id}/refresh")
    back = persona_of(there, project_id, lambda one: by("local")(one) and not one["stale"])
    assert back["portrait"]["note"] == ""


def test_a_decision_has_the_portrait_written_anew_and_a_failed_one_waits_to_be_asked_for(there: Bench) -> None:
    project_id = study(there, "miso")
    propose(there, project_id)
    persona_of(there, project_id, by("miso"))
    key = there.http.get(f"/api/projects/{project_id}/interviews").json()["interviews"][0]["id"]
    there.miso.fault("503", path="/workflows/run")
    there.http.put(f"/api/interviews/{key}/persona", json={"persona_id": None})
    found = persona_of(there, project_id, stepped_in)
    assert len(found["portrait"]["runs"]) == 2
    calls = there.miso.count("/workflows/run", "POST")
    there.http.post(f"/api/projects/{project_id}/personas/accept", json={})
    time.sleep(1.0)
    assert there.miso.count("/workflows/run", "POST") == calls
    assert [event["type"] for event in log_of(there.http, project_id) if event["type"] == "interview:failed"] == []
