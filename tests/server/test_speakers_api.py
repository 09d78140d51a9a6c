"""Correcting who speaks, over HTTP."""

from typing import Any

import httpx
import pytest

from tests.support.making import CHECKOUT, interview_text
from tests.support.streams import follow
from tests.support.uploading import log_of, processed, upload


@pytest.fixture
def mina(http: httpx.Client, project_id: str) -> str:
    """A completed interview of an interviewer and Mina; its id."""
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    assert processed(http, interview_id)["status"] == "completed"
    return interview_id


def correct(http: httpx.Client, interview_id: str, *changes: object) -> httpx.Response:
    return http.patch(f"/api/interviews/{interview_id}/speakers", json={"speakers": changes})


def turns_of(http: httpx.Client, interview_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/interviews/{interview_id}/transcript").json()["turns"]
    return found


def test_speakers_are_listed(http: httpx.Client, mina: str) -> None:
    assert http.get(f"/api/interviews/{mina}/speakers").json() == [
        {"speaker": "Interviewer", "name": "Interviewer", "role": "interviewer", "turns": 2},
        {"speaker": "Mina", "name": "Mina", "role": "participant", "turns": 2},
    ]


def test_a_name_shows_in_turns_search_and_insights_at_once(http: httpx.Client, project_id: str, mina: str) -> None:
    with follow(http, project_id, after=f"{http.get(f'/api/projects/{project_id}').json()['epoch']}-0") as stream:
        while stream.content()["type"] != "insights:merged":
            pass
    before = processed(http, mina)["result"]
    answer = correct(http, mina, {"speaker": "Mina", "name": " Mina Kim "})
    assert (answer.status_code, answer.json()["stage"]) == (200, "completed")
    assert {turn["speaker"] for turn in turns_of(http, mina)} == {"Interviewer", "Mina Kim"}
    found = http.get(f"/api/projects/{project_id}/search", params={"q": "delivery address"}).json()
    assert found[0]["speaker"] == "Mina Kim"
    insights = http.get(f"/api/projects/{project_id}/insights").json()
    assert {quote["speaker"] for insight in insights for quote in insight["quotes"]} == {"Mina Kim"}
    assert processed(http, mina)["result"] == before


def test_a_name_is_announced_with_what_a_reader_needs(http: httpx.Client, project_id: str, mina: str) -> None:
    correct(http, mina, {"speaker": "Mina", "name": "Mina Kim"})
    event = [event for event in log_of(http, project_id) if event["type"] == "interview:updated"][-1]
    assert event["data"]["speakers"] == [{"speaker": "Mina", "name": "Mina Kim", "role": None}]
    assert event["data"]["interview"]["id"] == mina


def test_a_role_runs_the_analysis_again_and_the_merge_follows(http: httpx.Client, project_id: str, mina: str) -> None:
    assert processed(http, mina)["result"]["insights"] != []
    place = http.get(f"/api/projects/{project_id}").json()
    with follow(http, project_id, after=f"{place['epoch']}-{place['seq']}") as stream:
        answer = correct(
            http, mina, {"speaker": "Mina", "role": "interviewer"}, {"speaker": "Interviewer", "role": "participant"}
        )
        assert answer.json()["attempt"] == 2
        told = []
        while "interview:completed" not in told or told[-1] != "insights:merged":
            content = stream.content()
            told.append(content["type"])
            assert content["data"].get("status", "completed") == "completed"
    assert [kind for kind in told if kind.startswith("interview:")] == [
        "interview:updated",
        "interview:status_changed",
        "interview:completed",
    ]
    found = processed(http, mina)
    assert found["result"]["provenance"]["run_id"] == f"{mina}:2"
    assert [turn["role"] for turn in turns_of(http, mina)] == ["participant", "interviewer"] * 2
    assert all(quote["turn"] in (0, 2) for insight in found["result"]["insights"] for quote in insight["quotes"])
    assert (found["interview"]["participants"], found["interview"]["stage"]) == (1, "completed")


def test_process_waits_for_what_is_analysed_again(http: httpx.Client, project_id: str) -> None:
    long = "".join(interview_text(f"the {number}th form") for number in range(150))
    interview_id = upload(http, project_id, long)
    processed(http, interview_id)
    correct(http, interview_id, {"speaker": "Mina", "role": "other"})
    assert http.get(f"/api/interviews/{interview_id}").json()["interview"]["stage"] == "re-analysing"
    found = processed(http, interview_id)
    assert found["result"]["provenance"]["run_id"] == f"{interview_id}:2"


def test_a_role_that_is_corrected_again_meanwhile_is_the_one_that_counts(http: httpx.Client, project_id: str) -> None:
    """The older analysis, which knows the older roles, must not have the last word."""
    long = "".join(interview_text(f"the {number}th form") for number in range(150))
    interview_id = upload(http, project_id, long)
    processed(http, interview_id)
    correct(http, interview_id, {"speaker": "Mina", "role": "interviewer"})
    correct(http, interview_id, {"speaker": "Mina", "role": "participant"})
    found = processed(http, interview_id)
    assert found["result"]["provenance"]["run_id"] == f"{interview_id}:3"
    assert found["result"]["insights"] != []
    completions = [e for e in log_of(http, project_id) if e["type"] == "interview:completed"]
    assert [e["data"]["result"]["provenance"]["run_id"][-1] for e in completions] == ["1", "3"]


def test_a_correction_is_taken_back_by_null(http: httpx.Client, mina: str) -> None:
    before = turns_of(http, mina)
    correct(http, mina, {"speaker": "Mina", "name": "Mina Kim"})
    correct(http, mina, {"speaker": "Mina Kim", "name": None})
    assert turns_of(http, mina) == before


def test_a_correction_outlives_another_analysis(http: httpx.Client, mina: str) -> None:
    correct(http, mina, {"speaker": "Mina", "name": "Mina Kim"}, {"speaker": "Interviewer", "role": "other"})
    assert processed(http, mina)["result"]["provenance"]["run_id"] == f"{mina}:2"
    assert {turn["speaker"]: turn["role"] for turn in turns_of(http, mina)} == {
        "Interviewer": "other",
        "Mina Kim": "participant",
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"speakers": [{"speaker": "Bob", "name": "Rob"}]},
            "“Bob” does not speak in “mina”. Who does: Interviewer, Mina.",
        ),
        ({"speakers": [{"speaker": "Mina", "name": "A"}] * 2}, "“Mina” is corrected twice. Say it once."),
        ({"speakers": [{"speaker": None, "name": "A"}]}, "“nobody (turns without a name)” does not speak in “mina”."),
        (
            {"speakers": [{"speaker": "Mina", "role": "boss"}]},
            "Input should be 'interviewer', 'participant' or 'other'",
        ),
        ({"speakers": [{"speaker": "Mina", "name": " "}]}, "speakers.0.name: String should have at least 1 character"),
        ({"speakers": [{"speaker": "Mina", "name": "a\nb"}]}, "speakers.0.name: String should match pattern"),
        ({"speakers": [{"speaker": "Mina", "name": "a" * 201}]}, "String should have at most 200 characters"),
        ({"speakers": [{"name": "Mina"}]}, "speakers.0.speaker: Field required"),
        ({"speakers": []}, "at least 1 item"),
        ({}, "speakers: Field required"),
    ],
)
def test_a_correction_that_cant_be_made_changes_nothing(
    http: httpx.Client, project_id: str, mina: str, body: object, sentence: str
) -> None:
    before = turns_of(http, mina)
    answer = http.patch(f"/api/interviews/{mina}/speakers", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert sentence in answer.json()["detail"]
    assert turns_of(http, mina) == before
    assert "interview:updated" not in [event["type"] for event in log_of(http, project_id)]


def test_an_interview_in_which_nobody_speaks_is_a_conflict(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, "1 2 3\n", "numbers.txt")
    processed(http, interview_id)
    answer = correct(http, interview_id, {"speaker": "Mina", "name": "Jun"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "“numbers” could not be read, so nobody speaks in it."


def test_the_speakers_of_an_interview_nobody_has_are_not_found(http: httpx.Client) -> None:
    answers = [
        correct(http, "nowhere", {"speaker": "Mina", "name": "Jun"}),
        http.get("/api/interviews/nowhere/speakers"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "interview_not_found")] * 2
