import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from persona_lab.client.follow import Connection, Reset
from persona_lab.errors import NotFound, ServerUnreachable
from persona_lab.lab.following import stream_log, watch
from persona_lab.lab.following.stream_log import StreamLog, percentile, spread
from persona_lab.lab.following.watch import Watch
from persona_lab.lab.project import Project
from persona_lab.models import Event
from tests.support.making import CHECKOUT

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SECONDS = 5.0


class Clocks:
    """A calendar and a stopwatch that move only when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def calendar(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def stopwatch(self) -> float:
        return 1000.0 + self.seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def log(clocks: Clocks) -> StreamLog:
    return StreamLog(calendar=clocks.calendar, stopwatch=clocks.stopwatch)


def event(seq: int, at: datetime = NOON, kind: str = "interview:added") -> Event:
    return Event(seq=seq, type=kind, at=at, data={})


LIVE = Connection("live")
LOST = Connection("reconnecting", "the server ended the stream")


# What is written down


def test_an_event_tells_how_long_it_was_on_its_way_and_into_the_replica(log: StreamLog, clocks: Clocks) -> None:
    clocks.seconds = 0.040
    log.saw(event(1))
    clocks.seconds = 0.065
    log.reach(1)
    [row] = log.frame().to_dict("records")
    assert (row["at"], row["kind"], row["seq"]) == (NOON + timedelta(milliseconds=40), "event", 1)
    assert row["type"] == "interview:added"
    assert row["sent_to_received_ms"] == pytest.approx(40)
    assert row["received_to_applied_ms"] == pytest.approx(25)


def test_an_event_that_is_not_in_the_replica_yet_has_no_time_for_it(log: StreamLog) -> None:
    log.saw(event(1))
    log.saw(event(2))
    log.reach(1)
    assert log.frame()["received_to_applied_ms"].isna().tolist() == [False, True]


def test_a_server_whose_clock_is_ahead_shows(log: StreamLog) -> None:
    log.saw(event(1, at=NOON + timedelta(seconds=3)))
    assert log.frame()["sent_to_received_ms"].tolist() == [-3000]


def test_the_line_and_resets_stand_between_the_events(log: StreamLog) -> None:
    for news in (LIVE, event(1), LOST, LIVE, Reset(), LIVE, event(9)):
        log.saw(news)
    frame = log.frame()
    assert frame["kind"].tolist() == ["connection", "event", "connection", "connection", "reset", "connection", "event"]
    assert frame["state"].dropna().tolist() == ["live", "reconnecting", "live", "live"]
    assert frame["reason"].tolist()[2] == "the server ended the stream"


def test_a_server_that_stays_away_is_written_down_once(log: StreamLog) -> None:
    for _ in range(100):
        log.saw(LOST)
    log.saw(Connection("offline", "The token is wrong."))
    assert log.frame()["state"].tolist() == ["reconnecting", "offline"]


def test_the_oldest_go_and_their_count_stays(log: StreamLog, monkeypatch: pytest.MonkeyPatch) -> None:
    for seq in range(1, stream_log.LONGEST + 11):
        log.saw(event(seq))
        log.reach(seq)
    frame = log.frame()
    assert (len(frame), frame["seq"].iloc[0]) == (10_000, 11)
    assert log.figures()["types"] == {"interview:added": 10_010}


def test_a_log_of_nothing_has_the_columns_and_types_of_any_other(log: StreamLog) -> None:
    empty = log.frame()
    log.saw(LIVE)
    log.saw(event(1))
    full = log.frame()
    assert list(empty.columns) == [
        "at",
        "kind",
        "seq",
        "type",
        "state",
        "reason",
        "sent_to_received_ms",
        "received_to_applied_ms",
    ]
    for column in ("at", "seq", "sent_to_received_ms", "received_to_applied_ms"):
        assert empty[column].dtype == full[column].dtype


def test_it_can_be_read_while_it_is_written() -> None:
    log = StreamLog()
    writing = threading.Thread(target=lambda: [(log.saw(event(n)), log.reach(n)) for n in range(1, 3001)])
    writing.start()
    while writing.is_alive():
        log.frame()
        log.figures()
    assert len(log.frame()) == 3000


# Figures


def test_a_line_that_comes_back_is_a_reconnect_and_the_first_one_is_not(log: StreamLog) -> None:
    for news in (LOST, LIVE, LOST, LOST, LIVE):
        log.saw(news)
    assert log.reconnects == 1


def test_a_stream_that_is_opened_anew_after_a_reset_was_not_lost(log: StreamLog) -> None:
    for news in (LIVE, Reset(), LIVE):
        log.saw(news)
    assert (log.reconnects, log.resets) == (0, 1)


def test_events_are_counted_by_the_second_for_a_minute(log: StreamLog, clocks: Clocks) -> None:
    for seq, seconds in enumerate((0, 0.5, 59), start=1):
        clocks.seconds = seconds
        log.saw(event(seq))
    assert log.figures()["per_second"] == [2, *[0] * 58, 1]
    clocks.seconds = 60
    assert log.figures()["per_second"] == [*[0] * 58, 1, 0]
    clocks.seconds = 200
    assert log.figures()["per_second"] == [0] * 60


def test_what_is_older_than_the_minute_is_not_kept_for_ever(log: StreamLog, clocks: Clocks) -> None:
    for seq in range(1000):
        clocks.seconds = seq
        log.saw(event(seq))
    assert log.figures()["per_second"] == [1] * 60
    assert len(log._per_second) < 200


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3, 1, 2, 100], 0.5) == 2
    assert percentile([3, 1, 2, 100], 0.95) == 100
    assert percentile([7], 0.5) == 7
    assert percentile([], 0.5) is None


def test_latencies_are_spread_over_the_bars_of_the_chart() -> None:
    assert spread([-3, 9.9, 10, 299, 10_000, 1e9], (10, 300, 10_000)) == [2, 2, 0, 2]


def test_the_newest_event_of_another_log_may_have_a_lower_number(log: StreamLog) -> None:
    log.saw(event(900))
    log.reach(900)
    log.saw(Reset())
    log.reach(12)
    assert log.seq == 12


# Keeping monitors true


class Monitor:
    """Keeps what it was told; `comm` is its line to the page."""

    def __init__(self) -> None:
        self.comm: object | None = object()
        self.is_watched = True
        self.told: list[dict[str, Any]] = []

    @property
    def figures(self) -> dict[str, Any]:
        return self.told[-1]

    @figures.setter
    def figures(self, value: dict[str, Any]) -> None:
        self.told.append(value)


class Server:
    """A server that says the next of these, the last one for ever; an error is raised."""

    def __init__(self, *said: dict[str, Any] | Exception) -> None:
        self.said = list(said)
        self.asked = 0

    async def monitor(self, project_id: str) -> dict[str, Any]:
        self.asked += 1
        answer = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - what is waited for is a plain function
        await asyncio.sleep(0.005)
    assert holds()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "UPDATE_SECONDS", 0.01)
    monkeypatch.setattr(watch, "ASK_SECONDS", 0.01)


def watching(server: Server, work: Callable[[Watch, StreamLog, Monitor], Any]) -> None:
    async def locate() -> Any:
        return server

    async def run() -> None:
        log, monitor = StreamLog(), Monitor()
        log.saw(LIVE)
        watch = Watch(locate, "p", log)
        watch.attach(monitor)
        await work(watch, log, monitor)
        await watch.end()

    asyncio.run(run())


def test_a_monitor_is_told_at_most_four_times_a_second() -> None:
    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        began = time.monotonic()
        seq = 0
        while time.monotonic() - began < 0.6:
            log.saw(event(seq := seq + 1))
            await asyncio.sleep(0.001)
        assert 2 <= len(monitor.told) <= 3
        await until(lambda: monitor.figures["seq"] == seq)

    watching(Server({}), work)


@pytest.mark.usefixtures("quick")
def test_the_servers_figures_stand_beside_ours() -> None:
    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        await until(lambda: monitor.told != [] and monitor.figures["server"] == {"cut": 3})

    watching(Server({"cut": 3}), work)


@pytest.mark.usefixtures("quick")
def test_a_server_without_figures_is_asked_again_only_after_a_reconnect() -> None:
    server = Server(NotFound(), {"cut": 0})

    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        await until(lambda: server.asked == 1)
        await asyncio.sleep(0.1)
        assert server.asked == 1
        assert monitor.figures["server"] is None
        log.saw(LOST)
        log.saw(LIVE)
        await until(lambda: monitor.figures["server"] == {"cut": 0})

    watching(server, work)


@pytest.mark.usefixtures("quick")
def test_figures_that_may_be_old_are_left_out() -> None:
    server = Server({"cut": 0}, ServerUnreachable())

    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        await until(lambda: monitor.told != [] and monitor.figures["server"] == {"cut": 0})
        await until(lambda: monitor.figures["server"] is None)

    watching(server, work)


@pytest.mark.usefixtures("quick")
def test_the_server_is_not_asked_while_nobody_looks_or_the_line_is_down() -> None:
    server = Server({"cut": 0})

    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        monitor.is_watched = False
        await asyncio.sleep(0.1)
        asked = server.asked
        log.saw(LOST)
        monitor.is_watched = True
        await asyncio.sleep(0.1)
        assert server.asked == asked == 0
        log.saw(LIVE)
        await until(lambda: server.asked > 0)

    watching(server, work)


@pytest.mark.usefixtures("quick")
def test_a_monitor_that_was_closed_is_told_nothing_and_another_may_follow() -> None:
    async def work(watch: Watch, log: StreamLog, monitor: Monitor) -> None:
        await until(lambda: len(monitor.told) > 1)
        monitor.comm = None
        await asyncio.sleep(0.05)
        told = len(monitor.told)
        another = Monitor()
        watch.attach(another)
        log.saw(event(1))
        await until(lambda: another.told != [] and another.figures["seq"] == 1)
        assert len(monitor.told) == told

    watching(Server({}), work)


# As an analyst reads it


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def test_a_study_tells_what_came_through_its_stream(project: Project) -> None:
    wait_until(lambda: project.stream.connection.state == "live")
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    log = project.stream.log
    events = log[log["kind"] == "event"]
    assert events["seq"].tolist() == list(range(events["seq"].iloc[0], project.stream.seq + 1))
    assert {"interview:added", "interview:completed"} <= set(events["type"])
    assert events["sent_to_received_ms"].between(-50, 10_000).all()
    assert events["received_to_applied_ms"].dropna().between(0, 10_000).all()
    assert project.stream.connection == Connection("live")
    assert repr(project.stream).startswith(f"Stream: live, event {project.stream.seq}, ")


def test_the_monitor_of_a_cell_that_is_run_again_is_the_same(project: Project) -> None:
    monitor = project.monitor()
    assert project.monitor() is monitor
    assert project.monitor(locale="ko") is not monitor
    wait_until(lambda: project.stream.connection.state == "live")
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    wait_until(lambda: monitor.figures["seq"] == project.stream.seq)
    assert monitor.figures["types"]["interview:completed"] == 1
    monitor.receive({"kind": "watching"})
    wait_until(lambda: monitor.figures["server"] is not None)
    assert monitor.figures["server"]["streams"]["here"] == 1
    monitor.close()
    assert project.monitor() is not monitor
