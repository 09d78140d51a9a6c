"""Each fault ends in the right error, in time, and tells nobody anything it shouldn't."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from persona_lab import errors
from persona_lab.engines.base import Alone, Context
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.models import Citation, Delta, Passage, Transcript
from tests.fakes.faults import BEARABLE, LASTING, Fault, of
from tests.fakes.openai import IN_STREAM, KEY, OpenAiLookAlike

STREAM_ONLY = {
    "stream error", "stream cut", "stream stalls", "stream damaged", "split characters", "crlf", "pings", "unended",
    "comments",
}  # fmt: skip
# What an answer, which fills in no form, can't suffer from.
FORM_ONLY = {
    "wrong types", "fenced", "prose around", "invented quotes", "all invented", "half an answer", "truncated output",
    "prose",
}  # fmt: skip
CODES = {error.code: error for error in errors.every()}
SECONDS = 8.0
SECRETS = (KEY, "frustrating", "delivery address", "coupon field")


def whole(some: tuple[Fault, ...]) -> list[Any]:
    return [pytest.param(fault, id=fault.name) for fault in of("llm", some) if fault.name not in STREAM_ONLY]


def streamed(some: tuple[Fault, ...]) -> list[Any]:
    return [pytest.param(fault, id=fault.name) for fault in of("llm", some) if fault.name not in FORM_ONLY]


def analysed(engine: LlmEngine, transcript: Transcript) -> errors.EngineError | None:
    try:
        engine.analyse(transcript, Context(), Alone("run-1"))
    except errors.EngineError as error:
        return error
    return None


def answered(engine: LlmEngine, passages: list[Passage]) -> tuple[str, list[Citation], errors.EngineError | None]:
    text, citations = "", []

    async def ask() -> None:
        nonlocal text
        async for part in engine.answer("What is hard about the card form?", passages, []):
            if isinstance(part, Delta):
                text += part.text
            elif isinstance(part, Citation) and part.quote.status != "rejected":
                citations.append(part)

    try:
        asyncio.run(ask())
    except errors.EngineError as error:
        return text, citations, error
    return text, citations, None


@pytest.mark.parametrize("fault", whole(LASTING))
def test_a_fault_that_stays_ends_in_its_error(
    fault: Fault,
    engine: LlmEngine,
    endpoint: OpenAiLookAlike,
    checkout: Transcript,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.always(fault.name)
    begun = time.monotonic()
    error = analysed(engine, checkout)
    assert time.monotonic() - begun < SECONDS
    assert error is not None
    assert error.code == fault.code_for("llm")
    expected = CODES[str(fault.code_for("llm"))]
    assert error.can_retry == expected.can_retry
    assert len(error.message) < 250
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)
    assert error.__context__ is None
    assert error.__cause__ is None
    assert [secret for secret in SECRETS if secret in told + caplog.text + "".join(capfd.readouterr())] == []


@pytest.mark.parametrize("fault", streamed(LASTING))
def test_a_fault_that_stays_ends_an_answer_in_its_error(
    fault: Fault,
    engine: LlmEngine,
    endpoint: OpenAiLookAlike,
    checkout: Transcript,
    passages: Callable[..., list[Passage]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.always(fault.name)
    begun = time.monotonic()
    _, _, error = answered(engine, passages(checkout, "i1"))
    assert time.monotonic() - begun < SECONDS
    assert error is not None
    assert error.code == fault.code_for("llm")
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error.__dict__) + caplog.text
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize("fault", whole(BEARABLE))
def test_what_can_be_borne_is_borne(
    fault: Fault, make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.always(fault.name)
    plain = make_engine(call_seconds=5.0).analyse(checkout, Context(), Alone("run-1"))
    endpoint.always(None)
    assert plain.insights == make_engine().analyse(checkout, Context(), Alone("run-1")).insights
    assert plain.insights


@pytest.mark.parametrize("fault", streamed(BEARABLE))
def test_what_can_be_borne_in_an_answer_is_borne(
    fault: Fault,
    make_engine: Callable[..., LlmEngine],
    endpoint: OpenAiLookAlike,
    checkout: Transcript,
    passages: Callable[..., list[Passage]],
) -> None:
    assert fault.name in IN_STREAM
    endpoint.always(fault.name)
    engine = make_engine(call_seconds=5.0)
    text, citations, error = answered(engine, passages(checkout, "i1"))
    assert error is None
    endpoint.always(None)
    assert (text, citations, None) == answered(engine, passages(checkout, "i1"))
    assert citations


PASSING = ("429", "429 soon", "500", "502 html", "503", "reset", "reset mid-body", "half an answer", "hang")


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_got_over(
    name: str, engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.fail(name)
    assert engine.analyse(checkout, Context(), Alone("run-1")).insights
    assert len(endpoint.calls) == 2


def test_retry_after_is_respected(engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript) -> None:
    endpoint.fail("429 soon")
    engine.analyse(checkout, Context(), Alone("run-1"))
    assert endpoint.times[1] - endpoint.times[0] >= 1.0


def test_a_retry_after_out_of_reach_is_left_to_the_board(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.always("429 retry-after")
    error = analysed(engine, checkout)
    assert error is not None
    assert error.retry_seconds == 3600
    assert len(endpoint.calls) == 1


@pytest.mark.parametrize("name", ["401", "403", "404", "400 unknown", "400 content_filter", "429 insufficient_quota"])
def test_what_will_not_pass_is_not_tried_again(
    name: str, engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.always(name)
    analysed(engine, checkout)
    assert len(endpoint.calls) == 1


def test_pauses_grow(make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript) -> None:
    endpoint.always("503")
    analysed(make_engine(retries=3, retry_seconds=0.2), checkout)
    gaps = [after - before for before, after in zip(endpoint.times, endpoint.times[1:], strict=False)]
    assert len(gaps) == 3
    assert gaps[0] < 0.4 < gaps[2]


def test_key_errors_name_the_setting(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    wrong = analysed(make_engine(api_key="sk-wrong"), checkout)
    missing = analysed(make_engine(api_key=None), checkout)
    assert wrong is not None
    assert wrong.message == ("The language model's server refused the key in PERSONA_LAB_LLM_API_KEY. Correct it.")
    assert missing is not None
    assert missing.message == "The language model's server asks for a key. Set PERSONA_LAB_LLM_API_KEY."


def test_a_missing_model_is_named_with_its_address(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    error = analysed(make_engine(model="no-such-model"), checkout)
    assert error is not None
    assert error.message == (
        f"There is no model no-such-model at {endpoint.url}. Correct PERSONA_LAB_LLM_MODEL or PERSONA_LAB_LLM_BASE_URL."
    )


def test_an_address_where_nothing_answers_is_named_without_what_is_secret_in_it(
    make_engine: Callable[..., LlmEngine], checkout: Transcript
) -> None:
    error = analysed(make_engine(base_url="http://me:hidden@127.0.0.1:9/v1?token=hidden"), checkout)
    assert isinstance(error, errors.EngineUnavailable)
    assert "http://127.0.0.1:9/v1" in error.message
    assert "hidden" not in error.message


def test_a_run_ends_in_its_time_however_often_it_could_be_tried(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.always("503")
    begun = time.monotonic()
    error = analysed(make_engine(retries=1000, run_seconds=1.0), checkout)
    assert time.monotonic() - begun < 3
    assert isinstance(error, errors.EngineUnavailable)
