"""Personas, conversations, notes and axes take what nobody sends by accident, and refuse it in words."""

import io
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from PIL import Image

from persona_lab.models import Event, Snapshot, TranscriptRecord
from persona_lab.replica import Replica
from tests.support.histories import tables
from tests.support.making import interview_text
from tests.support.server import Server
from tests.support.streams import asked
from tests.support.uploading import log_of, processed, upload

# In place of what a body says; "<half>" becomes half a character, which JSON can say and no text can be.
HALF = "<half>"
EVIL: list[object] = [
    None,
    True,
    -1,
    2**64,
    10**400,
    1.5,
    "",
    [],
    {},
    "a\x00b",
    "\x1b[2J",
    '"',
    '$."',
    "'; DROP TABLE personas; --",
    "../../etc/passwd",
    "x" * 101,
    "x" * 1_000_000,
    "\u202e",
    [None],
    {"a": {"b": 1}},
    ["x"] * 10_000,
    HALF,
    {HALF: "x"},
]


class Study(NamedTuple):
    """A project in which there is one of everything."""

    project_id: str
    interview_id: str
    persona_id: str
    conversation_id: str
    note_id: str


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def made(http: httpx.Client, name: str) -> Study:
    project_id = str(http.post("/api/projects", json={"name": name}).json()["id"])
    interview_id = upload(http, project_id, interview_text(f"the {name} form"))
    assert processed(http, interview_id)["status"] == "completed"
    persona_id = http.post(f"/api/projects/{project_id}/personas/add", json={"label": "Buyer"}).json()["id"]
    note = {"interview_id": interview_id, "turn": 1, "text": f"About {name}"}
    note_id = http.post(f"/api/projects/{project_id}/notes", json=note).json()["id"]
    return Study(project_id, interview_id, persona_id, talk(http, project_id, "Why?")["conversation_id"], note_id)


@pytest.fixture(scope="module")
def study(http: httpx.Client) -> Study:
    return made(http, "first")


@pytest.fixture(scope="module")
def another(http: httpx.Client) -> Study:
    return made(http, "second")


def talk(http: httpx.Client, project_id: str, question: str, **more: Any) -> dict[str, Any]:
    """Ask, and return the end of the answer."""
    with asked(http, question, project_id, **more) as stream:
        assert stream.response.status_code == 200, stream.response.read()
        return list(stream.contents())[-1]


def in_words(answer: httpx.Response) -> str:
    """Return what a refusal says; "" where nothing was refused."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return ""
    assert answer.headers["content-type"] == "application/problem+json"
    detail = str(answer.json()["detail"])
    assert " " in detail
    assert "Traceback" not in detail
    return detail


def routes(study: Study) -> list[tuple[str, str, dict[str, Any]]]:
    project, interview = f"/api/projects/{study.project_id}", f"/api/interviews/{study.interview_id}"
    kinds = [{"key": "t", "name": "n", "description": "d"}]
    question = [{"role": "user", "content": "Why?"}]
    asked = {"project_id": study.project_id, "messages": question, "persona_ids": [], "title": "t"}
    about = {"interview_id": study.interview_id, "conversation_id": study.conversation_id, "without": None}
    return [
        ("PUT", f"{project}/axes", {"axes": [{"key": "k", "name": "A", "types": kinds}], "copy_from": None}),
        ("POST", f"{project}/personas", {"count": 9}),
        ("POST", f"{project}/personas/add", {"label": "", "title": "t", "description": "d", "place": {"k": "t"}}),
        ("POST", f"{project}/personas/accept", {"interview_ids": [study.interview_id]}),
        ("PATCH", f"/api/personas/{study.persona_id}", {"label": "L", "title": "t", "place": {}, "position": 1}),
        ("PUT", f"{interview}/persona", {"persona_id": study.persona_id}),
        ("POST", f"{interview}/assist", {"action": "summary"}),
        ("POST", "/api/chat", {**asked, **about}),
        ("POST", "/api/chat/summary", {"conversation_id": study.conversation_id}),
        ("PATCH", f"/api/conversations/{study.conversation_id}", {"title": "t"}),
        ("POST", f"{project}/notes", {"text": "t", "interview_id": study.interview_id, "turn": 1}),
        ("POST", f"{project}/notes", {"text": "t", "interview_id": study.interview_id, "said": "form"}),
        ("POST", f"{project}/notes", {"text": "t", "parent_id": study.note_id}),
        ("POST", f"{project}/notes", {"text": "t", "insight_id": "x"}),
        ("PATCH", f"/api/notes/{study.note_id}", {"text": "t"}),
        ("POST", f"{project}/knowledge", {}),
    ]


def places(body: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield each place in a body."""
    yield at
    inside: Iterable[tuple[Any, object]] = ()
    if isinstance(body, dict):
        inside = body.items()
    elif isinstance(body, list):
        inside = enumerate(body)
    for key, value in inside:
        yield from places(value, (*at, key))


