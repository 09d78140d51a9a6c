"""What is turned away says what to do about it, and leaves no trace."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.docx import docx_of
from tests.support.making import CHECKOUT
from tests.support.server import Server
from tests.support.uploading import interviews_of, log_of, post

SIXTY_MEGABYTES = 60 * 1024 * 1024


@contextmanager
def nothing_changes(http: httpx.Client, project_id: str) -> Iterator[None]:
    before = (log_of(http, project_id), interviews_of(http, project_id))
    yield
    assert (log_of(http, project_id), interviews_of(http, project_id)) == before


REFUSED = [
    (
        "nothing.txt",
        b"",
        422,
        "empty_file",
        "nothing.txt: the file is empty. Choose the file that holds the transcript.",
    ),
    ("blank.txt", b" \r\n\t ", 422, "empty_file", "blank.txt: the file is empty."),
    ("junk.txt", bytes(range(256)) * 40, 422, "unreadable_text", "Save the transcript as .txt"),
    (
        "slides.pptx",
        b"PK",
        415,
        "unknown_format",
        "slides.pptx: .pptx is not read. Save the transcript as .txt or .docx.",
    ),
    ("talk.mp3", b"ID3\x04\x00", 415, "unknown_format", "talk.mp3: it is a recording. Upload its transcript."),
    ("interview", b"Mina: Hello.", 415, "unknown_format", "the name has no ending that says what it is. Name it .txt"),
    ("mina.docx", b"Mina: Hello.", 422, "unreadable_text", "mina.docx: it is damaged or no .docx. Open it in Word"),
    ("mina.txt", b"PK\x03\x04\x00\x00", 422, "unreadable_text", "mina.txt: it is damaged: its zip can't be opened."),
]


@pytest.mark.parametrize(("filename", "raw", "status", "code", "sentence"), REFUSED)
def test_a_file_that_is_no_transcript_is_refused_with_what_to_do(
    http: httpx.Client, project_id: str, filename: str, raw: bytes, status: int, code: str, sentence: str
) -> None:
    with nothing_changes(http, project_id):
        answer = post(http, project_id, raw, filename)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sentence in answer.json()["detail"]


def test_a_large_file_is_refused_by_its_announced_length(http: httpx.Client, project_id: str) -> None:
    with nothing_changes(http, project_id):
        answer = post(http, project_id, b"Mina: yes.\n" * (SIXTY_MEGABYTES // 11), "long.txt")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert "larger than 50 MB. Upload the transcript as text, or split it" in answer.json()["detail"]


def test_a_large_file_that_hides_its_length_is_refused_while_it_comes(
    http: httpx.Client, project_id: str, server: Server
) -> None:
    head = (
        b'--frontier\r\nContent-Disposition: form-data; name="project_id"\r\n\r\n' + project_id.encode() + b"\r\n"
        b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="long.txt"\r\n\r\n'
    )

    def chunks() -> Iterator[bytes]:
        yield head
        for _ in range(60):
            yield b"Mina: yes.\n" * 95_325
        yield b"\r\n--frontier--\r\n"

    with nothing_changes(http, project_id):
        answer = http.post(
            "/api/workflow/async",
            content=chunks(),
            headers={"content-type": "multipart/form-data; boundary=frontier"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert [path.name for path in server.workspace.rglob("*.part")] == []


def test_just_below_the_limit_is_large_enough_for_a_file_of_fifty_megabytes(
    http: httpx.Client, project_id: str
) -> None:
    """The form around the file doesn't count."""
    answer = post(http, project_id, b"\0" * 50 * 1024 * 1024, "long.txt")
    assert answer.json()["code"] == "unreadable_text"


def test_one_byte_more_than_fifty_megabytes_is_too_large(http: httpx.Client, project_id: str) -> None:
    answer = post(http, project_id, b"x" * (50 * 1024 * 1024 + 1), "long.txt")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


