"""Coding turns and spans, over HTTP."""

import getpass
from typing import Any

import httpx
import pytest

from tests.support.making import CHECKOUT
from tests.support.uploading import log_of, processed, upload

ME = getpass.getuser()


@pytest.fixture
def mina(http: httpx.Client, project_id: str) -> str:
    """A completed interview of an interviewer and Mina; its id."""
    interview_id = upload(http, project_id, CHECKOUT, "mina.txt")
    assert processed(http, interview_id)["status"] == "completed"
    return interview_id


def code(http: httpx.Client, interview_id: str, **body: object) -> httpx.Response:
    return http.post(f"/api/interviews/{interview_id}/codings", json={"code": "form", **body})


def codings_of(http: httpx.Client, interview_id: str, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/interviews/{interview_id}/codings", params=asked).json()
    return found


def test_who_i_am_is_told(http: httpx.Client) -> None:
    assert http.get("/api/me").json()["user"] == ME


def test_a_whole_turn_is_coded(http: httpx.Client, mina: str) -> None:
    answer = code(http, mina, turn=1, note="her words")
    text = http.get(f"/api/interviews/{mina}/transcript").json()["text"]
    made = answer.json()
    assert answer.status_code == 201
    assert (made["turn"], made["code"], made["coder"], made["note"], made["status"]) == (
        *(1, "form", ME, "her words", "exact"),
    )
    assert text[made["start"] : made["end"]] == made["text"]
    assert made["text"] == "The card form is really frustrating. It forgets my address every time."
    assert codings_of(http, mina) == [made]


def test_words_are_found_as_quotes_are(http: httpx.Client, mina: str) -> None:
    made = code(http, mina, text="The  card form").json()
    assert (made["text"], made["turn"], made["status"]) == ("The card form", 1, "normalised")


def test_a_span_is_coded_by_its_offsets(http: httpx.Client, mina: str) -> None:
    text = http.get(f"/api/interviews/{mina}/transcript").json()["text"]
    start = text.index("card form")
    made = code(http, mina, start=start, end=start + 9).json()
    assert (made["text"], made["turn"]) == ("card form", 1)


def test_the_same_again_is_the_same_coding(http: httpx.Client, project_id: str, mina: str) -> None:
    first = code(http, mina, turn=1)
    again = code(http, mina, turn=1)
    assert (again.status_code, again.json()) == (200, first.json())
    assert [event["type"] for event in log_of(http, project_id)].count("coding:added") == 1


def test_what_others_coded_is_shown_only_when_asked_for(http: httpx.Client, mina: str) -> None:
    own = code(http, mina, turn=1).json()
    other = code(http, mina, turn=1, coder="anna").json()
    assert codings_of(http, mina) == [own]
    assert codings_of(http, mina, others=True) == [own, other]


def test_a_coding_is_taken_back(http: httpx.Client, project_id: str, mina: str) -> None:
    made = code(http, mina, turn=1).json()
    assert http.delete(f"/api/codings/{made['id']}").status_code == 204
    assert codings_of(http, mina, others=True) == []
    (event,) = [event for event in log_of(http, project_id) if event["type"] == "coding:removed"]
    assert event["data"] == {"interview_id": mina, "coding_id": made["id"]}


def test_the_snapshot_has_them_too(http: httpx.Client, project_id: str, mina: str) -> None:
    made = code(http, mina, turn=1).json()
    assert http.get(f"/api/projects/{project_id}/snapshot").json()["codings"] == [made]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Say what to code: a turn, the words, or start and end."),
        ({"turn": 99}, "There is no turn 99. The interview's turns are 0 to 3."),
        ({"turn": -1}, "turn: Input should be greater than or equal to 0"),
        ({"text": "nobody ever said this"}, "Nobody says so in this interview."),
        ({"text": "my address", "turn": 0}, "Turn 0 does not say so."),
        ({"text": "address"}, "2 turns say so: 1, 3. Give the turn too."),
        ({"text": " "}, "text: String should match pattern"),
        ({"text": "card", "start": 3}, "Give the words or their offsets, not both."),
        ({"start": 3}, "A span has a start and an end. Give both."),
        ({"start": 5, "end": 5}, "5 to 5 is no span of words within one turn."),
        ({"start": 20, "end": 90}, "20 to 90 is no span of words within one turn."),
        ({"start": 60, "end": 70, "turn": 3}, "60 to 70 is no span of words within one turn."),
        ({"turn": 1, "code": " "}, "code: String should have at least 1 character"),
        ({"turn": 1, "code": "a\nb"}, "code: String should match pattern"),
        ({"turn": 1, "code": "a" * 201}, "code: String should have at most 200 characters"),
        ({"turn": 1, "coder": "Engine"}, "“Engine” is no person: codes of the engine come by themselves."),
        ({"turn": 1, "coder": "file"}, "“file” is no person"),
        ({"turn": 1, "note": "a" * 20_001}, "note: String should have at most 20000 characters"),
    ],
)
def test_what_cant_be_coded_changes_nothing(
    http: httpx.Client, project_id: str, mina: str, body: dict[str, object], sentence: str
) -> None:
    answer = code(http, mina, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert sentence in answer.json()["detail"]
    assert codings_of(http, mina, others=True) == []
    assert "coding:added" not in [event["type"] for event in log_of(http, project_id)]


def test_what_could_not_be_read_cant_be_coded(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, "1 2 3\n", "numbers.txt")
    processed(http, interview_id)
    answer = code(http, interview_id, turn=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "“numbers” could not be read, so there is nothing to code in it."


def test_what_is_not_there_is_not_found(http: httpx.Client) -> None:
    answers = [
        http.get("/api/interviews/nowhere/codings"),
        code(http, "nowhere", turn=0),
        http.delete("/api/codings/nowhere"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "interview_not_found"),
        (404, "interview_not_found"),
        (404, "coding_not_found"),
    ]
