"""How-might-we questions are grammatical or not made, and rest on findings."""

import pytest

from persona_lab.engines.analysing import asking_english, asking_korean
from persona_lab.engines.analysing.how_might_we import questions
from persona_lab.engines.language import terms
from persona_lab.models import Finding, Quote


def finding(kind, text, language="en"):
    quote = Quote(turn=0, start=0, end=len(text), text=text)
    return Finding(kind=kind, text=text, quotes=(quote,), terms=tuple(sorted(set(terms(text, language)))))


@pytest.mark.parametrize(
    ("wish", "question"),
    [
        ("I would love to compare prices in my basket.", "help people compare prices in their basket"),
        ("I want to be able to export the list, because I forget things.", "help people export the list"),
        ("I wish I could see my orders on one page.", "help people see their orders on one page"),
        ("I wish the app would remember my address.", "get the app to remember people's address"),
        ("It would be great if the form could read my card.", "get the form to read people's card"),
        ("I would love to see an integrated rota checker.", "give people an integrated rota checker"),
        ("I need a tool that reads my notes.", "give people a tool that reads their notes"),
        ("I wish there was a button to pay.", "give people a button to pay"),
        ("I would love it if AI was better at calculating angles.", "make AI better at calculating angles"),
    ],
)
def test_english_wishes_become_questions(wish, question):
    assert asking_english.question(wish, None) == f"How might we {question}?"


@pytest.mark.parametrize(
    "wish",
    [
        "I wish it would remember my address.",
        "If I want to export the list, I call my son.",
        "I don't want to type it again.",
        "I would like to say that the form is fine.",
        "I'd love to be a better teacher.",
        "I hope so.",
        "I want to.",
        "I would love to see have less of it.",
        "The form should be shorter.",
    ],
)
def test_what_would_not_read_well_is_not_asked(wish):
    assert asking_english.question(wish, None) == ""


@pytest.mark.parametrize(
    ("wish", "question"),
    [
        ("배송지를 저장할 수 있게 해 주면 좋겠어요.", "배송지를 저장할 수 있게 할 수 있을까?"),
        ("한번 가르쳐 놓으면 기억하고 있었으면 좋겠어요.", "한번 가르쳐 놓으면 기억하고 있게 할 수 있을까?"),
        ("엑셀로 내려받고 싶어요.", "엑셀로 내려받을 수 있을까?"),
        ("영수증 기능이 필요해요.", "영수증 기능을 마련할 수 있을까?"),
        ("글씨가 컸으면 좋겠어요.", "글씨를 크게 할 수 있을까?"),
        ("저는 혼자서도 할 수 있었으면 좋겠어요.", "혼자서도 할 수 있을까?"),
        ("쉬운 말로 된 설명이 있으면 좋겠어요.", "쉬운 말로 된 설명을 마련할 수 있을까?"),
        ("제가 요리만 하게 해 줬으면 좋겠어요.", "요리만 하게 할 수 있을까?"),
    ],
)
def test_korean_wishes_become_questions(wish, question):
    assert asking_korean.question(wish, None) == f"어떻게 하면 {question}"


@pytest.mark.parametrize(
    "wish", ["그거 하나만 바꿔 주면 좋겠어요.", "우리 브랜드 말투를 지켜 줬으면 좋겠어요.", "좋겠어요.", "네."]
)
def test_a_korean_wish_that_points_elsewhere_is_not_asked(wish):
    assert asking_korean.question(wish, None) == ""


def test_a_need_is_asked_with_the_pain_that_stands_in_its_way():
    findings = [
        finding("pain", "The delivery van is too loud in the morning."),
        finding("pain", "I have to type my delivery address again every time."),
        finding("need", "I would love to save my delivery address for later."),
    ]
    (question,) = questions(findings, "en")
    assert question.findings == (2, 1)
    assert question.text == (
        "How might we help people save their delivery address for later, "
        "when they have to type their delivery address again every time?"
    )


def test_a_korean_need_is_asked_with_the_pain_that_stands_in_its_way():
    findings = [
        finding("pain", "결제할 때마다 카드 번호를 다시 입력해야 하는 게 너무 불편해요.", "ko"),
        finding("need", "카드 번호를 저장할 수 있게 해 주면 좋겠어요.", "ko"),
    ]
    (question,) = questions(findings, "ko")
    assert question.findings == (1, 0)
    assert question.text == (
        "결제할 때마다 카드 번호를 다시 입력해야 하는 게 너무 불편한데, "
        "어떻게 하면 카드 번호를 저장할 수 있게 할 수 있을까?"
    )


def test_a_pain_about_something_else_is_no_obstacle():
    findings = [
        finding("pain", "The waiting room at the dentist is really cold."),
        finding("need", "I would love to save my delivery address for later."),
    ]
    assert [question.findings for question in questions(findings, "en")] == [(1,)]


def test_without_a_need_nothing_is_asked():
    assert questions([finding("pain", "The form is frustrating.")], "en") == ()
