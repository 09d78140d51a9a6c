"""Accounts on a real server: tokens, joining, members, and streams that end with the right to read them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from persona_lab.models import now
from tests.support import postgresql
from tests.support.accounts import PEOPLE, Accounts, token_of

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    url = postgresql.database()
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    with Accounts(tmp_path_factory.mktemp("team"), database) as running:
        for name in PEOPLE:
            with running.as_(name) as http:
                http.get("/api/me")
        yield running


@pytest.fixture
def project_id(server: Accounts, request: pytest.FixtureRequest) -> str:
    """A private project of olga's."""
    with server.as_("olga") as http:
        return str(http.post("/api/projects", json={"name": request.node.name[:150]}).json()["id"])


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# Who somebody is


def test_who_is_seen_for_the_first_time_has_an_account_then(server: Accounts) -> None:
    with server.as_("boss") as http:
        me = http.get("/api/me").json()
        there = {user["name"]: user for user in http.get("/api/company/users").json()}
    assert (me["user"], me["company_id"], me["company_role"]) == ("boss", "acme", "admin")
    assert {"olga", "ada", "max", "carl", "boss"} <= set(there)
    assert "eve" not in there


def test_the_servers_own_token_opens_the_figures_of_the_house_and_nothing_else(server: Accounts) -> None:
    with server.with_token(server.token) as http:
        assert http.get("/metrics").status_code == 200
        assert code_of(http.get("/api/projects")) == (401, "not_allowed")


def test_two_people_of_one_name_are_told_apart(server: Accounts) -> None:
    with server.with_token(token_of("max", sub="another-max")) as http:
        assert http.get("/api/me").json()["user"] == "another-max"


def test_an_account_doesnt_move_to_another_company_by_what_a_token_says(server: Accounts) -> None:
    with server.with_token(token_of("max", app_metadata={"company_id": "rival"})) as http:
        assert code_of(http.get("/api/projects")) == (403, "no_company")


# Tokens for notebooks


def test_a_token_is_shown_once_and_kept_as_a_hash(server: Accounts, database: str) -> None:
    with server.as_("max") as http:
        made = http.post("/api/tokens", json={"name": "notebook", "days": 30}).json()
        assert made["token"].startswith("plab_")
        assert "token" not in http.get("/api/tokens").json()[-1]
    with server.with_token(made["token"]) as http:
        assert http.get("/api/me").json()["user"] == "max"
    with psycopg.connect(database) as connection:
        kept = connection.execute("SELECT tokens::TEXT FROM tokens").fetchall()
    assert [made["token"] in str(row) for row in kept] == [False] * len(kept)


def test_a_token_cant_make_another_one(server: Accounts) -> None:
    with server.as_("max") as http:
        made = http.post("/api/tokens", json={"name": "notebook"}).json()
    with server.with_token(made["token"]) as http:
        assert code_of(http.post("/api/tokens", json={"name": "outlives it"})) == (403, "forbidden")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("revoked_at = created_at", "token_revoked", "was revoked. Make another one"),
        ("expires_at = created_at", "token_expired", "expired on 20"),
    ],
)
def test_a_token_at_its_end_says_so(server: Accounts, database: str, change: str, code: str, words: str) -> None:
    with server.as_("max") as http:
        made = http.post("/api/tokens", json={"name": "notebook"}).json()
    with psycopg.connect(database) as connection:
        connection.execute("SET ROLE persona_lab_service")
        connection.execute(f"UPDATE tokens SET {change} WHERE id = %s", [made["id"]])
    with server.with_token(made["token"]) as http:
        answer = http.get("/api/projects")
    assert code_of(answer) == (401, code)
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("token", ["plab_", "plab_" + "0" * 56, "plab_x", "eyJ.eyJ.x", "x"])
def test_a_made_up_token_lets_nobody_in(server: Accounts, token: str) -> None:
    with server.with_token(token) as http:
        assert http.get("/api/projects").status_code == 401


def test_a_revoked_token_ends_within_ten_seconds_and_a_closed_account_too(server: Accounts) -> None:
    with server.as_("carl") as http:
        made = http.post("/api/tokens", json={"name": "notebook"}).json()
    with server.with_token(made["token"]) as revoked, server.as_("carl") as closed, server.as_("boss") as boss:
        assert revoked.get("/api/projects").status_code == closed.get("/api/projects").status_code == 200
        boss.delete(f"/api/tokens/{made['id']}")
        boss.patch("/api/company/users/id-of-carl", json={"closed": True})
        try:
            deadline = time.monotonic() + 10
            while {revoked.get("/api/projects").status_code, closed.get("/api/projects").status_code} != {401, 403}:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert code_of(closed.get("/api/projects")) == (403, "account_closed")
        finally:
            boss.patch("/api/company/users/id-of-carl", json={"closed": False})


