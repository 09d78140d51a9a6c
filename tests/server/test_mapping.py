"""A mind map is drawn, and paid for, once for what was said."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from persona_lab.engines.base import Run
from persona_lab.models import ChatMessage, Conversation, MindMap, Usage
from persona_lab.server.services import Services
from persona_lab.server.talking import mapping
from persona_lab.store import conversations, projects, spending
from persona_lab.store.database import Store


class Forgetful:
    """Draws what it can take: all but the oldest message. Each map takes its time, and is paid for."""

    name, model = "llm", "1"

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        time.sleep(0.1)
        run.spent(Usage(calls=1, input_tokens=10))
        return MindMap(title="Map", root="Map", messages=len(messages), left_out=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "s.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def talk(store: Store) -> Conversation:
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="Study")
        conversation = conversations.make(connection, project.id, title="Why?", user="mina")
    say(store, conversation)
    return conversation


def say(store: Store, conversation: Conversation) -> None:
    with store.writing() as connection:
        conversations.say(connection, conversation, role="user", author="mina", content="Why?")
        conversations.say(connection, conversation, role="assistant", author="project", content="Because.")


def serving_with(store: Store) -> Services:
    engines: Any = SimpleNamespace(of=lambda _project: Forgetful())
    others = ("files", "scans", "jobs", "hub", "retrieval", "workroom", "receiving", "knowing", "process_id")
    parts: Any = dict.fromkeys(others)
    return Services(store=store, engines=engines, **parts)


def paid(store: Store, talk: Conversation) -> int:
    with store.reading() as connection:
        return len(spending.of_project(connection, talk.project_id))


def test_a_map_that_leaves_messages_out_is_drawn_anew_only_when_something_was_said(
    store: Store, talk: Conversation
) -> None:
    serving = serving_with(store)
    first = mapping.draw(serving, talk.id).mind_map
    assert mapping.draw(serving, talk.id).mind_map == first
    assert paid(store, talk) == 1
    say(store, talk)
    again = mapping.draw(serving, talk.id).mind_map
    assert again is not None
    assert (again.messages, again.left_out) == (4, 1)
    assert paid(store, talk) == 2


def test_asked_for_six_times_at_once_it_is_drawn_once(store: Store, talk: Conversation) -> None:
    serving = serving_with(store)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: mapping.draw(serving, talk.id), range(6)))
    assert paid(store, talk) == 1
