"""A conversation with one of MISO's agents, word by word as it comes.

The text is a sum of pieces until MISO replaces it: then the replacement is the
text. What an agent thinks or looks up is never part of it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any

from persona_lab.engines.miso.events import Event, events
from persona_lab.engines.miso.files import Sent
from persona_lab.engines.miso.reading import clean
from persona_lab.engines.miso.wire import Wire, path_part
from persona_lab.errors import AnswerNotUnderstood, EngineError, EngineRefused, EngineUnavailable
from persona_lab.models import Usage, Value

CUT = "MISO's answer ended before it was complete. Ask again."
FAILED = "MISO's agent failed. Ask again; if it fails again, look at its log in MISO."
# Pieces that each repeat all before them are told from pieces that add to it once they are so long. Characters.
SURE = 12


class Added(Value):
    """A piece of the answer, to go behind what there is."""

    text: str


class Replaced(Value):
    """The whole answer so far, instead of what there was."""

    text: str


class LookingUp(Value):
    """The agent uses these tools; nothing of it is for reading."""

    tools: tuple[str, ...] = ()


class Ended(Value):
    """The answer is complete; `text` is all of it."""

    text: str
    message_id: str
    conversation_id: str
    usage: Usage = Usage()


class Answer:
    """The answer so far, and how to stop it."""

    def __init__(self) -> None:
        self.text = ""
        self.task_id = ""
        self.message_id = ""
        self.conversation_id = ""
        self.usage = Usage()
        self.is_complete = False
        self._half = ""
        self._last = ""
        # Whether each piece has repeated the one before, so far.
        self._repeats = True

    def take(self, event: Event) -> Added | Replaced | LookingUp | None:
        """Return what an event means for who reads."""
        for name in ("task_id", "message_id", "conversation_id"):
            if isinstance(told := event.get(name), str) and told and not getattr(self, name):
                setattr(self, name, told)
        kind = event["event"]
        if kind in ("agent_message", "message") and not self.is_complete:
            return self._add(event.get("answer"))
        if kind == "message_replace":
            return self._replace(event.get("answer"))
        if kind == "agent_thought" and not self.is_complete:
            tools = event.get("tool")
            names = tuple(filter(None, tools.split(";"))) if isinstance(tools, str) else ()
            return LookingUp(tools=names) if names and not event.get("observation") else None
        if kind == "message_end" and not self.is_complete:
            self.is_complete = True
            self.usage = usage_of(event)
            return self._replace(event.get("answer"))
        return None

    def take_whole(self, told: Mapping[str, Any]) -> None:
        """Take an answer that came in one piece."""
        for name in ("task_id", "message_id", "conversation_id"):
            if isinstance(value := told.get(name), str):
                setattr(self, name, value)
        self.message_id = self.message_id or str(told.get("id") or "")
        self.text = clean(str(told["answer"]))
        self.usage = usage_of(told)
        self.is_complete = True

    def _add(self, told: Any) -> Added | Replaced | None:
        if not isinstance(told, str) or not told:
            return None
        whole, self._half = _without_half(self._half + told)
        piece = clean(whole)
        self._repeats = self._repeats and told.startswith(self._last)
        is_sure = self._repeats and len(self._last) >= SURE
        self._last = told
        if is_sure:
            return self._replace(told)
        self.text += piece
        return Added(text=piece) if piece else None

    def _replace(self, told: Any) -> Added | Replaced | None:
        if not isinstance(told, str) or not told:
            return None
        before, self.text = self.text, clean(told)
        if self.text.startswith(before):
            return Added(text=self.text[len(before) :]) if self.text != before else None
        return Replaced(text=self.text)


async def talk(
    wire: Wire,
    query: str,
    *,
    inputs: Mapping[str, str],
    conversation_id: str = "",
    files: Sequence[Sent] = (),
    answer: Answer | None = None,
) -> AsyncGenerator[Added | Replaced | LookingUp | Ended]:
    """Ask an agent and yield its answer as it comes, ended by one `Ended`.

    Whoever stops reading before stops the agent.

    Args:
        answer: what is known of the answer while it comes, for who wants to look.

    Raises:
        EngineError: the agent refused, failed, or ended without an end; what came before stands.
    """
    answer = answer or Answer()
    until = time.monotonic() + wire.limits.chat_seconds
    body = {
        "query": query,
        "inputs": dict(inputs),
        "mode": "streaming",
        "response_mode": "streaming",
        "conversation_id": conversation_id,
        "user": wire.user,
        "files": [file.as_input for file in files],
    }
    is_over = False
    try:
        async with wire.stream("/chat", body) as pieces, aclosing(events(pieces)) as happening:
            while event := await wire.next_of(happening, until, wire.limits.chat_seconds):
                if fault := _fault(wire, event):
                    is_over = True
                    raise fault
                if not event["event"] and isinstance(event.get("answer"), str):
                    answer.take_whole(event)
                    yield Added(text=answer.text)
                elif part := answer.take(event):
                    yield part
                if answer.is_complete:
                    is_over = True
                    break
            is_over = True
            if not answer.is_complete:
                raise EngineUnavailable(CUT)
            async for part in _afterwards(answer, happening, wire.limits.afterwards_seconds):
                yield part
    finally:
        if not is_over and answer.task_id:
            await stop(wire, answer.task_id)
    yield Ended(
        text=answer.text,
        message_id=answer.message_id,
        conversation_id=answer.conversation_id,
        usage=answer.usage.model_copy(update={"calls": 1}),
    )


async def ask(wire: Wire, query: str, *, inputs: Mapping[str, str], conversation_id: str = "") -> Ended:
    """Ask an agent and wait for the whole answer.

    Raises:
        EngineError: the agent refused or failed.
    """
    body = {
        "query": query,
        "inputs": dict(inputs),
        "mode": "blocking",
        "response_mode": "blocking",
        "conversation_id": conversation_id,
        "user": wire.user,
        "files": [],
    }
    told = await wire.ask("POST", "/chat", body=body, seconds=wire.limits.chat_seconds, is_paid=True)
    if not isinstance(told, dict) or not isinstance(told.get("answer"), str):
        raise AnswerNotUnderstood("MISO's agent answered without an answer. Ask again.")
    answer = Answer()
    answer.take_whole(told)
    return Ended(
        text=answer.text,
        message_id=answer.message_id,
        conversation_id=answer.conversation_id,
        usage=answer.usage.model_copy(update={"calls": 1}),
    )


async def stop(wire: Wire, task_id: str) -> None:
    """Tell the agent to stop; that it can't be told is no further fault."""
    with suppress(EngineError):
        await wire.ask("POST", f"/chat/{path_part(task_id)}/stop", body={"user": wire.user}, seconds=5.0)


