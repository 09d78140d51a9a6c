import json

import pytest

from persona_lab.server.streaming import sse

LIMIT = sse.REPLAY_LIMIT


@pytest.mark.parametrize(
    ("said", "newest", "place"),
    [
        (None, 7, 7),
        ("", 7, 7),
        ("a1-0", 7, 0),
        ("a1-5", 7, 5),
        ("a1-7", 7, 7),
        ("a1-07", 7, 7),
        (f"a1-{LIMIT}", 2 * LIMIT, LIMIT),
    ],
)
def test_a_reader_goes_on_where_it_was(said: str | None, newest: int, place: int) -> None:
    assert sse.position(said, epoch="a1", newest=newest) == place


@pytest.mark.parametrize(
    ("said", "newest"),
    [
        ("b2-5", 7),
        ("5", 7),
        ("a1", 7),
        ("a1-", 7),
        ("a1-x", 7),
        ("a1-5 ", 7),
        ("a1-+5", 7),
        ("a1--5", 7),
        ("a1-5.0", 7),
        ("a1-\u0665", 7),
        ("a1-\u00b2", 7),
        ("A1-5", 7),
        ("a1-8", 7),
        ("a1-" + "9" * 19, 7),
        (f"a1-{LIMIT - 1}", 2 * LIMIT),
    ],
)
def test_a_place_that_cant_be_gone_on_from_needs_the_snapshot(said: str, newest: int) -> None:
    assert sse.position(said, epoch="a1", newest=newest) is None


def test_a_frame_ends_with_a_blank_line() -> None:
    assert sse.frame({"type": "x"}, event_id="a1-5") == b'id: a1-5\ndata: {"type":"x"}\n\n'


def test_a_frame_without_an_id_leaves_the_readers_place() -> None:
    assert sse.PING == b'data: {"type":"ping"}\n\n'
    assert sse.RESET == b'data: {"type":"reset"}\n\n'


@pytest.mark.parametrize("words", ["a\nb", "a\r\nb", "a\rb", "\n\n", "\u2028\u2029\x85\x0b\x0c", "data: x\n\nid: y"])
def test_no_words_can_end_a_frame_early(words: str) -> None:
    made = sse.frame({"words": words}).decode()
    assert made.count("\n") == 2
    assert "\r" not in made
    assert json.loads(made.removeprefix("data: ")) == {"words": words}