def with_evil(body: dict[str, Any], place: tuple[str | int, ...], evil: object) -> bytes:
    changed: Any = json.loads(json.dumps({"body": body}))
    within = changed
    for key in ("body", *place)[:-1]:
        within = within[key]
    within[("body", *place)[-1]] = evil
    return json.dumps(changed["body"]).replace(HALF, "\\ud800").encode()


@pytest.mark.parametrize("number", range(16))
def test_whatever_a_body_says_is_taken_or_refused_in_words(http: httpx.Client, study: Study, number: int) -> None:
    method, path, body = routes(study)[number]
    headers = {"content-type": "application/json"}
    for place in places(body):
        for evil in EVIL:
            in_words(http.request(method, path, content=with_evil(body, place, evil), headers=headers))
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"x" * 10_000_000):
        in_words(http.request(method, path, content=raw, headers=headers))
    # Nothing of it has broken what is there.
    assert http.get(f"/api/projects/{study.project_id}/snapshot").status_code == 200
    assert http.get(f"/api/projects/{study.project_id}/personas").status_code == 200


def test_a_replica_takes_all_that_was_taken(http: httpx.Client, study: Study, tmp_path: Path) -> None:
    """Stands behind the test that sends it."""
    log = [Event.model_validate(event) for event in log_of(http, study.project_id)]
    path = f"/api/projects/{study.project_id}"
    snapshot = Snapshot.model_validate(http.get(f"{path}/snapshot").json())
    told = [TranscriptRecord.model_validate(one) for one in http.get(f"{path}/transcripts").json()]
    said = {one.interview_id: one.transcript for one in told}
    with closing(Replica(tmp_path / "a.duckdb")) as loaded, closing(Replica(tmp_path / "b.duckdb")) as followed:
        loaded.load(snapshot, log, said)
        empty = Snapshot(epoch=snapshot.epoch, seq=0, project=snapshot.project, interviews=(), insights=())
        followed.load(empty, [], {})
        followed.apply(log, said)
        assert tables(loaded) == tables(followed)
        assert loaded.rows("SELECT count(*) FROM spread") == followed.rows("SELECT count(*) FROM spread")
        assert loaded.rows("SELECT * FROM personas")


def test_what_belongs_to_another_project_is_not_there(http: httpx.Client, study: Study, another: Study) -> None:
    project = f"/api/projects/{study.project_id}"
    note = {"text": "x", "turn": 1, "interview_id": another.interview_id}
    refused = [
        http.put(f"/api/interviews/{study.interview_id}/persona", json={"persona_id": another.persona_id}),
        http.post(f"{project}/personas/accept", json={"interview_ids": [another.interview_id]}),
        http.post(f"{project}/notes", json=note),
        http.post(f"{project}/notes", json={"text": "x", "parent_id": another.note_id}),
    ]
    question = {"project_id": study.project_id, "messages": [{"role": "user", "content": "Why?"}]}
    for name in ("conversation_id", "interview_id"):
        refused.append(http.post("/api/chat", json={**question, name: getattr(another, name)}))
    refused.append(http.post("/api/chat", json={**question, "without": another.interview_id}))
    assert [answer.status_code for answer in refused] == [404] * 7
    stranger = http.post("/api/chat", json={**question, "persona_ids": [another.persona_id]})
    assert stranger.status_code == 422
    assert "second" not in "".join(map(in_words, [*refused, stranger]))


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("p1", 409),
        ("Ｐ１", 409),
        ("P 9", 409),
        ("E\u0301", 409),
        ("@", 422),
        ("@P1", 422),
        ("-", 422),
        ("P\u200b1", 422),
        ("\u202eP", 422),
        ("a\u2028b", 422),
        ("x" * 101, 422),
        ("a<b>c</b>", 200),
        ("학생 1", 200),
    ],
)
def test_a_label_can_be_called_and_told_from_others(
    http: httpx.Client, project_id: str, label: str, status: int
) -> None:
    add = f"/api/projects/{project_id}/personas/add"
    for known in ("P1", "P  9", "\u00e9"):
        assert http.post(add, json={"label": known}).status_code == 201
    changed = http.patch(f"/api/personas/{http.post(add, json={}).json()['id']}", json={"label": label})
    assert changed.status_code == status, in_words(changed)
    assert http.post(add, json={"label": label}).status_code == (409 if status == 200 else status)
    labels = [one["label"] for one in http.get(f"/api/projects/{project_id}/personas").json()]
    if status == 200:
        assert label in labels
        assert talk(http, project_id, f"@{label}, why?")["state"] == "complete"