async def suggested_questions(wire: Wire, message_id: str) -> tuple[str, ...]:
    """Return what might be asked next; nothing where the app has that switched off."""
    try:
        path = f"/messages/{path_part(message_id)}/suggest-questions"
        told = await wire.ask("GET", path, query={"user": wire.user}, may_be_missing=True)
    except EngineRefused:
        return ()
    found = told.get("data") if isinstance(told, dict) else told
    return tuple(clean(one).strip() for one in found if isinstance(one, str) and one.strip()) if found else ()


def usage_of(told: Mapping[str, Any]) -> Usage:
    """Return the tokens that an answer says it took."""
    metadata = told.get("metadata")
    usage = metadata.get("usage") if isinstance(metadata, dict) else None
    counts = usage if isinstance(usage, dict) else {}
    return Usage(
        input_tokens=_count(counts.get("prompt_tokens")), output_tokens=_count(counts.get("completion_tokens"))
    )


async def _afterwards(
    answer: Answer, happening: AsyncIterator[Event], seconds: float
) -> AsyncIterator[Added | Replaced]:
    """Yield what still changes the text after its end: a replacement may come last."""
    until = time.monotonic() + seconds
    while True:
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                event = await anext(happening, None)
        except (TimeoutError, EngineError):
            return
        if event is None:
            return
        part = answer.take(event)
        if isinstance(part, Added | Replaced):
            yield part


def _fault(wire: Wire, event: Event) -> EngineError | None:
    """Return what is wrong if the event says that something is."""
    data = event.get("data")
    told = {**data, **event} if isinstance(data, dict) else event
    if event["event"] == "workflow_finished":
        return EngineUnavailable(FAILED) if told.get("status") == "failed" else None
    return wire.fault_of(told) if event["event"] == "error" else None


def _without_half(text: str) -> tuple[str, str]:
    """Return the text without the first half of a character that is cut in two, and that half."""
    is_cut = "\ud800" <= text[-1:] <= "\udbff"
    return (text[:-1], text[-1]) if is_cut else (text, "")


def _count(told: Any) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0