def test_the_last_admin_of_a_company_stays_one(server: Accounts) -> None:
    with server.as_("boss") as http:
        for change in ({"role": "user"}, {"closed": True}):
            assert code_of(http.patch("/api/company/users/id-of-boss", json=change)) == (409, "conflict")


# What the original had wrong


def test_a_join_password_is_checked(server: Accounts, project_id: str) -> None:
    with server.as_("olga") as http:
        assert http.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD}).status_code == 204
    with server.as_("carl") as http:
        path = f"/api/projects/{project_id}"
        assert code_of(http.post(f"{path}/join", json={"password": "wrong"})) == (403, "wrong_password")
        assert http.get(path).status_code == 404
        assert http.post(f"{path}/join", json={"password": PASSWORD}).status_code == 200
        assert http.get(path).status_code == 200
    with server.as_("eve") as http:
        assert code_of(http.post(f"{path}/join", json={"password": PASSWORD})) == (403, "wrong_password")


def test_a_join_password_is_tried_five_times_at_most_even_at_once(server: Accounts, project_id: str) -> None:
    with server.as_("olga") as http:
        http.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD})

    def attempt(number: int) -> int:
        with server.as_("carl") as http:
            return http.post(f"/api/projects/{project_id}/join", json={"password": f"guess {number}"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(12))) == [403] * 5 + [429] * 7
    begun = time.monotonic()
    with server.as_("carl") as http:
        answer = http.post(f"/api/projects/{project_id}/join", json={"password": PASSWORD})
    assert code_of(answer) == (429, "too_many_attempts")
    # A quarter of an hour from the first of the five, which was a moment ago.
    seconds = int(answer.headers["retry-after"])
    assert 900 - (time.monotonic() - begun) - 30 < seconds <= 900
    assert f"Try again in {seconds} seconds" in answer.json()["detail"]


def test_a_join_password_can_be_tried_again_when_it_was_said(server: Accounts, project_id: str, database: str) -> None:
    with server.as_("olga") as http:
        http.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD})
    path = f"/api/projects/{project_id}/join"
    with server.as_("max") as http:
        for number in range(5):
            assert http.post(path, json={"password": f"guess {number}"}).status_code == 403
        # All but the last of them were made 14 min 57 s ago, or longer.
        with psycopg.connect(database, autocommit=True) as connection:
            rows = connection.execute("SELECT id FROM attempts WHERE key LIKE 'join:%' ORDER BY at DESC").fetchall()
            for number, (row_id,) in enumerate(rows[1:5]):
                at = (now() - timedelta(seconds=897 + 0.1 * number)).isoformat()
                connection.execute("UPDATE attempts SET at = %s WHERE id = %s", (at, row_id))
        refused = http.post(path, json={"password": PASSWORD})
        assert refused.status_code == 429
        seconds = int(refused.headers["retry-after"])
        assert 1 <= seconds <= 3
        time.sleep(seconds)
        assert http.post(path, json={"password": PASSWORD}).status_code == 200


def test_no_route_is_without_a_check(server: Accounts) -> None:
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    answered = {
        (method, path): httpx.request(method.upper(), server.url + path.replace("{", "").replace("}", "")).status_code
        for path, operations in paths.items()
        for method in operations
    }
    assert {route for route, status in answered.items() if status != 401} == {
        ("get", "/api/health"),
        ("get", "/api/ready"),
    }


def test_no_token_stands_in_the_code() -> None:
    import re

    import persona_lab

    secret = re.compile(r"eyJ[\w-]{10,}\.|plab_[0-9a-f]{20,}|sk-[A-Za-z0-9]{20,}|app-[A-Za-z0-9]{16,}")
    package = Path(persona_lab.__file__).parent
    files = [path for path in package.rglob("*") if path.suffix in (".py", ".js", ".toml", ".json", ".ipynb")]
    assert len(files) > 300
    assert [path.name for path in files if secret.search(path.read_text(encoding="utf-8"))] == []


def test_hashes_leave_through_no_route(server: Accounts, project_id: str, database: str) -> None:
    with server.as_("olga") as http:
        http.put(f"/api/projects/{project_id}/password", json={"password": PASSWORD})
        http.post("/api/tokens", json={"name": "t"})
        http.post(f"/api/projects/{project_id}/invitations", json={})
        of_project = ("", "/snapshot", "/events", "/members", "/invitations")
        told = [http.get(f"/api/projects/{project_id}{path}").text for path in of_project]
        told += [http.get(path).text for path in ("/api/projects", "/api/tokens", "/api/me")]
    with psycopg.connect(database) as connection:
        hashes = [
            value
            for query in (
                "SELECT password_hash FROM projects",
                "SELECT sha256 FROM tokens",
                "SELECT sha256 FROM invitations",
            )
            for (value,) in connection.execute(query)
            if value
        ]
    assert len(hashes) >= 3
    assert [value for value in hashes for text in told if value in text] == []


