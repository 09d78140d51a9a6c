"""Following through everything that a line can do, over real sockets."""

import asyncio
import json
from collections.abc import Callable, Sequence

import pytest

from persona_lab.client import follow as following
from persona_lab.client.api import Api
from persona_lab.client.endpoint import Endpoint
from persona_lab.client.follow import Connection, Place, Reset, follow
from persona_lab.models import Event
from tests.support.faulty import STREAM, FaultyServer, problem
from tests.support.streaming import Streaming, streaming

News = Event | Reset | Connection
LIVE = Connection("live")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Record how long it would have waited, and don't."""
    asked: list[tuple[int, float]] = []

    def pause(failures: int, retry_seconds: float) -> float:
        asked.append((failures, retry_seconds))
        return 0.0

    monkeypatch.setattr(following, "_pause", pause)
    return asked


def frame(seq: int) -> bytes:
    content = {"type": "note:added", "seq": seq, "at": "2026-03-02T12:00:00Z", "data": {"number": seq}}
    return f"id: a1-{seq}\ndata: {json.dumps(content)}\n\n".encode()


def frames(*numbers: int) -> bytes:
    return STREAM + b"".join(frame(number) for number in numbers)


def followed(url: str, place: Place, until: Callable[[Sequence[News]], bool]) -> list[News]:
    """Follow until `until` says that it is enough, or the following ends."""

    async def run() -> list[News]:
        api = Api(Endpoint(url, "token"))
        found: list[News] = []

        async def locate() -> Api:
            return api

        async with asyncio.timeout(20):
            async for news in follow(locate, "p", place):
                found.append(news)
                if until(found):
                    break
        await api.close()
        return found

    return asyncio.run(run())


def until_event(seq: int) -> Callable[[Sequence[News]], bool]:
    return lambda found: isinstance(found[-1], Event) and found[-1].seq == seq


def numbers(found: Sequence[News]) -> list[int]:
    return [news.seq for news in found if isinstance(news, Event)]


def test_events_come_in_order_after_the_line_is_live() -> None:
    with FaultyServer(frames(1, 2, 3)) as server:
        found = followed(server.url, Place("a1", 0), until_event(3))
    assert found[0] == LIVE
    assert numbers(found) == [1, 2, 3]


def test_it_says_where_it_is_and_who_it_is() -> None:
    with FaultyServer(frames(6)) as server:
        followed(server.url, Place("a1", 5), until_event(6))
        head = server.requests[0].lower()
    assert "get /api/sse/projects/p?last_event_id=a1-5 http/1.1" in head
    assert "last-event-id:" not in head
    assert "authorization: bearer token" in head


def test_a_line_that_ends_is_taken_up_again_where_it_ended() -> None:
    with FaultyServer(frames(1, 2), frames(3)) as server:
        found = followed(server.url, Place("a1", 0), until_event(3))
        places = server.places
    assert found[0] == LIVE
    assert found[3:5] == [Connection("reconnecting", "the server ended the stream"), LIVE]
    assert numbers(found) == [1, 2, 3]
    assert places == ["a1-0", "a1-2"]


def test_only_who_comes_back_says_so() -> None:
    """The header is what the server counts as a return; the place of a snapshot goes into the query."""
    with FaultyServer(frames(1, 2), frames(3)) as server:
        followed(server.url, Place("a1", 0), until_event(3))
        first, second = (request.lower() for request in server.requests)
    assert "?last_event_id=a1-0 " in first
    assert "?" not in second.splitlines()[0]
    assert "last-event-id: a1-2" in second


@pytest.mark.parametrize("cut", [1, 8, 20, len(frame(2)) - 1])
def test_a_frame_that_was_cut_is_asked_for_again(cut: int) -> None:
    with FaultyServer(frames(1) + frame(2)[:cut], frames(2)) as server:
        found = followed(server.url, Place("a1", 0), until_event(2))
        places = server.places
    assert numbers(found) == [1, 2]
    assert places == ["a1-0", "a1-1"]


def test_what_is_told_twice_is_heard_once() -> None:
    with FaultyServer(frames(1, 2), frames(1, 2, 2, 3)) as server:
        found = followed(server.url, Place("a1", 0), until_event(3))
    assert numbers(found) == [1, 2, 3]


def test_comments_and_pings_mean_nothing() -> None:
    noise = b': hello\n\ndata: {"type":"ping"}\n\n'
    with FaultyServer(frames(1) + noise + frame(2)) as server:
        found = followed(server.url, Place("a1", 0), until_event(2))
    assert numbers(found) == [1, 2]
    assert len(found) == 3


def test_a_gap_is_never_passed_over() -> None:
    with FaultyServer(frames(1, 3)) as server:
        found = followed(server.url, Place("a1", 0), lambda found: isinstance(found[-1], Reset))
    assert numbers(found) == [1]


