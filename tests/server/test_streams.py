"""The event stream over real sockets: what a reader is told, and where it goes on."""

import contextlib
import inspect
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from persona_lab.server.streaming import hub, sse
from persona_lab.server.streaming import stream as stream_module
from persona_lab.store import projects
from tests.support.streaming import Streaming, streaming
from tests.support.streams import Stream, follow


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streaming]:
    with streaming(tmp_path_factory.mktemp("streams")) as running:
        yield running


@pytest.fixture
def lines(streams: Streaming) -> Iterator[httpx.Client]:
    with streams.client() as http:
        yield http


@pytest.fixture
def study(streams: Streaming) -> str:
    """A project with five events."""
    project_id = streams.project()
    for number in range(2, 6):
        streams.note(project_id, f"note {number}")
    return project_id


def seqs(stream: Stream, until: int) -> list[int]:
    """Return the numbers that the stream tells, up to one."""
    found = [0]
    while found[-1] < until:
        content = stream.content()
        found.append(content.get("seq", found[-1]))
    return found[1:]


def test_a_stream_is_not_kept_or_held_back_by_anybody_between(http: httpx.Client, project_id: str) -> None:
    with follow(http, project_id) as stream:
        headers = stream.response.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"


def test_the_first_thing_told_is_when_to_come_back(lines: httpx.Client, study: str) -> None:
    with follow(lines, study) as stream:
        assert stream.frame() == {"retry": "5000"}


def test_a_reader_who_says_nothing_is_told_what_happens_from_now_on(
    streams: Streaming, lines: httpx.Client, study: str
) -> None:
    with follow(lines, study) as stream:
        stream.frame()
        streams.note(study, "new")
        assert stream.content()["seq"] == 6


def test_a_frame_is_an_id_and_one_line_of_data(streams: Streaming, lines: httpx.Client, study: str) -> None:
    streams.note(study, "first\nsecond\r\n\x85\u2028 셋")
    with follow(lines, study, after=f"{streams.store.epoch}-5") as stream:
        stream.frame()
        frame = stream.frame()
    assert list(frame) == ["id", "data"]
    assert frame["id"] == f"{streams.store.epoch}-6"
    content = json.loads(frame["data"])
    assert list(content) == ["seq", "type", "at", "data"]
    assert (content["type"], content["data"]) == ("note:added", {"words": "first\nsecond\r\n\x85\u2028 셋"})


def test_frames_name_no_event_so_that_onmessage_works(streams: Streaming, lines: httpx.Client, study: str) -> None:
    with follow(lines, study, after=f"{streams.store.epoch}-0") as stream:
        names = {name for _ in range(6) for name in stream.frame()}
    assert names == {"retry", "id", "data"}


def test_a_reader_who_returns_gets_only_what_it_missed(streams: Streaming, lines: httpx.Client, study: str) -> None:
    with follow(lines, study, after=f"{streams.store.epoch}-3") as stream:
        assert seqs(stream, 5) == [4, 5]


def test_a_reader_that_cant_set_headers_says_its_place_in_the_query(
    streams: Streaming, lines: httpx.Client, study: str
) -> None:
    with follow(lines, study, query=f"{streams.store.epoch}-3") as stream:
        assert seqs(stream, 5) == [4, 5]


@pytest.mark.parametrize("how", ["after", "query"])
def test_the_real_server_replays_too(http: httpx.Client, project_id: str, how: str) -> None:
    for number in range(3):
        http.patch(f"/api/projects/{project_id}", json={"purpose": str(number)})
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    with follow(http, project_id, **{how: f"{epoch}-2"}) as stream:
        assert seqs(stream, 4) == [3, 4]


def test_the_header_counts_when_both_are_said(streams: Streaming, lines: httpx.Client, study: str) -> None:
    """A browser that returns sends the header, and its address still has the place it began at."""
    epoch = streams.store.epoch
    with follow(lines, study, after=f"{epoch}-4", query=f"{epoch}-1") as stream:
        assert seqs(stream, 5) == [5]


def test_a_reader_who_is_level_is_told_nothing_old(streams: Streaming, lines: httpx.Client, study: str) -> None:
    with follow(lines, study, after=f"{streams.store.epoch}-5") as stream:
        stream.frame()
        streams.note(study)
        assert stream.content()["seq"] == 6


