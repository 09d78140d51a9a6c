"""Conversations on a page, with a real server behind them."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from persona_lab.lab.project import Project
from persona_lab.widgets.chat import Chat

TALK = """Interviewer: What stops you at payment?
Participant: The payment form lost my card twice, which is really annoying.
Interviewer: And then?
Participant: I gave up paying and closed the shop's page."""
QUESTION = "What annoys people about payment?"


@pytest.fixture
def told(project: Project) -> Project:
    project.upload_text(TALK, title="Mina")
    project.wait()
    return project


class Page:
    """Stands in for the page: keeps what the widget sends."""

    def __init__(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self.chat = chat
        monkeypatch.setattr(chat, "send", self._hear)

    def _hear(self, content: dict[str, Any], _buffers: object = None) -> None:
        with self._news:
            self.heard.append(content)
            self._news.notify_all()

    def until(self, is_so: Callable[[], Any]) -> None:
        with self._news:
            assert self._news.wait_for(is_so, 30), self.heard

    def ask(self, text: str) -> None:
        before = self.count("asked")
        self.chat.receive({"kind": "ask", "text": text})
        self.until(lambda: self.count("asked") > before)

    def count(self, kind: str) -> int:
        return len([one for one in self.heard if one["kind"] == kind])

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(one["role"], one["content"]) for one in self.chat.messages]


def test_what_is_typed_is_asked_and_its_answer_kept_with_its_quotes(
    told: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(told.chat(), monkeypatch)
    page.ask(QUESTION)
    (asked, answer) = page.chat.messages
    assert (asked["role"], asked["content"]) == ("user", QUESTION)
    assert answer["state"] == "complete"
    assert "The payment form lost my card twice" in answer["citations"][0]["quote"]["text"]
    kinds = [one["kind"] for one in page.heard]
    assert kinds.index("started") < kinds.index("parts") < kinds.index("ended") < kinds.index("asked")
    assert page.chat.title


def test_a_second_question_goes_on_in_the_same_conversation(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(told.chat(), monkeypatch)
    page.ask(QUESTION)
    page.ask("And what did they do then?")
    assert [role for role, _ in page.said] == ["user", "assistant", "user", "assistant"]
    assert len(told.conversations) == 1


def test_what_a_cell_asks_in_it_appears_on_the_page(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = told.conversation("Payment")
    conversation.ask(QUESTION)
    page = Page(told.chat("Payment"), monkeypatch)
    assert [role for role, _ in page.said] == ["user", "assistant"]
    conversation.ask("And what did they do then?")
    page.until(lambda: len(page.chat.messages) == 4)
    assert page.said[2] == ("user", "And what did they do then?")


def test_what_was_said_and_what_is_looked_at_is_read_back(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(told.chat(), monkeypatch)
    assert page.chat.table.empty
    page.ask(QUESTION)
    assert list(page.chat.table["role"]) == ["user", "assistant"]
    assert list(told.sql(page.chat.sql)["content"]) == [content for _, content in page.said]
    assert page.chat.selection.empty
    page.chat.selected = [page.chat.messages[1]["id"]]
    assert list(page.chat.selection["role"]) == ["assistant"]


def test_a_question_that_cannot_be_asked_is_answered_with_words(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(told.chat(), monkeypatch)
    page.ask("@P9 why?")
    assert "P9" in next(one["error"] for one in page.heard if one["kind"] == "asked")
    assert page.chat.messages == []


def test_a_closed_page_is_told_no_more(told: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = told.chat("Payment")
    other = told.chat("Payment 2")
    page = Page(other, monkeypatch)
    chat.close()
    page.ask(QUESTION)
    deadline = time.monotonic() + 10
    while not page.said and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [role for role, _ in page.said] == ["user", "assistant"]
