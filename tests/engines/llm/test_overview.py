"""A model sums findings up, and only what their quotes bear out is shown."""

import pytest

from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import Insight
from tests.engines.answering.test_summing_up import insight
from tests.fakes.openai import OpenAiLookAlike

SAID = "The coupon field never works on my phone, and that is really frustrating."
FOUND = [
    insight("Coupons fail on phones", SAID, support=3),
    insight(
        "Addresses are forgotten",
        "I wish it would remember my delivery address next time.",
        kind="need",
        interview="i2",
    ),
]


def test_the_model_gets_the_findings_with_their_support_and_quotes(
    engine: LlmEngine, endpoint: OpenAiLookAlike, run
) -> None:
    made = engine.summarise(FOUND, run)
    told, data = (message["content"] for message in endpoint.calls[0]["messages"])
    assert told.startswith("You tell a researcher what the findings of an interview study say together")
    assert f"1 | participant | {SAID}" in data
    assert "pain | 3 of 9 participants | Coupons fail on phones | 1" in data
    assert (made.engine, made.findings) == ("llm", 2)
    assert "[1]" in made.text
    assert [one.quote for one in made.citations] == [one.quotes[0] for one in FOUND][: len(made.citations)]
    assert run.paid.calls == 1


def test_what_was_paid_for_is_not_paid_for_again(engine: LlmEngine, endpoint: OpenAiLookAlike, run) -> None:
    assert engine.summarise(FOUND, run) == engine.summarise(FOUND, run)
    assert len(endpoint.calls) == 1


def test_what_no_quote_bears_out_is_an_error_and_no_summary(engine: LlmEngine, endpoint: OpenAiLookAlike, run) -> None:
    endpoint.writer = lambda _message: 'Everybody loves it. [1: "we all love it so much"]'
    with pytest.raises(AnswerNotUnderstood, match="nothing that the findings' quotes bear out"):
        engine.summarise(FOUND, run)
    assert run.lost.calls == 1


def test_korean_findings_are_summed_up_in_korean(engine: LlmEngine, endpoint: OpenAiLookAlike, run) -> None:
    found: list[Insight] = [insight("결제가 느림", "결제할 때마다 카드 번호를 다시 입력해야 해서 너무 불편해요.")]
    engine.summarise(found, run)
    assert endpoint.calls[0]["messages"][0]["content"].startswith("당신은 인터뷰 연구의 발견들이")
    assert "참여자 9명 중 1명" in endpoint.calls[0]["messages"][1]["content"]
