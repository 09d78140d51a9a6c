"""Long interviews, attempts that go on where the last one ended, and how an endpoint has to be asked."""

from collections.abc import Callable
from typing import Any

import pytest

from persona_lab.engines.base import Alone, Context
from persona_lab.engines.gate.admitting import admitted
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.errors import AnalysisCancelled, AnswerNotUnderstood, BudgetSpent, EngineError, EngineRefused
from persona_lab.models import Transcript, Usage
from tests.engines.conftest import make_transcript
from tests.engines.llm.conftest import Kept
from tests.fakes.openai import OpenAiLookAlike

THINGS = (
    "refund", "parcel", "coupon", "invoice", "filter", "basket", "voucher", "receipt", "courier", "keyboard",
    "address", "password",
)  # fmt: skip


@pytest.fixture
def long() -> Transcript:
    """An interview of twelve answers, each about a thing of its own."""
    lines = []
    for thing in THINGS:
        days = " ".join(f"On day {day} of the trip I tried the {thing} {day} times." for day in range(2, 14))
        lines += [f"Q: And the {thing}?", f"P: The {thing} never worked for me at all. {days}"]
    return make_transcript(*lines)


def turns_of(section: str) -> list[int]:
    return [int(line.split(" | ")[0]) for line in section.splitlines()[1:-1]]


def test_a_long_interview_is_read_in_sections_between_turns(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, long: Transcript
) -> None:
    analysis = admitted(make_engine(section_tokens=600).analyse(long, Context(), Alone("run-1")), long)
    sections = [call["messages"][1]["content"] for call in endpoint.calls[:-1]]
    assert len(sections) == 4
    turns = [turn for section in sections for turn in turns_of(section)]
    assert turns == [turn.index for turn in long.turns]
    firsts = {next(turn for turn in turns_of(section) if turn % 2) for section in sections}
    assert {quote.turn for one in analysis.insights for quote in one.quotes} >= firsts
    assert analysis.rejected_quotes == 0


def test_the_summary_of_a_long_interview_is_chosen_from_its_sections(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, long: Transcript
) -> None:
    analysis = make_engine(section_tokens=600).analyse(long, Context(), Alone("run-1"))
    points = endpoint.calls[-1]["messages"][1]["content"].splitlines()[1:-1]
    assert analysis.summary == " ".join(line.split(" | ")[1] for line in points[:4])
    assert len(analysis.summary_quotes) == 4


def test_a_turn_that_is_longer_than_a_section_is_read_in_pieces(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike
) -> None:
    said = " ".join(f"The {thing} never worked for me at all." for thing in THINGS * 8)
    transcript = make_transcript("Q: Tell me.", f"P: {said}")
    analysis = make_engine(section_tokens=300).analyse(transcript, Context(), Alone("run-1"))
    lines = [line for call in endpoint.calls[:-1] for line in call["messages"][1]["content"].splitlines()[1:-1]]
    assert len(lines) > 3
    assert " ".join(line.split(" | ")[2] for line in lines[1:]) == said
    assert analysis.insights


def test_what_is_kept_is_not_paid_for_again(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, long: Transcript, run: Kept
) -> None:
    engine = make_engine(section_tokens=600, retries=0)
    # The third section fails.
    endpoint.fail("", "", "503")
    with pytest.raises(EngineError):
        engine.analyse(long, Context(), run)
    assert len(run.parts) == 2
    assert run.paid.calls == 2
    again = Kept(run.parts, "run-2")
    analysis = engine.analyse(long, Context(), again)
    assert again.paid.calls == 3
    assert analysis.usage == run.paid + again.paid
    assert analysis.usage.input_tokens == endpoint.input_tokens
    whole = make_engine(section_tokens=600).analyse(long, Context(), Alone("run-2"))
    assert analysis == whole