def test_after_a_reset_it_goes_on_from_the_place_that_was_loaded() -> None:
    place = Place("old", 41)

    def load(found: Sequence[News]) -> bool:
        if isinstance(found[-1], Reset):
            place.epoch, place.seq = "a1", 7
        return until_event(8)(found)

    with FaultyServer(STREAM + b'data: {"type":"reset"}\n\n', frames(8)) as server:
        found = followed(server.url, place, load)
        places = server.places
    assert places == ["old-41", "a1-7"]
    assert numbers(found) == [8]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (problem("401 Unauthorized", "not_allowed"), "because of not_allowed"),
        (problem("404 Not Found", "project_not_found"), "because of project_not_found"),
    ],
)
def test_a_refusal_is_final(answer: bytes, reason: str) -> None:
    with FaultyServer(frames(1), answer) as server:
        found = followed(server.url, Place("a1", 0), lambda _: False)
    assert found[-1] == Connection("offline", reason)


@pytest.mark.parametrize(
    "answer",
    [
        problem("500 Internal Server Error", "server_error"),
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 5\r\n\r\n<html",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\n<html",
        b"not http at all\r\n\r\n",
        b"",
        STREAM + b"data: not json\n\n",
        STREAM + b"data: [1]\n\n",
        STREAM + b'data: {"seq": 1}\n\n',
        STREAM + b'data: {"type": "note:added", "seq": 1}\n\n',
    ],
    ids=["500", "502", "a page", "no http", "nothing", "no json", "a list", "no type", "no time"],
)
def test_what_goes_wrong_for_a_while_is_tried_again(answer: bytes) -> None:
    with FaultyServer(answer, frames(1)) as server:
        found = followed(server.url, Place("a1", 0), until_event(1))
    assert "reconnecting" in [news.state for news in found if isinstance(news, Connection)]
    assert numbers(found) == [1]


def test_a_silent_line_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SILENCE_SECONDS", 0.1)
    with FaultyServer(None, frames(1)) as server:
        found = followed(server.url, Place("a1", 0), until_event(1))
    assert found[0] == Connection("reconnecting", "ReadTimeout")
    assert numbers(found) == [1]


def test_a_server_that_moved_is_found_again() -> None:
    async def run() -> list[News]:
        with FaultyServer(frames(1)) as first, FaultyServer(frames(2)) as second:
            api = Api(Endpoint(first.url, "one"))
            homes = iter([Endpoint(first.url, "one"), Endpoint(second.url, "two")])

            async def locate() -> Api:
                api.move(next(homes))
                return api

            found: list[News] = []
            async with asyncio.timeout(20):
                async for news in follow(locate, "p", Place("a1", 0)):
                    found.append(news)
                    if until_event(2)(found):
                        break
            await api.close()
            assert "authorization: bearer two" in second.requests[0].lower()
            return found

    assert numbers(asyncio.run(run())) == [1, 2]


def test_each_failure_in_a_row_waits_longer(pauses: list[tuple[int, float]]) -> None:
    broken = problem("500 Internal Server Error", "server_error")
    with FaultyServer(broken, broken, broken, frames(1), frames(2)) as server:
        followed(server.url, Place("a1", 0), until_event(2))
    assert [failures for failures, _ in pauses] == [1, 2, 3, 1]


def test_the_pause_is_as_long_as_the_server_asked_for(pauses: list[tuple[int, float]]) -> None:
    with FaultyServer(frames(1), frames(2)) as server:
        followed(server.url, Place("a1", 0), until_event(2))
    assert pauses == [(1, 0.01)]


def test_every_event_of_a_real_server_comes_once_however_often_the_line_breaks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with streaming(tmp_path_factory.mktemp("store")) as server:
        project_id = server.project()
        assert numbers(asyncio.run(_through_breaks(server, project_id))) == list(range(1, 42))


async def _through_breaks(server: Streaming, project_id: str) -> list[News]:
    api = Api(Endpoint(f"http://127.0.0.1:{server.address[1]}", "token"))

    async def locate() -> Api:
        return api

    found: list[News] = []
    place = Place(server.store.epoch, 0)
    for seq in range(1, 42, 10):
        # Leaving the loop cuts the line in the middle of whatever was on it.
        async with asyncio.timeout(20):
            async for news in follow(locate, project_id, place):
                found.append(news)
                if until_event(seq)(found):
                    break
        for _ in range(10 if seq < 41 else 0):
            await asyncio.to_thread(server.note, project_id)
    await api.close()
    return found


def test_pauses_grow_up_to_a_limit_and_are_never_the_same_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for failures, shortest, longest in [(1, 0.1, 0.5), (2, 2.5, 5), (3, 5, 10), (4, 10, 20), (5, 15, 30), (50, 15, 30)]:
        drawn = [following._pause(failures, 5.0) for _ in range(50)]
        assert shortest <= min(drawn) < max(drawn) <= longest
