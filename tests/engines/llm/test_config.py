"""Which endpoint is asked, and that a wrong setting names itself."""

import subprocess
import sys
from typing import Any

import pytest
from pydantic import SecretStr

from persona_lab.engines.llm.config import OPENAI, LlmConfig
from persona_lab.errors import EngineNotSetUp
from persona_lab.settings import Settings


def of(**settings: Any) -> LlmConfig:
    return LlmConfig.of_settings(Settings(**settings).model_dump())


def test_a_model_and_a_key_are_enough_for_openai() -> None:
    config = of(llm_model="gpt-4o-mini", llm_api_key="sk-1")
    assert config.base_url == OPENAI
    assert config.api_key == SecretStr("sk-1")
    assert config.is_openai


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_LLM_MODEL", "llama3")
    monkeypatch.setenv("PERSONA_LAB_LLM_BASE_URL", "http://127.0.0.1:11434/v1")
    monkeypatch.setenv("PERSONA_LAB_LLM_API_KEY", "")
    monkeypatch.setenv("PERSONA_LAB_LLM_CONTEXT_TOKENS", "8192")
    config = of()
    assert (config.model, config.context_tokens, config.api_key) == ("llama3", 8192, None)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "PERSONA_LAB_LLM_MODEL"),
        ({"llm_model": "m", "llm_base_url": "localhost:11434"}, "PERSONA_LAB_LLM_BASE_URL"),
        ({"llm_model": "m", "llm_base_url": "file:///etc/passwd"}, "PERSONA_LAB_LLM_BASE_URL"),
        ({"llm_model": "m", "llm_context_tokens": 4000}, "PERSONA_LAB_LLM_CONTEXT_TOKENS"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(EngineNotSetUp, match=named):
        of(**settings)


def test_the_key_is_in_no_repr() -> None:
    config = of(llm_model="m", llm_api_key="sk-secret")
    assert "sk-secret" not in repr(config) + str(config) + config.model_dump_json()


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    config = of(llm_model="m", llm_base_url="https://me:pw@host.example:8443/openai/v1?code=secret")
    assert config.shown_url == "https://host.example:8443/openai/v1"


def test_the_engine_loads_the_client_only_when_it_asks() -> None:
    program = (
        "import sys, persona_lab.engines.llm.engine;"
        "print([name for name in ('pydantic_ai', 'openai', 'httpx2', 'genai_prices') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "[]\n"
