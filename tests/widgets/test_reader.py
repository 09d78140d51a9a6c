import subprocess
import threading
from pathlib import Path

import pytest

from persona_lab.errors import NotYours
from persona_lab.lab.drawing import transcript_picture
from persona_lab.models import Event
from persona_lab.widgets.packed import unpack
from persona_lab.widgets.reader import Reader
from tests.support.making import NOON
from tests.widgets.conftest import make_turns

MINA = {
    "id": "mina",
    "title": "Mina",
    "state": "completed",
    "error": {"en": "", "ko": ""},
    "language": "en",
    "date": None,
    "redacted": False,
    "remarks": [],
    "back": None,
}
TURNS = make_turns("What happened?", "The form lost my card 😀 twice.", "And <then>?", "I gave up.")
PAIN = {
    "id": 0,
    "kind": "pain",
    "text": "The form loses cards",
    "insight": "",
    "support": 2,
    "participants": 3,
    "note": "",
    "is_pinned": False,
    "is_rejected": False,
    "quotes": [
        {"turn": 1, "start": TURNS[1]["start"] + 4, "end": TURNS[1]["start"] + 23, "text": "form lost my card 😀"}
    ],
    "others": [],
}


class Recorded(Reader):
    """A reader that keeps what it sends to the page."""

    def __init__(self, interview=MINA, **about):
        self.sent = []
        self.states = []
        self.news = []
        self.arrived = threading.Condition()
        given = {"turns": TURNS, "on_code": lambda *_about: None, **about}
        super().__init__(
            interview,
            on_news=self.news.append,
            static=transcript_picture.pictures,
            on_sql=lambda query: query,
            **given,
        )

    def send(self, content, buffers=None):
        with self.arrived:
            self.sent.append(content)
            self.arrived.notify_all()

    def send_state(self, key=None):
        self.states.append({key} if isinstance(key, str) else None if key is None else set(key))

    def ask(self, kind, **about):
        before = len(self.sent)
        self.receive({"kind": kind, "id": 7, **about})
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.sent) > before, timeout=10)
        assert self.sent[-1]["id"] == 7
        return self.sent[-1]["error"]


def test_only_what_differs_is_sent_and_together():
    reader = Recorded()
    reader.states.clear()
    reader.show(turns=list(TURNS), findings=[])
    assert reader.states == []
    reader.show(findings=[PAIN], sections=[{"name": "Paying", "first": 0, "last": 3, "is_main": True}])
    assert reader.states == [{"findings", "sections", "revision"}]
    assert reader.revision == 1


def test_the_turns_travel_packed():
    state = Recorded().get_state(key="turns")
    assert unpack(state["turns"]) == TURNS


def test_a_page_that_missed_something_is_given_all():
    reader = Recorded()
    reader.show(findings=[PAIN])
    reader.states.clear()
    reader.receive({"kind": "hello", "revision": 1})
    assert reader.states == []
    reader.receive({"kind": "hello", "revision": 0})
    assert reader.states == [None]


def test_what_is_asked_on_the_page_is_handed_on():
    asked = []
    names = ("on_code", "on_note", "on_uncode", "on_unnote", "on_open")
    reader = Recorded(**{name: lambda *about, name=name: asked.append((name, *about)) for name in names})
    place = {"turn": 1, "start": 40, "end": 44}
    assert reader.ask("code", code="trust", places=[place]) == ""
    assert reader.ask("note", text="Ask again.", turn=1) == ""
    assert reader.ask("uncode", coding="c") == ""
    assert reader.ask("unnote", note="n") == ""
    assert reader.ask("open", interview="jun", turn=4, **{"from": 1}) == ""
    assert asked == [
        ("on_code", "trust", [place]),
        ("on_note", "Ask again.", 1),
        ("on_uncode", "c"),
        ("on_unnote", "n"),
        ("on_open", "jun", 4, 1),
    ]


def test_what_goes_wrong_is_said_in_words():
    def refuse(_note):
        raise NotYours("bo wrote this note.")

    def fail(_note):
        raise RuntimeError("secret")

    assert Recorded(on_unnote=refuse).ask("unnote", note="n") == "bo wrote this note."
    assert Recorded(on_unnote=fail).ask("unnote", note="n") == (
        "Something unexpected happened. The notebook's log says more."
    )


def test_what_happens_is_handed_on_and_a_new_beginning_is_news_of_everything():
    reader = Recorded()
    event = Event(seq=1, type="coding:added", at=NOON, data={})
    reader.hear([event])
    reader.reload(None)
    assert reader.news == [[event], None]


def test_the_query_quotes_what_is_looked_for():
    reader = Recorded({**MINA, "id": "it's"})
    assert "t.interview_id = 'it''s'" in reader.sql
    assert "contains" not in reader.sql
    reader.find = "mina's"
    assert "contains" not in reader.sql
    reader.only_found = True
    assert "contains(lower(nfc_normalize(t.text)), lower(nfc_normalize('mina''s')))" in reader.sql
    assert reader.table == reader.sql


def test_the_static_form_marks_quotes_and_writes_nothing_as_html_that_was_said():
    reader = Recorded(
        findings=[PAIN],
        sections=[{"name": "Paying", "first": 0, "last": 3, "is_main": True}],
        codes=[{"id": "c", "turn": 3, "text": "I gave up.", "code": "exit", "coder": "bo"}],
    )
    html, text = transcript_picture.pictures(reader)
    assert "The <mark>form lost my card 😀</mark> twice." in html
    assert "And &lt;then&gt;?" in html
    assert "<h4" in html
    assert "▼ Pain: The form loses cards (2 of 3 participants)" in html
    assert "1 Mina 0:37: The form lost my card 😀 twice." in text
    assert "    Code “exit” (bo): I gave up." in text
    assert "more" not in text


def test_a_long_transcript_says_how_much_more_there_is():
    turns = make_turns(*(f"Sentence {n}" for n in range(3000)))
    html, text = transcript_picture.pictures(Recorded(turns=turns))
    assert "and 2,920 more turns." in html
    assert "Sentence 79" in text
    assert "Sentence 80" not in text
    reader = Recorded(turns=turns)
    reader.go(2990)
    html, text = transcript_picture.pictures(reader)
    assert "2,990 turns before these." in html
    assert "Sentence 2999" in text
    assert "more turn" not in html


def test_one_endless_turn_is_shown_whole():
    html, _ = transcript_picture.pictures(Recorded(turns=make_turns("word " * 30_000, "and then?")))
    assert "and 1 more turn." in html
    assert html.count("word ") == 30_000


@pytest.mark.parametrize(
    ("state", "locale", "words"),
    [
        ("processing", "en", "Being read."),
        ("deleted", "en", "This interview was deleted."),
        ("failed", "en", "It could not be analysed: No speech."),
        ("analyzing", "ko", "분석 중입니다."),
    ],
)
def test_the_static_form_says_why_there_is_nothing_to_read(state, locale, words):
    reader = Recorded(
        {**MINA, "state": state, "error": dict.fromkeys(("en", "ko"), "No speech.")}, turns=[], locale=locale
    )
    html, text = transcript_picture.pictures(reader)
    assert words in html
    assert words in text


def test_a_redacted_interview_says_so():
    html, _ = transcript_picture.pictures(Recorded({**MINA, "redacted": True}))
    assert "Names and other personal data were replaced" in html


def test_the_parts_of_the_reader_that_need_no_page(node_path):
    tests = Path(__file__).with_name("reader.test.mjs")
    done = subprocess.run([node_path, "--test", str(tests)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
