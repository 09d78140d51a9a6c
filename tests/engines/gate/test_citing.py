"""Of what a model writes, only sentences that cite are let through."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from persona_lab.engines.answering.answers import NOTHING
from persona_lab.engines.gate.admitting import admitted_citation
from persona_lab.engines.gate.citing import Anew, Citing, Stated, statements
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Citation, Delta, Passage, Transcript

Said = Callable[..., tuple[str, list[Citation]]]


def through(
    workroom: Workroom, passages: Sequence[Passage], *pieces: str | Anew, language: str = "en"
) -> tuple[str, list[Citation]]:
    async def written() -> AsyncIterator[str | Anew]:
        for piece in pieces:
            yield piece

    async def collect() -> list[Delta | Citation]:
        citing = Citing(passages, "ko" if language == "ko" else "en", workroom)
        return [part async for part in citing.cited(written())]

    parts = asyncio.run(collect())
    citations = [part for part in parts if isinstance(part, Citation)]
    return "".join(part.text for part in parts if isinstance(part, Delta)), citations


def in_pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def shown(text: str, passages: list[Passage], workroom: Workroom, language: str = "en") -> tuple[str, list[Citation]]:
    return through(workroom, passages, *in_pieces(text), language=language)


@pytest.fixture
def found(checkout: Transcript, passages: Callable[..., list[Passage]]) -> list[Passage]:
    """The two long answers, and the question before the first: [1], [2], [3]."""
    by_turn = {passage.turn: passage for passage in passages(checkout, "i1")}
    return [by_turn[3], by_turn[5], by_turn[2]]


@pytest.fixture
def said(workroom: Workroom, found: list[Passage]) -> Said:
    def say(*pieces: str | Anew, language: str = "en") -> tuple[str, list[Citation]]:
        return through(workroom, found, *pieces, language=language)

    return say


def test_a_sentence_with_a_mark_is_let_through_with_the_words_it_rests_on(said: Said, found: list[Passage]) -> None:
    text, citations = said("The form forgets the address [1]. ", "Coupons fail on the phone. [2]")
    assert text == "The form forgets the address. [1] Coupons fail on the phone. [2]"
    assert [one.n for one in citations] == [1, 2]
    assert "forgets my address" in citations[0].quote.text
    assert "coupon field" in citations[1].quote.text
    assert {admitted_citation(one.quote, found).status for one in citations} == {"exact"}


def test_a_sentence_without_a_mark_is_left_out(said: Said) -> None:
    assert said("Everybody hates it. The form forgets the address [1].")[0] == "The form forgets the address. [1]"


def test_nothing_left_says_that_the_interviews_dont_tell(said: Said) -> None:
    assert said("Everybody hates it.") == ("The interviews don't tell.", [])
    assert said("") == ("The interviews don't tell.", [])
    assert said("모두 싫어합니다.", language="ko") == ("인터뷰에는 그 내용이 없습니다.", [])


@pytest.mark.parametrize("mark", ["[0]", "[4]", "[99]", "[3]", "[x]", "(1)"])
def test_a_mark_of_no_participants_passage_is_no_mark(said: Said, mark: str) -> None:
    assert said(f"The form forgets the address {mark}.")[0] == "The interviews don't tell."


def test_invented_words_between_quotation_marks_take_their_sentence_with_them(said: Said) -> None:
    text, citations = said("They said “I will never ever come back” [1]. It forgets “my address” [1].")
    assert text == "It forgets “my address”. [1]"
    assert [one.quote.status for one in citations] == ["rejected", "exact"]


def test_words_between_quotation_marks_are_what_is_cited(said: Said) -> None:
    text, citations = said("One says “the card form is really frustrating” [1].")
    assert text.endswith("[1]")
    assert citations[0].quote.text == "the card form is really frustrating"


def test_several_marks_are_several_citations_numbered_in_order(said: Said) -> None:
    text, citations = said("Coupons fail [2]. Forms forget and coupons fail [1, 2][2].")
    assert text.startswith("Coupons fail. [1]")
    assert citations[0].n == 1
    assert len({(one.quote.start, one.n) for one in citations}) == len({one.n for one in citations})


def test_any_cut_says_the_same(said: Said) -> None:
    whole = "The form forgets the address. [1] The form takes 3.5 minutes for Mr. Kim [1].\n- Coupons fail 【2】.\n"
    expected = said(whole)
    for size in (1, 2, 3, 7):
        assert said(*(whole[at : at + size] for at in range(0, len(whole), size))) == expected
    assert expected[0] == (
        "The form forgets the address. [1] The form takes 3.5 minutes for Mr. Kim. [2] Coupons fail. [3]"
    )


def test_a_sentence_is_shown_as_soon_as_the_next_one_begins(workroom: Workroom, found: list[Passage]) -> None:
    told: list[str] = []

    async def written() -> AsyncIterator[str]:
        yield 'The form forgets the address [1: "It forgets my address"]. '
        assert told == []
        yield "C"
        assert told == ["The form forgets the address. [1]"]
        yield "oupons fail [2]."

    async def read() -> None:
        async for part in Citing(found, "en", workroom).cited(written()):
            if isinstance(part, Delta):
                told.append(part.text)

    asyncio.run(read())
    assert told == ["The form forgets the address. [1]", " Coupons fail. [2]"]


def test_a_bracket_within_quoted_words_ends_no_mark(said: Said) -> None:
    text = 'The form forgets [1: "It forgets [laughs] my address"]. Coupons fail [2].'
    assert said(*in_pieces(text, 1)) == said(text)


def test_a_repeated_sentence_is_said_once(said: Said) -> None:
    assert said("Coupons fail [2]. Coupons fail [2].")[0] == "Coupons fail. [1]"


def test_a_replacement_adds_what_was_not_said(said: Said) -> None:
    text, _ = said("Coupons fail [2]. Forms forget the na", Anew("Coupons fail [2]. Forms forget [1]."))
    assert text == "Coupons fail. [1] Forms forget. [2]"


def test_that_the_interviews_dont_tell_needs_no_mark(said: Said) -> None:
    assert said("The interviews do not say anything about prices.")[0] == "The interviews don't tell."
    assert said("인터뷰에는 그 내용이 없습니다.", language="ko")[0] == "인터뷰에는 그 내용이 없습니다."


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
