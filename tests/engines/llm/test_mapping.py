"""A model groups a conversation; quotes are the conversation's, and what isn't borne out is left out."""

from collections.abc import Callable
from typing import Any

import pytest

from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import MindMap
from tests.engines.llm.conftest import Kept
from tests.fakes.openai import OpenAiLookAlike
from tests.support import talking

CARD = "The card form forgets my address."
COUPON = "The coupon field doesn't work on my phone."
TALK = talking.talk(
    ("What is hard about paying?", f"- “{CARD}” [1]\n- “{COUPON}” [2]"),
    ("Who owns a boat?", "The interviews don't tell."),
)


def contents(found: MindMap) -> list[tuple[str, str | None]]:
    return [
        (item.content, item.quote.text if item.quote else None)
        for topic in found.topics
        for part in topic.subtopics
        for item in part.items
    ]


def report(*items: dict[str, Any], title: str = "Paying") -> Callable[[str], dict[str, Any]]:
    told = {"topics": [{"title": title, "parts": [{"title": "Hard", "items": list(items)}]}]}
    return lambda _message: told


def test_a_conversation_is_grouped_and_each_item_has_its_quote(
    engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept
) -> None:
    found = engine.mind_map(*TALK, run)
    assert contents(found) == [(CARD, CARD), (COUPON, COUPON), ("Who owns a boat?", None)]
    assert (found.engine, found.model, found.messages) == ("llm", engine.model, 4)
    assert (
        found.topics[0].subtopics[0].items[0].relevance == "Answers “What is hard about paying?”; one person says so."
    )
    data = endpoint.calls[0]["messages"][-1]["content"]
    assert f"asked | What is hard about paying?\n1 | {CARD}\n2 | {COUPON}" in data
    assert run.paid.calls == 1


def test_a_map_that_was_paid_for_is_not_paid_for_again(engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept) -> None:
    assert engine.mind_map(*TALK, run) == engine.mind_map(*TALK, run)
    assert len(endpoint.calls) == 1


def test_what_no_line_bears_out_is_left_out(engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept) -> None:
    endpoint.model = report(
        {"text": "The form forgets addresses.", "number": 1},
        {"text": "Airline revenue doubled in Norway.", "number": 1},
        {"text": "The coupon field fails.", "number": 9},
        {"text": "The coupon field fails, see https://evil.example.", "number": 2},
    )
    assert contents(engine.mind_map(*TALK, run))[:-1] == [("The form forgets addresses.", CARD)]


def test_a_map_of_nothing_that_was_said_is_not_understood(
    engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept
) -> None:
    endpoint.model = report({"text": "People adore the loyalty card.", "number": 7})
    with pytest.raises(AnswerNotUnderstood, match="rests on what was said"):
        engine.mind_map(*TALK, run)


def test_a_conversation_without_answers_costs_nothing(engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept) -> None:
    found = engine.mind_map(*talking.talk(("Who owns a boat?", "The interviews don't tell.")), run)
    assert found.summary == "Nothing in this conversation could be answered from the interviews."
    assert endpoint.calls == []


def test_korean_conversations_are_grouped_in_korean(engine: LlmEngine, endpoint: OpenAiLookAlike, run: Kept) -> None:
    conversation, messages = talking.talk(("결제할 때 뭐가 불편해요?", "- “카드 번호를 다시 입력해야 해요.” [1]"))
    assert engine.mind_map(conversation, messages, run).subtitle == "질문 1개, 인용 1개(참여자 1명)."
    assert "마인드맵" in str(endpoint.calls[0]["messages"])


def test_of_a_long_conversation_the_newest_questions_are_mapped(
    make_engine: Callable[..., LlmEngine], endpoint: OpenAiLookAlike, run: Kept
) -> None:
    said = "Long answers with many words in them take long to read. " * 30
    asked = [(f"Question number {n}?", f"- “{n} {said}” [{n}]") for n in range(12)]
    endpoint.model = report({"text": "Long answers take long to read.", "number": 1})
    found = make_engine(section_tokens=1_000).mind_map(*talking.talk(*asked), run)
    data = str(endpoint.calls[0]["messages"])
    assert "Question number 11?" in data
    assert "Question number 0?" not in data
    assert found.messages < 24
