"""Notes and replies, over HTTP."""

import getpass

import httpx
import pytest

from tests.support.making import CHECKOUT, interview_text
from tests.support.uploading import log_of, processed, upload

ME = getpass.getuser()


@pytest.fixture
def mina(http: httpx.Client, project_id: str) -> str:
    """A completed interview of an interviewer and Mina; its id."""
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    assert processed(http, interview_id)["status"] == "completed"
    return interview_id


def insight_of(http: httpx.Client, project_id: str) -> dict[str, object]:
    for _ in range(100):
        found = http.get(f"/api/projects/{project_id}/insights").json()
        if found:
            return dict(found[0])
    raise AssertionError("nothing was merged")


def write(http: httpx.Client, project_id: str, **body: object) -> httpx.Response:
    return http.post(f"/api/projects/{project_id}/notes", json={"text": "Ask again", **body})


def listed(http: httpx.Client, project_id: str, **where: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = http.get(f"/api/projects/{project_id}/notes", params=where).json()
    return found


def test_a_note_is_written_read_changed_and_deleted(http: httpx.Client, project_id: str, mina: str) -> None:
    answer = write(http, project_id, interview_id=mina, turn=1, text="  Ask <b>again</b>\n")
    note = answer.json()
    assert answer.status_code == 201
    assert (note["text"], note["turn"], note["created_by"]) == ("Ask <b>again</b>", 1, ME)
    assert listed(http, project_id) == listed(http, project_id, interview_id=mina) == [note]
    assert http.get(f"/api/projects/{project_id}/snapshot").json()["notes"] == [note]
    changed = http.patch(f"/api/notes/{note['id']}", json={"text": "Asked"})
    assert (changed.status_code, changed.json()["text"]) == (200, "Asked")
    assert http.delete(f"/api/notes/{note['id']}").status_code == 204
    assert listed(http, project_id) == []
    told = [event["type"] for event in log_of(http, project_id) if event["type"].startswith("note:")]
    assert told == ["note:added", "note:updated", "note:deleted"]


def test_the_turn_is_found_by_its_words(http: httpx.Client, project_id: str, mina: str) -> None:
    assert write(http, project_id, interview_id=mina, said="my delivery  address").json()["turn"] == 3


def test_a_note_at_an_insight_is_found_at_what_it_has_become(http: httpx.Client, project_id: str, mina: str) -> None:
    other = upload(http, project_id, interview_text("the coupon"), "coupon.txt")
    processed(http, other)
    first = insight_of(http, project_id)
    note = write(http, project_id, insight_id=first["id"]).json()
    assert note["insight_id"] == first["id"]
    assert note["anchors"][0]["text"] == first["quotes"][0]["text"]
    rest = [one for one in http.get(f"/api/projects/{project_id}/insights").json() if one["id"] != first["id"]]
    kept = next(one for one in rest if one["kind"] == first["kind"])
    merged = http.post(
        f"/api/projects/{project_id}/insights/{kept['id']}/judgements",
        json={"kind": "merge", "others": [first["id"]]},
    )
    assert merged.status_code == 201
    ids = {one["id"] for one in http.get(f"/api/projects/{project_id}/insights").json()}
    assert first["id"] not in ids
    for where in ({}, {"insight_id": kept["id"]}, {"insight_id": first["id"]}):
        assert [one["insight_id"] for one in listed(http, project_id, **where)] == [kept["id"]]


def test_a_reply_has_the_place_of_what_it_answers(http: httpx.Client, project_id: str, mina: str) -> None:
    insight_id = insight_of(http, project_id)["id"]
    note = write(http, project_id, insight_id=insight_id).json()
    answer = write(http, project_id, parent_id=note["id"], text="I did").json()
    assert (answer["parent_id"], answer["insight_id"], answer["anchors"]) == (note["id"], insight_id, note["anchors"])
    assert listed(http, project_id, insight_id=str(insight_id)) == [note, answer]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": ""}, "text: the note is empty. Write what there is to say."),
        ({"text": " \n"}, "text: the note is empty."),
        ({"text": "a" * 20_001}, "text: the note has 20,001 characters; 20,000 are the most."),
        ({"text": "a\x00b"}, "text: it holds a character of no meaning, U+0000 or half of a character."),
        ({"interview_id": None, "turn": None}, "Say where the note stands: interview_id with a turn, insight_id"),
        ({"parent_id": "some"}, "Say where the note stands"),
        ({"turn": None}, "Say at which turn the note stands: turn, by its number, or said, by its words."),
        ({"turn": 99}, "There is no turn 99. The interview's turns are 0 to 3."),
        ({"turn": None, "said": "nobody ever said this"}, "Nobody says so in this interview."),
        ({"turn": None, "said": "address"}, "2 turns say so: 1, 3. Give the turn too."),
    ],
)
def test_what_cant_be_a_note_changes_nothing(
    http: httpx.Client, project_id: str, mina: str, body: dict[str, object], sentence: str
) -> None:
    answer = write(http, project_id, **{"interview_id": mina, "turn": 1, **body})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert sentence in answer.json()["detail"]
    assert listed(http, project_id) == []


def test_a_note_may_be_as_long_as_is_said(http: httpx.Client, project_id: str, mina: str) -> None:
    assert write(http, project_id, interview_id=mina, turn=1, text="가" * 20_000).status_code == 201


def test_what_is_empty_can_replace_nothing(http: httpx.Client, project_id: str, mina: str) -> None:
    note = write(http, project_id, interview_id=mina, turn=1).json()
    answer = http.patch(f"/api/notes/{note['id']}", json={"text": " "})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "text: the note is empty. Write what there is to say.",
    )
    assert listed(http, project_id) == [note]


def test_what_could_not_be_read_has_no_turns_to_write_at(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, "1 2 3\n", "numbers.txt")
    processed(http, interview_id)
    answer = write(http, project_id, interview_id=interview_id, turn=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"].startswith("“numbers” has not been read, so there is no turn in it")


def test_what_is_not_there_is_not_found(http: httpx.Client, project_id: str, mina: str) -> None:
    answers = [
        http.get("/api/projects/nowhere/notes"),
        http.get(f"/api/projects/{project_id}/notes", params={"insight_id": "nowhere"}),
        write(http, "nowhere", interview_id=mina, turn=1),
        write(http, project_id, interview_id="nowhere", turn=1),
        write(http, project_id, insight_id="nowhere"),
        write(http, project_id, parent_id="nowhere"),
        http.patch("/api/notes/nowhere", json={"text": "x"}),
        http.delete("/api/notes/nowhere"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "project_not_found"),
        (404, "insight_not_found"),
        (404, "project_not_found"),
        (404, "interview_not_found"),
        (404, "insight_not_found"),
        (404, "note_not_found"),
        (404, "note_not_found"),
        (404, "note_not_found"),
    ]


def test_an_interview_of_another_project_is_not_found_in_this_one(
    http: httpx.Client, project_id: str, mina: str
) -> None:
    other = http.post("/api/projects", json={"name": "another"}).json()["id"]
    assert write(http, other, interview_id=mina, turn=1).json()["code"] == "interview_not_found"
