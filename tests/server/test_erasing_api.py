"""Erasing a participant over HTTP: who may, what it says before and after, and what it does in the midst of work."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server

GROUP = (
    "Interviewer: What bothers you about the form?\n"
    "Mina: The zibberwock form is really frustrating. It forgets my address every time.\n"
    "Jun: I find the page really slow on my phone. I wish it would remember my card.\n"
    "Interviewer: What would help?\n"
    "Mina: I wish the zibberwock would remember my delivery address.\n"
    "Jun: I need a bigger button.\n"
)


def erase(http: httpx.Client, project_id: str, name: str, *, sure: bool = True) -> httpx.Response:
    return http.post(f"/api/projects/{project_id}/participants/erase", json={"name": name, "sure": sure})


def erased(http: httpx.Client, project_id: str, name: str) -> dict[str, Any]:
    answer = erase(http, project_id, name)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def text_of(http: httpx.Client, interview_id: str) -> str:
    return str(http.get(f"/api/interviews/{interview_id}/transcript").json()["text"])


def analysed(http: httpx.Client, project_id: str, text: str = GROUP, filename: str = "group.txt") -> str:
    interview_id = uploading.upload(http, project_id, text, filename)
    assert uploading.processed(http, interview_id)["status"] == "completed"
    return interview_id


def test_what_would_go_is_said_and_nothing_done(http: httpx.Client, project_id: str) -> None:
    group = analysed(http, project_id)
    analysed(http, project_id, CHECKOUT, "mina.txt")
    before = uploading.interviews_of(http, project_id)
    said = erase(http, project_id, "Mina", sure=False).json()
    assert (said["is_done"], said["purged"], said["masked"], said["turns"]) == (False, 1, 1, 4)
    assert uploading.interviews_of(http, project_id) == before
    # Findings may be merged meanwhile, which is an event of its own.
    assert {event["type"] for event in uploading.log_of(http, project_id)}.isdisjoint({"trash:purged", "purged"})
    assert "zibberwock" in text_of(http, group)


def test_nobody_is_erased_twice_and_nobody_who_is_not_there(http: httpx.Client, project_id: str) -> None:
    analysed(http, project_id)
    erased(http, project_id, "Mina")
    for name in ("Mina", "Nobody", "Interviewer", "Participant withdrawn"):
        refused = erase(http, project_id, name)
        assert (refused.status_code, refused.json()["code"]) == (404, "participant_not_found"), name


def test_the_others_are_analysed_again_and_one_participant_is_left(http: httpx.Client, project_id: str) -> None:
    # Of a file that another project has, too, the bytes would stay.
    group = analysed(http, project_id, GROUP.replace("address", "post code"))
    done = erased(http, project_id, "Mina")
    assert (done["is_done"], done["masked"], done["purged"], done["files"]) == (True, 1, 0, 1)
    found = uploading.processed(http, group)
    assert (found["status"], found["interview"]["participants"]) == ("completed", 1)
    assert found["interview"]["masked"]
    assert found["interview"]["remarks"][-1].endswith("2 turns are masked.")
    text = text_of(http, group)
    quotes = [quote for one in found["result"]["insights"] for quote in one["quotes"]]
    assert quotes
    assert all(text[quote["start"] : quote["end"]] == quote["text"] and "█" not in quote["text"] for quote in quotes)


def test_the_last_two_of_a_talk_can_be_erased_one_after_the_other(http: httpx.Client, project_id: str) -> None:
    group = analysed(http, project_id)
    erased(http, project_id, "Mina")
    uploading.processed(http, group)
    assert erased(http, project_id, "Jun")["purged"] == 1
    assert http.get(f"/api/interviews/{group}").status_code == 404
    assert http.get(f"/api/projects/{project_id}/trash").json() == []


def test_what_is_in_the_trash_is_erased_too_and_comes_back_masked(http: httpx.Client, project_id: str) -> None:
    group = analysed(http, project_id)
    alone = analysed(http, project_id, CHECKOUT, "mina.txt")
    for one in (group, alone):
        http.delete(f"/api/interviews/{one}")
    done = erased(http, project_id, "Mina")
    assert (done["purged"], done["masked"]) == (1, 1)
    assert [one["id"] for one in http.get(f"/api/projects/{project_id}/trash").json()] == [group]
    assert http.post(f"/api/interviews/{group}/restore").is_success
    assert uploading.processed(http, group)["status"] == "completed"
    assert "zibberwock" not in text_of(http, group)


def test_a_result_that_is_on_its_way_brings_nothing_back(http: httpx.Client, project_id: str) -> None:
    long = "".join(GROUP.replace("form", f"form {number}") for number in range(150))
    group = analysed(http, project_id, long)
    assert http.post(f"/api/interviews/{group}/analyse", json={}).is_success
    answer = erase(http, project_id, "Mina")
    while answer.status_code == 409:
        answer = erase(http, project_id, "Mina")
    assert answer.status_code == 200, answer.text
    found = uploading.processed(http, group)
    assert found["status"] == "completed"
    assert "zibberwock" not in http.get(f"/api/projects/{project_id}/snapshot").text
    assert "zibberwock" not in str(uploading.log_of(http, project_id))


def test_the_same_file_uploaded_again_is_known_and_not_kept(
    http: httpx.Client, server: Server, project_id: str
) -> None:
    text = GROUP.replace("address", "county")
    group = analysed(http, project_id, text)
    erased(http, project_id, "Mina")
    uploading.processed(http, group)
    again = uploading.post(http, project_id, text.encode(), "group.txt").json()
    assert (again["interview_id"], again["duplicate"]) == (group, True)
    assert text not in {_text(path) for path in (server.workspace / "files").rglob("*")}


def test_an_interview_that_has_the_same_file_elsewhere_keeps_it(http: httpx.Client, project_id: str) -> None:
    other = http.post("/api/projects", json={"name": "Another study"}).json()["id"]
    text = GROUP.replace("address", "street")
    analysed(http, project_id, text)
    elsewhere = analysed(http, other, text)
    assert erased(http, project_id, "Mina")["files"] == 0
    assert http.get(f"/api/interviews/{elsewhere}/file").text == text


def test_corrected_names_of_others_are_told_again(http: httpx.Client, project_id: str) -> None:
    group = analysed(http, project_id)
    named = {"speakers": [{"speaker": "Jun", "name": "Jun Park"}, {"speaker": "Mina", "name": "Mina Kim"}]}
    http.patch(f"/api/interviews/{group}/speakers", json=named)
    assert erased(http, project_id, "Mina Kim")["turns"] == 2
    uploading.processed(http, group)
    told = [event["data"]["speakers"] for event in uploading.log_of(http, project_id) if "speakers" in event["data"]]
    assert told == [[{"speaker": "Jun", "name": "Jun Park", "role": None}]]
    said = http.get(f"/api/projects/{project_id}/transcripts", params={"as_of": 10_000}).json()[0]["transcript"]
    assert [turn["speaker"] for turn in said["turns"]] == ["Interviewer", "Participant withdrawn", "Jun Park"] * 2


def test_a_pseudonym_of_somebody_erased_stands_for_nobody(http: httpx.Client) -> None:
    project_id = http.post("/api/projects", json={"name": "Redacted", "redaction": "storage"}).json()["id"]
    group = analysed(http, project_id, GROUP.replace("find the page", "find the page, as Mina says,"))
    speakers = http.get(f"/api/interviews/{group}/speakers").json()
    mina = next(one["speaker"] for one in speakers if one["role"] == "participant")
    assert mina in text_of(http, group).split("Jun", 1)[0]
    assert erased(http, project_id, mina)["files"] == 0
    uploading.processed(http, group)
    assert mina not in text_of(http, group)
    assert "Mina" not in http.get(f"/api/projects/{project_id}/redactions").text
    assert http.get(f"/api/interviews/{group}/file").json()["code"] == "file_erased"


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "Mina", "sure": "perhaps"}, {"sure": True}])
def test_nobody_is_erased_by_a_body_that_names_nobody(http: httpx.Client, project_id: str, body: object) -> None:
    assert http.post(f"/api/projects/{project_id}/participants/erase", json=body).status_code == 422


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace") if path.is_file() else ""
