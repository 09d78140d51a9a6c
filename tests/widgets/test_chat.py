import threading
import time
from datetime import UTC, datetime

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.models import ChatMessage, Citation, CitedQuote, Delta, Done, Started
from persona_lab.widgets.chat import Chat

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
STARTED = Started(conversation_id="c", message_id="m2", label="project")
QUOTE = CitedQuote(interview_id="i", interview_title="Talk", speaker="Mina", turn=1, start=0, end=2, text="So")


def message(number, content="So it is.", **facts):
    role = "user" if number % 2 else "assistant"
    return ChatMessage(
        id=f"m{number}",
        conversation_id="c",
        number=number,
        role=role,
        author="ada",
        content=content,
        created_at=AT,
        **facts,
    )


class Recorded(Chat):
    """A conversation that keeps what it sends to the page."""

    def __init__(self, messages=(), on_ask=lambda _text: None, on_stop=lambda _id: None):
        self.sent = []
        self.arrived = threading.Condition()
        super().__init__(
            "Payment",
            messages,
            on_ask=on_ask,
            on_stop=on_stop,
            on_sql=lambda _query: None,
            conversation_id=lambda: "c",
            static=lambda said, locale: ("<p>" + locale, " ".join(one.content for one in said)),
        )

    def send(self, content, buffers=None):
        with self.arrived:
            self.sent.append(content)
            self.arrived.notify_all()

    def kinds(self):
        return [content["kind"] for content in self.sent]

    def wait_for(self, kind):
        with self.arrived:
            assert self.arrived.wait_for(lambda: kind in self.kinds(), 5)
        return next(content for content in self.sent if content["kind"] == kind)


def test_only_messages_that_are_new_or_changed_are_sent():
    chat = Recorded([message(1)])
    chat.hold([message(1)])
    assert chat.sent == []
    chat.hold([message(1), message(2)])
    assert [[one["id"] for one in content["messages"]] for content in chat.sent] == [["m2"]]


def test_a_page_that_opens_later_is_given_all_messages_in_order():
    chat = Recorded([message(2)])
    chat.hold([message(1)])
    assert [one["id"] for one in chat.get_state()["messages"]] == ["m1", "m2"]


def test_a_page_that_missed_something_is_told_all():
    chat = Recorded([message(1)])
    chat.receive({"kind": "hello", "known": 1})
    assert chat.sent == []
    chat.receive({"kind": "hello", "known": 0})
    assert [one["id"] for one in chat.sent[0]["messages"]] == ["m1"]


def test_however_fast_words_come_the_page_is_told_twenty_times_a_second_at_most():
    chat = Recorded()
    chat.take(STARTED)
    began = time.monotonic()
    for number in range(2000):
        chat.take(Delta(text=f"{number} "))
        if number % 100 == 0:
            time.sleep(0.02)
    chat.take(Citation(n=1, quote=QUOTE))
    chat.take(Done(message_id="m2", conversation_id="c"))
    passed = time.monotonic() - began
    parts = [content for content in chat.sent if content["kind"] == "parts"]
    assert "".join(part["text"] for part in parts) == "".join(f"{number} " for number in range(2000))
    assert [citation["quote"]["text"] for part in parts for citation in part["citations"]] == ["So"]
    assert len(parts) <= passed * 20 + 2
    assert chat.kinds()[-1] == "ended"


def test_a_pause_shows_what_has_come_so_far():
    chat = Recorded()
    chat.take(STARTED)
    chat.take(Delta(text="Two people"))
    assert chat.wait_for("parts")["text"] == "Two people"


def test_what_was_asked_for_in_vain_is_said():
    def ask(_text):
        raise InvalidRequest("There is no P9. There are P1 and P2.")

    chat = Recorded(on_ask=ask)
    chat.receive({"kind": "ask", "text": "@P9 why?"})
    assert chat.wait_for("asked")["error"] == "There is no P9. There are P1 and P2."


def test_what_nobody_expected_is_not_shown_as_it_is(caplog):
    def ask(_text):
        raise ZeroDivisionError("secret")

    chat = Recorded(on_ask=ask)
    chat.receive({"kind": "ask", "text": "why?"})
    assert chat.wait_for("asked")["error"] == "Something unexpected happened. The notebook's log says more."


def test_an_answer_can_be_stopped_while_the_question_waits():
    released = threading.Event()
    chat = Recorded(on_ask=lambda _text: released.wait(5), on_stop=lambda _id: released.set())
    chat.receive({"kind": "ask", "text": "why?"})
    chat.receive({"kind": "stop", "message_id": "m2"})
    assert chat.wait_for("asked")["error"] == ""


@pytest.mark.parametrize("content", [{}, {"kind": "ask"}, {"kind": "ask", "text": 3}, {"kind": "stop"}, {"kind": "x"}])
def test_a_message_that_is_none_is_passed_over(content):
    chat = Recorded()
    chat.receive(content)
    assert chat.sent == []


def test_a_saved_notebook_has_the_conversation_in_it():
    data, _ = Recorded([message(1, "Why?"), message(2)])._repr_mimebundle_()
    assert data["text/html"] == "<p>en"
    assert data["text/plain"] == "Why? So it is."
