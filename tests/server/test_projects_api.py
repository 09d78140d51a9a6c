import httpx
import pytest

from persona_lab import __version__
from tests.support import uploading

MISSING = "00000000-0000-0000-0000-000000000000"
STUDY = {"name": "Checkout study", "purpose": "Why?", "audience": "Monthly shoppers", "method": "By phone"}


def test_health_says_who_analyses(http: httpx.Client) -> None:
    assert http.get("/api/health").json() == {"status": "ok", "version": __version__, "engine": "local"}


def test_health_asks_for_no_token(http: httpx.Client) -> None:
    assert httpx.get(f"{http.base_url}/api/health").status_code == 200


def test_a_new_project_is_answered_whole(http: httpx.Client) -> None:
    made = http.post("/api/projects", json=STUDY)
    assert made.status_code == 201
    assert {key: made.json()[key] for key in STUDY} == STUDY
    assert made.json()["seq"] == 1
    assert http.get(f"/api/projects/{made.json()['id']}").json() == made.json()


def test_two_projects_may_have_one_name(http: httpx.Client) -> None:
    first, second = (http.post("/api/projects", json={"name": "Twice"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_project_is_used_again_when_that_is_asked_for(http: httpx.Client) -> None:
    first, second = (http.post("/api/projects", json={"name": "Once", "reuse": True}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_projects_are_listed(http: httpx.Client, project_id: str) -> None:
    assert project_id in [project["id"] for project in http.get("/api/projects").json()]


def test_a_change_leaves_the_rest(http: httpx.Client) -> None:
    project_id = http.post("/api/projects", json=STUDY).json()["id"]
    changed = http.patch(f"/api/projects/{project_id}", json={"purpose": "How?"})
    assert changed.status_code == 200
    assert {key: changed.json()[key] for key in STUDY} == {**STUDY, "purpose": "How?"}
    assert [event["type"] for event in uploading.log_of(http, project_id)] == ["project:created", "project:updated"]


def test_a_deleted_project_is_gone(http: httpx.Client, project_id: str) -> None:
    assert http.delete(f"/api/projects/{project_id}").status_code == 204
    answer = http.get(f"/api/projects/{project_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/projects/{id}"),
        ("PATCH", "/api/projects/{id}"),
        ("DELETE", "/api/projects/{id}"),
        ("GET", "/api/projects/{id}/snapshot"),
        ("GET", "/api/projects/{id}/events"),
        ("GET", "/api/projects/{id}/interviews"),
        ("GET", "/api/projects/{id}/insights"),
        ("GET", "/api/projects/{id}/search?q=form"),
        ("GET", "/api/sse/projects/{id}"),
    ],
)
@pytest.mark.parametrize("project_id", [MISSING, "not-an-id", "%00", "..%2F..", "가"])
def test_a_project_nobody_has_is_not_found(http: httpx.Client, method: str, path: str, project_id: str) -> None:
    answer = http.request(method, path.format(id=project_id), json={} if method == "PATCH" else None)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("project_not_found", "not_found")


def test_a_missing_project_says_where_to_look(http: httpx.Client) -> None:
    answer = http.get(f"/api/projects/{MISSING}", headers={"x-request-id": "ab" * 16})
    assert answer.json() == {
        "request_id": "ab" * 16,
        "type": "about:blank",
        "title": "There is no such project",
        "status": 404,
        "code": "project_not_found",
        "detail": "There is no such project. `lab.projects` lists those there are.",
    }


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "purpose": "y" * 20_001}, "purpose"),
        ({"name": None}, "name"),
        ([], "body"),
    ],
)
def test_a_project_that_cant_be_made_names_the_field(http: httpx.Client, body: object, named: str) -> None:
    before = len(http.get("/api/projects").json())
    answer = http.post("/api/projects", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert named in answer.json()["detail"]
    assert len(http.get("/api/projects").json()) == before


def test_malformed_json_is_refused(http: httpx.Client) -> None:
    answer = http.post("/api/projects", content=b'{"name": ', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "JSON" in answer.json()["detail"]


def test_what_was_sent_is_not_said_back(http: httpx.Client) -> None:
    """It may be somebody's interview."""
    answer = http.post("/api/projects", json={"name": ["a secret of Mina's"]})
    assert "secret" not in answer.text


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999", "1e3"])
def test_a_place_in_the_log_must_be_a_number_there_can_be(http: httpx.Client, project_id: str, after: str) -> None:
    answer = http.get(f"/api/projects/{project_id}/events", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_the_log_is_read_in_pages(http: httpx.Client, project_id: str) -> None:
    for number in range(4):
        http.patch(f"/api/projects/{project_id}", json={"purpose": str(number)})
    page = http.get(f"/api/projects/{project_id}/events", params={"after": 1, "limit": 3}).json()
    assert [event["seq"] for event in page] == [2, 3, 4]


def test_a_snapshot_says_which_event_it_is_true_at(http: httpx.Client, project_id: str) -> None:
    interview_id = uploading.upload(http, project_id, "Mina: The form is slow.\nInterviewer: Why?\n")
    uploading.processed(http, interview_id)
    snapshot = http.get(f"/api/projects/{project_id}/snapshot").json()
    assert snapshot["project"]["seq"] == snapshot["seq"]
    assert [record["interview"]["id"] for record in snapshot["interviews"]] == [interview_id]


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/api/"), ("PUT", "/api/projects")])
def test_a_route_there_is_not_points_to_the_docs(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/docs lists the routes there are" in answer.json()["detail"]


def test_the_docs_show_every_route(http: httpx.Client) -> None:
    paths = httpx.get(f"{http.base_url}/openapi.json").json()["paths"]
    assert {"/api/workflow/async", "/api/sse/projects/{project_id}", "/api/chat"} <= set(paths)
    assert httpx.get(f"{http.base_url}/docs").status_code == 200


def test_a_list_that_has_not_changed_is_not_sent_again(http: httpx.Client, project_id: str) -> None:
    path = f"/api/projects/{project_id}/interviews"
    tag = http.get(path).headers["etag"]
    again = http.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    http.patch(f"/api/projects/{project_id}", json={"description": "changed"})
    assert http.get(path, headers={"if-none-match": tag}).status_code == 200
