"""Uploading and waiting over HTTP, as a client without our library would."""

from typing import Any

import httpx

from persona_lab.store.interviews import IN_FLIGHT


def post(http: httpx.Client, project_id: str, raw: bytes, filename: str, **fields: str) -> httpx.Response:
    return http.post("/api/workflow/async", data={"project_id": project_id, **fields}, files={"file": (filename, raw)})


def upload(http: httpx.Client, project_id: str, text: str, filename: str = "interview.txt", **fields: str) -> str:
    """Upload a text that is accepted; return its interview's id."""
    answer = post(http, project_id, text.encode(), filename, **fields)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["interview_id"])


def processed(http: httpx.Client, interview_id: str) -> dict[str, Any]:
    """Return the interview when its analysis has ended."""
    answer = http.post("/api/workflow/process", json={"interview_id": interview_id})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] not in IN_FLIGHT
    return found


def log_of(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    """Return all events of the project."""
    found: list[dict[str, Any]] = []
    while page := http.get(f"/api/projects/{project_id}/events", params={"after": len(found)}).json():
        found += page
    return found


def completions(http: httpx.Client, project_id: str) -> list[str]:
    """Return the ids of the interviews that were announced as completed, as often as they were, in order."""
    log = log_of(http, project_id)
    return [event["data"]["interview_id"] for event in log if event["type"] == "interview:completed"]


def interviews_of(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/interviews", params={"limit": 1000}).json()[
        "interviews"
    ]
    return found
