import asyncio
import threading
import time

import pytest

from persona_lab.lab.following import feed as feeding
from persona_lab.lab.following.feed import Feed
from persona_lab.models import Event

SECONDS = 5.0


class SlowReplica:
    """A replica that takes a batch only when it is let."""

    def __init__(self):
        self.may_go_on = threading.Event()
        self.taken = []

    def cursor(self):
        return ("log", 0)

    def scrub(self):
        pass

    def rows(self, query):
        return []

    def apply(self, events, transcripts):
        assert self.may_go_on.wait(SECONDS)
        self.taken.append([event.seq for event in events])


class Board:
    """Keeps the titles it was told."""

    connection = "live"

    def __init__(self):
        self.titles = []

    def bring_to(self, rows):
        self.update(rows)

    def update(self, rows, removed=()):
        self.titles += [row["title"] for row in rows]

    def notify(self, *about):
        pass


def renamed(seq):
    interview = {
        "id": "a",
        "title": f"Title {seq}",
        "status": "completed",
        "stage": "completed",
        "error": None,
        "language": "en",
        "turns": 3,
        "participants": 1,
        "created_by": "minji",
        "number": 1,
        "created_at": "2026-03-14T09:00:00Z",
        "updated_at": "2026-03-14T09:00:00Z",
    }
    return Event(seq=seq, type="interview:updated", at="2026-03-14T09:00:00Z", data={"interview": interview})


@pytest.fixture
def stream(monkeypatch):
    """Two events, one after the other has been told."""

    async def two_events(locate, project_id, place):
        yield renamed(1)
        await asyncio.sleep(feeding.BATCH_SECONDS)
        yield renamed(2)

    async def no_server():
        return None

    monkeypatch.setattr(feeding, "follow", two_events)
    return no_server


def test_a_board_does_not_wait_for_the_replica(stream):
    replica, board = SlowReplica(), Board()
    feed = Feed(stream, "p", replica)
    feed.attach(board)
    running = threading.Thread(target=lambda: asyncio.run(feed.run()))
    running.start()
    deadline = time.monotonic() + SECONDS
    while "Title 2" not in board.titles and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        assert board.titles == ["Title 1", "Title 2"]
        assert (replica.taken, feed.seq) == ([], 0)
    finally:
        replica.may_go_on.set()
        running.join(SECONDS)
    assert [seq for batch in replica.taken for seq in batch] == [1, 2]
    assert feed.seq == 2


class Listener:
    """Keeps the numbers of what it heard; fails from the second time on where it is frail."""

    comm = object()
    connection = "live"

    def __init__(self, is_frail):
        self.is_frail = is_frail
        self.heard = []

    def hear(self, events):
        if self.is_frail and self.heard:
            raise RuntimeError("a cell was torn down")
        self.heard += [event.seq for event in events]

    def reload(self, snapshot):
        pass


def test_a_widget_that_fails_is_told_nothing_more_and_the_others_go_on(caplog):
    feed = Feed(None, "p", SlowReplica())
    frail, sound = Listener(is_frail=True), Listener(is_frail=False)
    feed.tell(frail)
    feed.tell(sound)
    for seq in (1, 2, 3):
        feed._tell([renamed(seq)])
    assert (frail.heard, frail.connection) == ([1], "offline")
    assert sound.heard == [1, 2, 3]
    assert "a widget that listened failed" in caplog.text
