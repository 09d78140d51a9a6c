import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.making import CHECKOUT, interview_text
from tests.support.streams import follow
from tests.support.uploading import interviews_of, log_of, post, processed, upload


def test_an_upload_is_answered_before_anybody_has_read_it(http: httpx.Client, project_id: str) -> None:
    answer = post(http, project_id, CHECKOUT.encode(), "mina.txt")
    assert answer.status_code == 202
    found = answer.json()
    assert (found["success"], found["status"], found["duplicate"]) == (True, "processing", False)
    assert found["interview"]["title"] == "mina"
    assert found["interview"]["sha256"] == hashlib.sha256(CHECKOUT.encode()).hexdigest()
    assert found["interview"]["stage"] == "queued"


def test_uploads_are_answered_while_analyses_run(http: httpx.Client, project_id: str) -> None:
    """All of them together take less time than the analyses that they start."""
    long = "".join(interview_text(f"the {number}th form") for number in range(150))
    first = upload(http, project_id, long, "0.txt")
    for number in range(1, 6):
        upload(http, project_id, f"{long}Mina: {number}.\n", f"{number}.txt")
    assert http.get(f"/api/interviews/{first}").json()["status"] in ("processing", "analyzing")


def test_pasted_text_is_an_upload(http: httpx.Client, project_id: str) -> None:
    body = {"text": CHECKOUT, "project_id": project_id, "title": "Mina, 34", "interview_date": "2026-03-02"}
    answer = http.post("/api/workflow/async", json=body)
    assert answer.status_code == 202
    interview = answer.json()["interview"]
    assert (interview["title"], interview["interview_date"]) == ("Mina, 34", "2026-03-02")
    assert http.get(f"/api/interviews/{interview['id']}/file").text == CHECKOUT


def test_camel_case_is_understood_in_a_form(http: httpx.Client, project_id: str) -> None:
    answer = http.post(
        "/api/workflow/async",
        data={"projectId": project_id, "interviewDate": "2026-03-02"},
        files={"file": ("mina.txt", CHECKOUT.encode())},
    )
    assert answer.status_code == 202
    assert answer.json()["interview"]["interview_date"] == "2026-03-02"


def test_camel_case_is_understood_in_json(http: httpx.Client, project_id: str) -> None:
    made = http.post("/api/workflow/async", json={"text": CHECKOUT, "projectId": project_id})
    assert made.status_code == 202
    interview_id = made.json()["interview_id"]
    assert http.post("/api/workflow/process", json={"interviewId": interview_id}).json()["status"] == "completed"


def test_an_upload_says_what_it_is_in_the_form(http: httpx.Client, project_id: str) -> None:
    fields = {"title": "결제 인터뷰", "interview_date": "2026-03-02"}
    interview = post(http, project_id, CHECKOUT.encode(), "mina.txt", **fields).json()["interview"]
    assert (interview["title"], interview["interview_date"]) == ("결제 인터뷰", "2026-03-02")


@pytest.mark.parametrize("sent", ["C:\\Users\\Mina\\talk.txt", "/home/mina/talk.txt", "talk.txt"])
def test_only_the_last_part_of_a_path_is_the_name(http: httpx.Client, project_id: str, sent: str) -> None:
    interview = post(http, project_id, CHECKOUT.encode(), sent).json()["interview"]
    assert (interview["filename"], interview["title"]) == ("talk.txt", "talk")


def test_a_name_that_is_too_long_for_a_title_is_cut(http: httpx.Client, project_id: str) -> None:
    answer = post(http, project_id, CHECKOUT.encode(), f"{'n' * 220}.txt")
    assert answer.status_code == 202
    assert answer.json()["interview"]["title"] == "n" * 200


def test_the_same_file_is_the_same_interview(http: httpx.Client, project_id: str) -> None:
    first = post(http, project_id, CHECKOUT.encode(), "mina.txt").json()
    again = post(http, project_id, CHECKOUT.encode(), "mina again.txt").json()
    assert (again["interview_id"], again["duplicate"]) == (first["interview_id"], True)
    assert len(interviews_of(http, project_id)) == 1


