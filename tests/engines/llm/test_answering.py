"""Answers grow by sentences, each with its words."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from persona_lab.engines.answers import NOTHING
from persona_lab.engines.llm.answering import Checking, Stated, statements
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Citation, Delta, Message, Passage, Transcript, Usage
from tests.fakes.openai import OpenAiLookAlike


async def in_pieces(text: str, size: int = 5) -> AsyncIterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def shown(text: str, passages: list[Passage], workroom: Workroom, language: str = "en") -> tuple[str, list[Citation]]:
    async def collect() -> list[Delta | Citation | Usage]:
        checking = Checking(passages, "ko" if language == "ko" else "en", workroom)
        return [part async for part in checking.checked(in_pieces(text))]

    parts = asyncio.run(collect())
    citations = [part for part in parts if isinstance(part, Citation)]
    return "".join(part.text for part in parts if isinstance(part, Delta)), citations


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('It is slow. [3: "very slow"]', [Stated("It is slow.", ((3, "very slow"),))]),
        ("It is slow. [3]", [Stated("It is slow.", ((3, None),))]),
        ("It is slow [3][4].", [Stated("It is slow", ((3, None), (4, None)))]),
        ("It is slow [3, 4].", [Stated("It is slow", ((3, None), (4, None)))]),
        ("- It is slow. [3: “a [laugh] b”]", [Stated("It is slow.", ((3, "a [laugh] b"),))]),
        ("1. One. [1] Two. [2] Rest.", [Stated("One.", ((1, None),)), Stated("Two.", ((2, None),))]),
        ('A [1: "x"; 2: "y"].', [Stated("A", ((1, "x"), (2, "y")))]),
        ("Nothing cited.", []),
        ("[3]", []),
        ("느립니다. [2: “너무 느려요”]", [Stated("느립니다.", ((2, "너무 느려요"),))]),
    ],
)
def test_claims_and_their_places_are_told_apart(line: str, found: list[Stated]) -> None:
    assert list(statements(line)) == found


def test_sentences_are_cited_in_order_and_the_same_words_once(
    checkout: Transcript, passages: Callable[..., list[Passage]], workroom: Workroom
) -> None:
    text, citations = shown(
        'The coupon field fails. [6: "The coupon field doesn\'t work on my phone"]\n'
        'The form is frustrating. [4: "the card form is really frustrating"]\n'
        'Coupons do not work. [6: "The coupon field doesn\'t work on my phone"]',
        passages(checkout, "i1"),
        workroom,
    )
    assert text == "The coupon field fails. [1] The form is frustrating. [2] Coupons do not work. [1]"
    assert [(one.n, one.quote.turn) for one in citations] == [(1, 5), (2, 3)]
    assert all(checkout.text[one.quote.start : one.quote.end] == one.quote.text for one in citations)


def test_a_mark_without_words_cites_the_sentence_that_bears_it_out(
    checkout: Transcript, passages: Callable[..., list[Passage]], workroom: Workroom
) -> None:
    text, citations = shown("Coupons do not work on phones. [6]", passages(checkout, "i1"), workroom)
    assert text == "Coupons do not work on phones. [1]"
    assert citations[0].quote.text.startswith("The coupon field doesn't work on my phone")


def test_a_sentence_without_its_words_is_left_out_and_counted(
    checkout: Transcript, passages: Callable[..., list[Passage]], workroom: Workroom
) -> None:
    text, citations = shown(
        'People like it. [4: "I like it very much indeed"]\n'
        'The form is frustrating. [4: "the card form is really frustrating"]',
        passages(checkout, "i1"),
        workroom,
    )
    assert text == "The form is frustrating. [1]"
    assert [one.quote.status for one in citations] == ["rejected", "exact"]


def test_the_interviewers_words_are_not_cited(
    checkout: Transcript, passages: Callable[..., list[Passage]], workroom: Workroom
) -> None:
    text, _ = shown('Something broke. [5: "Did anything break"]', passages(checkout, "i1"), workroom)
    assert text == NOTHING["en"]


@pytest.mark.parametrize("written", ["", "The interviews don't tell.", "They all love it.", "\n\n", "[1]"])
def test_what_cites_nothing_says_that_the_interviews_do_not_tell(
    written: str, checkout: Transcript, passages: Callable[..., list[Passage]], workroom: Workroom
) -> None:
    assert shown(written, passages(checkout, "i1"), workroom) == (NOTHING["en"], [])


def test_korean_questions_are_answered_in_korean(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout_ko: Transcript, passages: Callable[..., list[Passage]]
) -> None:
    async def ask() -> list[Delta | Citation | Usage]:
        return [part async for part in engine.answer("결제할 때 뭐가 불편해요?", passages(checkout_ko, "i1"), [])]

    parts = asyncio.run(ask())
    text = "".join(part.text for part in parts if isinstance(part, Delta))
    assert "불편" in text
    assert "[1]" in text
    assert "연구자의 질문" in endpoint.calls[0]["messages"][0]["content"]


def test_nothing_is_paid_where_there_is_nothing_to_answer_from(engine: LlmEngine, endpoint: OpenAiLookAlike) -> None:
    async def ask() -> list[Delta | Citation | Usage]:
        return [part async for part in engine.answer("Why?", [], [])]

    assert asyncio.run(ask()) == [Delta(text=NOTHING["en"])]
    assert endpoint.calls == []


def test_the_conversation_is_told_as_data(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, passages: Callable[..., list[Passage]]
) -> None:
    history = [Message(role="user", content="What about coupons?"), Message(role="assistant", content="They fail. [1]")]

    async def ask() -> None:
        async for _ in engine.answer("And why?", passages(checkout, "i1"), history):
            pass

    asyncio.run(ask())
    messages = endpoint.calls[0]["messages"]
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "user: What about coupons?\nassistant: They fail. [1]" in messages[1]["content"]
    assert messages[1]["content"].endswith("Question: And why?")


def test_an_answer_that_nobody_waits_for_any_more_is_ended(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, passages: Callable[..., list[Passage]]
) -> None:
    async def ask_and_leave() -> str:
        parts = engine.answer("What is hard about the form?", passages(checkout, "i1"), [])
        async for part in parts:
            await parts.aclose()  # type: ignore[attr-defined]
            assert isinstance(part, Delta)
            return part.text
        return ""

    assert "[1]" in asyncio.run(ask_and_leave())


def test_fewer_passages_are_told_where_all_are_too_many(
    make_engine: Callable[..., LlmEngine],
    endpoint: OpenAiLookAlike,
    checkout: Transcript,
    passages: Callable[..., list[Passage]],
) -> None:
    endpoint.context_tokens = 1_500
    engine = make_engine()

    async def ask() -> list[Delta | Citation | Usage]:
        return [part async for part in engine.answer("What is hard?", passages(checkout, "i1") * 10, [])]

    assert any(isinstance(part, Citation) for part in asyncio.run(ask()))
    assert len(endpoint.calls) == 2


def test_an_answer_says_what_it_cost(
    engine: LlmEngine, endpoint: OpenAiLookAlike, checkout: Transcript, passages: Callable[..., list[Passage]]
) -> None:
    async def ask() -> list[Delta | Citation | Usage]:
        return [part async for part in engine.answer("What is hard?", passages(checkout, "i1"), [])]

    used = [part for part in asyncio.run(ask()) if isinstance(part, Usage)]
    assert used == [Usage(calls=1, input_tokens=endpoint.input_tokens, output_tokens=endpoint.output_tokens)]
