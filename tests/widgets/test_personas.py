import threading

import pytest

from persona_lab.errors import Conflict
from persona_lab.models import Event
from persona_lab.widgets.personas import PersonaCards
from tests.support.making import NOON

BUYERS = {"id": "b", "position": 1, "label": "P1", "title": "Buyers"}
USERS = {"id": "u", "position": 2, "label": "P2", "title": "Users"}
MINA = {"id": "i1", "order": 1, "title": "Mina", "persona_id": "b", "decided_by": None}
JUN = {"id": "i2", "order": 2, "title": "Jun", "persona_id": None, "decided_by": None}


class Recorded(PersonaCards):
    """Cards that keep what they send to the page."""

    def __init__(
        self, on_propose=lambda: None, on_accept=lambda _ids: None, on_assign=lambda _interview, _persona: None
    ):
        self.sent = []
        self.news = 0
        self.arrived = threading.Condition()
        super().__init__(
            "Study",
            [BUYERS, USERS],
            [MINA, JUN],
            on_propose=on_propose,
            on_accept=on_accept,
            on_assign=on_assign,
            on_news=self.count,
            on_sql=lambda _query: None,
            static=lambda locale: ("<p>" + locale, "text"),
        )

    def count(self):
        self.news += 1

    def send(self, content, buffers=None):
        with self.arrived:
            self.sent.append(content)
            self.arrived.notify_all()

    def done(self):
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.sent and self.sent[-1]["kind"] == "done", timeout=10)
        return self.sent[-1]


def event(kind):
    return Event(seq=1, type=kind, at=NOON, data={})


def test_only_what_differs_is_sent():
    cards = Recorded()
    cards.show([BUYERS, USERS], [MINA, JUN])
    assert cards.sent == []
    moved = {**JUN, "persona_id": "u"}
    cards.show([{**BUYERS, "title": "Payers"}, USERS], [MINA, moved])
    assert cards.sent == [
        {
            "kind": "changed",
            "personas": [{**BUYERS, "title": "Payers"}],
            "interviews": [moved],
            "gone": [],
            "revision": 1,
        }
    ]
    assert cards.interviews == [MINA, moved]


def test_what_is_gone_is_said():
    cards = Recorded()
    cards.show([BUYERS], [MINA])
    assert cards.sent[0]["gone"] == ["u", "i2"]


def test_a_page_that_missed_something_is_given_all():
    cards = Recorded()
    cards.show([BUYERS], [MINA])
    cards.receive({"kind": "hello", "revision": 1})
    assert len(cards.sent) == 1
    cards.receive({"kind": "hello", "revision": 0})
    assert cards.sent[-1] == {"kind": "changed", "personas": [BUYERS], "interviews": [MINA], "gone": [], "revision": 1}


def test_only_events_that_cards_show_are_news():
    cards = Recorded()
    cards.hear([event("coding:added"), event("project:updated"), event("interview:status_changed")])
    assert cards.news == 0
    cards.hear([event("persona:assigned"), event("insight:judged")])
    cards.hear([event("axes:changed")])
    cards.reload(None)
    assert cards.news == 3


def test_proposing_accepting_and_choosing_are_handed_on():
    asked = []
    cards = Recorded(
        on_propose=lambda: asked.append("propose"),
        on_accept=asked.append,
        on_assign=lambda *about: asked.append(about),
    )
    for number, message in enumerate(
        (
            {"kind": "propose"},
            {"kind": "accept", "interviews": ["i1"]},
            {"kind": "accept", "interviews": None},
            {"kind": "assign", "interview": "i1", "persona": "u"},
            {"kind": "assign", "interview": "i1", "persona": None},
        )
    ):
        cards.sent.clear()
        cards.receive({**message, "id": number})
        assert cards.done() == {"kind": "done", "id": number, "error": ""}
    assert asked == ["propose", ["i1"], None, ("i1", "u"), ("i1", None)]


@pytest.mark.parametrize(
    ("error", "said"),
    [(Conflict("No persona is proposed."), "No persona is proposed."), (ZeroDivisionError(), "Something unexpected")],
)
def test_what_goes_wrong_is_said_on_the_page(error, said):
    def refuse(_ids):
        raise error

    cards = Recorded(on_accept=refuse)
    cards.receive({"kind": "accept", "id": 1, "interviews": None})
    assert cards.done()["error"].startswith(said)


def test_what_makes_no_sense_is_passed_over():
    cards = Recorded()
    cards.receive({"kind": "assign", "id": 1, "interview": 3, "persona": "u"})
    cards.receive({"kind": "accept"})
    assert cards.sent == []
