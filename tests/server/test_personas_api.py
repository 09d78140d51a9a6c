"""Personas over HTTP: from analysed interviews to proposals, decisions, pictures."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server
from tests.support.uploading import log_of, processed, upload

NOWHERE = "0123456789ab"
ROLES = {"axes": [{"name": "Role", "types": [{"name": "Buyer"}, {"name": "User"}]}]}


@pytest.fixture
def study(http: httpx.Client, project_id: str) -> list[str]:
    """The ids of the completed interviews of a project."""
    texts = {"mina": CHECKOUT, "coupon": interview_text("the coupon"), "search": interview_text("the search box")}
    return [
        processed(http, upload(http, project_id, text, f"{name}.txt"))["interview_id"] for name, text in texts.items()
    ]


def proposed(http: httpx.Client, project_id: str, **body: object) -> list[dict[str, Any]]:
    answer = http.post(f"/api/projects/{project_id}/personas", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def listed(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/personas").json()
    return found


def decided(persona: dict[str, Any]) -> list[str]:
    return [one["interview_id"] for one in persona["assignments"] if one["decided_by"]]


def added(http: httpx.Client, project_id: str, **body: object) -> dict[str, Any]:
    answer = http.post(f"/api/projects/{project_id}/personas/add", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def assign(http: httpx.Client, interview_id: str, persona_id: str | None) -> httpx.Response:
    return http.put(f"/api/interviews/{interview_id}/persona", json={"persona_id": persona_id})


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400), **about: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **about)
    return written.getvalue()


def test_every_analysed_interview_is_proposed_to_one_persona(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    found = proposed(http, project_id)
    assert sorted(key for persona in found for key in persona["interview_ids"]) == sorted(study)
    assert [persona["label"] for persona in found] == [f"P{n}" for n in range(1, len(found) + 1)]
    assert all(persona["portrait"]["participants"] == len(persona["interview_ids"]) for persona in found)
    assert all((persona["stale"], decided(persona)) == ([], []) for persona in found)
    assert listed(http, project_id) == found


def test_proposing_again_keeps_the_personas_there_are(http: httpx.Client, project_id: str, study: list[str]) -> None:
    first = proposed(http, project_id)
    before = len(log_of(http, project_id))
    assert proposed(http, project_id) == first
    assert len(log_of(http, project_id)) == before


def test_there_is_nobody_to_make_personas_of_before_an_analysis(http: httpx.Client, project_id: str) -> None:
    answer = http.post(f"/api/projects/{project_id}/personas")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert http.post(f"/api/projects/{NOWHERE}/personas").status_code == 404


def test_there_are_no_more_groups_than_interviews(http: httpx.Client, project_id: str, study: list[str]) -> None:
    answer = http.post(f"/api/projects/{project_id}/personas", json={"count": 4})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_one_is_accepted_then_all_and_who_did_is_kept(http: httpx.Client, project_id: str, study: list[str]) -> None:
    proposed(http, project_id)
    path = f"/api/projects/{project_id}/personas/accept"
    one = http.post(path, json={"interview_ids": [study[1]]}).json()
    assert [row["interview_id"] for row in one] == [study[1]]
    rest = http.post(path).json()
    assert sorted(row["interview_id"] for row in rest) == sorted(key for key in study if key != study[1])
    user = http.get("/api/me").json()["user"]
    assert {row["decided_by"] for row in [*one, *rest]} == {user}
    assert sorted(key for persona in listed(http, project_id) for key in decided(persona)) == sorted(study)
    assert http.post(path).json() == []


def test_accepting_at_once_from_many_sides_decides_once(
    server: Server, http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)

    def accept(_: int) -> int:
        with server.client() as own:
            return own.post(f"/api/projects/{project_id}/personas/accept").status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(accept, range(6))) == {200}
    told = [
        event["data"]["assignment"]["interview_id"]
        for event in log_of(http, project_id)
        if event["type"] == "persona:assigned" and event["data"]["assignment"]["decided_by"]
    ]
    assert sorted(told) == sorted(study)


def test_what_is_overridden_stays_when_something_else_is_proposed(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)
    mine = added(http, project_id, title="Late payers")
    assert assign(http, study[0], mine["id"]).json()["persona_id"] == mine["id"]
    proposed(http, project_id)
    kept = http.get(f"/api/personas/{mine['id']}").json()
    assert (decided(kept), kept["stale"]) == ([study[0]], [])
    assert kept["assignments"][0]["proposal"]["persona_id"] not in (None, mine["id"])
    assert kept["portrait"]["runs"].keys() == {study[0]}


def test_an_interview_can_belong_to_none(http: httpx.Client, project_id: str, study: list[str]) -> None:
    proposed(http, project_id)
    assert assign(http, study[0], None).status_code == 200
    assert study[0] not in {key for persona in listed(http, project_id) for key in persona["interview_ids"]}


def test_a_new_interview_is_proposed_to_a_persona_by_itself_and_its_portrait_says_so(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)
    text = interview_text("the new search box")
    new = processed(http, upload(http, project_id, text, "new.txt"))["interview_id"]
    while new not in {key for persona in listed(http, project_id) for key in persona["interview_ids"]}:
        pass
    stale = {one["id"]: one for one in listed(http, project_id) if one["stale"]}
    assert [one["stale"] for one in stale.values()] == [["1 interview was added."]]
    rows = http.get(f"/api/projects/{project_id}/stale").json()
    assert [(row["what"], row["id"]) for row in rows] == [("portrait", key) for key in stale]
    begun = http.post(f"/api/projects/{project_id}/refresh").json()
    assert begun["portraits"] == list(stale)
    while any(one["stale"] for one in listed(http, project_id)):
        pass
    made = {one["id"]: one["portrait"]["made_at"] for one in listed(http, project_id)}
    told = [event for event in log_of(http, project_id) if event["type"] == "persona:updated"]
    assert told[-1]["data"]["persona"]["id"] in stale
    assert made[told[-1]["data"]["persona"]["id"]] > stale[told[-1]["data"]["persona"]["id"]]["portrait"]["made_at"]


def test_a_judged_insight_makes_the_portraits_that_rest_on_it_stale(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)
    insight = http.get(f"/api/projects/{project_id}/insights").json()[0]
    http.post(f"/api/projects/{project_id}/insights/{insight['id']}/judgements", json={"kind": "reject"})
    resting = {quote["interview_id"] for quote in insight["quotes"]}
    for persona in listed(http, project_id):
        meant = resting & set(persona["interview_ids"])
        assert persona["stale"] == (["Insights were judged since."] if meant else [])


def test_a_deleted_interview_is_counted_nowhere_until_it_is_back(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)
    http.delete(f"/api/interviews/{study[0]}")
    assert study[0] not in {key for one in listed(http, project_id) for key in one["interview_ids"]}
    assert {reason for one in listed(http, project_id) for reason in one["stale"]} == {"1 interview was taken away."}
    http.post(f"/api/interviews/{study[0]}/restore")
    assert study[0] in {key for one in listed(http, project_id) for key in one["interview_ids"]}
    assert [one["stale"] for one in listed(http, project_id) if one["stale"]] == []


def test_portraits_are_made_anew_after_the_analyses_they_rest_on(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    proposed(http, project_id)
    http.patch(f"/api/projects/{project_id}", json={"purpose": "Why do people leave?"})
    begun = http.post(f"/api/projects/{project_id}/refresh").json()
    assert begun["portraits"] == [one["id"] for one in listed(http, project_id)]
    while http.get(f"/api/projects/{project_id}/stale").json():
        pass
    runs = {run for one in listed(http, project_id) for run in one["portrait"]["runs"].values()}
    assert runs == {f"{key}:2" for key in study}


def test_the_order_of_uploading_leaves_no_trace_in_who_belongs_together(http: httpx.Client) -> None:
    topics = ("the coupon", "the search box", "the receipt", "the delivery window")
    together = []
    for order in (topics, topics[::-1]):
        made = http.post("/api/projects", json={"name": f"Study of {order[0]}"}).json()["id"]
        titles = {
            processed(http, upload(http, made, interview_text(topic), f"{topic}.txt"))["interview_id"]: topic
            for topic in order
        }
        found = proposed(http, made, count=2)
        together.append({frozenset(titles[key] for key in one["interview_ids"]) for one in found})
    assert together[0] == together[1]
    assert len(together[0]) == 2


# Axes


def test_axes_are_set_whole_and_taken_from_another_project(http: httpx.Client, project_id: str) -> None:
    made = http.put(f"/api/projects/{project_id}/axes", json=ROLES).json()
    assert [(one["key"], [t["key"] for t in one["types"]]) for one in made] == [("role", ["buyer", "user"])]
    other = http.post("/api/projects", json={"name": "Another study"}).json()["id"]
    copied = http.put(f"/api/projects/{other}/axes", json={"copyFrom": project_id})
    assert copied.json() == made == http.get(f"/api/projects/{other}/axes").json()


def test_a_type_that_is_stood_on_goes_by_force_alone(http: httpx.Client, project_id: str, study: list[str]) -> None:
    http.put(f"/api/projects/{project_id}/axes", json=ROLES)
    buyer = added(http, project_id, place={"role": "buyer"})
    assign(http, study[0], buyer["id"])
    fewer = {"axes": [{"name": "Role", "types": [{"name": "User"}]}]}
    refused = http.put(f"/api/projects/{project_id}/axes", json=fewer)
    assert (refused.status_code, "“mina”" in refused.json()["detail"]) == (409, True)
    assert http.put(f"/api/projects/{project_id}/axes", json={**fewer, "force": True}).status_code == 200
    after = http.get(f"/api/personas/{buyer['id']}").json()
    assert (after["place"], decided(after)) == ({}, [study[0]])


def test_with_axes_groups_are_not_counted(http: httpx.Client, project_id: str, study: list[str]) -> None:
    http.put(f"/api/projects/{project_id}/axes", json=ROLES)
    assert http.post(f"/api/projects/{project_id}/personas", json={"count": 2}).status_code == 422


def test_with_axes_everybody_is_placed_or_said_to_be_nowhere(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    http.put(f"/api/projects/{project_id}/axes", json=ROLES)
    found = proposed(http, project_id)
    assert all(persona["place"]["role"] in ("buyer", "user") for persona in found)
    told = [event["data"]["assignment"] for event in log_of(http, project_id) if event["type"] == "persona:assigned"]
    assert {row["interview_id"] for row in told} == set(study)


# Changing


def test_names_and_order_change_and_nobody_moves(http: httpx.Client, project_id: str, study: list[str]) -> None:
    first, second = added(http, project_id, title="A"), added(http, project_id, title="B")
    assign(http, study[0], first["id"])
    changed = http.patch(f"/api/personas/{second['id']}", json={"label": "Buyers", "title": "C", "position": 1}).json()
    assert (changed["label"], changed["title"], changed["position"]) == ("Buyers", "C", 1)
    assert [one["id"] for one in listed(http, project_id)] == [second["id"], first["id"]]
    assert decided(http.get(f"/api/personas/{first['id']}").json()) == [study[0]]


def test_a_deleted_persona_is_gone_and_its_interviews_are_free(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    made = added(http, project_id)
    assign(http, study[0], made["id"])
    assert http.delete(f"/api/personas/{made['id']}").status_code == 204
    assert http.get(f"/api/personas/{made['id']}").json()["code"] == "persona_not_found"
    assert listed(http, project_id) == []
    last = [event for event in log_of(http, project_id) if event["type"].startswith("persona:")][-2:]
    assert [event["type"] for event in last] == ["persona:assigned", "persona:deleted"]
    assert last[0]["data"]["assignment"]["persona_id"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "projects/{project}/personas", {"count": 0}, 422),
        ("POST", "projects/{project}/personas", {"count": "many"}, 422),
        ("POST", "projects/{project}/personas/add", {"label": "a\x00"}, 422),
        ("POST", "projects/{project}/personas/add", {"place": {"role": "buyer"}}, 422),
        ("POST", "projects/{project}/personas/add", {"place": [1]}, 422),
        ("POST", "projects/{project}/personas/accept", {"interview_ids": []}, 422),
        ("POST", "projects/{project}/personas/accept", {"interview_ids": [NOWHERE]}, 404),
        ("PUT", "projects/{project}/axes", {}, 422),
        ("PUT", "projects/{project}/axes", {"axes": [{"name": "Role", "types": []}]}, 422),
        ("PUT", "projects/{project}/axes", {"axes": [{"name": " ", "types": [{"name": "A"}]}]}, 422),
        ("PUT", "projects/{project}/axes", {"axes": [{"name": "\ud800", "types": [{"name": "A"}]}]}, 422),
        ("PUT", "projects/{project}/axes", {"copy_from": NOWHERE}, 404),
        ("PUT", f"projects/{NOWHERE}/axes", ROLES, 404),
        ("PUT", f"interviews/{NOWHERE}/persona", {"persona_id": None}, 404),
        # What isn't there is told before what is wrong with the body.
        ("PUT", f"interviews/{NOWHERE}/persona", {}, 404),
        ("PATCH", f"personas/{NOWHERE}", {"title": "A"}, 404),
        ("PATCH", f"personas/{NOWHERE}", {"position": 0}, 404),
        ("DELETE", f"personas/{NOWHERE}", None, 404),
        ("GET", f"personas/{NOWHERE}/picture", None, 404),
        ("DELETE", f"personas/{NOWHERE}/picture", None, 404),
    ],
)
def test_what_makes_no_sense_is_a_problem_of_the_asker(
    http: httpx.Client, project_id: str, method: str, path: str, body: object, status: int
) -> None:
    # Python's own JSON can write half a surrogate pair, as httpx's can't.
    sent = None if body is None else json.dumps(body)
    headers = {"content-type": "application/json"}
    answer = http.request(method, f"/api/{path.format(project=project_id)}", content=sent, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_what_makes_no_sense_of_what_is_there_is_a_problem_of_the_asker_too(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    answers = [
        http.put(f"/api/interviews/{study[0]}/persona", json={}),
        http.patch(f"/api/personas/{added(http, project_id)['id']}", json={"position": 0}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(422, "invalid_request")] * 2


def test_a_persona_of_another_project_is_none_of_this_one(
    http: httpx.Client, project_id: str, study: list[str]
) -> None:
    other = http.post("/api/projects", json={"name": "Other"}).json()["id"]
    answer = assign(http, study[0], added(http, other)["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "persona_not_found")


# Pictures


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_uploaded_picture_is_small_and_says_nothing_of_its_camera(
    http: httpx.Client, project_id: str, kind: str
) -> None:
    made = added(http, project_id)
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-MAKER"
    raw = picture(kind, exif=exif.tobytes())
    assert b"CAMERA-MAKER" in raw
    path = f"/api/personas/{made['id']}/picture"
    assert http.put(path, content=raw).status_code == 200
    answer = http.get(path)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"CAMERA-MAKER" not in answer.content
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("PNG", (512, 256), {})


def test_without_an_upload_the_picture_is_drawn_and_may_run_nothing(http: httpx.Client, project_id: str) -> None:
    made = added(http, project_id)
    path = f"/api/personas/{made['id']}/picture"
    http.put(path, content=picture())
    assert http.delete(path).status_code == 204
    answer = http.get(path)
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 422, id="svg"),
        pytest.param(picture("GIF"), 422, id="gif"),
        pytest.param(picture()[:200], 422, id="cut off"),
        pytest.param(picture("PNG", (7000, 7000)), 422, id="too many pixels"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, 422, id="no picture in it"),
        pytest.param(b"\x89PNG" + b"\0" * (5 * 1024 * 1024), 413, id="too large"),
    ],
)
def test_what_is_no_picture_is_refused(http: httpx.Client, project_id: str, raw: bytes, status: int) -> None:
    made = added(http, project_id)
    answer = http.put(f"/api/personas/{made['id']}/picture", content=raw)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert http.get(f"/api/personas/{made['id']}").json()["picture"] is None


# Old logs, and a server that goes


def test_personas_are_there_after_a_restart(start_server: Callable[[], Server]) -> None:
    first = start_server()
    with first.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        interview_id = upload(http, project_id, CHECKOUT)
        processed(http, interview_id)
        found = proposed(http, project_id)
    first.kill()
    with start_server().client() as http:
        assert listed(http, project_id) == found
