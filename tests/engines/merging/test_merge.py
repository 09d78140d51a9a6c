"""Findings of different interviews that become one insight."""

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_lab.engines.language import terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging import merge as merging
from persona_lab.models import Finding, Insight, InsightMember, Kind, Quote


def merge(findings: Sequence[tuple[InsightMember, Finding]]) -> list[Insight]:
    meanings = vectors.of_texts([finding.text for _, finding in findings])
    return merging.merge(findings, [vectors.packed(row) for row in meanings])


def found(
    interview: str, number: int, text: str, kind: Kind = "pain", code: str = "en"
) -> tuple[InsightMember, Finding]:
    quote = Quote(turn=0, start=0, end=len(text), text=text)
    finding = Finding(kind=kind, text=text, quotes=(quote,), terms=tuple(sorted(set(terms(text, code)))))
    return InsightMember(interview_id=interview, finding=number), finding


SAME = [
    found("a", 0, "The delivery address has to be typed again for every order."),
    found("b", 0, "I must type my delivery address again with every order."),
    found("b", 1, "The coupon field hides behind the keyboard."),
    found("c", 0, "The parking garage was closed on Sunday."),
]


def members(findings: list[tuple[InsightMember, Finding]]) -> list[list[tuple[str, int]]]:
    return [[(member.interview_id, member.finding) for member in insight.members] for insight in merge(findings)]


def test_findings_that_say_the_same_become_one_insight():
    assert members(SAME) == [[("a", 0), ("b", 0)], [("b", 1)], [("c", 0)]]


def test_korean_findings_that_say_the_same_become_one_insight():
    same = [
        found("a", 0, "배송지 주소를 매번 다시 입력해야 해요.", code="ko"),
        found("b", 0, "주문할 때 배송지 주소를 다시 입력하는 게 불편해요.", code="ko"),
        found("c", 0, "주차장이 일요일에는 닫혀 있어요.", code="ko"),
    ]
    assert members(same) == [[("a", 0), ("b", 0)], [("c", 0)]]


def test_a_pain_and_a_need_are_never_merged():
    text = "The delivery address has to be typed again."
    assert [len(one.members) for one in merge([found("a", 0, text), found("b", 0, text, kind="need")])] == [1, 1]


def test_words_of_feeling_alone_do_not_merge():
    assert len(merge([found("a", 0, "Parking is frustrating."), found("b", 0, "Coupons are frustrating.")])) == 2


def test_the_order_of_the_findings_does_not_matter():
    for shuffled in itertools.permutations(SAME):
        assert merge(shuffled) == merge(SAME)


def test_an_insight_keeps_its_id_when_other_interviews_come_in():
    ids = {insight.text: insight.id for insight in merge(SAME[2:])}
    assert all(ids.get(insight.text, insight.id) == insight.id for insight in merge(SAME))


def test_the_text_is_one_of_the_findings_texts():
    assert {insight.text for insight in merge(SAME)} <= {finding.text for _, finding in SAME}


def test_identical_texts_merge_though_they_hold_no_content_words():
    assert members([found("a", 0, "It is so."), found("b", 0, "It is so.")]) == [[("a", 0), ("b", 0)]]


def test_no_findings_are_no_insights():
    assert merge([]) == []


def test_thousands_of_findings_alike_are_one_insight():
    """Joining the nearest pair anew each time would take minutes here."""
    fillers = [" ".join(words) for words in itertools.product(["so", "very", "just"], repeat=7)]
    alike = [found(f"i{n}", 0, f"The delivery address is typed again, {words}.") for n, words in enumerate(fillers)]
    assert len(alike) == 2187
    assert len(merge(alike)) == 1


def test_a_chain_of_neighbours_does_not_pull_strangers_together():
    words = ["anchor", "basket", "candle", "dragon", "engine", "forest", "garden", "hammer", "island", "jacket"]
    chain = [found(f"i{n}", 0, " ".join(words[n : n + 5])) for n in range(6)]
    clusters = [{member.interview_id for member in insight.members} for insight in merge(chain)]
    assert all(not {"i0", "i5"} <= cluster for cluster in clusters)