@pytest.mark.parametrize(
    "place",
    [
        "ffffffff-3",
        "3",
        "-3",
        "{epoch}",
        "{epoch}-",
        "{epoch}-x",
        "{epoch}--1",
        "{epoch}-6",
        "{epoch}-99999999999999999999",
    ],
)
def test_a_place_that_is_not_in_this_log_is_reset(
    streams: Streaming, lines: httpx.Client, study: str, place: str
) -> None:
    with follow(lines, study, after=place.format(epoch=streams.store.epoch)) as stream:
        stream.frame()
        assert stream.frame() == {"data": '{"type":"reset"}'}


def test_a_reader_who_was_reset_is_told_what_comes_after(streams: Streaming, lines: httpx.Client, study: str) -> None:
    with follow(lines, study, after="ffffffff-3") as stream:
        assert stream.content() == {"type": "reset"}
        streams.note(study)
        assert stream.content()["seq"] == 6


def test_a_reader_too_far_behind_is_reset(
    streams: Streaming, lines: httpx.Client, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "REPLAY_LIMIT", 3)
    epoch = streams.store.epoch
    with follow(lines, study, after=f"{epoch}-1") as far, follow(lines, study, after=f"{epoch}-2") as near:
        assert far.content() == {"type": "reset"}
        assert near.content()["seq"] == 3


def test_silence_is_broken_by_pings_without_an_id(
    streams: Streaming, lines: httpx.Client, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PING_SECONDS", 0.05)
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.05)
    with follow(lines, study) as stream:
        stream.frame()
        assert [stream.frame() for _ in range(2)] == [{"data": '{"type":"ping"}'}] * 2
        streams.note(study)
        while (content := stream.content())["type"] == "ping":
            pass
        assert content["seq"] == 6


def test_nothing_is_lost_or_told_twice_where_replay_meets_what_is_new(streams: Streaming, lines: httpx.Client) -> None:
    """Readers come in at every moment of a burst, from several threads, and each sees it whole."""
    study = streams.project()
    epoch = streams.store.epoch

    def read(start: int) -> list[int]:
        with streams.client() as http, follow(http, study, after=f"{epoch}-{start}") as stream:
            return seqs(stream, 241)

    def write(_: int) -> None:
        for _ in range(60):
            streams.note(study)

    with ThreadPoolExecutor(12) as pool:
        writing = [pool.submit(write, number) for number in range(4)]
        reading = [(start, pool.submit(read, start)) for start in (0, 1, 0, 1, 0, 1, 0, 1)]
        for done in writing:
            done.result(timeout=30)
        for start, found in reading:
            assert found.result(timeout=30) == list(range(start + 1, 242))


def test_uploads_at_once_reach_an_open_stream_without_gap(http: httpx.Client, project_id: str) -> None:
    def upload(number: int) -> int:
        body = {"text": f"Mina: This is thing number {number}.", "project_id": project_id, "title": str(number)}
        return http.post("/api/workflow/async", json=body).status_code

    with follow(http, project_id) as stream:
        stream.frame()
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(upload, range(12))) == {202}
        found, added = [], 0
        while added < 12 or found[-1] != "insights:merged":
            content = stream.content()
            found.append(content["type"])
            added += content["type"] == "interview:completed"
            assert content["seq"] == len(found) + 1


def test_a_backlog_larger_than_the_memory_comes_out_of_the_log(
    streams: Streaming, lines: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = streams.project()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: [streams.note(study) for _ in range(hub.MEMORY_FRAMES + hub.PAGE)]).result(timeout=60)
    newest = hub.MEMORY_FRAMES + hub.PAGE + 1
    with follow(lines, study, after=f"{streams.store.epoch}-0") as stream:
        assert seqs(stream, newest) == list(range(1, newest + 1))