@pytest.mark.parametrize("name", ["½ day", "²", "\"]}'", '$."x"', "\\", "İstanbul", "'; --"])
def test_the_keys_that_axes_are_given_can_be_given_again(http: httpx.Client, project_id: str, name: str) -> None:
    path = f"/api/projects/{project_id}/axes"
    axes = http.put(path, json={"axes": [{"name": name, "types": [{"name": name}]}]}).json()
    assert http.put(path, json={"axes": axes}).json() == axes
    place = {axes[0]["key"]: axes[0]["types"][0]["key"]}
    assert http.post(f"/api/projects/{project_id}/personas/add", json={"place": place}).status_code == 201


def png(width: int, height: int, data: bytes = b"\0" * 1000) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 300), "teal").save(written, "JPEG")
    return written.getvalue()


SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"


@pytest.mark.parametrize(
    ("raw", "status", "named"),
    [
        (lambda: png(50_000, 50_000), 422, "too many pixels; 40 million are the most"),
        (lambda: png(7_000, 7_000), 422, "too many pixels; 40 million are the most"),
        (lambda: png(0, 0), 422, "no PNG, JPEG or WebP"),
        (lambda: jpeg()[:500], 422, "no PNG, JPEG or WebP"),
        (lambda: SVG, 422, "no PNG, JPEG or WebP"),
        (lambda: b"", 422, "no PNG, JPEG or WebP"),
        (lambda: b"x" * 6_000_000, 413, "more than 5 MB"),
        (lambda: jpeg() + SCRIPT + b"PK\x03\x04", 200, ""),
    ],
)
def test_a_picture_is_what_it_says_and_nothing_besides(
    http: httpx.Client, study: Study, raw: Callable[[], bytes], status: int, named: str
) -> None:
    path = f"/api/personas/{study.persona_id}/picture"
    assert http.delete(path).status_code == 204
    answer = http.put(path, content=raw(), headers={"content-type": "image/png"})
    assert answer.status_code == status
    assert named in in_words(answer)
    shown = http.get(path)
    assert shown.headers["content-type"].startswith("image/png" if status == 200 else "image/svg+xml")
    assert b"<script" not in shown.content


def test_who_was_talked_to_and_deleted_is_nobody_elses_voice(http: httpx.Client, project_id: str) -> None:
    """Neither the project nor an interview that is left answers in the place of who is gone."""
    gone = http.post(f"/api/projects/{project_id}/personas/add", json={"label": "Gone"}).json()["id"]
    conversation_id = talk(http, project_id, "@Gone Why?")["conversation_id"]
    http.delete(f"/api/personas/{gone}")
    interview_id = upload(http, project_id, interview_text("the form"))
    about = talk(http, project_id, "Why?", interview_id=interview_id)["conversation_id"]
    http.delete(f"/api/interviews/{interview_id}")
    question = {"project_id": project_id, "messages": [{"role": "user", "content": "And why?"}]}
    nobody = http.post("/api/chat", json={**question, "conversation_id": conversation_id})
    assert (nobody.status_code, "is there any more" in in_words(nobody)) == (409, True)
    assert http.post("/api/chat", json={**question, "conversation_id": about}).status_code == 404
    for one in (conversation_id, about):
        assert len(http.get(f"/api/conversations/{one}").json()["messages"]) == 2


