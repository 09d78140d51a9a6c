"""A project that redacts before storage: what was uploaded is nowhere in its workspace."""

from collections.abc import Callable

import httpx
import pytest

from persona_lab.errors import Conflict
from persona_lab.lab.session import connect_to_workspace
from persona_lab.store import interviews
from persona_lab.store.database import Store
from tests.support.docx import docx_of
from tests.support.making import CHECKOUT
from tests.support.searching import empty, places_of
from tests.support.server import Server
from tests.support.uploading import interviews_of, post, processed, upload

StartServer = Callable[[], Server]

PRIVATE = ("박서준", "김민지", "민지 씨", "010-1234-5678", "테헤란로", "Sarah", "Delgado", "415-555-0132")
KOREAN = (
    "면담자: 오늘 누구랑 일하세요?\n"
    "박서준: 저는 박서준이고 김민지 씨랑 서울시 강남구 테헤란로 152에서 일해요. 결제가 너무 느려서 불편해요.\n"
    "면담자: 그래서요?\n"
    "박서준: 민지 씨가 010-1234-5678로 전화했는데 너무 답답했어요. 더 빨랐으면 좋겠어요.\n"
)
ENGLISH = (
    "Interviewer: Who helped you with the card form?",
    "Sarah Delgado: Nobody, and I am Sarah Delgado. The card form is really frustrating, it is far too slow.",
    "Interviewer: What would help?",
    "Sarah Delgado: I wish it would remember me. Call me on 415-555-0132.",
)
# A table whose first row is not a heading: the refusal would quote it.
TABLE = "010-1234-5678,Sarah Delgado\n415-555-0132,박서준\n"


@pytest.fixture
def stored(http: httpx.Client, request: pytest.FixtureRequest) -> str:
    made = http.post("/api/projects", json={"name": request.node.name[:150], "redaction": "storage"})
    return str(made.json()["id"])


def test_no_original_is_anywhere_but_in_the_map(start_server: StartServer) -> None:
    """Database, files, jobs, log and replica are searched, with the bytes that databases no longer use."""
    server = start_server()
    lab = connect_to_workspace(server.workspace)
    project = lab.project("Study", redaction="storage")
    with server.client() as http:
        ids = [
            upload(http, project.id, KOREAN, "ko.txt"),
            post(http, project.id, docx_of(*ENGLISH), "en.docx").json()["interview_id"],
            post(http, project.id, KOREAN.encode("cp949"), "ko-cp949.txt").json()["interview_id"],
        ]
        assert [processed(http, interview_id)["status"] for interview_id in ids] == ["completed"] * 3
    project.wait(60)
    said = " ".join(project.sql("SELECT text FROM turns")["text"])
    assert "[이름" in said
    assert "[Name" in said
    assert len(project.insights) > 0
    assert "느려" in project.ask("결제가 왜 불편해요?").text
    project.report(server.workspace / "report.html")
    assert {"박서준", "Sarah Delgado"} <= set(project.redactions()["original"])
    lab.close()
    assert server.stop() == 0
    database = server.workspace / "persona_lab.sqlite"
    assert places_of(server.workspace, PRIVATE) == {"persona_lab.sqlite", "persona_lab.sqlite: pseudonyms"}
    empty(database, "pseudonyms")
    assert places_of(server.workspace, PRIVATE) == set()


def test_without_that_setting_the_search_finds_the_originals(start_server: StartServer) -> None:
    """Otherwise the test above might search in the wrong way."""
    server = start_server()
    with server.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study"}).json()["id"])
        processed(http, upload(http, project_id, KOREAN))
    assert server.stop() == 0
    found = {place.split("/")[0] for place in places_of(server.workspace, PRIVATE)}
    kept = {f"persona_lab.sqlite: {table}" for table in ("transcripts", "turns", "events", "analyses")}
    assert {"persona_lab.sqlite", "files"} | kept <= found


def test_the_file_is_the_redacted_text(http: httpx.Client, stored: str) -> None:
    interview_id = post(http, stored, docx_of(*ENGLISH), "mina.docx").json()["interview_id"]
    found = processed(http, interview_id)["interview"]
    answer = http.get(f"/api/interviews/{interview_id}/file")
    text = http.get(f"/api/interviews/{interview_id}/transcript").json()["text"]
    assert answer.content.decode("utf-8") == text
    assert "[Name1]: Nobody, and I am [Name1]." in text
    assert answer.headers["content-disposition"] == f'attachment; filename="{interview_id}.txt"'
    assert (found["redacted"], found["filename"], found["format"]) == (True, "mina.docx", "docx")
    assert found["remarks"][-1] == "Personal details were replaced before storage: 4 in all."


def test_the_same_file_again_is_the_same_interview(http: httpx.Client, stored: str) -> None:
    first = upload(http, stored, KOREAN)
    processed(http, first)
    again = post(http, stored, KOREAN.encode(), "again.txt").json()
    assert (again["interview_id"], again["duplicate"]) == (first, True)
    other = post(http, stored, KOREAN.encode(), "again.txt", allow_duplicate="true").json()
    assert other["duplicate"] is False
    assert processed(http, other["interview_id"])["status"] == "completed"


def test_another_project_keeps_the_same_file_as_it_is(http: httpx.Client, stored: str, project_id: str) -> None:
    plain, hidden = upload(http, project_id, KOREAN), upload(http, stored, KOREAN)
    for interview_id in (plain, hidden):
        processed(http, interview_id)
    assert http.get(f"/api/interviews/{plain}/file").content == KOREAN.encode()
    assert "박서준" not in http.get(f"/api/interviews/{hidden}/file").text


