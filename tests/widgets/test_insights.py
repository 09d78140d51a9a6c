import threading

import pytest

from persona_lab.errors import Conflict
from persona_lab.lab.insights.view import View
from persona_lab.widgets import packed
from persona_lab.widgets.insights import OPENED_KEPT, Deed, Done, InsightBoard

SLOW = {"id": "a", "kind": "pain", "text": "It is slow", "support": 2, "is_rejected": False}
DEAR = {"id": "b", "kind": "need", "text": "It has to be cheap", "support": 1, "is_rejected": False}


EVERYTHING = View()


class Recorded(InsightBoard):
    """A board that keeps what it sends to the page."""

    def __init__(
        self, view=EVERYTHING, on_deed=lambda deed: Done("Done.", deed.insights[0]), on_open=None, on_sql=None
    ):
        self.sent = []
        self.arrived = threading.Condition()
        super().__init__(
            "Study",
            view,
            on_sql=on_sql or (lambda query: query),
            on_open=on_open or (lambda insight_id: {"about": insight_id, "parts": []}),
            on_deed=on_deed,
            static=lambda view, locale: (f"<p>{view.sort} {locale}</p>", "text"),
            rows=[SLOW, DEAR],
        )

    def send(self, content, buffers=None):
        with self.arrived:
            self.sent.append(content)
            self.arrived.notify_all()

    def done(self):
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.sent and self.sent[-1]["kind"] == "done", timeout=10)
        return self.sent[-1]


def test_rows_reach_the_page_packed():
    state = Recorded().get_state("rows")
    assert packed.unpack(state["rows"]) == [SLOW, DEAR]


def test_its_query_is_that_of_the_view_the_page_has_set():
    board = Recorded(View(kinds=("pain",)))
    assert board.view["kinds"] == ["pain"]
    assert board.sql == View(kinds=("pain",)).sql
    board.view = {"text": "it's", "sort": "name"}
    assert board.sql == View(text="it's", sort="name").sql
    assert board.table == board.sql


def test_a_selection_is_of_the_rows_that_are_shown():
    board = Recorded()
    board.selected = ["a"]
    assert board.sql in board.selection
    assert "id IN ('a')" in board.selection


def test_what_is_opened_is_sent_and_again_only_when_it_differs():
    said = {"about": "first", "parts": []}
    board = Recorded(on_open=lambda _id: said)
    board.receive({"kind": "open", "insight": "a"})
    board.show([SLOW], [], [])
    assert board.sent == [{"kind": "details", "insight": "a", "details": said}]
    said = {"about": "second", "parts": []}
    board.show([SLOW], [], [])
    assert board.sent[1]["details"]["about"] == "second"
    board.receive({"kind": "open", "insight": "a"})
    assert len(board.sent) == 3


def test_only_so_many_that_were_opened_are_kept_true():
    board = Recorded()
    for number in range(OPENED_KEPT + 5):
        board.receive({"kind": "open", "insight": str(number)})
    board.sent.clear()
    board._on_open = lambda _id: {"about": "other", "parts": []}
    board.show([SLOW], [], [])
    assert [one["insight"] for one in board.sent] == [str(number) for number in range(5, OPENED_KEPT + 5)]


def test_a_deed_is_handed_on_and_answered():
    asked = []

    def do(deed):
        asked.append(deed)
        return Done("Merged.", "a")

    board = Recorded(on_deed=do)
    board.receive({"kind": "do", "id": 7, "deed": "merge", "insights": ["a", "b"], "text": "Both"})
    assert board.done() == {"kind": "done", "id": 7, "error": "", "said": "Merged.", "insight": "a"}
    assert asked == [Deed("merge", ("a", "b"), "Both")]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Conflict("It is being analysed again."), "It is being analysed again."),
        (ZeroDivisionError(), "Something unexpe"),
    ],
)
def test_what_goes_wrong_is_said_in_words(error, said):
    def refuse(_deed):
        raise error

    board = Recorded(on_deed=refuse)
    board.receive({"kind": "do", "id": 1, "deed": "pin", "insights": ["a"], "text": ""})
    assert board.done()["error"].startswith(said)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "open"},
        {"kind": "do", "id": 1, "deed": "burn", "insights": ["a"], "text": ""},
        {"kind": "do", "id": 1, "deed": "pin", "insights": "a", "text": ""},
    ],
)
def test_what_makes_no_sense_is_passed_over(message):
    board = Recorded(on_deed=pytest.fail)
    board.receive(message)
    assert board.sent == []


def test_a_saved_notebook_has_the_view_as_it_is_now():
    board = Recorded()
    board.view = {"sort": "support"}
    data, _ = board._repr_mimebundle_()
    assert (data["text/html"], data["text/plain"]) == ("<p>support en</p>", "text")