def test_a_reader_who_never_reads_holds_up_nobody(streams: Streaming, lines: httpx.Client) -> None:
    study = streams.project()
    words = "x" * 100_000
    with socket.create_connection(streams.address) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(f"GET /api/sse/projects/{study} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        with follow(lines, study) as stream:
            stream.frame()
            for _ in range(60):
                streams.note(study, words)
            assert seqs(stream, 61) == list(range(2, 62))


def open_by_hand(streams: Streaming, study: str) -> socket.socket:
    """Open a stream whose reading is left to the test."""
    reader = socket.create_connection(streams.address)
    reader.settimeout(20)
    reader.sendall(f"GET /api/sse/projects/{study} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert reader.recv(15) == b"HTTP/1.1 200 OK"
    return reader


def test_a_reader_who_takes_nothing_is_cut_off_and_catches_up_when_it_returns(
    streams: Streaming, lines: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "STALL_EVENTS", 50)
    study = streams.project()
    words = "x" * 100_000
    received = 0
    assert streams.hub is not None
    with open_by_hand(streams, study) as stuck:
        for _ in range(250):
            streams.note(study, words)
        for _ in range(200):
            if study not in streams.hub._channels:
                break
            time.sleep(0.05)
        with contextlib.suppress(ConnectionResetError):
            while data := stuck.recv(1_000_000):
                received += len(data)
    assert received < 250 * len(words)
    with follow(lines, study, after=f"{streams.store.epoch}-1") as back:
        assert seqs(back, 251) == list(range(2, 252))


def test_a_reader_who_pauses_and_goes_on_misses_nothing(streams: Streaming) -> None:
    """Its stream falls behind, reads from the log, and becomes live again."""
    study = streams.project()
    parts: list[bytes] = []

    def read_until(reader: socket.socket, sign: bytes) -> None:
        while sign not in b"".join(parts[-2:]):
            parts.append(reader.recv(4_000_000))
            assert parts[-1]

    with open_by_hand(streams, study) as slow:
        for number in range(2, 202):
            streams.note(study, f"{number} " + "x" * 100_000)
        streams.note(study, "caught up")
        read_until(slow, b"caught up")
        streams.note(study, "and live again")
        read_until(slow, b"and live again")
    assert [int(seq) for seq in re.findall(rb'"seq":(\d+)', b"".join(parts))] == list(range(2, 204))


def test_the_hub_writes_to_the_readers_socket_itself(streams: Streaming, lines: httpx.Client, study: str) -> None:
    """Were uvicorn built otherwise one day, its `send` would be used, at twice the cost, and nobody would notice."""
    with follow(lines, study) as stream:
        streams.note(study, "heard")
        stream.frame()
        (reader,) = streams.hub._channels[study].live
        assert (reader._wire._fd >= 0) == (os.name != "nt")


def test_uvicorn_waits_before_it_writes(streams: Streaming) -> None:
    """The hub takes back a frame whose write would wait, so nothing of it may have been written by then."""
    source = inspect.getsource(RequestResponseCycle.send)
    waits, writes = source.index("await self.flow.drain()"), source.index("self.transport.write")
    assert waits < writes
    assert source.count("await ") == 1


def test_readers_of_one_project_hear_nothing_of_another(streams: Streaming, lines: httpx.Client, study: str) -> None:
    other = streams.project()
    with follow(lines, study) as stream:
        stream.frame()
        streams.note(other, "not for you")
        streams.note(study, "for you")
        assert stream.content()["data"] == {"words": "for you"}


def test_a_stream_that_was_left_is_forgotten(streams: Streaming, lines: httpx.Client) -> None:
    study = streams.project()
    assert streams.hub is not None
    with follow(lines, study) as stream:
        stream.frame()
        assert study in streams.hub._channels
    left = threading.Event()

    def look() -> None:
        # What a disconnect leads to takes a few steps of the loop.
        if streams.hub is not None and study not in streams.hub._channels:
            left.set()
        else:
            asyncio_loop.call_later(0.01, look)

    asyncio_loop = streams.hub._loop
    asyncio_loop.call_soon_threadsafe(look)
    assert left.wait(5)


def test_streams_end_when_the_server_closes(tmp_path: Path) -> None:
    with streaming(tmp_path) as server, server.client() as http:
        study = server.project()
        with follow(http, study) as stream:
            stream.frame()
            server.end_streams()
            assert list(stream.contents()) == []


def test_a_stream_ends_with_its_project(streams: Streaming, lines: httpx.Client) -> None:
    study = streams.project()
    with follow(lines, study) as stream:
        stream.frame()
        with streams.store.writing() as connection:
            projects.delete(connection, study, epoch=streams.store.epoch)
        assert [content["type"] for content in stream.contents()] == ["project:deleted"]
    assert lines.get(f"/api/sse/projects/{study}").status_code == 404
