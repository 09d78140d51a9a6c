"""A look-alike endpoint, an engine that asks it, and short limits."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Usage
from tests.fakes.openai import KEY, MODEL, OpenAiLookAlike

QUICK: dict[str, Any] = {
    "connect_seconds": 2.0,
    # A machine that does much else takes a second for what is nothing.
    "call_seconds": 1.5,
    "run_seconds": 6.0,
    "retries": 2,
    "retry_seconds": 0.02,
    "longest_wait_seconds": 2.0,
}


@pytest.fixture
def endpoint() -> Iterator[OpenAiLookAlike]:
    with OpenAiLookAlike() as running:
        yield running


@pytest.fixture(autouse=True)
def no_settings_of_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OPENAI_"):
            monkeypatch.delenv(name)


@pytest.fixture
def make_engine(workroom: Workroom, endpoint: OpenAiLookAlike) -> Callable[..., LlmEngine]:
    """Make an engine with short limits; what is said more goes into its config."""

    def made(**more: Any) -> LlmEngine:
        config: dict[str, Any] = {"base_url": endpoint.url, "model": MODEL, "api_key": KEY, **QUICK, **more}
        return LlmEngine(LlmConfig(**config), workroom)

    return made


@pytest.fixture
def engine(make_engine: Callable[..., LlmEngine]) -> LlmEngine:
    return make_engine()


class Kept:
    """A run that remembers in memory what it was given."""

    def __init__(self, parts: dict[str, str] | None = None, run_id: str = "run-1") -> None:
        self.id = run_id
        self.parts = parts if parts is not None else {}
        self.paid = Usage()
        self.lost = Usage()
        self.asked = 0
        self.stop: Exception | None = None
        self.stop_at = 0

    def kept(self, key: str) -> str | None:
        return self.parts.get(key)

    def keep(self, key: str, part: str, usage: Usage) -> None:
        self.parts[key] = part
        self.paid += usage

    def spent(self, usage: Usage) -> None:
        self.lost += usage

    def go_on(self) -> None:
        self.asked += 1
        if self.stop is not None and self.asked > self.stop_at:
            raise self.stop


@pytest.fixture
def run() -> Kept:
    return Kept()


@pytest.fixture
def new_run() -> type[Kept]:
    return Kept
