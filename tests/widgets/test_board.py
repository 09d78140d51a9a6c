import json
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from persona_lab.errors import Conflict, EmptyFile, ServerUnreachable
from persona_lab.lab.incoming.uploads import Known, Refused, Uploads
from persona_lab.widgets import packed
from persona_lab.widgets.board import Board

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Wire:
    """Stands in for the comm and keeps what was sent to the page."""

    def __init__(self):
        self.sent = []
        self.buffers = []
        self.comm_id = "wire"
        self.kernel = object()

    def send(self, data=None, metadata=None, buffers=None):
        self.sent.append(data)
        self.buffers.append(buffers)

    def on_msg(self, callback):
        self.deliver = lambda data: callback({"content": {"data": data}, "buffers": []})

    def close(self, *args, **kwargs):
        pass

    def forget(self):
        self.sent.clear()
        self.buffers.clear()

    @property
    def messages(self):
        return [data["content"] for data in self.sent if data["method"] == "custom"]


def wired(*rows, **options):
    board = Board("Checkout study", rows, **options)
    wire = Wire()
    board.comm = wire
    wire.forget()
    return board, wire


def test_a_change_is_sent_as_a_change_and_not_as_the_whole_board(row):
    board, wire = wired(row("a"), row("b"))
    changed = row("a", status="completed")
    board.update([changed])
    assert wire.messages == [{"kind": "rows", "rows": [changed], "removed": [], "revision": 1}]
    assert [data["method"] for data in wire.sent] == ["custom"]


def test_a_page_that_asks_later_is_given_the_rows_of_now(row):
    board, wire = wired(row("a"), row("b"))
    board.update([row("a", status="completed"), row("c")], removed=["b"])
    wire.deliver({"method": "request_state"})
    state = wire.sent[-1]["state"]
    rows = packed.unpack(wire.buffers[-1][wire.sent[-1]["buffer_paths"].index(["rows"])])
    assert [(r["id"], r["status"]) for r in rows] == [("a", "completed"), ("c", "processing")]
    assert state["revision"] == 1


def test_python_sees_the_rows_of_now_as_well(row):
    board, _ = wired(row("a"))
    board.update([row("a", status="failed")])
    assert board.rows[0]["status"] == "failed"


def test_a_change_of_nothing_sends_nothing(row):
    board, wire = wired(row("a"))
    board.update([])
    assert wire.sent == []


def test_rows_set_as_a_whole_are_sent_and_then_changed_from_there(row):
    board, wire = wired(row("a"))
    board.rows = [row("b")]
    board.update([row("c")])
    assert wire.sent[0]["method"] == "update"
    assert [r["id"] for r in board.rows] == ["b", "c"]


def test_a_board_brought_to_other_rows_sends_what_differs(row):
    board, wire = wired(row("a"), row("b"), row("c"))
    board.bring_to([row("a"), row("b", status="completed"), row("d")])
    assert {r["id"]: r["status"] for r in board.rows} == {"a": "processing", "b": "completed", "d": "processing"}
    (message,) = wire.messages
    assert ([r["id"] for r in message["rows"]], message["removed"]) == (["b", "d"], ["c"])


def test_a_board_brought_to_the_rows_it_has_sends_nothing(row):
    board, wire = wired(row("a"))
    board.bring_to([row("a")])
    assert wire.sent == []