def test_a_reply_to_a_reply_stays_where_the_deleted_note_stood(http: httpx.Client, another: Study) -> None:
    notes = f"/api/projects/{another.project_id}/notes"
    first = http.post(notes, json={"interview_id": another.interview_id, "turn": 0, "text": "1"}).json()
    second = http.post(notes, json={"parent_id": first["id"], "text": "2"}).json()
    http.delete(f"/api/notes/{first['id']}")
    third = http.post(notes, json={"parent_id": second["id"], "text": "3"})
    assert (third.status_code, third.json()["turn"]) == (201, 0)
    assert http.post(notes, json={"parent_id": first["id"], "text": "4"}).status_code == 404
    assert http.post(notes, json={**first, "turn": 999}).status_code == 422
    beyond = http.post(notes, json={"interview_id": another.interview_id, "turn": 999, "text": "5"})
    assert "There is no turn 999" in in_words(beyond)


def test_a_conversation_that_is_deleted_while_it_is_answered_says_so(
    http: httpx.Client, server: Server, another: Study
) -> None:
    with asked(http, "What is frustrating about the form?", another.project_id) as stream:
        started = stream.content()
        with server.client() as somebody:
            assert somebody.delete(f"/api/conversations/{started['conversation_id']}").status_code == 204
        end = list(stream.contents())[-1]
    # The answer may have been kept before.
    assert end.get("code", "conversation_not_found") == "conversation_not_found"


def test_two_hundred_stops_stop_once(http: httpx.Client, server: Server, another: Study) -> None:
    with asked(http, "What is frustrating about the form?", another.project_id) as stream:
        started = stream.content()

        def stop(_number: int) -> int:
            with server.client() as somebody:
                return somebody.post(f"/api/chat/{started['message_id']}/stop").status_code

        with ThreadPoolExecutor(10) as pool:
            statuses = set(pool.map(stop, range(200)))
        ends = [part for part in stream.contents() if part["type"] in ("done", "error")]
    assert statuses <= {202, 204}
    assert len(ends) == 1
    assert len(http.get(f"/api/conversations/{started['conversation_id']}").json()["messages"]) == 2


def test_personas_that_everybody_works_on_at_once_stay_whole(
    http: httpx.Client, server: Server, project_id: str
) -> None:
    """Accepting, proposing, deleting, renaming, while interviews go and come back."""
    ids = [upload(http, project_id, interview_text(about), f"{about}.txt") for about in ("the coupon", "the refund")]
    for interview_id in ids:
        processed(http, interview_id)
    project = f"/api/projects/{project_id}"
    assert http.post(f"{project}/personas").status_code == 200

    def work(number: int) -> httpx.Response:
        chance = random.Random(number)  # noqa: S311 - the same deeds each time
        interview_id = chance.choice(ids)
        with server.client() as somebody:
            there = [one["id"] for one in somebody.get(f"{project}/personas").json()] or ["nobody"]
            persona_id = chance.choice(there)
            deeds: list[tuple[str, str, Any]] = [
                ("POST", f"{project}/personas", {}),
                ("POST", f"{project}/personas/accept", {}),
                ("POST", f"{project}/personas/add", {"label": f"L{number % 3}"}),
                ("PATCH", f"/api/personas/{persona_id}", {"label": f"L{number % 3}", "position": number % 4 + 1}),
                ("DELETE", f"/api/personas/{persona_id}", None),
                ("PUT", f"/api/interviews/{interview_id}/persona", {"persona_id": persona_id}),
                ("DELETE", f"/api/interviews/{interview_id}", None),
                ("POST", f"/api/interviews/{interview_id}/restore", {}),
            ]
            method, path, body = chance.choice(deeds)
            return somebody.request(method, path, json=body)

    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(work, range(80)):
            in_words(answer)
    found = http.get(f"{project}/personas").json()
    labels = [one["label"] for one in found]
    assert len({label.casefold() for label in labels}) == len(labels)
    held = [key for one in found for key in one["interview_ids"]]
    assert len(set(held)) == len(held)
    log = log_of(http, project_id)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
