"""Of what a model writes, only sentences that cite are let through."""

from collections.abc import Callable, Sequence

import pytest

from persona_lab.engines.admitting import admitted_citation
from persona_lab.engines.citing import Citing
from persona_lab.models import Citation, Passage, Transcript


@pytest.fixture
def found(checkout: Transcript, passages: Callable[..., list[Passage]]) -> list[Passage]:
    """The two long answers, and the question before the first: [1], [2], [3]."""
    by_turn = {passage.turn: passage for passage in passages(checkout, "i1")}
    return [by_turn[3], by_turn[5], by_turn[2]]


def said(passages: Sequence[Passage], *pieces: str, language: str = "en") -> tuple[str, list[Citation]]:
    citing = Citing(passages, "ko" if language == "ko" else "en")
    parts = [part for piece in pieces for part in citing.take(piece)] + list(citing.end())
    citations = [part for part in parts if isinstance(part, Citation)]
    return "".join(part.text for part in parts if not isinstance(part, Citation)), citations


def test_a_sentence_with_a_mark_is_let_through_with_the_words_it_rests_on(found: list[Passage]) -> None:
    text, citations = said(found, "The form forgets the address [1]. ", "Coupons fail on the phone. [2]")
    assert text == "The form forgets the address. [1] Coupons fail on the phone. [2]"
    assert [one.n for one in citations] == [1, 2]
    assert "forgets my address" in citations[0].quote.text
    assert "coupon field" in citations[1].quote.text
    assert {admitted_citation(one.quote, found).status for one in citations} == {"exact"}


def test_a_sentence_without_a_mark_is_left_out(found: list[Passage]) -> None:
    assert (
        said(found, "Everybody hates it. The form forgets the address [1].")[0] == "The form forgets the address. [1]"
    )


def test_nothing_left_says_that_the_interviews_dont_tell(found: list[Passage]) -> None:
    assert said(found, "Everybody hates it.") == ("The interviews don't tell.", [])
    assert said(found, "") == ("The interviews don't tell.", [])
    assert said(found, "모두 싫어합니다.", language="ko") == ("인터뷰에는 그 내용이 없습니다.", [])


@pytest.mark.parametrize("mark", ["[0]", "[4]", "[99]", "[3]", "[x]", "(1)"])
def test_a_mark_of_no_participants_passage_is_no_mark(found: list[Passage], mark: str) -> None:
    assert said(found, f"The form forgets the address {mark}.")[0] == "The interviews don't tell."


def test_invented_words_between_quotation_marks_take_their_sentence_with_them(found: list[Passage]) -> None:
    text, citations = said(found, "They said “I will never ever come back” [1]. They forget “my address” [1].")
    assert text == "They forget “my address”. [1]"
    assert len(citations) == 1


def test_words_between_quotation_marks_are_what_is_cited(found: list[Passage]) -> None:
    text, citations = said(found, "One says “the card form is really frustrating” [1].")
    assert text.endswith("[1]")
    assert citations[0].quote.text == "the card form is really frustrating"


def test_several_marks_are_several_citations_numbered_in_order(found: list[Passage]) -> None:
    text, citations = said(found, "Coupons fail [2]. Forms forget and coupons fail [1, 2][2].")
    assert text.startswith("Coupons fail. [1]")
    assert citations[0].n == 1
    assert len({(one.quote.start, one.n) for one in citations}) == len({one.n for one in citations})


def test_any_cut_says_the_same(found: list[Passage]) -> None:
    whole = "The form forgets the address. [1] It takes 3.5 minutes for Mr. Kim [1].\n- Coupons fail 【2】.\n"
    expected = said(found, whole)
    for size in (1, 2, 3, 7):
        assert said(found, *(whole[at : at + size] for at in range(0, len(whole), size))) == expected
    assert expected[0] == (
        "The form forgets the address. [1] It takes 3.5 minutes for Mr. Kim. [1]\n- Coupons fail. [2]"
    )


def test_a_repeated_sentence_is_said_once(found: list[Passage]) -> None:
    assert said(found, "Coupons fail [2]. Coupons fail [2].")[0] == "Coupons fail. [1]"


def test_a_replacement_adds_what_was_not_said(found: list[Passage]) -> None:
    citing = Citing(found, "en")
    parts = [
        *citing.take("Coupons fail [2]. Forms "),
        *citing.replace("Coupons fail [2]. Forms forget [1]."),
        *citing.end(),
    ]
    text = "".join(part.text for part in parts if not isinstance(part, Citation))
    assert text == "Coupons fail. [1] Forms forget. [2]"


def test_that_the_interviews_dont_tell_needs_no_mark(found: list[Passage]) -> None:
    assert said(found, "The interviews do not say anything about prices.")[0] == "The interviews don't tell."
    assert said(found, "인터뷰에는 그 내용이 없습니다.", language="ko")[0] == "인터뷰에는 그 내용이 없습니다."
