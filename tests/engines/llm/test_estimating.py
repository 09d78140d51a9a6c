"""What a run will cost, before it is paid for."""

from collections.abc import Callable
from pathlib import Path

import pytest

import persona_lab.samples
from persona_lab.engines.base import Alone, Context
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.engines.llm.estimating import cost, estimate
from persona_lab.engines.llm.tokens import tokens_in
from persona_lab.models import Usage
from persona_lab.transcripts import read_transcript
from tests.fakes.openai import OpenAiLookAlike

SAMPLES = Path(persona_lab.samples.__file__).parent
CONTEXT = Context(purpose="Why do people leave at payment?", audience="Monthly shoppers")


# Counted once by GPT-4's tokeniser (cl100k_base) and Claude's published one (of 2023).
@pytest.mark.parametrize(
    ("name", "gpt4", "claude"),
    [
        ("ko-01-marketer.txt", 2434, 2599),
        ("work-0079-psychotherapist.txt", 2148, 2254),
        ("work-0366-accountant.txt", 1920, 2037),
        ("work-0889-data-analyst.md", 2567, 2687),
    ],
)
def test_no_tokeniser_counts_more_and_none_half_as_much(name: str, gpt4: int, claude: int) -> None:
    counted = tokens_in((SAMPLES / name).read_text(encoding="utf-8"))
    assert max(gpt4, claude) <= counted <= 1.6 * min(gpt4, claude)


@pytest.mark.parametrize("name", ["ko-01-marketer.txt", "work-0701-chef.txt"])
@pytest.mark.parametrize("section_tokens", [900, 12_000])
def test_a_run_costs_no_more_than_estimated_and_not_much_less(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, name: str, section_tokens: int
) -> None:
    transcript = read_transcript((SAMPLES / name).read_bytes(), name)
    engine = make_engine(section_tokens=section_tokens, call_seconds=5.0, run_seconds=30.0)
    told = engine.estimate([transcript], CONTEXT)
    used = engine.analyse(transcript, CONTEXT, Alone("run-1")).usage
    assert used.calls == told.calls == len(endpoint.calls)
    assert used.input_tokens == endpoint.input_tokens
    assert used.input_tokens <= told.input_tokens <= 2 * used.input_tokens
    assert used.output_tokens <= told.output_tokens


def test_prices_are_those_of_the_settings() -> None:
    config = LlmConfig(base_url="http://127.0.0.1/v1", model="mine", input_price=2.0, output_price=10.0)
    assert cost(config, 1_000_000, 100_000) == pytest.approx(3.0)


def test_prices_of_known_services_are_known() -> None:
    assert cost(LlmConfig(model="gpt-4o-mini"), 1_000_000, 1_000_000) == pytest.approx(0.75)


def test_the_price_of_an_unknown_service_is_not_guessed() -> None:
    assert cost(LlmConfig(base_url="http://127.0.0.1:11434/v1", model="gpt-4o-mini"), 1_000, 1_000) is None


def test_nothing_costs_nothing() -> None:
    assert estimate([], CONTEXT, LlmConfig(model="gpt-4o-mini")).calls == 0


def test_an_engine_says_what_usage_has_cost(make_engine: Callable[..., LlmEngine]) -> None:
    engine = make_engine(input_price=1.0, output_price=2.0)
    assert engine.cost(Usage(calls=1, input_tokens=500_000, output_tokens=250_000)) == pytest.approx(1.0)