def test_a_file_that_cant_be_read_stays_and_its_refusal_quotes_nothing(http: httpx.Client, stored: str) -> None:
    columns = '{"text": "Antwort"}'
    interview_id = post(http, stored, TABLE.encode(), "talk.csv", columns=columns).json()["interview_id"]
    found = processed(http, interview_id)["interview"]
    assert (found["status"], found["error"]["message"]) == ("failed", "talk.csv: it has no columns “Antwort”.")
    assert http.get(f"/api/interviews/{interview_id}/file").content == TABLE.encode()
    assert http.post("/api/workflow/retry", json={"interview_id": interview_id}).status_code == 202
    assert processed(http, interview_id)["interview"]["error"] == found["error"]


def test_speakers_are_corrected_and_analysed_again_without_the_file(http: httpx.Client, stored: str) -> None:
    interview_id = upload(http, stored, KOREAN)
    processed(http, interview_id)
    speakers = f"/api/interviews/{interview_id}/speakers"
    assert [one["speaker"] for one in http.get(speakers).json()] == ["면담자", "[이름1]"]
    change = {"speakers": [{"speaker": "[이름1]", "role": "interviewer"}, {"speaker": "면담자", "role": "participant"}]}
    assert http.patch(speakers, json=change).status_code == 200
    found = processed(http, interview_id)["interview"]
    assert (found["status"], found["stage"], found["attempt"]) == ("completed", "completed", 2)


def test_the_preview_shows_what_was_replaced(http: httpx.Client, stored: str) -> None:
    interview_id = upload(http, stored, KOREAN)
    processed(http, interview_id)
    rows = http.get(f"/api/projects/{stored}/redactions").json()
    text = http.get(f"/api/interviews/{interview_id}/transcript").json()["text"]
    assert {row["original"]: (row["kind"], row["count"]) for row in rows} == {
        "박서준": ("name", 3), "김민지": ("name", 2), "서울시 강남구 테헤란로 152": ("address", 1),
        "010-1234-5678": ("phone", 1),
    }  # fmt: skip
    assert [text[row["start"] : row["end"]] for row in rows] == [row["pseudonym"] for row in rows]
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)


def test_the_setting_is_refused_where_interviews_are_kept_as_uploaded(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    http.delete(f"/api/interviews/{interview_id}")
    answer = http.patch(f"/api/projects/{project_id}", json={"redaction": "storage", "purpose": "Why?"})
    assert (answer.status_code, answer.json()["code"]) == (409, Conflict.code)
    assert "keeps 1 interview as uploaded, deleted ones included" in answer.json()["detail"]
    assert "Make a new project with that setting" in answer.json()["detail"]
    found = http.get(f"/api/projects/{project_id}").json()
    assert (found["redaction"], found["purpose"]) == ("network", "")


def test_the_setting_can_be_taken_back_for_what_comes_later(http: httpx.Client, stored: str) -> None:
    before = upload(http, stored, KOREAN)
    assert http.patch(f"/api/projects/{stored}", json={"redaction": "off"}).json()["redaction"] == "off"
    after = upload(http, stored, CHECKOUT)
    for interview_id in (before, after):
        processed(http, interview_id)
    assert [one["redacted"] for one in interviews_of(http, stored)] == [True, False]
    assert "박서준" not in http.get(f"/api/interviews/{before}/file").text
    assert http.get(f"/api/interviews/{after}/file").content == CHECKOUT.encode()
    assert http.patch(f"/api/projects/{stored}", json={"redaction": "storage"}).status_code == 409


def test_an_empty_project_may_still_choose_it(http: httpx.Client, project_id: str) -> None:
    changed = http.patch(f"/api/projects/{project_id}", json={"redaction": "storage"})
    assert (changed.status_code, changed.json()["redaction"]) == (200, "storage")


def test_a_server_killed_before_the_reading_ended_redacts_after_its_restart(start_server: StartServer) -> None:
    first = start_server()
    with first.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study", "redaction": "storage"}).json()["id"])
        interview_id = upload(http, project_id, KOREAN)
        assert http.get(f"/api/interviews/{interview_id}/file").status_code == 409
        first.kill()
    incoming = first.workspace / "files" / "incoming"
    assert [path.read_bytes() for path in incoming.iterdir()] == [KOREAN.encode()]
    second = start_server()
    with second.client() as http:
        assert processed(http, interview_id)["status"] == "completed"
        assert "박서준" not in http.get(f"/api/interviews/{interview_id}/file").text
    assert [path for path in (first.workspace / "files").rglob("*") if path.is_file()] == []


def test_a_server_killed_before_the_removal_removes_after_its_restart(start_server: StartServer) -> None:
    first = start_server()
    with first.client() as http:
        project_id = str(http.post("/api/projects", json={"name": "Study", "redaction": "storage"}).json()["id"])
        interview_id = upload(http, project_id, KOREAN)
        processed(http, interview_id)
    first.kill()
    incoming = first.workspace / "files" / "incoming"
    # What a kill leaves: before the removal, while a file was being received, and before it was recorded.
    for name in (interview_id, "unfinished.part", "unrecorded"):
        (incoming / name).write_text(KOREAN)
    store = Store(first.workspace / "persona_lab.sqlite")
    with store.writing() as connection:
        interviews.restart(connection, interviews.get(connection, interview_id))
    store.close()
    with start_server().client() as http:
        assert list(incoming.iterdir()) == []
        assert processed(http, interview_id)["interview"]["attempt"] == 2
