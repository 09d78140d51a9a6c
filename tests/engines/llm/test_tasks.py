"""Whatever a language model is asked for, each fault ends in its error, in time, and tells nobody what was said."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from persona_lab.engines.base import Context
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.errors import EngineError
from persona_lab.models import Citation, CitedQuote, Insight, Passage, Voice
from tests.engines.llm.conftest import Kept
from tests.engines.llm.test_faults import SECONDS, streamed, whole
from tests.fakes.faults import BEARABLE, LASTING, Fault
from tests.fakes.openai import KEY, OpenAiLookAlike
from tests.support import talking
from tests.support.portraying import CARD, portrait, quote

TALK = talking.talk(("What is hard about paying?", f"- “{CARD}” [1]"))
VOICE = Voice(persona_id="p", label="P1", name="Robin", summary=CARD, pains=(CARD,), participants=3)
SECRETS = (KEY, CARD, "forgets my address", "Why do people leave")


def finding(said: CitedQuote) -> Insight:
    return Insight(id="i", kind="pain", text=said.text, members=(), quotes=(said,), support=1, participants=3)


def answered(engine: LlmEngine) -> None:
    """Ask a persona, which speaks of what the study is about."""
    said = quote("a", CARD)
    passage = Passage(
        interview_id="a",
        interview_title="A",
        turn=1,
        speaker="P",
        role="participant",
        text=said.text,
        start=said.start,
        score=1.0,
    )

    async def ask() -> list[Any]:
        context = Context(purpose="Why do people leave?")
        return [part async for part in engine.answer("What is hard?", [passage], [], VOICE, context)]

    quotes = [part.quote for part in asyncio.run(ask()) if isinstance(part, Citation)]
    assert all(one.text in CARD for one in quotes if one.status != "rejected")


def mapped(engine: LlmEngine) -> None:
    assert engine.mind_map(*TALK, Kept()).engine == "llm"


def portrayed(engine: LlmEngine) -> None:
    assert engine.portray(portrait(), Kept()).traits == portrait().traits


def summed_up(engine: LlmEngine) -> None:
    assert engine.summarise([finding(quote("a", CARD))], Kept()).citations


FORMS = (mapped, portrayed)
TEXTS = (answered, summed_up)


@pytest.mark.parametrize("task", FORMS, ids=lambda task: task.__name__)
@pytest.mark.parametrize("fault", whole(LASTING + BEARABLE))
def test_a_form_that_goes_wrong(
    task: Callable[[LlmEngine], None],
    fault: Fault,
    engine: LlmEngine,
    endpoint: OpenAiLookAlike,
    caplog: pytest.LogCaptureFixture,
) -> None:
    check(task, fault, engine, endpoint, caplog)


@pytest.mark.parametrize("task", TEXTS, ids=lambda task: task.__name__)
@pytest.mark.parametrize("fault", streamed(LASTING + BEARABLE))
def test_a_text_that_goes_wrong(
    task: Callable[[LlmEngine], None],
    fault: Fault,
    engine: LlmEngine,
    endpoint: OpenAiLookAlike,
    caplog: pytest.LogCaptureFixture,
) -> None:
    check(task, fault, engine, endpoint, caplog)


def check(
    task: Callable[[LlmEngine], None],
    fault: Fault,
    engine: LlmEngine,
    endpoint: OpenAiLookAlike,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.always(fault.name)
    told: EngineError | None = None
    begun = time.monotonic()
    try:
        task(engine)
    except EngineError as error:
        told = error
    assert time.monotonic() - begun < SECONDS
    assert (told.code if told else None) == fault.code_for("llm")
    shown = "".join(traceback.format_exception(told)) + repr(vars(told)) if told else ""
    assert [secret for secret in SECRETS if secret in shown + caplog.text] == []
    assert told is None or told.__context__ is None
