import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from persona_lab.errors import ProjectNotFound, TooManyStreams
from persona_lab.models import now
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming import hub
from persona_lab.server.streaming.hub import Channel, Frame, Hub, Limits
from persona_lab.store import events, projects
from persona_lab.store.database import Store


class Reader:
    def __init__(self, user: str = "minji") -> None:
        self.user = user


def frames(first: int, last: int) -> list[Frame]:
    return [frame(seq, f"{seq}".encode()) for seq in range(first, last + 1)]


def frame(seq: int, data: bytes) -> Frame:
    return Frame(seq, data, "note:added", now())


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run the test within an event loop."""

    async def run() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(run())


async def channel_at(newest: int, held: Sequence[Frame] = ()) -> Channel:
    return Channel("p", held, newest, 0.0)


def test_a_reader_who_is_level_gets_nothing() -> None:
    in_loop(lambda: check(5, (), 5, []))


def test_a_reader_ahead_of_the_memory_gets_nothing_yet() -> None:
    """The log may have been read by the reader before the channel heard of it."""
    in_loop(lambda: check(5, (), 7, []))


def test_a_reader_gets_what_follows() -> None:
    in_loop(lambda: check(9, frames(6, 9), 7, [8, 9]))
    in_loop(lambda: check(9, frames(6, 9), 5, [6, 7, 8, 9]))


def test_what_lies_before_the_memory_is_not_made_up() -> None:
    in_loop(lambda: check(9, frames(6, 9), 4, None))
    in_loop(lambda: check(5, (), 4, None))


async def check(newest: int, held: Sequence[Frame], seq: int, expected: list[int] | None) -> None:
    found = (await channel_at(newest, held)).after(seq)
    assert (None if found is None else [frame.seq for frame in found]) == expected


def test_the_memory_is_bounded_and_its_edge_is_known() -> None:
    async def work() -> None:
        channel = await channel_at(0)
        channel.publish(frames(1, hub.MEMORY_FRAMES + 10), 0.0)
        assert channel.after(9) is None
        assert len(channel.after(10) or []) == hub.MEMORY_FRAMES

    in_loop(work)


def test_the_memory_is_bounded_in_bytes_too() -> None:
    async def work() -> None:
        channel = await channel_at(0)
        channel.publish([frame(seq, bytes(hub.MEMORY_BYTES // 4)) for seq in range(1, 11)], 0.0)
        assert [frame.seq for frame in channel.after(6) or []] == [7, 8, 9, 10]
        assert channel.after(5) is None

    in_loop(work)


def test_whoever_waits_is_woken_by_each_publication() -> None:
    async def work() -> None:
        channel = await channel_at(0)
        news = channel.news
        channel.publish(frames(1, 1), 0.0)
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


async def until(channel: Channel, seq: int) -> None:
    news = channel.news
    while channel.newest < seq:
        await news.wait()
        news = channel.news


def test_what_is_committed_while_a_channel_opens_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store, Metrics())
        read = found._newest_frames

        def slow(asked: str) -> tuple[list[Frame], int]:
            seen = read(asked)
            note(store, project_id)
            return seen

        monkeypatch.setattr(found, "_newest_frames", slow)
        async with found.waiting(project_id) as channel:
            await until(channel, 2)
            assert [frame.seq for frame in await found.after(channel, 1)] == [2]
        found.close()

    in_loop(work)
    store.close()


def test_who_asks_at_once_shares_one_channel_and_it_is_dropped_after_the_last(store: Store) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store, Metrics())
        async with AsyncExitStack() as stack:
            waiting = [stack.enter_async_context(found.waiting(project_id)) for _ in range(5)]
            channels = await asyncio.gather(*waiting)
            assert len({id(channel) for channel in channels}) == 1
            assert found._channels == {project_id: channels[0]}
        assert found._channels == {}
        found.close()

    in_loop(work)
    store.close()


def test_a_project_that_is_not_there_has_no_channel(store: Store) -> None:
    async def work() -> None:
        found = Hub(store, Metrics())
        with pytest.raises(ProjectNotFound):
            await found.channel("nowhere")
        assert found._opening == {}
        found.close()

    in_loop(work)
    store.close()


def test_readers_who_ask_for_the_same_page_share_one_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        project_id = study(store)
        note(store, project_id, hub.MEMORY_FRAMES + 10)
        found = Hub(store, Metrics())
        reads: list[int] = []
        page = found._page

        def counted(asked: str, seq: int) -> list[Frame]:
            reads.append(seq)
            return page(asked, seq)

        async with found.waiting(project_id) as channel:
            await asyncio.sleep(0)
            monkeypatch.setattr(found, "_page", counted)
            pages = await asyncio.gather(*(found.after(channel, 3) for _ in range(50)))
        assert reads.count(3) == 1
        assert all(page == pages[0] for page in pages)
        assert [frame.seq for frame in pages[0]] == list(range(4, 4 + hub.PAGE))
        found.close()

    in_loop(work)
    store.close()


def test_a_burst_is_read_once_however_many_hints_there_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        project_id = study(store)
        found = Hub(store, Metrics())
        reads: list[int] = []
        page = found._page

        def counted(asked: str, seq: int) -> list[Frame]:
            reads.append(seq)
            return page(asked, seq)

        monkeypatch.setattr(found, "_page", counted)
        async with found.waiting(project_id) as channel:
            for _ in range(100):
                found._wake(project_id)
            note(store, project_id, 10)
            await until(channel, 11)
        assert len(reads) <= 4
        found.close()

    in_loop(work)
    store.close()


def test_events_that_could_not_be_read_are_read_at_the_next_tick(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.05)

    async def work() -> None:
        project_id = study(store)
        found = Hub(store, Metrics())
        page = found._page
        failures = iter([OSError("the disk is gone"), OSError("still")])

        def read(asked: str, seq: int) -> list[Frame]:
            for failure in failures:
                raise failure
            return page(asked, seq)

        async with found.waiting(project_id) as channel:
            await asyncio.sleep(0.1)
            monkeypatch.setattr(found, "_page", read)
            note(store, project_id, 1)
            await until(channel, 2)
        found.close()

    in_loop(work)
    store.close()


def test_a_wake_up_that_was_lost_is_made_up_for_with_the_next_ping(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(hub, "PING_SECONDS", 0.1)

    async def work() -> None:
        project_id = study(store)
        found = Hub(store, Metrics())
        store._backend._listeners.clear()
        async with found.waiting(project_id) as channel:
            note(store, project_id, 1)
            await until(channel, 2)
        found.close()

    in_loop(work)
    store.close()


def test_nobody_has_more_streams_than_a_user_may(store: Store) -> None:
    async def work() -> None:
        found = Hub(store, Metrics(), Limits(user=2))
        channel = await found.channel(study(store))
        mine = [Reader("minji") for _ in range(2)]
        for reader in mine:
            found.join(reader, channel)
        with pytest.raises(TooManyStreams, match=r"You have 2 event streams open.*Close notebooks or tabs\."):
            found.join(Reader("minji"), channel)
        other = Reader("jonas")
        found.join(other, channel)
        for reader in (*mine, other):
            found.leave(reader, channel)
        assert found._by_user == {}
        found.close()

    in_loop(work)
    store.close()


def test_more_readers_than_allowed_are_refused_and_leave_nothing(store: Store) -> None:
    async def work() -> None:
        found = Hub(store, Metrics(), Limits(total=3, project=2))
        one, other = study(store), study(store)
        channel, second = await found.channel(one), await found.channel(other)
        joined = [(Reader(), channel), (Reader(), channel)]
        for reader, where in joined:
            found.join(reader, where)
        with pytest.raises(TooManyStreams, match="2 event streams are open on this project"):
            found.join(Reader(), channel)
        joined.append((Reader(), second))
        found.join(*joined[-1])
        found.leave(*joined[0])
        found.join(joined[0][0], channel)
        with pytest.raises(TooManyStreams, match="This server carries 3 event streams"):
            found.join(Reader(), second)
        assert found.by_project() == {one: 2, other: 1}
        for reader, where in joined:
            found.leave(reader, where)
        assert (found.streams, found._channels) == (0, {})
        assert b"persona_lab_streams_refused_total 2.0" in found.metrics.text()
        found.close()

    in_loop(work)
    store.close()