def test_the_same_file_is_taken_twice_when_that_is_asked_for(http: httpx.Client, project_id: str) -> None:
    post(http, project_id, CHECKOUT.encode(), "mina.txt")
    again = post(http, project_id, CHECKOUT.encode(), "mina.txt", allow_duplicate="true").json()
    assert again["duplicate"] is False
    assert len(interviews_of(http, project_id)) == 2


def test_process_joins_the_analysis_and_answers_when_it_has_ended(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    found = processed(http, interview_id)
    assert (found["success"], found["status"], found["interview_id"]) == (True, "completed", interview_id)
    assert found["result"] == http.get(f"/api/interviews/{interview_id}").json()["result"]
    assert [event["type"] for event in log_of(http, project_id)].count("interview:completed") == 1


def test_process_of_what_is_completed_answers_the_same_again(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    assert processed(http, interview_id) == processed(http, interview_id)


def test_several_who_process_one_interview_get_one_analysis(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    with ThreadPoolExecutor(4) as pool:
        runs = [
            found["result"]["provenance"]["run_id"] for found in pool.map(processed, [http] * 4, [interview_id] * 4)
        ]
    assert runs == [f"{interview_id}:1"] * 4


def test_an_analysis_is_told_step_by_step(http: httpx.Client, project_id: str) -> None:
    with follow(http, project_id, after=None) as stream:
        stream.frame()
        interview_id = upload(http, project_id, CHECKOUT)
        told = []
        while not told or told[-1] != "insights:merged":
            content = stream.content()
            told.append(content["type"])
            assert content["data"].get("interview_id", interview_id) == interview_id
    assert told == [
        "interview:added",
        "interview:status_changed",
        "interview:status_changed",
        "interview:completed",
        "insights:merged",
    ]


def test_a_file_without_speech_fails_and_says_what_to_do(http: httpx.Client, project_id: str) -> None:
    found = processed(http, upload(http, project_id, "1 2 3\n4 5 6\n", "numbers.txt"))
    assert (found["success"], found["status"], found["result"]) == (False, "failed", None)
    assert found["interview"]["error"] == {
        "code": "no_speech",
        "message": "numbers.txt: it holds no speech. Check that it is the transcript and not a cover page.",
        "can_retry": False,
        "retry_at": None,
    }


def test_text_without_speakers_is_an_interview_with_nobody_named(http: httpx.Client, project_id: str) -> None:
    found = processed(http, upload(http, project_id, "The card form is really frustrating. It forgets my address."))
    assert found["status"] == "completed"
    turns = http.get(f"/api/interviews/{found['interview_id']}/transcript").json()["turns"]
    assert {turn["speaker"] for turn in turns} == {None}


def test_the_original_comes_back_byte_for_byte(http: httpx.Client, project_id: str) -> None:
    raw = "진행자: 어떠셨어요?\r\n미나: 결제가 불편해요.\r\n".encode("cp949")
    interview_id = post(http, project_id, raw, "미나.txt").json()["interview_id"]
    answer = http.get(f"/api/interviews/{interview_id}/file")
    assert answer.content == raw
    assert answer.headers["content-disposition"] == f'attachment; filename="{interview_id}.txt"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-length"] == str(len(raw))


def test_the_transcript_is_not_there_before_it_was_read(http: httpx.Client, project_id: str) -> None:
    found = processed(http, upload(http, project_id, "1 2 3\n", "numbers.txt"))
    answer = http.get(f"/api/interviews/{found['interview_id']}/transcript")
    assert (answer.status_code, answer.json()["code"]) == (404, "interview_not_found")


def test_interviews_are_listed_in_pages(http: httpx.Client, project_id: str) -> None:
    for topic in ("forms", "coupons", "refunds"):
        upload(http, project_id, interview_text(topic), f"{topic}.txt")
    first = http.get(f"/api/projects/{project_id}/interviews", params={"limit": 2}).json()
    then = {"limit": 2, "cursor": first["next_cursor"]}
    second = http.get(f"/api/projects/{project_id}/interviews", params=then).json()
    assert [interview["title"] for interview in first["interviews"]] == ["forms", "coupons"]
    assert [interview["title"] for interview in second["interviews"]] == ["refunds"]
    assert second["next_cursor"] is None


def test_interviews_are_found_by_their_title(http: httpx.Client, project_id: str) -> None:
    for topic in ("forms", "coupons"):
        upload(http, project_id, interview_text(topic), f"{topic}.txt")
    found = http.get(f"/api/projects/{project_id}/interviews", params={"text": "COUP"}).json()["interviews"]
    assert [interview["title"] for interview in found] == ["coupons"]


def test_an_interview_can_be_renamed_and_dated(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    body = {"title": "Mina, 34", "interviewDate": "2026-03-02"}
    changed = http.patch(f"/api/interviews/{interview_id}", json=body).json()
    assert (changed["title"], changed["interview_date"]) == ("Mina, 34", "2026-03-02")


@pytest.mark.parametrize(
    "body",
    [{"title": ""}, {"title": " "}, {"interview_date": "yesterday"}, {"interview_date": "2026-99-99"}, {"title": 3}],
)
def test_a_change_that_cant_be_made_changes_nothing(http: httpx.Client, project_id: str, body: object) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    answer = http.patch(f"/api/interviews/{interview_id}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "interview:updated" not in [event["type"] for event in log_of(http, project_id)]


def test_a_deleted_interview_comes_back_with_its_result(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    before = processed(http, interview_id)
    assert http.delete(f"/api/interviews/{interview_id}").status_code == 204
    assert http.get(f"/api/interviews/{interview_id}").status_code == 404
    restored = http.post(f"/api/interviews/{interview_id}/restore")
    assert restored.status_code == 200
    assert http.get(f"/api/interviews/{interview_id}").json()["result"] == before["result"]


def test_restoring_what_is_there_is_a_conflict(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    answer = http.post(f"/api/interviews/{interview_id}/restore")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "“interview” is not deleted."


def test_retry_of_what_did_not_fail_is_a_conflict(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    answer = http.post("/api/workflow/retry", json={"interview_id": interview_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "“interview” is completed; only a failed interview can be retried."


def test_retry_tries_again_as_a_second_attempt(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, "1 2 3\n", "numbers.txt")
    processed(http, interview_id)
    answer = http.post("/api/workflow/retry", json={"interview_id": interview_id})
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    again = processed(http, interview_id)
    assert (again["status"], again["interview"]["attempt"]) == ("failed", 2)
    assert [event["type"] for event in log_of(http, project_id)].count("interview:failed") == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/interviews/{id}"),
        ("PATCH", "/api/interviews/{id}"),
        ("DELETE", "/api/interviews/{id}"),
        ("POST", "/api/interviews/{id}/restore"),
        ("GET", "/api/interviews/{id}/transcript"),
        ("GET", "/api/interviews/{id}/file"),
    ],
)
@pytest.mark.parametrize("interview_id", ["00000000-0000-0000-0000-000000000000", "not-an-id", "%00"])
def test_an_interview_nobody_has_is_not_found(http: httpx.Client, method: str, path: str, interview_id: str) -> None:
    answer = http.request(method, path.format(id=interview_id), json={"title": "x"} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "interview_not_found")


@pytest.mark.parametrize("route", ["process", "retry"])
def test_work_on_an_interview_nobody_has_is_not_found(http: httpx.Client, route: str) -> None:
    answer = http.post(f"/api/workflow/{route}", json={"interview_id": "nowhere"})
    assert (answer.status_code, answer.json()["code"]) == (404, "interview_not_found")


def test_an_interview_of_a_deleted_project_is_not_found(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    http.delete(f"/api/projects/{project_id}")
    for path in ("", "/transcript", "/file"):
        assert http.get(f"/api/interviews/{interview_id}{path}").status_code == 404
