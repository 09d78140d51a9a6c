"""What leaves the machine, and what stays in it when something nobody expected happens."""

import json
import logging
from collections.abc import Callable

import pytest

from persona_lab.engines.base import Alone, Context
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.engines.redacting.engine import guarded
from persona_lab.engines.redacting.scans import Scans
from persona_lab.errors import EngineError
from persona_lab.models import Transcript
from tests.engines.llm.conftest import Kept
from tests.fakes.openai import KEY, OpenAiLookAlike
from tests.support.hiding import Direct, Map

SAID = "I am Maria Gonzalez, and the card form never remembers my number 010-1234-5678."


def test_an_endpoint_sees_pseudonyms_and_people_the_originals(
    engine: LlmEngine, endpoint: OpenAiLookAlike, make: Callable[..., Transcript]
) -> None:
    transcript = make("Q: Who are you?", f"P: {SAID}")
    behind = guarded(
        engine,
        "network",
        scans=Scans(Direct()),
        pseudonyms=Map(),
        transcript_of=lambda _: transcript,
    )
    analysis = behind.analyse(transcript, Context(purpose="What Maria Gonzalez wants"), Alone("run-1"))
    sent = json.dumps(endpoint.calls, ensure_ascii=False)
    assert "Gonzalez" not in sent
    assert "1234" not in sent
    assert [quote.text for one in analysis.insights for quote in one.quotes] == [SAID]
    assert analysis.insights[0].text == SAID


def test_the_key_goes_into_its_header_and_nowhere_else(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    analysis = engine.analyse(checkout, Context(), run)
    names = [name for name, value in endpoint.headers[0].items() if KEY in value]
    assert names == ["authorization"]
    assert KEY not in json.dumps(endpoint.calls) + analysis.model_dump_json() + "".join(run.parts.values())
    assert KEY not in repr(vars(engine))


def test_settings_of_other_programs_send_nothing(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    engine.analyse(checkout, Context(), Alone("run-1"))
    assert "other" not in json.dumps(endpoint.headers)


def test_what_nobody_expected_is_logged_without_its_words(
    engine: LlmEngine,
    checkout: Transcript,
    run: Kept,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(checkout.text)

    monkeypatch.setattr(run, "keep", fail)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(EngineError, match="Something unexpected") as caught:
        engine.analyse(checkout, Context(), run)
    assert caught.value.__context__ is None
    assert "RuntimeError" in caplog.text
    assert "frustrating" not in caplog.text
