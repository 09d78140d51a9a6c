"""What an endpoint's error means to people, and whether trying again makes sense.

Endpoints echo requests in their errors, and libraries keep both in theirs. So the
message is always our own, and the error it was made from is not kept with it.
"""

import re
from dataclasses import dataclass
from typing import Any

from openai import APIStatusError, OpenAIError
from pydantic_ai import exceptions
from pydantic_ai.messages import ModelResponse

from persona_lab.engines.llm.asking import CutOff, FormRefused, SettingRefused, TooLong
from persona_lab.engines.llm.bounded import TooMuch
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.errors import (
    AnswerNotUnderstood,
    EngineBusy,
    EngineError,
    EngineKeyRefused,
    EngineRefused,
    EngineTimedOut,
    EngineUnavailable,
)

KEY = "PERSONA_LAB_LLM_API_KEY"
MODEL = "PERSONA_LAB_LLM_MODEL"
ADDRESS = "PERSONA_LAB_LLM_BASE_URL"

# Errors of servers that can't fill in forms the way they were asked to: vLLM, Ollama, llama.cpp and others.
FORM = re.compile(r"tool|function.?call|response_format|json_schema|json_object|grammar|structured", re.IGNORECASE)
LONG = re.compile(
    r"context.{0,12}(?:length|size|window)|(?:too many|maximum).{0,30}tokens|prompt is too long|exceed_context",
    re.IGNORECASE,
)
FILTERED = re.compile(r"content.?filter|content.?policy|content management policy|moderation|safety", re.IGNORECASE)
# How pydantic-ai words it that a stream stopped without saying that it ended.
UNENDED = "finish_reason"
# Settings that some models don't take; the work can be done without them.
OPTIONAL = ("temperature", "seed", "max_completion_tokens", "max_tokens")
MODEL_MISSING = re.compile(r"model", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """What came of a call that failed.

    `error` is for people, or one of the exceptions above, which say how to ask differently. `is_passing` is
    whether the same call may succeed in a moment, `wait_seconds` how long the endpoint asked to be left alone.
    """

    error: EngineError | TooLong | FormRefused | SettingRefused
    is_passing: bool = False
    wait_seconds: float | None = None


def fault_of(error: Exception, config: LlmConfig) -> Fault | None:
    """Return what an error of pydantic-ai or the OpenAI client means; None for any other error."""
    if _is_too_much(error):
        return Fault(not_understood("without end"))
    match error:
        case TimeoutError() | exceptions.ModelTimeoutError() | exceptions.ModelRequestTimeout():
            return Fault(timed_out(config), is_passing=True)
        case exceptions.ModelHTTPError():
            return _of_status(error, config)
        case exceptions.ModelConnectionError(phase="connect"):
            return Fault(EngineUnavailable(_unreached(config)), is_passing=True)
        case exceptions.ModelConnectionError():
            return Fault(_broke_off(), is_passing=True)
        case exceptions.ContentFilterError():
            return Fault(filtered())
        case exceptions.ModelAPIError(__cause__=APIStatusError()):
            # Errors from 400 on were dealt with above.
            return Fault(EngineRefused(f"The address {config.shown_url} leads somewhere else. Correct {ADDRESS}."))
        case exceptions.ModelAPIError(message=str(said)) if UNENDED in said:
            return Fault(_broke_off(), is_passing=True)
        case exceptions.ModelAPIError(in_stream=True) | exceptions.ModelServerError():
            return Fault(EngineUnavailable("The language model reported an error. Try again."), is_passing=True)
        case exceptions.ModelAPIError():
            return Fault(not_understood("in a form that is no answer"), is_passing=True)
        case exceptions.UnexpectedModelBehavior():
            return Fault(not_understood("in a form that can't be used"))
        case exceptions.AgentRunError() | exceptions.UserError() | OpenAIError():
            return Fault(not_understood("in a form that can't be used"))
    return None


def timed_out(config: LlmConfig) -> EngineTimedOut:
    return EngineTimedOut(
        f"The language model did not answer within {config.call_seconds:g} seconds. "
        "Try again, or use a faster model or shorter sections."
    )


def filtered() -> EngineRefused:
    return EngineRefused(
        "The language model's provider refuses to read this interview: its content filter objects. Use another model."
    )


def _broke_off() -> EngineUnavailable:
    return EngineUnavailable("The language model's answer broke off. Try again.")


def declined() -> EngineRefused:
    return EngineRefused("The language model declined to do this. Use another model.")


def not_understood(how: str) -> AnswerNotUnderstood:
    return AnswerNotUnderstood(f"The language model answered {how}. Try again, or use a more capable model.")


def check_end(response: ModelResponse, *, even_cut: bool = True) -> None:
    """Raise what it means that the model ended as it did; a text that was cut can be good so far."""
    if response.finish_reason == "content_filter":
        raise declined() if (response.provider_details or {}).get("refusal") else filtered()
    if even_cut and response.finish_reason == "length":
        raise CutOff


def _is_too_much(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, TooMuch):
        error = error.__cause__
    return error is not None


def _of_status(error: exceptions.ModelHTTPError, config: LlmConfig) -> Fault:
    status, said = error.status_code, _words(error)
    if isinstance(error, exceptions.ModelQuotaExceededError):
        return Fault(EngineRefused("The account at the language model's provider has no credit left. Top it up."))
    if status == 429:
        wait = error.retry_after
        busy = EngineBusy("The language model has too much to do. Try again in a minute.", retry_seconds=wait)
        return Fault(busy, is_passing=True, wait_seconds=wait)
    if status in (401, 403) and not FILTERED.search(said):
        return Fault(EngineKeyRefused(_key_refused(status, config)))
    if status == 404:
        return Fault(EngineRefused(_not_found(config)))
    if isinstance(error, exceptions.ModelContextWindowExceededError) or status == 413 or LONG.search(said):
        return Fault(TooLong())
    if status in (408, 504):
        return Fault(timed_out(config), is_passing=True)
    if name := _optional_setting(error, said):
        return Fault(SettingRefused(name))
    if FORM.search(said) and (400 <= status < 500 or status in (500, 501)):
        return Fault(FormRefused())
    if status >= 500:
        wait = error.retry_after
        message = f"The language model's server answered with error {status}. Try again in a minute."
        return Fault(EngineUnavailable(message, retry_seconds=wait), is_passing=True, wait_seconds=wait)
    if FILTERED.search(said):
        return Fault(filtered())
    if MODEL_MISSING.search(error.provider_error_code or ""):
        return Fault(EngineRefused(_not_found(config)))
    return Fault(EngineRefused(f"The language model's server refused the request (status {status}). Check {ADDRESS}."))


def _optional_setting(error: exceptions.ModelHTTPError, said: str) -> str | None:
    """Return which optional setting a 400 is about."""
    if error.status_code not in (400, 422):
        return None
    named = _field(error.body, "param")
    if named in OPTIONAL:
        return named
    return next((name for name in OPTIONAL if re.search(rf"['\"`]{name}['\"`]", said)), None)


def _words(error: exceptions.ModelHTTPError) -> str:
    """Return code, type and message of an error, without what it echoes of the request elsewhere."""
    message = _field(error.body, "message") or _field(error.body, "detail") or ""
    return " ".join((error.provider_error_code or "", error.provider_error_type or "", message[:400]))


def _field(body: Any, name: str) -> str | None:
    if not isinstance(body, dict):
        return body if isinstance(body, str) and name == "message" else None
    inner = body.get("error")
    found = inner.get(name) if isinstance(inner, dict) and name in inner else body.get(name)
    if found is None and name == "message" and isinstance(inner, str):
        return inner
    return found if isinstance(found, str) else None


def _unreached(config: LlmConfig) -> str:
    return f"Nothing answers at {config.shown_url}. Start the server there, or correct {ADDRESS}."


def _key_refused(status: int, config: LlmConfig) -> str:
    if config.api_key is None:
        return f"The language model's server asks for a key. Set {KEY}."
    if status == 403:
        return f"The key in {KEY} may not use the model {config.model}. Use another key or another model."
    return f"The language model's server refused the key in {KEY}. Correct it."


def _not_found(config: LlmConfig) -> str:
    return f"There is no model {config.model} at {config.shown_url}. Correct {MODEL} or {ADDRESS}."