def test_another_study_or_another_model_is_another_part(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    make_engine().analyse(checkout, Context(purpose="one"), run)
    make_engine().analyse(checkout, Context(purpose="one"), run)
    assert len(endpoint.calls) == 1
    make_engine().analyse(checkout, Context(purpose="another"), run)
    assert len(endpoint.calls) == 2


def test_a_damaged_part_is_made_again(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    first = make_engine().analyse(checkout, Context(), run)
    run.parts = dict.fromkeys(run.parts, "{}")
    assert make_engine().analyse(checkout, Context(), run) == first
    assert len(endpoint.calls) == 2


def test_a_report_that_is_of_no_use_is_not_kept(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    endpoint.fail("all invented")
    with pytest.raises(AnswerNotUnderstood, match="Nothing that the language model quoted was said"):
        engine.analyse(checkout, Context(), run)
    assert run.parts == {}
    assert run.lost.calls == 1
    assert engine.analyse(checkout, Context(), run).insights


@pytest.mark.parametrize("stop", [AnalysisCancelled(), BudgetSpent()], ids=["cancelled", "budget spent"])
def test_a_run_that_is_stopped_pays_for_nothing_more(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, long: Transcript, run: Kept, stop: EngineError
) -> None:
    run.stop, run.stop_at = stop, 2
    with pytest.raises(type(stop)):
        make_engine(section_tokens=600).analyse(long, Context(), run)
    assert len(endpoint.calls) == 2
    assert len(run.parts) == 2


def test_each_attempt_is_asked_for(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    endpoint.fail("503", "wrong types")
    engine.analyse(checkout, Context(), run)
    assert run.asked == len(endpoint.calls) == 3


def test_a_report_of_the_wrong_form_is_sent_back_with_the_reason(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    endpoint.fail("wrong types")
    analysis = engine.analyse(checkout, Context(), run)
    assert analysis.insights
    assert "valid array" in str(endpoint.calls[1]["messages"][-1]["content"])
    # Both calls were paid for; only the second's report is kept.
    assert (run.lost.calls, run.paid.calls) == (1, 1)
    assert analysis.usage == Usage(calls=2, input_tokens=endpoint.input_tokens, output_tokens=endpoint.output_tokens)


def test_it_is_sent_back_so_often_and_no_more(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, run: Kept
) -> None:
    endpoint.always("wrong types")
    with pytest.raises(AnswerNotUnderstood):
        engine.analyse(checkout, Context(), run)
    assert len(endpoint.calls) == 3
    assert run.lost.calls == 3


@pytest.mark.parametrize("forms", [("json",), ()], ids=["JSON mode", "neither"])
def test_a_server_that_takes_no_tools_is_asked_otherwise_from_then_on(
    make_engine: Callable[..., LlmEngine], workroom: Any, checkout: Transcript, forms: tuple[str, ...]
) -> None:
    with OpenAiLookAlike(forms=forms) as endpoint:
        engine = make_engine(base_url=endpoint.url)
        first = engine.analyse(checkout, Context(), Alone("run-1"))
        tried = len(endpoint.calls)
        assert tried == 3 - len(forms)
        assert engine.analyse(checkout, Context(), Alone("run-1")) == first
        assert len(endpoint.calls) == tried + 1
    assert first.insights


def test_a_model_that_writes_prose_instead_of_calling_is_asked_for_json(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    endpoint.fail("prose")
    assert engine.analyse(checkout, Context(), Alone("run-1")).insights
    assert "tools" in endpoint.calls[0]
    assert endpoint.calls[1]["response_format"] == {"type": "json_object"}


def test_a_model_that_is_known_to_call_is_asked_to_call_again(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    engine.analyse(checkout, Context(), Alone("run-1"))
    endpoint.fail("prose")
    engine.analyse(checkout, Context(), Alone("run-1"))
    assert ["tools" in call for call in endpoint.calls] == [True, True, True]


def test_a_setting_that_the_model_does_not_take_is_left_out_from_then_on(
    make_engine: Callable[..., LlmEngine], checkout: Transcript
) -> None:
    with OpenAiLookAlike(refuses=("temperature", "seed", "max_tokens")) as endpoint:
        engine = make_engine(base_url=endpoint.url)
        engine.analyse(checkout, Context(), Alone("run-1"))
        engine.analyse(checkout, Context(), Alone("run-1"))
        assert len(endpoint.calls) == 5
        assert not {"temperature", "seed", "max_tokens"} & endpoint.calls[-1].keys()


def test_a_section_that_is_too_long_after_all_is_read_in_quarters(
    make_engine: Callable[..., LlmEngine], long: Transcript
) -> None:
    with OpenAiLookAlike(context_tokens=2_100) as endpoint:
        analysis = make_engine(base_url=endpoint.url).analyse(long, Context(), Alone("run-1"))
        assert endpoint.answered == len(endpoint.calls) - 1
    assert {quote.turn for one in analysis.insights for quote in one.quotes} >= {1}


def test_a_model_for_which_even_a_quarter_is_too_long_is_refused_with_what_to_set(
    make_engine: Callable[..., LlmEngine], long: Transcript
) -> None:
    with OpenAiLookAlike(context_tokens=500) as endpoint:
        engine = make_engine(base_url=endpoint.url)
        with pytest.raises(EngineRefused, match="PERSONA_LAB_LLM_CONTEXT_TOKENS"):
            engine.analyse(long, Context(), Alone("run-1"))
        assert len(endpoint.calls) == 2


def test_the_same_interview_gives_the_same_result(engine: LlmEngine, checkout_ko: Transcript) -> None:
    first = engine.analyse(checkout_ko, Context(), Alone("run-1"))
    assert first == engine.analyse(checkout_ko, Context(), Alone("run-1"))
    assert first.insights
    assert first.language == "ko"
    assert first.provenance.prompt_hash == engine.prompt_hash


def test_many_interviews_get_through_an_endpoint_that_fails_every_fifth_call(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    engine = make_engine(retries=3, call_seconds=5.0)
    endpoint.fail(*["", "", "", "", "503"] * 8)
    assert all(engine.analyse(checkout, Context(), Alone(f"run-{n}")).insights for n in range(20))


def test_a_query_in_the_address_is_sent_with_each_call(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, checkout: Transcript
) -> None:
    make_engine(base_url=f"{endpoint.url}/?api-version=2025-01-01").analyse(checkout, Context(), Alone("run-1"))
    assert endpoint.queries == ["api-version=2025-01-01"]


def test_a_korean_interview_is_read_by_korean_instructions(
    engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept, checkout_ko: Transcript
) -> None:
    engine.analyse(checkout_ko, Context(), run)
    assert "당신은 꼼꼼한 사용자 조사 연구원입니다" in str(endpoint.calls[0]["messages"])
