"""What findings come to together: the best supported first, in the participants' words."""

import pytest

from persona_lab.engines.answering import summing_up
from persona_lab.models import CitedQuote, Insight, InsightMember


def insight(text: str, said: str, *, support: int = 1, kind: str = "pain", interview: str = "i1") -> Insight:
    quote = CitedQuote(turn=1, start=10, end=10 + len(said), text=said, interview_id=interview, interview_title="Kim")
    member = InsightMember(interview_id=interview, finding=0)
    return Insight(id=text, kind=kind, text=text, members=(member,), support=support, participants=9, quotes=(quote,))


def test_the_best_supported_come_first_each_with_how_many_and_a_quote() -> None:
    found = [
        insight("Coupons fail", "The coupon never works."),
        insight("It forgets my address.", "It forgets my address", support=4, kind="need"),
    ]
    text, citations = summing_up.compose(found)
    assert text.splitlines() == [
        "- Need, 4 of 9 participants: “It forgets my address” [1]",
        "- Pain, 1 of 9 participants: Coupons fail “The coupon never works.” [2]",
    ]
    assert [(one.n, one.quote) for one in citations] == [(1, found[1].quotes[0]), (2, found[0].quotes[0])]


def test_korean_findings_are_summed_up_in_korean() -> None:
    text, _ = summing_up.compose([insight("결제가 느림", "결제가 너무 느려요", support=3)])
    assert text == "- 불편, 참여자 9명 중 3명: 결제가 느림 “결제가 너무 느려요” [1]"


def test_a_summary_is_no_list_of_everything() -> None:
    text, citations = summing_up.compose([insight(f"Thing {n}", f"Thing {n} is slow") for n in range(50)])
    assert len(text.splitlines()) == len(citations) == summing_up.FINDINGS


def test_without_quotes_nothing_is_said() -> None:
    assert summing_up.compose([insight("A", "B").model_copy(update={"quotes": ()})]) == ("", ())


@pytest.mark.parametrize(("start", "is_part"), [(10, True), (12, True), (9, False), (40, False)])
def test_a_citation_is_widened_to_the_quote_it_is_part_of(start: int, is_part: bool) -> None:
    found = insight("Coupons fail", "The coupon never works.")
    _, (citation,) = summing_up.compose([found])
    part = citation.model_copy(update={"quote": citation.quote.model_copy(update={"start": start, "end": start + 3})})
    assert list(summing_up.whole([part], [found])) == ([citation] if is_part else [])
