"""What counts as a pain or a need, and what only looks like one."""

import pytest

from persona_lab.engines.analysing.cues import is_small_talk, weigh
from persona_lab.engines.language import read
from persona_lab.engines.rules import TUNING


def pain(text: str, code: str) -> bool:
    return any(weigh(sentence).pain >= TUNING.pain_threshold for sentence in read(text, code))


def need(text: str, code: str) -> bool:
    return any(weigh(sentence).need >= TUNING.need_threshold for sentence in read(text, code))


@pytest.mark.parametrize(
    "text",
    [
        "It is frustrating when the page forgets my address.",
        "The search doesn't work on my phone.",
        "I have to type the same number again every time.",
        "I don't trust the figures it gives me.",
        "It’s hard to find the right form.",
        "Not only is it slow, it also crashes.",
        "The downside is that I have to double check everything.",
    ],
)
def test_english_complaints_are_pains(text):
    assert pain(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "There was no problem with the refund.",
        "I never had any trouble with it.",
        "I don't worry about my job.",
        "It isn't difficult to learn.",
        "It helps me catch errors before the client does.",
        "It used to be frustrating but now it is quick.",
        "It saves me a lot of time.",
        "That problem has been fixed.",
        "I don't find it frustrating.",
        "I don't think the card form on the new page is confusing.",
        "My concerns aren't necessarily about AI itself.",
        "It's not that the search is slow or anything.",
        "I am not worried about losing my job to a machine.",
    ],
)
def test_negated_solved_and_avoided_pains_are_no_pains(text):
    assert not pain(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "결제할 때마다 다시 입력해야 하는 게 너무 불편해요.",
        "알림이 안 와서 답답했어요.",
        "주문이 됐는지 알 수가 없었어요.",
        "시간이 너무 오래 걸려요.",
        "저장이 잘 안 돼요.",
        "사진을 올리지 못했어요.",
    ],
)
def test_korean_complaints_are_pains(text):
    assert pain(text, "ko")


@pytest.mark.parametrize(
    "text",
    [
        "불편하지 않았어요.",
        "불편했던 적이 없어요.",
        "문제는 전혀 없었습니다.",
        "걱정되진 않아요.",
        "답답함이 없어요.",
        "오류가 해결됐어요.",
        "앱이 느리다고 느낀 적은 없어요.",
        "환불 절차가 복잡하다고 생각하지 않아요.",
        "결제 오류는 한 번도 없었어요.",
    ],
)
def test_korean_negated_pains_are_no_pains(text):
    assert not pain(text, "ko")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I wish it would remember my address.", "en"),
        ("It would be great if it could read my notes.", "en"),
        ("I want to be able to export the list.", "en"),
        ("If only there were one button for it.", "en"),
        ("한 번에 결제됐으면 좋겠어요.", "ko"),
        ("배송지를 저장할 수 있게 해 주세요.", "ko"),
        ("엑셀로 내려받고 싶어요.", "ko"),
        ("영수증 기능이 필요해요.", "ko"),
    ],
)
def test_wishes_are_needs(text, code):
    assert need(text, code)


def test_a_question_counts_less_than_a_statement():
    asked, told = read("Is it frustrating?", "en")[0], read("It is frustrating.", "en")[0]
    assert weigh(asked).pain < weigh(told).pain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Thank you so much for your time!", "en"),
        ("Sounds good, I'm ready.", "en"),
        ("That is a great question.", "en"),
        ("I can't think of a time that was frustrating.", "en"),
        ("네, 감사합니다.", "ko"),
        ("안녕하세요.", "ko"),
    ],
)
def test_courtesies_and_talk_about_the_interview_are_small_talk(text, code):
    assert all(is_small_talk(sentence) for sentence in read(text, code))


def test_a_very_long_line_does_not_stall_the_patterns():
    line = "and maybe " * 4000 + "word " * 4000
    assert weigh(read(line, "en")[0]).pain == 0