def test_changes_from_many_threads_are_all_kept_and_numbered_without_gaps(row):
    board, wire = wired()

    def add(worker):
        for n in range(50):
            board.update([row(f"{worker}-{n}")])

    threads = [threading.Thread(target=add, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(board.rows) == 200
    assert [message["revision"] for message in wire.messages] == list(range(1, 201))


def test_a_page_that_missed_a_change_is_given_everything(row):
    board, wire = wired(row("a"))
    board.update([row("b")])
    wire.forget()
    wire.deliver({"method": "custom", "content": {"kind": "hello", "revision": 0}})
    assert wire.messages == [{"kind": "all", "revision": 1}]
    assert packed.unpack(wire.buffers[0][0]) == [row("a"), row("b")]


def test_a_page_that_has_everything_is_given_nothing(row):
    board, wire = wired(row("a"))
    board.update([row("b")])
    wire.forget()
    board.receive({"kind": "hello", "revision": 1})
    assert wire.sent == []


def test_the_connection_light_is_state():
    board, wire = wired()
    board.connection = "reconnecting"
    assert wire.sent[0]["state"] == {"connection": "reconnecting"}


def test_a_notice_is_passed_on():
    board, wire = wired()
    board.notify("added", 12)
    assert wire.messages == [{"kind": "notice", "notice": "added", "n": 12, "title": ""}]


def test_pressing_retry_calls_the_handler_with_the_interviews_id(row):
    asked = []
    _, wire = wired(row("a", status="failed"), on_retry=asked.append)
    wire.deliver({"method": "custom", "content": {"kind": "retry", "id": "a"}})
    assert asked == ["a"]


def test_a_retry_that_is_refused_becomes_a_notice_and_not_a_traceback(capsys, row):
    def refuse(_interview_id):
        raise Conflict("The interview is being analysed already.")

    _, wire = wired(row("a", status="failed"), on_retry=refuse)
    wire.deliver({"method": "custom", "content": {"kind": "retry", "id": "a"}})
    assert wire.messages == [
        {"kind": "notice", "notice": "error", "n": 1, "title": "The interview is being analysed already.", "id": "a"}
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("message", [{}, {"kind": "retry"}, {"kind": "retry", "id": 3}, {"kind": "hello"}, []])
def test_a_message_that_makes_no_sense_is_ignored(message):
    board, wire = wired(on_retry=pytest.fail)
    board.receive(message)
    assert wire.sent == []


def test_a_board_without_a_handler_offers_no_retry():
    assert not Board("Study", []).can_retry
    assert Board("Study", [], on_retry=print).can_retry


def test_a_locale_nobody_translated_is_refused():
    with pytest.raises(Exception, match="locale"):
        Board("Study", [], locale="fr")


def test_the_saved_notebook_holds_a_picture_beside_the_widget(row):
    board, _ = wired(row("a", title="<img src=x onerror=alert(1)>", status="completed", pains=4))
    data, _ = board._repr_mimebundle_()
    assert WIDGET_VIEW in data
    assert "&lt;img src=x onerror=alert(1)&gt;" in data["text/html"]
    assert "<img" not in data["text/html"]
    assert "Completed" in data["text/plain"]


def test_the_saved_picture_is_the_same_when_only_times_and_ids_differ(row):
    one, _ = wired(row("a", title="Kim"))
    other, _ = wired(row("z", title="Kim", added_at="2030-01-01T00:00:00Z", changed_at="2030-01-01T00:00:01Z"))
    first, second = one._repr_mimebundle_()[0], other._repr_mimebundle_()[0]
    assert (first["text/html"], first["text/plain"]) == (second["text/html"], second["text/plain"])


def test_ten_thousand_rows_can_change_twenty_times_without_sending_them_again(row):
    rows = [row(str(n), order=n) for n in range(10_000)]
    board, wire = wired(*rows)
    for n in range(20):
        board.update([row(str(n), order=n, status="completed")])
    assert len(json.dumps(wire.sent)) < 20 * 1000


def test_the_parts_of_the_board_that_need_no_page(node_path):
    tests = Path(__file__).with_name("board.test.mjs")
    done = subprocess.run([node_path, "--test", str(tests)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def piece(raw=b"", *, name="a.txt", file_id="1", size=None, offset=0):
    size = len(raw) if size is None else size
    return {"kind": "file", "id": file_id, "name": name, "size": size, "offset": offset}, [memoryview(raw)]


def taker(*, known=(), refused=()):
    """Return what takes files, and the list of those it was given."""
    taken = []

    def take(name, raw):
        taken.append((name, raw))
        return Uploads([], known, refused)

    return take, taken


def test_a_file_comes_whole_out_of_its_pieces():
    take, taken = taker()
    board, wire = wired(on_file=take)
    board.receive(*piece(b"Mina: ", size=12))
    board.receive(*piece(b"Hello.", size=12, offset=6))
    assert taken == [("a.txt", b"Mina: Hello.")]
    assert wire.messages == [
        {"kind": "file", "id": "1", "held": 6},
        {"kind": "file", "id": "1", "known": [], "refused": []},
    ]


def test_an_empty_file_comes_too():
    take, taken = taker()
    board, _ = wired(on_file=take)
    board.receive(*piece())
    assert taken == [("a.txt", b"")]


def test_two_pages_can_send_at_once():
    take, taken = taker()
    board, _ = wired(on_file=take)
    for offset, part in ((0, b"ab"), (2, b"cd")):
        for file_id in ("1", "2"):
            board.receive(*piece(part, name=f"{file_id}.txt", file_id=file_id, size=4, offset=offset))
    assert taken == [("1.txt", b"abcd"), ("2.txt", b"abcd")]


def test_what_was_refused_and_what_was_there_is_told_by_file():
    handle = SimpleNamespace(title="Mina", filename="mina.txt")
    refusal = Refused("b.txt", EmptyFile("b.txt: the file is empty. Choose the file that holds the transcript."))
    take, _ = taker(known=[Known("copy.txt", handle)], refused=[refusal])
    board, wire = wired(on_file=take)
    board.receive(*piece(b"PK", name="study.zip"))
    assert wire.messages[-1]["known"] == [["copy.txt", "Mina"]]
    assert wire.messages[-1]["refused"] == [["b.txt", "the file is empty. Choose the file that holds the transcript."]]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (piece(b"x", size=60 * 1024 * 1024), "60 MB is more than 50 MB. Upload the transcript as text, or split it."),
        (piece(b"xyz", size=2), "more came of it than was announced. Drop it again."),
        (piece(b"x", size=9, offset=4), "a part of it was lost on its way. Drop it again."),
        (piece(b"", size=9), "it ended before its end. Drop it again."),
    ],
)
def test_a_file_that_does_not_come_as_it_should_is_refused_with_a_sentence(message, reason):
    board, wire = wired(on_file=pytest.fail)
    board.receive(*message)
    assert wire.messages == [{"kind": "file", "id": "1", "known": [], "refused": [["a.txt", reason]]}]


def test_files_that_pages_left_unfinished_make_room():
    board, _ = wired(on_file=pytest.fail)
    for number in range(100):
        board.receive(*piece(b"x" * 1000, file_id=str(number), size=2000))
    assert len(board._incoming._held) == 4


def test_a_server_that_is_gone_becomes_a_sentence_and_not_a_traceback(capsys):
    def take(name, raw):
        raise ServerUnreachable("The persona_lab server does not answer.")

    board, wire = wired(on_file=take)
    board.receive(*piece(b"x"))
    assert wire.messages[-1]["refused"] == [["a.txt", "The persona_lab server does not answer."]]
    assert capsys.readouterr() == ("", "")


def test_a_board_without_a_taker_takes_no_files():
    board, wire = wired()
    board.receive(*piece(b"x"))
    assert wire.sent == []
    assert not board.can_upload
