import json

import pytest
from httpx_sse import ServerSentEvent

from persona_lab.client.follow import Place, Reset
from persona_lab.models import Event


def sent(content: object, event_id: str = "") -> ServerSentEvent:
    return ServerSentEvent(event="", data=json.dumps(content), id=event_id, retry=None)


def event(seq: int) -> ServerSentEvent:
    content = {"type": "note:added", "seq": seq, "at": "2026-03-02T12:00:00Z", "data": {}}
    return sent(content, f"a1-{seq}")


@pytest.fixture
def place() -> Place:
    return Place("a1", 5)


def test_a_place_says_after_which_event_it_is(place: Place) -> None:
    assert place.last_event_id == "a1-5"


def test_the_next_event_is_taken_and_moves_the_place(place: Place) -> None:
    news = place.take(event(6))
    assert isinstance(news, Event)
    assert (news.seq, place.seq) == (6, 6)


@pytest.mark.parametrize("seq", [0, 1, 4, 5])
def test_what_was_taken_before_is_passed_over(place: Place, seq: int) -> None:
    assert place.take(event(seq)) is None
    assert place.seq == 5


@pytest.mark.parametrize("seq", [7, 8, 1000])
def test_a_gap_needs_the_snapshot(place: Place, seq: int) -> None:
    assert place.take(event(seq)) == Reset()
    assert place.seq == 5


def test_a_reset_needs_the_snapshot(place: Place) -> None:
    assert place.take(sent({"type": "reset"})) == Reset()
    assert place.seq == 5


def test_a_ping_means_nothing(place: Place) -> None:
    assert place.take(sent({"type": "ping"})) is None


def test_a_comment_after_the_first_id_means_nothing(place: Place) -> None:
    """httpx-sse reports it as an event without data."""
    assert place.take(ServerSentEvent(event="", data="", id="a1-5", retry=None)) is None


def test_events_one_after_the_other_are_all_taken(place: Place) -> None:
    taken = [place.take(event(seq)) for seq in (6, 6, 7, 5, 8)]
    assert [news.seq if isinstance(news, Event) else news for news in taken] == [6, None, 7, None, 8]
