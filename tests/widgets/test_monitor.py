import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from persona_lab.client.follow import Connection
from persona_lab.errors import InvalidRequest
from persona_lab.lab.following.stream_log import StreamLog
from persona_lab.models import Event
from persona_lab.replica import Replica
from persona_lab.widgets import monitor as monitoring
from persona_lab.widgets.monitor import Monitor

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Wire:
    """Stands in for the comm and keeps what was sent to the page."""

    def __init__(self):
        self.sent = []
        self.comm_id = "wire"
        self.kernel = object()

    def send(self, data=None, metadata=None, buffers=None):
        self.sent.append(data)

    def on_msg(self, callback):
        self.deliver = lambda data: callback({"content": {"data": data}, "buffers": []})

    def close(self, *args, **kwargs):
        pass


def wired(given, **options):
    monitor = Monitor("Checkout study", given, **options)
    wire = Wire()
    monitor.comm = wire
    wire.sent.clear()
    return monitor, wire


def test_what_has_moved_is_sent_and_what_has_not_is_not(figures):
    monitor, wire = wired(figures())
    monitor.figures = figures(seq=41)
    monitor.figures = figures(seq=41)
    assert [data["state"]["figures"]["seq"] for data in wire.sent] == [41]


def test_a_page_that_asks_later_is_given_the_figures_of_now(figures):
    monitor, wire = wired(figures())
    monitor.figures = figures(seq=41, server={"cut": 1})
    wire.deliver({"method": "request_state"})
    assert wire.sent[-1]["state"]["figures"] == figures(seq=41, server={"cut": 1})


def test_it_is_watched_while_a_page_says_so_now_and_then(figures, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(monitoring.time, "monotonic", lambda: now)
    monitor, wire = wired(figures())
    assert not monitor.is_watched
    wire.deliver({"method": "custom", "content": {"kind": "watching"}})
    assert monitor.is_watched
    now += 200
    assert not monitor.is_watched


def log_of(*types):
    now = datetime(2026, 3, 14, 9, tzinfo=UTC)
    log = StreamLog(calendar=lambda: now, stopwatch=lambda: 0.0)
    log.saw(Connection("live"))
    for seq, kind in enumerate(types, start=1):
        took = timedelta(milliseconds=10 * seq)
        log.saw(Event(seq=seq, type=kind, at=now - took, data={}))
    return log


@pytest.fixture
def replica(tmp_path):
    replica = Replica(tmp_path / "study.duckdb")
    yield replica
    replica.close()


def test_its_query_counts_the_events_of_the_stream_by_type(replica, figures):
    log = log_of("interview:added", "interview:completed", "interview:added")
    monitor, _ = wired(figures(), on_sql=lambda query: replica.frame(query, beside=log.tables()))
    table = monitor.table
    assert list(table["type"]) == ["interview:added", "interview:completed"]
    assert list(table["received"]) == [2, 1]
    assert list(table["sent_to_received_p95_ms"]) == [30.0, 20.0]
    assert dict(zip(table["type"], table["received"], strict=True)) == log.figures()["types"]
    assert list(monitor.selection["type"]) == []
    monitor.selected = ["interview:completed", "gone"]
    assert list(monitor.selection["type"]) == ["interview:completed"]


def test_a_stream_of_nothing_gives_a_table_of_nothing(replica, figures):
    monitor, _ = wired(figures(), on_sql=lambda query: replica.frame(query, beside=StreamLog().tables()))
    monitor.selected = ["interview:added"]
    assert (len(monitor.table), len(monitor.selection)) == (0, 0)


def test_a_monitor_without_a_project_says_that_it_has_no_stream(figures):
    with pytest.raises(InvalidRequest, match=r"project\.monitor"):
        _ = Monitor("Study", figures()).table


@pytest.mark.parametrize("message", [{}, {"kind": "retry"}, []])
def test_a_message_that_makes_no_sense_is_ignored(figures, message):
    monitor, wire = wired(figures())
    monitor.receive(message)
    assert (wire.sent, monitor.is_watched) == ([], False)


def test_a_locale_nobody_translated_is_refused(figures):
    with pytest.raises(Exception, match="locale"):
        Monitor("Study", figures(), locale="fr")


def test_the_saved_notebook_holds_a_picture_beside_the_widget(figures):
    monitor, _ = wired(
        figures(
            seq=1234,
            state="reconnecting",
            reason="<b>gone</b>",
            types={"interview:added": 12},
            received={"p50": 4.0, "p95": 1234.0, "spread": [1]},
        )
    )
    data, _ = monitor._repr_mimebundle_()
    assert WIDGET_VIEW in data
    assert "&lt;b&gt;gone&lt;/b&gt;" in data["text/html"]
    assert "<b>" not in data["text/html"]
    assert data["text/plain"].splitlines() == [
        "Checkout study",
        "Connection: Reconnecting (<b>gone</b>)",
        "Newest event: 1,234",
        "Events per second, last minute: 0.0",
        "Sent → received, p50 / p95: 4 ms / 1.2 s",
        "Received → applied, p50 / p95: –",
        "Reconnects: 0",
        "Resets: 0",
        "interview:added: 12",
    ]


def test_the_picture_is_korean_where_the_monitor_is(figures):
    monitor, _ = wired(figures(), locale="ko")
    assert "연결: 실시간" in monitor._repr_mimebundle_()[0]["text/plain"]


def test_the_parts_of_the_monitor_that_need_no_page(node_path):
    tests = Path(__file__).with_name("monitor.test.mjs")
    done = subprocess.run([node_path, "--test", str(tests)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
