"""`persona-lab doctor`: what it says of each engine, and when it exits with 1."""

from collections.abc import Iterator

import pytest

from persona_lab.__main__ import main
from tests.fakes.miso import KEY_OF, FakeMiso
from tests.fakes.openai import KEY, MODEL, OpenAiLookAlike


@pytest.fixture
def miso(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMiso]:
    with FakeMiso() as running:
        monkeypatch.setenv("PERSONA_LAB_MISO_URL", running.url)
        monkeypatch.setenv("PERSONA_LAB_MISO_WORKFLOW_KEY", KEY_OF["workflow"])
        monkeypatch.setenv("PERSONA_LAB_MISO_ATTEMPTS", "1")
        yield running


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAiLookAlike]:
    with OpenAiLookAlike() as running:
        monkeypatch.setenv("PERSONA_LAB_LLM_BASE_URL", running.url)
        monkeypatch.setenv("PERSONA_LAB_LLM_MODEL", MODEL)
        monkeypatch.setenv("PERSONA_LAB_LLM_API_KEY", KEY)
        monkeypatch.setenv("PERSONA_LAB_LLM_RETRIES", "0")
        yield running


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Run it; return what it says of each engine, and its exit code."""
    code = main(["doctor"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("The settings can be read.")
    return {"first": first, "code": str(code), **{line[2:7].strip(): line[:2] + line[8:] for line in rest}}


def test_engines_that_nobody_set_up_are_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys)
    assert found["code"] == "0"
    assert "local is the engine" in found["first"]
    assert found["local"].startswith("✓ ")
    assert found["miso"].startswith("✗ PERSONA_LAB_MISO_WORKFLOW_KEY is not set.")
    assert found["llm"].startswith("✗ PERSONA_LAB_LLM_MODEL: no model is named.")


def test_the_chosen_engine_must_be_set_up(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_ENGINE", "llm")
    found = told(capsys)
    assert found["code"] == "1"
    assert "llm is the engine" in found["first"]


def test_engines_that_answer_say_so_and_what_it_cost_is_next_to_nothing(
    capsys: pytest.CaptureFixture[str], miso: FakeMiso, llm: OpenAiLookAlike
) -> None:
    found = told(capsys)
    assert found["code"] == "0"
    assert found["miso"].startswith("✓ MISO answers; keys are set for: workflow.")
    assert found["llm"].startswith(f"✓ {MODEL} at {llm.url} answers, in ")
    assert miso.paid == 0
    assert llm.answered == 1
    assert llm.input_tokens + llm.output_tokens < 200


def test_a_wrong_key_is_named_by_its_setting_and_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, miso: FakeMiso, llm: OpenAiLookAlike
) -> None:
    monkeypatch.setenv("PERSONA_LAB_ENGINE", "miso")
    monkeypatch.setenv("PERSONA_LAB_MISO_WORKFLOW_KEY", "app-wrong")
    monkeypatch.setenv("PERSONA_LAB_LLM_API_KEY", "sk-wrong")
    found = told(capsys)
    assert found["code"] == "1"
    assert found["miso"].startswith("✗ MISO refused the key")
    assert "PERSONA_LAB_MISO_WORKFLOW_KEY" in found["miso"]
    assert found["llm"].startswith("✗ The language model's server refused the key in PERSONA_LAB_LLM_API_KEY.")
    assert not any("wrong" in said for said in found.values())


def test_a_setting_that_cannot_be_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_MISO_RUN_SECONDS", "-1")
    assert main(["doctor"]) == 1
    assert "PERSONA_LAB_MISO_RUN_SECONDS" in capsys.readouterr().err
