"""An answer that one server writes can be stopped at another, which knows of it from the database alone."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest

from persona_lab.engines.base import Suggested
from persona_lab.errors import MessageNotFound
from persona_lab.models import Delta, Message, Usage
from persona_lab.server import forms
from persona_lab.server.talking import answering
from persona_lab.server.talking.asking import ask
from persona_lab.store import conversations, personas, projects
from persona_lab.store.database import Store
from tests.support import postgresql
from tests.support.answering import server


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(postgresql.emptied())
    yield opened
    opened.close()


class Endless:
    """Begins to speak, and never ends."""

    name, model = "endless", "1"

    async def answer(self, *_: object) -> AsyncGenerator[Delta | Usage | Suggested]:
        yield Delta(text="It is slow,")
        await asyncio.sleep(3600)


async def asked_of(serving: Any, *labels: str) -> tuple[str, AsyncGenerator[dict[str, Any]]]:
    """Ask one server, or these personas there; return the first answer's id and its parts, from the first word on."""
    with serving.store.on_behalf_of(serving.store.identity).writing() as connection:
        project = projects.create(connection, epoch=serving.store.epoch, name="Study")
        for label in labels:
            personas.add(connection, project.id, user="mina", label=label)
    question = (Message(role="user", content="Why?"),)
    body = forms.Question(project_id=project.id, messages=question, persona_ids=labels)
    parts = answering.answered(serving, ask(serving, body, user="mina"))
    started = await anext(parts)
    assert (await anext(parts))["text"] == "It is slow,"
    return str(started["message_id"]), parts


def kept(store: Store, conversation_id: str) -> list[tuple[str, str]]:
    with store.reading() as connection:
        return [(one.state, one.content) for one in conversations.messages(connection, conversation_id)]


def test_another_server_stops_it_and_what_there_is_of_it_is_kept(store: Store) -> None:
    async def stopped() -> str:
        with server(store, Endless()) as here, server(store, Endless()) as there:
            heeding = asyncio.create_task(answering.heed_others(here))
            message_id, parts = await asked_of(here)
            assert await answering.stop(there, message_id)
            async with asyncio.timeout(20):
                rest = [part async for part in parts]
            assert [(part["type"], part["state"]) for part in rest] == [("done", "stopped")]
            assert not await answering.stop(there, message_id)
            heeding.cancel()
            return str(rest[0]["conversation_id"])

    assert kept(store, asyncio.run(stopped())) == [("complete", "Why?"), ("stopped", "It is slow,")]


def test_whoever_is_to_speak_after_it_is_not_waited_for(store: Store) -> None:
    """Two personas were asked; the second has not begun, and nothing is left of it when the first is stopped."""

    async def stopped() -> str:
        with server(store, Endless()) as here, server(store, Endless()) as there:
            heeding = asyncio.create_task(answering.heed_others(here))
            message_id, parts = await asked_of(here, "Nurse", "Teacher")
            assert await answering.stop(there, message_id)
            async with asyncio.timeout(20):
                rest = [part async for part in parts]
            heeding.cancel()
            return str(rest[-1]["conversation_id"])

    conversation_id = asyncio.run(stopped())
    assert kept(store, conversation_id) == [("complete", "Why?"), ("stopped", "It is slow,")]
    with store.writing() as connection:
        conversations.end_left_open(connection, "whoever", "It ended.")
    assert len(kept(store, conversation_id)) == 2


def test_a_server_that_is_gone_leaves_an_end_for_each_who_was_asked(store: Store) -> None:
    """There was nothing yet to sum up."""

    async def left() -> tuple[str, str]:
        with server(store, Endless()) as here:
            message_id, parts = await asked_of(here, "Nurse", "Teacher")
            with store.writing() as connection:
                conversations.end_left_open(connection, here.process_id, "The server ended.")
            # It was only taken for dead: what it still says comes too late.
            here.writings[message_id].end("stopped", "It was stopped.")
            rest = [part async for part in parts]
            return str(rest[-1]["conversation_id"]), message_id

    conversation_id, message_id = asyncio.run(left())
    with store.reading() as connection:
        said = conversations.messages(connection, conversation_id)
    assert sorted((one.author, one.state) for one in said[1:]) == [
        ("Nurse", "broken"),
        ("Teacher", "broken"),
    ]
    assert message_id in {one.id for one in said}


def test_what_nobody_writes_can_not_be_stopped(store: Store) -> None:
    async def stop() -> None:
        with server(store, Endless()) as serving:
            await answering.stop(serving, "nobody's")

    with pytest.raises(MessageNotFound):
        asyncio.run(stop())
