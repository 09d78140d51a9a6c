"""Who may bring back what was deleted, who may remove it for good, and who may see who did what."""

from collections.abc import Iterator

import pytest

from tests.support import postgresql, uploading
from tests.support.accounts import PEOPLE, Accounts
from tests.support.making import CHECKOUT


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    url = postgresql.database()
    with Accounts(tmp_path_factory.mktemp("team"), url) as server:
        for name in PEOPLE:
            with server.as_(name) as http:
                http.get("/api/me").raise_for_status()
        yield server
    postgresql.drop(url)


@pytest.fixture
def study(team: Accounts) -> dict[str, str]:
    """Olga's project with Ada as admin and Max as member, and an interview that Olga deleted."""
    with team.as_("olga") as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        for name, role in (("ada", "admin"), ("max", "member")):
            added = http.post(f"/api/projects/{project_id}/members", json={"user": name, "role": role})
            assert added.is_success, added.text
        interview_id = uploading.upload(http, project_id, CHECKOUT)
        uploading.processed(http, interview_id)
        http.delete(f"/api/interviews/{interview_id}")
    return {"project": project_id, "interview": interview_id}


def status(team: Accounts, name: str, method: str, path: str) -> int:
    with team.as_(name) as http:
        return http.request(method, path).status_code


def test_who_deleted_it_and_admins_bring_it_back_and_nobody_else(team: Accounts, study: dict[str, str]) -> None:
    path = f"/api/interviews/{study['interview']}"
    assert [status(team, name, "POST", f"{path}/restore") for name in ("eve", "carl", "max")] == [404, 404, 403]
    assert status(team, "ada", "POST", f"{path}/restore") == 200
    assert status(team, "max", "DELETE", path) == 204
    with team.as_("max") as http:
        (one,) = http.get(f"/api/projects/{study['project']}/trash").json()
    assert (one["deleted_by"], one["can_restore"]) == ("max", True)
    assert status(team, "max", "POST", f"{path}/restore") == 200


def test_only_who_decides_about_the_project_purges(team: Accounts, study: dict[str, str]) -> None:
    path = f"/api/interviews/{study['interview']}/purge"
    assert [status(team, name, "POST", path) for name in ("eve", "carl", "max", "ada")] == [404, 404, 403, 200]
    with team.as_("ada") as http:
        deeds = http.get(f"/api/projects/{study['project']}/history").json()["deeds"]
    assert [(deed["type"], deed["actor"]) for deed in deeds if deed["type"] == "trash:purged"] == [
        ("trash:purged", "ada")
    ]


def test_only_who_decides_about_the_project_erases_somebody(team: Accounts, study: dict[str, str]) -> None:
    path = f"/api/projects/{study['project']}/participants/erase"
    answered = {}
    for name in ("eve", "carl", "max", "ada"):
        with team.as_(name) as http:
            answered[name] = http.post(path, json={"name": "Mina", "sure": True})
    assert {name: one.status_code for name, one in answered.items()} == {
        "eve": 404,
        "carl": 404,
        "max": 403,
        "ada": 200,
    }
    assert answered["ada"].json()["purged"] == 1
    with team.as_("ada") as http:
        deeds = http.get(f"/api/projects/{study['project']}/history", params={"locale": "ko"}).json()["deeds"]
    (deed,) = (one for one in deeds if one["type"] == "participant:erased")
    assert (deed["actor"], deed["words"]) == ("ada", "프로젝트 “Study”: 참여자를 영구 삭제함 (ada)")
    assert "Mina" not in str(deeds)


def test_a_deleted_project_is_there_for_those_alone_who_may_bring_it_back(
    team: Accounts, study: dict[str, str]
) -> None:
    path = f"/api/projects/{study['project']}"
    assert status(team, "ada", "DELETE", path) == 204
    seen = {}
    for name in PEOPLE:
        with team.as_(name) as http:
            seen[name] = study["project"] in [one["id"] for one in http.get("/api/trash").json()]
    assert seen == {"olga": True, "ada": True, "boss": True, "max": False, "carl": False, "eve": False}
    assert [status(team, name, "POST", f"{path}/restore") for name in ("eve", "carl", "max")] == [404, 404, 403]
    assert [status(team, name, "POST", f"{path}/purge") for name in ("eve", "carl", "max")] == [404, 404, 403]
    assert status(team, "olga", "POST", f"{path}/restore") == 204


def test_history_is_for_those_who_decide(team: Accounts, study: dict[str, str]) -> None:
    path = f"/api/projects/{study['project']}/history"
    answered = [status(team, name, "GET", path) for name in ("eve", "carl", "max", "ada", "olga", "boss")]
    assert answered == [404, 404, 403, 200, 200, 200]
    with team.as_("boss") as http:
        mine = http.get("/api/history", params={"limit": 1000}).json()["deeds"]
    with team.as_("eve") as http:
        theirs = http.get("/api/history", params={"limit": 1000}).json()["deeds"]
    assert study["project"] in {deed["project_id"] for deed in mine}
    assert theirs == []
    assert status(team, "max", "GET", "/api/history") == 403


def test_tokens_and_members_are_in_the_history(team: Accounts, study: dict[str, str]) -> None:
    with team.as_("max") as http:
        made = http.post("/api/tokens", json={"name": "mine"}).json()
    with team.as_("boss") as http:
        deeds = http.get("/api/history", params={"actor": "max", "kind": "token"}).json()["deeds"]
        added = http.get("/api/history", params={"actor": "olga", "kind": "member"}).json()["deeds"]
    assert [deed["type"] for deed in deeds] == ["token:created"]
    assert deeds[0]["about"]["title"] == "mine"
    assert made["token"] not in str(deeds)
    assert added[-1]["type"] == "member:added"
