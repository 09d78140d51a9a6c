import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest

from persona_lab import errors
from persona_lab.client.api import Api
from persona_lab.client.endpoint import Endpoint
from persona_lab.models import Message
from tests.support.faulty import STREAM, FaultyServer, problem
from tests.support.server import Server

Result = TypeVar("Result")
WHY = [Message(role="user", content="Why?")]


def with_api(url: str, token: str, work: Callable[[Api], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        api = Api(Endpoint(url, token))
        try:
            async with asyncio.timeout(20):
                return await work(api)
        finally:
            await api.close()

    return asyncio.run(run())


async def answered(api: Api) -> list[str]:
    return [part.type async for part in api.answer("p", WHY)]


def test_every_error_of_the_server_comes_out_as_its_class(server: Server) -> None:
    with pytest.raises(errors.ProjectNotFound, match=r"`lab\.projects` lists"):
        with_api(server.url, server.token, lambda api: api.get_project("nowhere"))


def test_a_wrong_token_is_not_allowed(server: Server) -> None:
    with pytest.raises(errors.NotAllowed, match="token=…"):
        with_api(server.url, "wrong", lambda api: api.projects())


def test_a_server_that_is_not_there_is_said_with_its_address() -> None:
    with pytest.raises(errors.ServerUnreachable, match=r"at http://127\.0\.0\.1:1 does not answer \(ConnectError\)"):
        with_api("http://127.0.0.1:1", "token", lambda api: api.projects())


def test_an_error_in_somebody_elses_words_is_a_server_error() -> None:
    with (
        FaultyServer(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\n<html") as server,
        pytest.raises(errors.ServerError, match="answered 502 without saying why"),
    ):
        with_api(server.url, "token", lambda api: api.projects())


def test_an_answer_that_is_no_json_is_a_server_error() -> None:
    """A hotel's login page, perhaps."""
    page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>"
    with FaultyServer(page) as server, pytest.raises(errors.ServerError, match="not a persona_lab server"):
        with_api(server.url, "token", lambda api: api.projects())


def test_a_file_that_is_too_large_is_not_even_sent() -> None:
    with FaultyServer() as server:
        with pytest.raises(errors.FileTooLarge, match=r"long\.txt: 60 MB is more than 50 MB\. Upload"):
            with_api(server.url, "token", lambda api: api.upload("p", bytes(60 * 1024 * 1024), "long.txt"))
        assert server.requests == []


def test_an_answer_ends_with_its_done() -> None:
    done = b'data: {"type":"done","message_id":"m","conversation_id":"c"}\n\n'
    with FaultyServer(
        STREAM.replace(b"retry: 10\n\n", b"") + b'data: {"type":"delta","text":"Yes."}\n\n' + done
    ) as server:
        assert with_api(server.url, "token", answered) == ["delta", "done"]


def test_an_answer_that_is_cut_off_says_so() -> None:
    cut = STREAM.replace(b"retry: 10\n\n", b"") + b'data: {"type":"delta","text":"Yes."}\n\n'
    with (
        FaultyServer(cut) as server,
        pytest.raises(errors.ServerUnreachable, match=r"cut off before its end. Ask again"),
    ):
        with_api(server.url, "token", answered)


def test_a_question_that_is_refused_says_why() -> None:
    with (
        FaultyServer(problem("422 x", "invalid_request")) as server,
        pytest.raises(errors.InvalidRequest, match="because of invalid_request"),
    ):
        with_api(server.url, "token", answered)


def test_proxies_of_the_environment_are_not_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert with_api(server.url, server.token, lambda api: api.health())["status"] == "ok"


def ended_before_it_answered(told: list[str]) -> httpx.MockTransport:
    """A server that goes at the first request and is there again at the second."""

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(request.method)
        if len(told) == 1:
            raise httpx.ReadError("")
        return httpx.Response(200, json=[])

    return httpx.MockTransport(answer)


async def found_again() -> None:
    """Nothing has moved."""


def test_a_question_to_a_server_that_ended_is_put_to_the_next() -> None:
    told: list[str] = []
    api = Api(Endpoint("http://127.0.0.1:1", "token"), transport=ended_before_it_answered(told))
    api.locate = found_again
    assert asyncio.run(api.projects()) == []
    assert told == ["GET", "GET"]


def test_a_change_that_a_server_ended_on_is_not_sent_twice() -> None:
    """It may have been made before the server went."""
    told: list[str] = []
    api = Api(Endpoint("http://127.0.0.1:1", "token"), transport=ended_before_it_answered(told))
    api.locate = found_again
    with pytest.raises(errors.ServerUnreachable, match=r"does not answer \(ReadError\)"):
        asyncio.run(api.undo("p", "j"))
    assert told == ["DELETE"]