@pytest.mark.parametrize("length", ["lots", "-1", "1_000", "²"])
def test_a_length_that_is_no_number_is_refused(server: Server, length: str) -> None:
    place = urlsplit(server.url)
    assert place.port is not None
    with socket.create_connection(("127.0.0.1", place.port), timeout=10) as line:
        head = f"POST /api/projects HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {server.token}\r\n"
        line.sendall(f"{head}Content-Length: {length}\r\nConnection: close\r\n\r\n".encode())
        answer = line.makefile("rb").readline()
    assert answer.split()[1] == b"400"


def test_an_upload_to_no_project_is_refused_and_not_kept(http: httpx.Client, server: Server) -> None:
    def kept() -> int:
        return sum(path.is_file() for path in (server.workspace / "files").rglob("*"))

    before = kept()
    answer = post(http, "nowhere", b"Mina: nobody will ever read this sentence.", "mina.txt")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    assert kept() == before


def test_an_upload_to_a_deleted_project_is_refused(http: httpx.Client, project_id: str) -> None:
    http.delete(f"/api/projects/{project_id}")
    answer = post(http, project_id, CHECKOUT.encode(), "mina.txt")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({"data": {"project_id": "x"}, "files": {"other": ("a.txt", b"Mina: Hello.")}}, "file: the form has no file"),
        ({"data": {"title": "x"}, "files": {"file": ("a.txt", b"Mina: Hello.")}}, "project_id"),
        ({"data": {"project_id": "x", "file": "Mina: Hello."}, "files": {"a": b""}}, "file: the form has no file"),
        (
            {"data": {"project_id": "x", "interview_date": "soon"}, "files": {"file": ("a.txt", b"Mina: Hello.")}},
            "interview_date",
        ),
        ({"data": {"project_id": "x", "title": " "}, "files": {"file": ("a.txt", b"Mina: Hello.")}}, "title"),
        ({"json": {"text": "Mina: Hello."}}, "project_id"),
        ({"json": {"project_id": "x"}}, "text"),
        ({"json": {"project_id": "x", "text": "Mina: Hello.", "interview_date": "soon"}}, "interview_date"),
        ({"json": []}, "object"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, "JSON"),
        ({"content": b"Mina: Hello.", "headers": {"content-type": "text/plain"}}, "multipart/form-data"),
        ({"content": b""}, "multipart/form-data"),
    ],
)
def test_an_upload_that_cant_be_understood_names_what_is_wrong(
    http: httpx.Client, request_: dict[str, object], named: str
) -> None:
    answer = http.post("/api/workflow/async", **request_)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "multipart/form-data"},
        {"content-type": "multipart/form-data; boundary="},
        {"content-type": "multipart/form-data; boundary=other"},
    ],
)
def test_a_form_without_a_proper_boundary_is_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    answer = http.post("/api/workflow/async", content=b"--x\r\nnothing", headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == "invalid_request"


def test_empty_pasted_text_is_refused(http: httpx.Client, project_id: str) -> None:
    with nothing_changes(http, project_id):
        answer = http.post("/api/workflow/async", json={"text": "  \n", "project_id": project_id})
    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")


def test_a_document_without_speech_is_taken_and_fails_by_name(http: httpx.Client, project_id: str) -> None:
    """Only reading it can tell, and that is not done while the analyst waits."""
    answer = post(http, project_id, docx_of("", "  "), "cover.docx")
    assert answer.status_code == 202
    found = http.post("/api/workflow/process", json={"interview_id": answer.json()["interview_id"]}).json()
    assert found["interview"]["error"]["code"] == "no_speech"
    assert found["interview"]["error"]["message"].startswith("cover.docx: it holds no speech. Check that")


# Who may come in


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer é"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/projects"),
        ("POST", "/api/projects"),
        ("POST", "/api/workflow/async"),
        ("POST", "/api/chat"),
        ("GET", "/api/sse/projects/x"),
        ("GET", "/api/interviews/x/file"),
        ("GET", "/nothing"),
        ("GET", "/api/health/"),
        ("GET", "//api/health"),
    ],
)
def test_nobody_comes_in_without_the_token(server: Server, method: str, path: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization.format(token=server.token).encode()}
    answer = httpx.request(method, f"{server.url}{path}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_allowed")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "persona_lab.connect(url, token=…)" in answer.json()["detail"]


