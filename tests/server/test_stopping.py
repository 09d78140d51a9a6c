"""An answer ends when somebody wants it to, or nobody reads it any more, and what there is of it is kept."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.models import at_length
from tests.fakes.openai import KEY, MODEL, OpenAiLookAlike
from tests.support.making import CHECKOUT
from tests.support.server import Server
from tests.support.streams import Stream, asked
from tests.support.uploading import processed, upload

QUESTION = "What is frustrating about the card form?"
PATIENCE_SECONDS = 10.0


@pytest.fixture(scope="module")
def llm() -> Iterator[OpenAiLookAlike]:
    with OpenAiLookAlike() as running:
        running.writer = at_length
        yield running


@pytest.fixture(scope="module")
def start(llm: OpenAiLookAlike, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Server]]:
    workspace = tmp_path_factory.mktemp("workspace")
    started: list[Server] = []

    def start() -> Server:
        for server in started:
            server.stop()
        started.append(Server(workspace, llm_base_url=llm.url, llm_model=MODEL, llm_api_key=KEY).start())
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def slow(start: Callable[[], Server]) -> Server:
    return start()


@pytest.fixture
def http(slow: Server) -> Iterator[httpx.Client]:
    with slow.client() as client:
        yield client


@pytest.fixture
def project_id(http: httpx.Client, llm: OpenAiLookAlike) -> Iterator[str]:
    """A project that a slow model answers for."""
    project = str(http.post("/api/projects", json={"name": "Slow"}).json()["id"])
    processed(http, upload(http, project, CHECKOUT))
    assert http.patch(f"/api/projects/{project}", json={"engine": "llm"}).status_code == 200
    llm.left.clear()
    llm.input_tokens = 0
    llm.always("slowly")
    yield project
    llm.always(None)


def begun(stream: Stream) -> tuple[dict[str, Any], str]:
    """Read until there are words; return how it started, and the words."""
    started = stream.content()
    assert started["type"] == "started"
    return started, str(stream.content()["text"])


def answer_of(http: httpx.Client, conversation_id: str) -> dict[str, Any]:
    """Return the answer as it is kept, as soon as it is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        messages = http.get(f"/api/conversations/{conversation_id}").json()["messages"]
        if len(messages) == 2:
            return dict(messages[1])
        time.sleep(0.02)
    raise AssertionError("the answer was not kept")


def until_left(llm: OpenAiLookAlike) -> float:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not llm.left:
        assert time.monotonic() < deadline, "the model goes on"
        time.sleep(0.01)
    return llm.left[0]


def paid(http: httpx.Client, project_id: str) -> list[dict[str, Any]]:
    """Return what the language model's answers cost, as soon as something is written down."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        spent = http.get(f"/api/projects/{project_id}/spending").json()
        if found := [one for one in spent if one["engine"] == "llm"]:
            return found
        time.sleep(0.02)
    raise AssertionError("nothing was written down")


def test_a_stopped_answer_ends_within_a_second_and_is_kept(
    http: httpx.Client, project_id: str, llm: OpenAiLookAlike, slow: Server
) -> None:
    with asked(http, QUESTION, project_id) as stream:
        started, text = begun(stream)
        at = time.monotonic()
        with slow.client() as somebody:
            assert somebody.post(f"/api/chat/{started['message_id']}/stop").status_code == 202
        rest = list(stream.contents())
        assert time.monotonic() - at < 1.0
    assert until_left(llm) - at < 1.0
    assert (rest[-1]["type"], rest[-1]["state"]) == ("done", "stopped")
    text += "".join(part["text"] for part in rest if part["type"] == "delta")
    kept = answer_of(http, started["conversation_id"])
    assert (kept["state"], kept["content"], kept["note"]) == ("stopped", text, "It was stopped.")
    assert http.post(f"/api/chat/{started['message_id']}/stop").status_code == 204
    (spent,) = paid(http, project_id)
    whole = llm.calls[-1]["messages"]
    assert spent["calls"] == 1
    assert sum(len(message["content"]) for message in whole) / 10 < spent["input_tokens"]
    assert 0 < len(text.split()) / 2 < spent["output_tokens"]


def test_when_the_reader_leaves_the_model_ends_and_what_there_is_is_kept(
    http: httpx.Client, project_id: str, llm: OpenAiLookAlike
) -> None:
    with asked(http, QUESTION, project_id) as stream:
        started, text = begun(stream)
    at = time.monotonic()
    assert until_left(llm) - at < 1.0
    kept = answer_of(http, started["conversation_id"])
    assert kept["content"].startswith(text)
    assert (kept["state"], kept["note"]) == ("broken", "Whoever asked was cut off before its end.")


def test_a_model_that_breaks_off_leaves_what_it_said(http: httpx.Client, project_id: str, llm: OpenAiLookAlike) -> None:
    llm.always("stream cut")
    with asked(http, QUESTION, project_id) as stream:
        parts = list(stream.contents())
    assert (parts[-1]["type"], parts[-1]["code"]) == ("error", "engine_unavailable")
    kept = answer_of(http, parts[0]["conversation_id"])
    assert kept["content"] == "".join(part["text"] for part in parts if part["type"] == "delta")
    assert (kept["state"], kept["note"]) == ("broken", parts[-1]["message"])
    assert kept["engine"] == "llm"
    (spent,) = paid(http, project_id)
    # By our own count, which is rather too high: whoever breaks off sends no bill.
    assert spent["input_tokens"] == pytest.approx(llm.input_tokens, rel=0.2)
    assert spent["output_tokens"] >= len(kept["content"].split()) / 2 > 0


def test_a_server_that_is_killed_says_so_where_it_was_answering(
    http: httpx.Client, project_id: str, start: Callable[[], Server], slow: Server
) -> None:
    """Stands here because the others' server ends with it; it comes back as `slow`."""
    with asked(http, QUESTION, project_id) as stream:
        started, _ = begun(stream)
        slow.kill()
    for _ in range(2):
        slow.start()
        with slow.client() as again:
            question, answer = again.get(f"/api/conversations/{started['conversation_id']}").json()["messages"]
            told = [
                event["data"]["message"]["id"]
                for event in again.get(f"/api/projects/{project_id}/events").json()
                if event["type"] == "message:added"
            ]
        assert (question["state"], question["content"]) == ("complete", QUESTION)
        assert (answer["state"], answer["content"], answer["author"]) == ("broken", "", "project")
        assert answer["note"] == "The server ended while it was answering. Ask again."
        assert told[-2:] == [question["id"], answer["id"]]
        slow.kill()
    slow.start()


def test_a_server_that_is_closed_keeps_what_was_written(
    http: httpx.Client, project_id: str, start: Callable[[], Server], slow: Server
) -> None:
    """Stands last: the others' server ends here."""
    with asked(http, QUESTION, project_id) as stream:
        started, text = begun(stream)
        assert slow.stop() == 0
    with start().client() as again:
        kept = answer_of(again, started["conversation_id"])
        assert paid(again, project_id)[-1]["input_tokens"] > 0
    assert kept["content"].startswith(text)
    assert (kept["state"], kept["note"]) == ("broken", "The server was closed.")
