"""Frames are put together whatever the pieces are cut like."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_lab.engines.miso.events import Frames, events
from persona_lab.errors import AnswerNotUnderstood

STREAM = (
    'data: {"event": "agent_message", "answer": "네😥"}\n\n'
    "event: ping\n\n"
    'data: {"event": "agent_message", "answer": "\\ud83d\\ude25"}\n\n'
    'data: {"event": "message_end"}\n\n'
)
TOLD = ["agent_message:네😥", "ping:", "agent_message:😥", "message_end:"]


def read(pieces: Sequence[bytes]) -> list[str]:
    frames = Frames()
    found = [event for piece in pieces for event in frames.take(piece)]
    return [f"{event['event']}:{event.get('answer', '')}" for event in [*found, *frames.end()]]


@given(st.sets(st.integers(0, 400)), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_cut_and_any_line_end_give_the_same_events(cuts: set[int], line_end: str) -> None:
    content = STREAM.replace("\n", line_end).encode()
    places = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    pieces = [content[first:last] for first, last in itertools.pairwise(places)]
    assert read(pieces) == TOLD


def test_a_last_frame_without_a_blank_line_counts() -> None:
    assert read([STREAM.rstrip().encode()]) == TOLD


def test_a_last_frame_that_was_cut_does_not_count() -> None:
    assert read([STREAM.encode(), b'data: {"event": "mess']) == TOLD


def test_a_frame_of_several_lines_is_one_event() -> None:
    assert read([b'data: {"event":\ndata: "ping2"}\n\n']) == ["ping2:"]


def test_comments_ids_and_done_are_no_events() -> None:
    assert read([b": hello\n\nid: 5\nretry: 3\n\ndata: [DONE]\n\ndata: 5\n\n"]) == []


def test_the_kind_may_stand_beside_the_data() -> None:
    assert read([b'event: message\ndata: {"answer": "x"}\n\n']) == ["message:x"]


def test_a_damaged_frame_is_an_error() -> None:
    with pytest.raises(AnswerNotUnderstood):
        read([b'data: {"event": "message", "answer"\n\n', STREAM.encode()])


def test_bytes_that_are_no_utf_8_damage_their_own_letters_only() -> None:
    assert read([b'data: {"event": "message", "answer": "a\xffb"}\n\n']) == ["message:a\ufffdb"]


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


def test_json_without_a_frame_is_one_event_without_a_kind() -> None:
    assert read([json.dumps({"data": {}}).encode()]) == [":"]


def test_deeply_nested_json_is_an_error_and_no_crash() -> None:
    with pytest.raises(AnswerNotUnderstood):
        read([b"data: {" + b'"a":{' * 100_000 + b"}\n\n"])


def test_events_are_read_to_the_end() -> None:
    async def all_of() -> list[str]:
        return [event["event"] async for event in events(_pieces(STREAM.encode()))]

    assert asyncio.run(all_of()) == ["agent_message", "ping", "agent_message", "message_end"]