# Members


def test_an_invitation_is_used_once_by_whom_it_is_for(server: Accounts, project_id: str) -> None:
    path = f"/api/projects/{project_id}"
    with server.as_("olga") as http:
        code = http.post(f"{path}/invitations", json={"email": "Carl@acme.example", "role": "admin"}).json()["code"]
    for name, status in (("max", 404), ("eve", 404), ("carl", 200), ("carl", 404)):
        with server.as_(name) as http:
            assert http.post("/api/invitations/accept", json={"code": code}).status_code == status, name
    with server.as_("carl") as http:
        assert {one["name"]: one["role"] for one in http.get(f"{path}/members").json()} == {
            "olga": "owner",
            "carl": "admin",
        }
        told = [event for event in http.get(f"{path}/events").json() if event["type"] == "member:added"]
    assert [event["data"]["member"]["name"] for event in told] == ["carl"]
    assert "email" not in told[0]["data"]["member"]


@pytest.mark.parametrize("ending", ["revoked", "expired"])
def test_an_invitation_that_ended_lets_nobody_in(server: Accounts, project_id: str, database: str, ending: str) -> None:
    path = f"/api/projects/{project_id}/invitations"
    with server.as_("olga") as http:
        made = http.post(path, json={}).json()
        if ending == "revoked":
            assert http.delete(f"{path}/{made['id']}").status_code == 204
        else:
            with psycopg.connect(database) as connection:
                connection.execute("SET ROLE persona_lab_service")
                connection.execute("UPDATE invitations SET expires_at = created_at WHERE id = %s", [made["id"]])
    with server.as_("carl") as http:
        assert code_of(http.post("/api/invitations/accept", json={"code": made["code"]})) == (
            404,
            "invitation_not_found",
        )


def test_the_owner_cant_be_removed_and_can_hand_the_project_over(server: Accounts, project_id: str) -> None:
    path = f"/api/projects/{project_id}"
    with server.as_("olga") as http:
        http.post(f"{path}/members", json={"user": "max@acme.example"})
        assert code_of(http.delete(f"{path}/members/id-of-olga")) == (409, "conflict")
        there = http.put(f"{path}/owner", json={"user": "max"}).json()
    assert [(one["name"], one["role"]) for one in there] == [("max", "owner"), ("olga", "admin")]
    with server.as_("olga") as http:
        assert code_of(http.put(f"{path}/owner", json={"user": "olga"})) == (403, "forbidden")


def test_nobody_of_another_company_becomes_a_member(server: Accounts, project_id: str) -> None:
    with server.as_("olga") as http:
        for somebody in ("eve", "id-of-eve", "eve@rival.example"):
            answer = http.post(f"/api/projects/{project_id}/members", json={"user": somebody})
            assert code_of(answer) == (404, "user_not_found")


def test_lists_and_figures_tell_nothing_of_other_tenants(server: Accounts, project_id: str) -> None:
    with server.as_("olga") as http, http.stream("GET", f"/api/sse/projects/{project_id}") as stream:
        assert stream.status_code == 200
        own = http.get("/api/monitor").json()
        with server.as_("eve") as other, server.as_("max") as colleague:
            assert other.get("/api/projects").json() == []
            assert project_id not in [one["id"] for one in colleague.get("/api/projects").json()]
            figures = other.get("/api/monitor", params={"project_id": project_id}).json()
    assert own["streams"]["total"] >= 1
    assert (figures["streams"], figures["events_per_second"]) == ({"total": 0, "here": 0}, {})
    assert figures["commit_to_send_ms"] == {"p50": None, "p95": None}


def test_axes_are_copied_only_from_projects_that_one_sees(server: Accounts, project_id: str) -> None:
    with server.as_("max") as http:
        own = http.post("/api/projects", json={"name": "max's own"}).json()["id"]
        answer = http.put(f"/api/projects/{own}/axes", json={"copy_from": project_id})
    assert code_of(answer) == (404, "project_not_found")


# Streams


def test_a_stream_ends_when_its_token_does(server: Accounts, project_id: str) -> None:
    expires = now().timestamp() + 4
    with server.as_("olga", exp=int(expires)) as http:
        with http.stream("GET", f"/api/sse/projects/{project_id}", timeout=60) as stream:
            assert stream.status_code == 200
            for _ in stream.iter_raw():
                pass
        assert abs(time.time() - int(expires)) < 1
        # The seconds that requests are given for clocks open no stream.
        assert code_of(http.get(f"/api/sse/projects/{project_id}")) == (401, "token_expired")