def test_the_scheme_may_be_spelled_in_any_case(server: Server) -> None:
    answer = httpx.get(f"{server.url}/api/projects", headers={"authorization": f"bEARER  {server.token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "[", "localhost.evil.example:8888"]
)
@pytest.mark.parametrize("path", ["/api/projects", "/api/health", "/docs"])
def test_a_foreign_host_name_is_refused(http: httpx.Client, host: str, path: str) -> None:
    answer = http.get(path, headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert answer.json()["detail"] == "This server doesn't answer to that host name. Use 127.0.0.1."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1", "[::1]", "[::1]:8888"])
def test_every_name_of_this_machine_is_answered(http: httpx.Client, host: str) -> None:
    assert http.get("/api/projects", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "http://[", "", "x"]
)
def test_a_foreign_page_is_refused(http: httpx.Client, origin: str) -> None:
    answer = http.get("/api/projects", headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_our_own_page_is_answered(http: httpx.Client, server: Server) -> None:
    assert http.get("/api/projects", headers={"origin": server.url}).status_code == 200


def test_the_token_is_never_said(server: Server, http: httpx.Client) -> None:
    answers = [http.get("/api/projects"), http.get("/nothing"), httpx.get(f"{server.url}/api/projects")]
    assert [server.token in answer.text + str(answer.headers) for answer in answers] == [False, False, False]


# Whatever is sent, the answer is the server's own and never its failure

ODD = ["", "a", "%00", "../..", "가", "-1", "1e9", "99999999999999999999", "null", "\ud7ff", "'", "{}", "x" * 5000]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_parameters_never_break_the_server(http: httpx.Client, project_id: str, odd: str) -> None:
    of_project = f"/api/projects/{project_id}"
    answers = [
        http.get(f"{of_project}/events", params={"after": odd}),
        http.get(f"{of_project}/events", params={"limit": odd}),
        http.get(f"{of_project}/interviews", params={"cursor": odd}),
        http.get(f"{of_project}/interviews", params={"limit": odd}),
        http.get(f"{of_project}/interviews", params={"status": odd, "text": odd, "created_by": odd}),
        http.get(f"{of_project}/search", params={"q": odd, "interview_id": odd}),
        http.get(f"{of_project}/search", params={"q": "form", "k": odd}),
        http.get("/api/interviews/x/transcript", params={"odd": odd}),
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


BODIES = [None, [], "x", 5, {}, {"name": odd} if (odd := "\0") else None, {"project_id": []}, {"interview_id": {}}]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_odd_bodies_never_break_the_server(http: httpx.Client, project_id: str, body: object) -> None:
    answers = [
        http.request(method, path, json=body)
        for method, path in [
            ("POST", "/api/projects"),
            ("PATCH", f"/api/projects/{project_id}"),
            ("POST", "/api/workflow/async"),
            ("POST", "/api/workflow/process"),
            ("POST", "/api/workflow/retry"),
            ("PATCH", "/api/interviews/x"),
            ("POST", "/api/chat"),
        ]
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b'"\\ud800"', b"[" * 100_000, b'{"name": "\\ud800"}', b"NaN", b"1e999"]
)
def test_broken_json_never_breaks_the_server(http: httpx.Client, content: bytes) -> None:
    for path in ("/api/projects", "/api/workflow/async", "/api/workflow/process", "/api/chat"):
        answer = http.post(path, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    "filename", ["..", "/", 'a"b.txt', "가\u202etxt.exe", "\0.txt", "x" * 3000 + ".txt", ".txt", " .txt"]
)
def test_odd_file_names_never_break_the_server(http: httpx.Client, project_id: str, filename: str) -> None:
    answer = post(http, project_id, CHECKOUT.encode(), filename, allow_duplicate="true")
    assert answer.status_code in (202, 415, 422)
    if answer.status_code == 202:
        assert http.get(f"/api/interviews/{answer.json()['interview_id']}/file").content == CHECKOUT.encode()
