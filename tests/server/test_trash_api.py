"""The trash over HTTP: what is in it, who may bring it back, who may remove it for good; and who did what."""

from typing import Any

import httpx
import pytest

from tests.support import uploading
from tests.support.making import CHECKOUT


@pytest.fixture
def study(http: httpx.Client, project_id: str) -> dict[str, str]:
    """A project with an interview, a persona that it belongs to, a conversation and a note."""
    interview_id = uploading.upload(http, project_id, CHECKOUT, "mina.txt")
    uploading.processed(http, interview_id)
    made = {"project": project_id, "interview": interview_id}
    persona = http.post(f"/api/projects/{project_id}/personas/add", json={"title": "The hurried"}).json()
    made["persona"] = persona["id"]
    http.put(f"/api/interviews/{interview_id}/persona", json={"persona_id": persona["id"]})
    asked = {"project_id": project_id, "messages": [{"role": "user", "content": "What is frustrating?"}]}
    http.post("/api/chat", json=asked)
    made["conversation"] = http.get(f"/api/projects/{project_id}/conversations").json()[0]["id"]
    note = http.post(
        f"/api/projects/{project_id}/notes", json={"interview_id": interview_id, "turn": 1, "text": "Ask again"}
    ).json()
    made["note"] = note["id"]
    return made


def listed(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/trash").json()
    return found


@pytest.mark.parametrize("kind", ["interview", "persona", "conversation", "note"])
def test_what_was_deleted_says_by_whom_and_comes_back(http: httpx.Client, study: dict[str, str], kind: str) -> None:
    path = f"/api/{kind}s/{study[kind]}"
    assert http.delete(path).status_code == 204
    (one,) = listed(http, study["project"])
    assert (one["kind"], one["id"], one["can_restore"]) == (kind, study[kind], True)
    assert one["deleted_by"] == uploading.log_of(http, study["project"])[-1].get("actor", one["deleted_by"])
    assert one["deleted_by"]
    assert http.post(f"{path}/restore").is_success
    assert listed(http, study["project"]) == []
    assert http.post(f"{path}/restore").status_code == 409


def test_a_conversation_comes_back_with_what_was_said(http: httpx.Client, study: dict[str, str]) -> None:
    path = f"/api/conversations/{study['conversation']}"
    before = http.get(path).json()
    http.delete(path)
    assert http.get(path).status_code == 404
    http.post(f"{path}/restore")
    assert http.get(path).json() == before


def test_a_persona_comes_back_with_its_interviews(http: httpx.Client, study: dict[str, str]) -> None:
    path = f"/api/personas/{study['persona']}"
    http.delete(path)
    http.post(f"{path}/restore")
    assert http.get(path).json()["interview_ids"] == [study["interview"]]


def test_a_persona_whose_label_was_taken_says_so(http: httpx.Client, study: dict[str, str]) -> None:
    path = f"/api/personas/{study['persona']}"
    label = http.get(path).json()["label"]
    http.delete(path)
    http.post(f"/api/projects/{study['project']}/personas/add", json={"label": label})
    refused = http.post(f"{path}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_a_note_waits_for_its_interview(http: httpx.Client, study: dict[str, str]) -> None:
    http.delete(f"/api/notes/{study['note']}")
    http.delete(f"/api/interviews/{study['interview']}")
    refused = http.post(f"/api/notes/{study['note']}/restore")
    assert refused.status_code == 409
    assert "interview" in refused.json()["detail"]


def test_a_deleted_project_comes_back_whole(http: httpx.Client, study: dict[str, str]) -> None:
    before = http.get(f"/api/projects/{study['project']}/snapshot").json()
    http.delete(f"/api/projects/{study['project']}")
    assert study["project"] in [one["id"] for one in http.get("/api/trash").json()]
    assert http.post(f"/api/projects/{study['project']}/restore").status_code == 204
    after = http.get(f"/api/projects/{study['project']}/snapshot").json()
    assert after["interviews"] == before["interviews"]
    assert after["messages"] == before["messages"]


def test_only_what_is_in_the_trash_can_be_purged(http: httpx.Client, study: dict[str, str]) -> None:
    for kind in ("project", "interview", "persona", "conversation", "note"):
        assert http.post(f"/api/{kind}s/{study[kind]}/purge").status_code == 409
        assert http.post(f"/api/{kind}s/nobody/purge").status_code == 404


@pytest.mark.parametrize("kind", ["interview", "persona", "conversation", "note"])
def test_what_was_purged_never_comes_back(http: httpx.Client, study: dict[str, str], kind: str) -> None:
    path = f"/api/{kind}s/{study[kind]}"
    http.delete(path)
    purged = http.post(f"{path}/purge").json()
    assert purged["events"] > 0
    assert purged["remains"]
    assert http.post(f"{path}/restore").status_code == 404
    log = uploading.log_of(http, study["project"])
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    http.get(f"/api/projects/{study['project']}/snapshot").raise_for_status()


def test_history_says_who_did_what(http: httpx.Client, study: dict[str, str]) -> None:
    project_id = study["project"]
    http.get(f"/api/interviews/{study['interview']}/file")
    http.get(f"/api/projects/{project_id}/redactions")
    http.post(f"/api/projects/{project_id}/exports")
    deeds = http.get(f"/api/projects/{project_id}/history").json()["deeds"]
    types = [deed["type"] for deed in deeds]
    assert types[:2] == ["project:created", "interview:added"]
    assert {"file:downloaded", "redactions:seen", "project:exported", "note:added", "persona:assigned"} <= set(types)
    uploaded = deeds[1]
    assert uploaded["about"] == {"kind": "interview", "id": study["interview"], "title": "mina"}
    assert uploaded["words"] == f"Interview “mina”: uploaded by {uploaded['actor']}."
    analysed = next(deed for deed in deeds if deed["type"] == "interview:completed")
    assert analysed["actor"] is None
    asked = {"kind": "interview", "actor": uploaded["actor"], "locale": "ko"}
    (korean,) = http.get(f"/api/projects/{project_id}/history", params=asked).json()["deeds"]
    assert korean["words"] == f"인터뷰 “mina”: 올림 ({uploaded['actor']})"


def test_history_comes_in_pages_without_gap_or_repeat(http: httpx.Client, study: dict[str, str]) -> None:
    path = f"/api/projects/{study['project']}/history"
    for _ in range(3):
        http.get(f"/api/interviews/{study['interview']}/file")
    whole = http.get(path).json()["deeds"]
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = http.get(path, params={"after": after, "limit": 3}).json()
        found, after = found + page["deeds"], page["next"]
    assert found == whole
    assert http.get(path, params={"after": "yesterday"}).status_code == 422


def test_history_keeps_no_words_of_what_was_purged(http: httpx.Client, study: dict[str, str]) -> None:
    http.delete(f"/api/interviews/{study['interview']}")
    http.post(f"/api/interviews/{study['interview']}/purge")
    answer = http.get(f"/api/projects/{study['project']}/history")
    assert "mina" not in answer.text
    deeds = answer.json()["deeds"]
    assert any(deed["words"].startswith("An interview that is gone: uploaded by ") for deed in deeds)
    assert [deed["seq"] for deed in deeds if deed["seq"]] == list(range(1, deeds[-1]["seq"] + 1))
    assert http.get("/api/history").status_code == 200
