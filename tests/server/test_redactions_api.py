"""What would be hidden from an engine over the network, as the analyst may see it beforehand."""

import httpx
import pytest

from tests.support.uploading import processed, upload

KOREAN = (
    "인터뷰어: 누구세요?\n박서준: 저는 박서준이고 번호는 010-1234-5678이에요.\n"
    "인터뷰어: 또요?\n박서준: 김민지 씨도 있어요.\n"
)
ENGLISH = "Interviewer: Who?\nMina: Ask 김민지, or call 010 1234 5678.\nInterviewer: And?\nMina: That is all I know.\n"


def test_the_preview_says_who_is_hidden_where_and_how_often(http: httpx.Client, project_id: str) -> None:
    ids = [upload(http, project_id, text) for text in (KOREAN, ENGLISH)]
    for interview_id in ids:
        processed(http, interview_id)
    rows = http.get(f"/api/projects/{project_id}/redactions").json()
    found = {(row["interview_id"], row["original"]): row for row in rows}
    seojun = found[ids[0], "박서준"]
    assert (seojun["kind"], seojun["count"], seojun["turn"]) == ("name", 3, None)
    assert found[ids[0], "김민지"]["turn"] == 3
    assert found[ids[0], "김민지"]["pseudonym"] == found[ids[1], "김민지"]["pseudonym"]
    assert found[ids[0], "010-1234-5678"]["pseudonym"] == found[ids[1], "010 1234 5678"]["pseudonym"]
    assert found[ids[1], "Mina"]["count"] == 2
    for row in rows:
        text = http.get(f"/api/interviews/{row['interview_id']}/transcript").json()["text"]
        assert text[row["start"] : row["end"]] == row["original"]
        assert row["original"] in row["context"]
    assert http.get(f"/api/projects/{project_id}/redactions").json() == rows


def test_nothing_but_the_preview_tells_a_pseudonym(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, KOREAN)
    processed(http, interview_id)
    pseudonym = http.get(f"/api/projects/{project_id}/redactions").json()[0]["pseudonym"]
    for path in ("", "/snapshot", "/events", "/interviews", "/insights"):
        assert pseudonym not in http.get(f"/api/projects/{project_id}{path}").text
    assert pseudonym not in http.get("/metrics").text


def test_a_project_hides_unless_it_says_otherwise(http: httpx.Client, project_id: str) -> None:
    assert http.get(f"/api/projects/{project_id}").json()["redaction"] == "network"
    changed = http.patch(f"/api/projects/{project_id}", json={"redaction": "off"})
    assert changed.json()["redaction"] == "off"
    assert http.post("/api/projects", json={"name": "Open", "redaction": "off"}).json()["redaction"] == "off"


@pytest.mark.parametrize("setting", ["always", "", 1, None, "OFF"])
def test_a_setting_there_is_not_is_refused(http: httpx.Client, project_id: str, setting: object) -> None:
    answer = http.post("/api/projects", json={"name": "Study", "redaction": setting})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "redaction" in answer.json()["detail"]


def test_a_project_that_is_not_there_has_no_preview(http: httpx.Client) -> None:
    answer = http.get("/api/projects/nothing/redactions")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
