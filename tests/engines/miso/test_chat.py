"""Answers as they come from an agent, in every way they may come or end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from persona_lab.engines.miso import chat, conversations, files
from persona_lab.engines.miso.chat import Added, Ended, LookingUp, Replaced
from persona_lab.engines.miso.config import App, Miso
from persona_lab.engines.miso.wire import Wire, connected
from persona_lab.errors import EngineError, EngineKeyRefused, EngineRefused
from tests.engines.miso.conftest import QUICK
from tests.fakes.faults import BEARABLE, LASTING, Fault, of
from tests.fakes.miso import FakeMiso

Do = Callable[[App, Callable[[Wire], Awaitable[Any]]], Any]

# What only a workflow's outputs can be wrong in.
OF_WORKFLOWS = {
    "status failed",
    "status stopped",
    "all empty",
    "outputs null",
    "prose",
    "truncated output",
    "wrong types",
    "flat",
    "as text",
    "fenced",
    "double-encoded",
    "prose around",
    "below a key",
    "one missing",
    "invented quotes",
    "plain json",
}


def of_answers(some: tuple[Fault, ...]) -> list[Any]:
    return [pytest.param(one, id=one.name) for one in of("miso", some) if one.name not in OF_WORKFLOWS]


def message(text: str) -> dict[str, str]:
    return {"event": "agent_message", "answer": text}


def replaced(text: str) -> dict[str, str]:
    return {"event": "message_replace", "answer": text}


async def told(wire: Wire, **rest: Any) -> list[Any]:
    return [part async for part in chat.talk(wire, "왜요?", inputs={}, **rest)]


def shown(parts: list[Any]) -> str:
    """Return what a reader has before them in the end."""
    text = ""
    for part in parts:
        text = text + part.text if isinstance(part, Added) else part.text if isinstance(part, Replaced) else text
    return text


def test_an_answer_comes_in_pieces_and_ends_once(miso: FakeMiso, wired: Do) -> None:
    parts = wired("agent", told)
    assert shown(parts) == miso.answer
    assert sum(isinstance(part, Added) for part in parts) > 3
    (ended,) = [part for part in parts if isinstance(part, Ended)]
    assert parts[-1] is ended
    assert ended.text == miso.answer
    assert ended.conversation_id in miso.chats
    assert (ended.usage.calls, ended.usage.input_tokens, ended.usage.output_tokens) == (1, 200, 50)


def test_what_it_looks_up_is_told_once_and_is_no_text(wired: Do) -> None:
    looking = [part for part in wired("agent", told) if isinstance(part, LookingUp)]
    assert looking == [LookingUp(tools=("knowledge_search", "web"))]


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([message("네"), message(", "), message("네"), message(".")], "네, 네."),
        ([message("네, "), message("네, 네")], "네, 네, 네"),
        ([message("a"), {"event": "message", "answer": "b"}], "ab"),
        ([message("draft"), replaced("final text")], "final text"),
        ([message("ab"), replaced("abc"), message("d")], "abcd"),
        ([replaced("only")], "only"),
        ([message("\ud83d"), message("\ude25!")], "😥!"),
        (
            [message("저는 결제를 자주 해요"), message("저는 결제를 자주 해요. 그리고"), replaced("")],
            "저는 결제를 자주 해요. 그리고",
        ),
        ([message("The form "), message("The form forgets"), message("The form forgets it")], "The form forgets it"),
        ([message("a"), {"event": "tts_message", "answer": "noise"}, {"event": "?", "answer": "noise"}], "a"),
        ([message("a"), {"event": "agent_message"}, {"event": "agent_message", "answer": 7}], "a"),
        ([message("a"), {"event": "message_end", "answer": "a b"}], "a b"),
        ([message("a"), {"event": "message_end"}, replaced("b")], "b"),
        ([message("a"), {"event": "message_end"}, message("late"), {"event": "message_end", "answer": "x"}], "a"),
    ],
)
def test_pieces_add_up_and_replacements_win(events: list[Any], text: str, miso: FakeMiso, wired: Do) -> None:
    miso.chat_events = events
    # Only escaped can half a character be sent.
    miso.fault("escaped")
    parts = wired("agent", told)
    assert shown(parts) == text
    assert parts[-1].text == text


@pytest.mark.parametrize("fault", of_answers(BEARABLE))
def test_what_is_merely_unusual_makes_no_difference(fault: Fault, miso: FakeMiso, wired: Do) -> None:
    miso.fault(fault.name)
    assert shown(wired("agent", told)) == miso.answer


@pytest.mark.parametrize("fault", of_answers(LASTING))
def test_a_lasting_fault_ends_in_its_error(fault: Fault, miso: FakeMiso, wired: Do) -> None:
    miso.fault(fault.name)
    began = time.monotonic()
    with pytest.raises(EngineError) as raised:
        wired("agent", told)
    assert raised.value.code == fault.code_for("miso")
    assert time.monotonic() - began < QUICK.chat_seconds + 1.0
    assert raised.value.__context__ is raised.value.__cause__ is None


def test_what_came_before_an_error_stands(miso: FakeMiso, settings: Miso) -> None:
    miso.fault("stream error")
    parts: list[Any] = []

    async def read() -> None:
        async with connected(settings, "agent") as wire:
            async for part in chat.talk(wire, "왜요?", inputs={}):
                parts.append(part)

    with pytest.raises(EngineError):
        asyncio.run(read())
    assert shown(parts) == miso.answer
    assert not any(isinstance(part, Ended) for part in parts)


def test_a_failed_workflow_behind_a_chat_is_an_error(miso: FakeMiso, wired: Do) -> None:
    miso.chat_events = [message("a"), {"event": "workflow_finished", "data": {"status": "failed", "error": "카드"}}]
    with pytest.raises(EngineError) as raised:
        wired("agent", told)
    assert "카드" not in raised.value.message


def test_who_stops_reading_stops_the_agent(miso: FakeMiso, settings: Miso) -> None:
    async def read_one() -> None:
        async with connected(settings, "agent") as wire:
            parts = chat.talk(wire, "왜요?", inputs={})
            await anext(parts)
            await parts.aclose()

    asyncio.run(read_one())
    assert len(miso.stopped) == 1


def test_an_answer_that_ended_is_not_stopped(miso: FakeMiso, wired: Do) -> None:
    wired("agent", told)
    assert miso.stopped == []


def test_an_answer_may_be_waited_for(miso: FakeMiso, wired: Do) -> None:
    ended = wired("agent", lambda wire: chat.ask(wire, "왜요?", inputs={"persona_title": "P1"}))
    assert ended.text == miso.answer
    assert miso.last("/chat")["mode"] == "blocking"


def test_a_conversation_goes_on_and_is_listed_renamed_and_deleted(miso: FakeMiso, wired: Do) -> None:
    async def talked(wire: Wire) -> None:
        first = (await told(wire))[-1]
        for _ in range(4):
            await told(wire, conversation_id=first.conversation_id)
        for _ in range(2):
            await told(wire)
        said = await conversations.messages(wire, first.conversation_id)
        assert [one.question for one in said] == ["왜요?"] * 5
        assert [one.created_at for one in said] == sorted(one.created_at for one in said)
        listed = await conversations.conversations(wire)
        assert [one.id for one in listed] == list(miso.chats)
        await conversations.rename(wire, first.conversation_id, "결제")
        await conversations.delete(wire, first.conversation_id)
        await conversations.delete(wire, first.conversation_id)
        assert len(await conversations.conversations(wire)) == 2

    wired("agent", talked)


@pytest.mark.parametrize("conversation", ["no-uuid", "00000000-0000-4000-8000-000000000000"])
def test_a_conversation_that_isnt_there_is_refused(conversation: str, wired: Do) -> None:
    with pytest.raises(EngineRefused):
        wired("agent", lambda wire: told(wire, conversation_id=conversation))


@pytest.mark.parametrize("escape", ["../workflows/run", "a/b", "", "네"])
def test_an_id_leads_nowhere_else(escape: str, miso: FakeMiso, wired: Do) -> None:
    with pytest.raises(EngineRefused):
        wired("agent", lambda wire: conversations.delete(wire, escape))
    assert miso.calls == []


def test_questions_are_suggested_unless_that_is_switched_off(miso: FakeMiso, wired: Do) -> None:
    async def suggested(wire: Wire) -> tuple[str, ...]:
        return await chat.suggested_questions(wire, (await told(wire))[-1].message_id)

    assert wired("agent", suggested) == ("왜 그렇게 느끼셨나요?",)
    miso.suggestions = None
    assert wired("agent", suggested) == ()


def test_a_file_is_uploaded_and_sent_along(miso: FakeMiso, wired: Do) -> None:
    async def sent(wire: Wire) -> None:
        file = await files.upload(wire, "interview.txt", "카드".encode())
        await told(wire, files=[file])
        assert miso.last("/chat")["files"] == [file.as_input]

    wired("agent", sent)


@pytest.mark.parametrize(("name", "content"), [("a.exe", b"MZ"), ("a.txt", b"")])
def test_a_file_that_isnt_taken_is_refused(name: str, content: bytes, wired: Do) -> None:
    with pytest.raises(EngineRefused, match="file"):
        wired("agent", lambda wire: files.upload(wire, name, content))


def test_the_key_of_another_app_names_its_setting(miso: FakeMiso, settings: Miso) -> None:
    swapped = settings.model_copy(update={"agent_key": settings.workflow_key})

    async def asked() -> None:
        async with connected(swapped, "agent") as wire:
            await told(wire)

    with pytest.raises(EngineKeyRefused, match="PERSONA_LAB_MISO_AGENT_KEY holds the key of another kind of MISO app"):
        asyncio.run(asked())
