import subprocess
from pathlib import Path

import pytest

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
