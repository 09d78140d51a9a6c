import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from persona_lab.server import hub
from persona_lab.server.hub import MEMORY, Channel, Frame, Hub
from persona_lab.store import events, projects
from persona_lab.store.database import Store


def frames(first: int, last: int) -> list[Frame]:
    return [Frame(seq, f"{seq}".encode()) for seq in range(first, last + 1)]


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run the test within an event loop."""

    async def run() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(run())


def test_a_reader_who_is_level_gets_nothing() -> None:
    channel = Channel(5)
    assert channel.after(5) == []


def test_a_reader_ahead_of_the_memory_gets_nothing_yet() -> None:
    """The log may have been read by the reader before the channel heard of it."""
    channel = Channel(5)
    assert channel.after(7) == []


def test_a_reader_gets_what_follows() -> None:
    async def work() -> None:
        channel = Channel(5)
        channel.add(frames(6, 9))
        assert [frame.seq for frame in channel.after(7) or []] == [8, 9]
        assert [frame.seq for frame in channel.after(5) or []] == [6, 7, 8, 9]

    in_loop(work)


def test_what_lies_before_the_memory_is_not_made_up() -> None:
    async def work() -> None:
        channel = Channel(5)
        channel.add(frames(6, 9))
        assert channel.after(4) is None

    in_loop(work)


def test_a_new_channel_remembers_nothing() -> None:
    assert Channel(5).after(4) is None


def test_the_memory_is_bounded_and_its_edge_is_known() -> None:
    async def work() -> None:
        channel = Channel(0)
        channel.add(frames(1, MEMORY + 10))
        assert channel.after(9) is None
        assert len(channel.after(10) or []) == MEMORY

    in_loop(work)


def test_whoever_waits_is_woken_by_each_addition() -> None:
    async def work() -> None:
        channel = Channel(0)
        news = channel.news
        channel.add(frames(1, 1))
        assert news.is_set()
        assert not channel.news.is_set()

    in_loop(work)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "persona_lab.sqlite")


def study(store: Store) -> str:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name="S", purpose="", audience="", method="").id


def note(store: Store, project_id: str, times: int = 1) -> None:
    with store.writing() as connection:
        for _ in range(times):
            events.append(connection, project_id, "note:added", {})


def test_what_is_committed_while_a_reader_joins_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store)
        newest = found._newest

        def slow(asked: str) -> int:
            seen = newest(asked)
            note(store, project_id)
            return seen

        monkeypatch.setattr(found, "_newest", slow)
        channel = await found.join(project_id)
        news = channel.news
        while channel.newest < 2:
            await news.wait()
            news = channel.news
        assert [frame.seq for frame in await found.after(project_id, channel, 1)] == [2]
        found.leave(project_id)

    in_loop(work)
    store.close()


def test_readers_who_join_at_once_share_one_channel(store: Store) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store)
        channels = await asyncio.gather(*(found.join(project_id) for _ in range(5)))
        assert len({id(channel) for channel in channels}) == 1
        assert (channels[0].readers, found.streams) == (5, 5)
        for _ in channels:
            found.leave(project_id)
        assert (found._channels, found.streams) == ({}, 0)

    in_loop(work)
    store.close()


def test_a_burst_is_read_once_however_many_hints_there_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store)
        channel = await found.join(project_id)
        reads: list[int] = []
        page = found._page

        def counted(asked: str, seq: int) -> list[Frame]:
            reads.append(seq)
            return page(asked, seq)

        monkeypatch.setattr(found, "_page", counted)
        for _ in range(100):
            found._wake(project_id)
        note(store, project_id, 10)
        news = channel.news
        while channel.newest < 11:
            await news.wait()
            news = channel.news
        assert len(reads) <= 4
        found.leave(project_id)

    in_loop(work)
    store.close()


def test_a_page_is_never_longer_than_agreed(store: Store) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store)
        channel = await found.join(project_id)
        note(store, project_id, hub.PAGE + 50)
        news = channel.news
        while channel.newest < hub.PAGE + 51:
            await news.wait()
            news = channel.news
        assert len(await found.after(project_id, channel, 0)) == hub.PAGE
        found.leave(project_id)

    in_loop(work)
    store.close()
