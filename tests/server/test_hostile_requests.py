"""What nobody sends by accident must be refused in words, and leave nothing behind."""

import stat
from pathlib import Path

import httpx
import pytest

from persona_lab.errors import FileTooLarge
from persona_lab.transcripts import reading
from tests.support.making import CHECKOUT
from tests.support.server import Server

LONE = "\ud800"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/workflow/retry", r'{"interview_id":"\ud800"}'),
        ("/api/workflow/process", r'{"interview_id":"\ud800"}'),
        ("/api/chat", r'{"project_id":"\ud800","messages":[{"role":"user","content":"Why?"}]}'),
        ("/api/workflow/async", r'{"project_id":"\ud800","text":"A: I hate it."}'),
    ],
)
def test_an_id_that_is_no_text_is_refused(http: httpx.Client, path: str, body: str) -> None:
    answer = http.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


def test_a_conversation_id_that_is_no_text_does_not_cut_the_answer(http: httpx.Client, project_id: str) -> None:
    message = r'"conversation_id":"\ud800","messages":[{"role":"user","content":"Why?"}]'
    body = f'{{"project_id":"{project_id}",{message}}}'
    answer = http.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


@pytest.mark.parametrize("charset", ["undefined", "punycode"])
def test_a_form_in_an_impossible_encoding_is_refused(http: httpx.Client, charset: str) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="project_id"\r\n\r\np\xff\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = http.post("/api/workflow/async", content=form, headers={"content-type": kind})
    assert answer.status_code == 422


def test_a_file_name_with_control_characters_can_be_uploaded_and_downloaded(
    http: httpx.Client, project_id: str
) -> None:
    form = (
        b'--x\r\nContent-Disposition: form-data; name="project_id"\r\n\r\n' + project_id.encode() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x07.txt"\r\n\r\n'
        + CHECKOUT.encode()
        + b"\r\n--x--\r\n"
    )
    kind = "multipart/form-data; boundary=x"
    answer = http.post("/api/workflow/async", content=form, headers={"content-type": kind})
    assert answer.status_code == 202
    assert answer.json()["interview"]["filename"] == "a.txt"
    got = http.get(f"/api/interviews/{answer.json()['interview_id']}/file")
    assert got.content == CHECKOUT.encode()


def test_a_filter_longer_than_any_title_is_refused(http: httpx.Client, project_id: str) -> None:
    assert http.get(f"/api/projects/{project_id}/interviews", params={"text": "a" * 60_000}).status_code == 422
    assert http.get(f"/api/projects/{project_id}/interviews", params={"status": "zzz"}).status_code == 422


def test_a_question_as_long_as_a_book_is_refused_with_what_to_do(http: httpx.Client, project_id: str) -> None:
    message = {"role": "user", "content": "Why? " * 1000}
    answer = http.post("/api/chat", json={"project_id": project_id, "messages": [message]})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The question has 5,000 characters; 4,000 are the most. Ask one thing."


def test_an_interview_of_a_deleted_project_is_not_restored(http: httpx.Client, project_id: str) -> None:
    made = http.post("/api/workflow/async", json={"project_id": project_id, "text": CHECKOUT}).json()
    http.delete(f"/api/interviews/{made['interview_id']}")
    http.delete(f"/api/projects/{project_id}")
    assert http.post(f"/api/interviews/{made['interview_id']}/restore").status_code == 404


def mode_of(path: Path) -> int:
    """Permission bits of a file; none when it went since it was listed, as a database's journal does."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def test_what_the_server_writes_is_for_its_owner_alone(server: Server, http: httpx.Client, project_id: str) -> None:
    http.post("/api/workflow/async", json={"project_id": project_id, "text": CHECKOUT})
    written = [path for path in server.workspace.rglob("*") if path.name != "test-server.log"]
    open_to_others = {path for path in written if mode_of(path) & 0o077}
    # Behind a folder that only the owner may enter, a file's own mode opens nothing.
    behind = {
        path for path in written if any(folder in written and folder not in open_to_others for folder in path.parents)
    }
    assert {"persona_lab.sqlite", "jobs.sqlite", "files"} <= {path.name for path in written}
    assert open_to_others - behind == set()


def test_more_than_an_interview_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LIMIT_TURNS", 10)
    text = "\n".join(f"{'Q' if n % 2 else 'A'}: This is line {n}." for n in range(40))
    with pytest.raises(FileTooLarge, match=r"^long.txt: it holds more than an interview .* 40 turns"):
        reading.read_transcript(text.encode(), "long.txt")
