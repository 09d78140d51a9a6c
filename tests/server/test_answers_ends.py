"""What might be asked next never holds an answer up, and what it is never breaks one."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from persona_lab.engines.answering import differing
from persona_lab.engines.base import UNTOLD, Context, Suggested
from persona_lab.errors import EngineUnavailable
from persona_lab.models import ChatMessage, Delta, Message, Passage, Usage, Voice, identity
from persona_lab.server import forms
from persona_lab.server.talking import answering, suggesting
from persona_lab.server.talking.asking import ask
from persona_lab.store import conversations, personas, projects
from persona_lab.store.database import Store
from tests.support.answering import server

LONG = "word " * 10_000


class Speaking:
    """Says what it is to say, and what might be asked next."""

    name, model = "speaking", "1"

    def __init__(self, *parts: Delta | Usage | Suggested) -> None:
        self.parts = parts

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Usage | Suggested]:
        for part in self.parts:
            yield part


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "s.sqlite")
    yield opened
    opened.close()


class Failing(Speaking):
    """Fails in the middle of what these say."""

    def __init__(self, **faults: Exception) -> None:
        super().__init__()
        self.faults = faults

    async def answer(self, *told: Any) -> AsyncGenerator[Delta | Usage | Suggested]:
        voice: Voice = told[3]
        yield Delta(text=f"I am {voice.label}.")
        if fault := self.faults.get(voice.label):
            raise fault


def talk(store: Store, engine: Speaking, *labels: str) -> list[tuple[float, dict[str, Any]]]:
    """Return the parts of the engine's answer, or of these personas', each with when it came."""

    async def parts() -> list[tuple[float, dict[str, Any]]]:
        with store.writing() as connection:
            project = projects.create(connection, epoch=store.epoch, name="Study")
            for label in labels:
                personas.add(connection, project.id, user="mina", label=label)
        question = (Message(role="user", content="Why?"),)
        body = forms.Question(project_id=project.id, messages=question, persona_ids=labels)
        with server(store, engine) as serving:
            asked = ask(serving, body, user="mina")
            return [(time.monotonic(), part) async for part in answering.answered(serving, asked)]

    return asyncio.run(parts())


async def never(*_: object) -> tuple[str, ...]:
    await asyncio.sleep(3600)
    return ("Too late?",)


async def broken(*_: object) -> tuple[str, ...]:
    raise RuntimeError("no model")


@pytest.mark.parametrize("asked_next", [never, broken])
def test_an_answer_ends_though_nothing_can_be_suggested(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked_next: Callable[..., Awaitable[tuple[str, ...]]]
) -> None:
    monkeypatch.setattr(suggesting, "asked_next", asked_next)
    monkeypatch.setattr(answering, "SUGGESTED_SECONDS", 0.2)
    begun = time.monotonic()
    parts = talk(store, Speaking(Delta(text="They don't tell.")))
    words, end = parts[-2], parts[-1]
    assert words[1]["text"] == "They don't tell."
    assert words[0] - begun < 1.0
    assert end[0] - begun < 3.0
    assert (end[1]["state"], end[1]["questions"]) == ("complete", [])


def test_what_the_engine_itself_suggests_comes_first_and_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "asked_next", never)
    end = talk(store, Speaking(Delta(text="Cost."), Suggested(questions=("How much?",))))[-1][1]
    assert end["questions"] == ["How much?"]
    with store.reading() as connection:
        assert conversations.messages(connection, end["conversation_id"])[1].questions == ("How much?",)


def test_an_answer_may_be_longer_than_a_question(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "asked_next", broken)
    end = talk(store, Speaking(Delta(text=LONG)))[-1][1]
    with store.reading() as connection:
        assert conversations.messages(connection, end["conversation_id"])[1].content == LONG


def test_what_breaks_unforeseen_is_kept_without_its_inside(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "asked_next", broken)
    engine = Speaking(Delta(text="Half"), Delta(text=" an answer"))

    async def answer(*_: object) -> AsyncGenerator[Delta]:
        yield Delta(text="Half")
        raise RuntimeError("Mina's secret")

    monkeypatch.setattr(engine, "answer", answer)
    end = talk(store, engine)[-1][1]
    assert (end["type"], end["code"]) == ("error", "server_error")
    assert "secret" not in end["message"]
    with store.reading() as connection:
        project = projects.every(connection, epoch=store.epoch, seen_by=identity.local("me"))[0]
        _, kept = conversations.messages_of_project(connection, project.id)
    assert (kept.content, kept.state) == ("Half", "broken")
    assert "secret" not in kept.note


def kept(store: Store) -> list[ChatMessage]:
    with store.reading() as connection:
        project = projects.every(connection, epoch=store.epoch, seen_by=identity.local("me"))[0]
        return conversations.messages_of_project(connection, project.id)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (EngineUnavailable("The model is away. Ask again."), "The model is away. Ask again."),
        (RuntimeError("Mina's secret"), "The server met something nobody expected. Its log says more."),
    ],
)
def test_where_one_of_three_personas_fails_the_others_answer_and_are_compared(
    store: Store, monkeypatch: pytest.MonkeyPatch, fault: Exception, sentence: str
) -> None:
    monkeypatch.setattr(suggesting, "asked_next", broken)
    compared: list[str] = []

    def differences(answers: Sequence[tuple[Voice, str, object]], _language: str) -> list[Delta]:
        compared.extend(voice.label for voice, *_ in answers)
        return [Delta(text="They agree.")]

    monkeypatch.setattr(differing, "differences", differences)
    parts = [part for _, part in talk(store, Failing(P2=fault), "P1", "P2", "P3")]
    assert [part["label"] for part in parts if part["type"] == "started"] == ["P1", "P2", "P3", "summary"]
    assert [part["type"] for part in parts].count("done") == 1
    assert (parts[-1]["state"], parts[-1]["notes"]) == ("broken", [f"P2: {sentence}"])
    assert compared == ["P1", "P3"]
    _, *answers = kept(store)
    assert [(one.author, one.content, one.state, one.note) for one in answers] == [
        ("P1", "I am P1.", "complete", ""),
        ("P2", "I am P2.", "broken", sentence),
        ("P3", "I am P3.", "complete", ""),
        ("summary", "They agree.", "complete", ""),
    ]


def test_where_one_alone_can_answer_nothing_is_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "asked_next", broken)
    away = EngineUnavailable("The model is away. Ask again.")
    parts = [part for _, part in talk(store, Failing(P1=away, P2=away), "P1", "P2", "P3")]
    assert (parts[-1]["type"], parts[-1]["state"], len(parts[-1]["notes"])) == ("done", "broken", 2)
    assert [one.author for one in kept(store)[1:]] == ["P1", "P2", "P3"]


def test_where_nobody_can_answer_it_ends_in_one_error(store: Store) -> None:
    away = EngineUnavailable("The model is away. Ask again.")
    parts = [part for _, part in talk(store, Failing(P1=away, P2=away), "P1", "P2")]
    assert [part["type"] for part in parts].count("error") == 1
    assert (parts[-1]["type"], parts[-1]["code"], parts[-1]["message"]) == ("error", away.code, away.message)
    assert [one.state for one in kept(store)] == ["complete", "broken", "broken"]
