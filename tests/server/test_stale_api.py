"""What is stale, and making it anew, over HTTP."""

from typing import Any

import httpx

from tests.support.making import CHECKOUT, interview_text
from tests.support.streams import follow
from tests.support.uploading import log_of, processed, upload


def stale(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/stale").json()
    return found


def until_merged(http: httpx.Client, project_id: str, after: int) -> None:
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    with follow(http, project_id, after=f"{epoch}-{after}") as stream:
        while stream.content()["type"] != "insights:merged":
            pass


def test_a_purpose_that_changes_makes_stale_and_refreshing_makes_anew(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    before = processed(http, interview_id)["result"]
    until_merged(http, project_id, 0)
    assert stale(http, project_id) == []
    http.patch(f"/api/projects/{project_id}", json={"purpose": "Why do people leave?"})
    analysis, insights = stale(http, project_id)
    assert (analysis["what"], analysis["id"], analysis["title"]) == ("analysis", interview_id, "mina")
    assert analysis["reasons"] == ["The project's purpose was empty and is “Why do people leave?” now."]
    assert insights["reasons"] == ["1 analysis that they rest on is stale."]
    assert processed(http, interview_id)["result"] == before
    newest = http.get(f"/api/projects/{project_id}").json()["seq"]
    answer = http.post(f"/api/projects/{project_id}/refresh")
    assert answer.status_code == 202
    assert [one["id"] for one in answer.json()["interviews"]] == [interview_id]
    assert answer.json()["merging"] is False
    until_merged(http, project_id, newest)
    assert stale(http, project_id) == []
    after = processed(http, interview_id)["result"]
    assert after["provenance"]["run_id"] == f"{interview_id}:2"
    assert after["provenance"]["context_hash"] != before["provenance"]["context_hash"]
    assert http.post(f"/api/projects/{project_id}/refresh").json() == {
        "interviews": [],
        "merging": False,
        "portraits": [],
    }


def test_a_result_tells_the_edits_that_it_used(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    assert processed(http, interview_id)["result"]["provenance"]["speakers"] == []
    correction = {"speaker": "Mina", "name": "Anna", "role": "other"}
    http.patch(f"/api/interviews/{interview_id}/speakers", json={"speakers": [correction]})
    made_by = processed(http, interview_id)["result"]["provenance"]
    assert (made_by["speakers"], made_by["redaction"]) == ([correction], "off")


def test_insights_tell_the_runs_that_they_rest_on(http: httpx.Client, project_id: str) -> None:
    ids = [upload(http, project_id, interview_text(topic), f"{topic}.txt") for topic in ("invoices", "returns")]
    for interview_id in ids:
        processed(http, interview_id)
    until_merged(http, project_id, 0)
    found = http.get(f"/api/projects/{project_id}/insights").json()
    assert found
    for insight in found:
        members = {member["interview_id"] for member in insight["members"]}
        assert insight["merge"]["runs"] == {key: f"{key}:1" for key in members}
    merge = [event for event in log_of(http, project_id) if event["type"] == "insights:merged"][-1]["data"]["merge"]
    assert merge["runs"] == {key: f"{key}:1" for key in ids}
    assert http.get(f"/api/projects/{project_id}/snapshot").json()["merge"] == merge


def test_a_project_that_is_not_there_is_a_problem(http: httpx.Client) -> None:
    for answer in (http.get("/api/projects/nobody/stale"), http.post("/api/projects/nobody/refresh")):
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
        assert answer.headers["content-type"] == "application/problem+json"


def test_transcripts_of_a_time_can_be_asked_for(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    processed(http, interview_id)
    seq = http.get(f"/api/projects/{project_id}").json()["seq"]
    http.patch(f"/api/interviews/{interview_id}/speakers", json={"speakers": [{"speaker": "Mina", "name": "Anna"}]})
    http.delete(f"/api/interviews/{interview_id}")
    path = f"/api/projects/{project_id}/transcripts"
    assert http.get(path).json() == []
    names = [
        http.get(path, params={"as_of": at}).json()[0]["transcript"]["turns"][1]["speaker"] for at in (seq, seq + 2)
    ]
    assert names == ["Mina", "Anna"]
    assert http.get(path, params={"as_of": 0}).status_code == 422