def test_findings_merge_though_their_words_differ():
    alike = [
        found("a", 0, "I'm worried that AI will take my job."),
        found("b", 0, "I fear being replaced by AI at work."),
    ]
    assert members(alike) == [[("a", 0), ("b", 0)]]


def test_the_opposite_is_another_finding():
    opposed = [
        found("a", 0, "I trust the assistant with whole tasks."),
        found("b", 0, "I don't trust the assistant with whole tasks."),
    ]
    assert len(merge(opposed)) == 2


MANY = [
    *SAME,
    found("d", 0, "The app keeps crashing on my phone."),
    found("e", 0, "On my phone the application crashes all the time."),
    found("f", 0, "The app crashes on my phone twice a day."),
    found("g", 0, "배송지 주소를 매번 다시 입력해야 해요.", code="ko"),
    found("h", 0, "주문할 때 배송지 주소를 다시 입력하는 게 불편해요.", code="ko"),
    found("h", 1, "I'm worried that AI will take my job.", kind="need"),
    found("i", 0, "I fear being replaced by AI at work.", kind="need"),
]


@given(order=st.permutations(range(len(MANY))))
@settings(max_examples=30, deadline=None)
def test_any_order_of_upload_gives_the_same_insights(order):
    assert merge([MANY[at] for at in order]) == merge(MANY)


def test_ids_follow_from_what_is_said_and_not_from_what_was_there_before():
    """So another order of uploading gives the same ids; one of before is found by the finding it is named after."""
    grown = merge([*SAME, found("d", 0, "The delivery address has to be typed again with every order.")])
    assert [insight.id for insight in grown] == [merging.insight_id(one.kind, one.text) for one in grown]
    assert len({insight.id for insight in grown}) == len(grown)


THRICE = [
    found("d", 0, "The app keeps crashing on my phone."),
    found("e", 0, "On my phone the application crashes all the time."),
    found("f", 0, "The app crashes on my phone twice a day."),
]


def test_an_insight_of_three_interviews_stands_without_any_one_of_them():
    (insight,) = merge(THRICE)
    assert insight.survival == 1.0


def test_what_rests_on_one_or_two_interviews_does_not_stand_without_one():
    assert [insight.survival for insight in merge([*SAME, found("b", 2, "The coupon field hides.")])] == [0.0] * 3


def test_an_insight_that_one_interview_holds_together_falls_without_it():
    """Two that are alike only through a third, which says what each of them says."""
    through = [
        found("a", 0, "anchor basket candle dragon"),
        found("b", 0, "anchor basket candle dragon engine forest garden hammer"),
        found("c", 0, "engine forest garden hammer"),
    ]
    vector = [vectors.packed(row) for row in vectors.of_texts(["the same"] * 3)]
    group = merging.everything(through, vector)
    likeness = np.array([[1.0, 0.8, 0.2], [0.8, 1.0, 0.8], [0.2, 0.8, 1.0]])
    assert merging._survival(group.statements, likeness) == round(2 / 3, 3)


def test_what_is_near_and_not_merged_is_offered():
    near = [*THRICE, found("g", 0, "The app on my phone is slow.")]
    merged = merge(near)
    assert len(merged) == 2
    assert [[one.id for one in insight.related] for insight in merged] == [[merged[1].id], [merged[0].id]]
    assert all(one.likeness >= merging.RELATED for insight in merged for one in insight.related)


def test_keywords_are_words_as_they_were_written_and_tell_an_insight_from_others():
    texts = {insight.text: insight.keywords for insight in merge([*SAME, *THRICE])}
    assert set(texts["The coupon field hides behind the keyboard."]) == {"coupon", "field", "hides", "keyboard"}
    crashing = next(keywords for text, keywords in texts.items() if "phone" in text)
    assert "phone" in crashing
    assert not any(word in {"crash", "crashe", "applic"} for word in crashing)


def test_korean_keywords_are_nouns_and_verbs_in_dictionary_form():
    insights = merge([found("a", 0, "카드 화면이 느려서 결제를 못 끝냈어요.", code="ko"), *SAME])
    assert {"카드", "화면", "느리다", "결제"} <= set(insights[-1].keywords) | {
        word for insight in insights if insight.text.startswith("카드") for word in insight.keywords
    }
