"""A trait is what a participant says of themselves, and nothing else."""

import pytest

from persona_lab.engines.analysing.findings import participant_turns
from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.analysing.profile import profile


def traits(make, *lines, language="en"):
    transcript = make(*lines, language=language)
    return profile(transcript, hear(transcript), participant_turns(transcript))


def told(make, said, language="en"):
    return [(trait.name, trait.value) for trait in traits(make, f"P: {said}", language=language)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I'm a nurse.", [("job", "a nurse")]),
        ("I work as a project manager for a bank.", [("job", "a project manager")]),
        ("I am 45 years old.", [("age", "45 years old")]),
        ("I'm 34 and live in Leeds.", [("age", "34")]),
        ("I'm from Busan originally.", [("place", "Busan")]),
        ("We live in a small town near Oslo.", [("place", "a small town near Oslo")]),
        ("I have two kids and a dog.", [("family", "two kids")]),
        ("I've been a nurse for twelve years.", [("experience", "been a nurse for twelve years")]),
        ("I use Excel and Notion for it.", [("tools", "Excel and Notion")]),
        (
            "I usually compare prices in three shops.",
            [("habit", "I usually compare prices in three shops")],
        ),
    ],
)
def test_english_traits_are_in_the_participants_words(make, said, expected):
    assert told(make, said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "My brother is a nurse.",
        "My manager is a designer.",
        "I'm not a nurse.",
        "If I were a teacher I'd use it more.",
        'She said, "I\'m a doctor."',
        "I told ChatGPT that I am a lawyer.",
        "It's like I'm a teacher to it.",
        "I'm a big fan of the search.",
        "I'm a bit worried.",
        "I'm 90% sure.",
        "I'm 20, 30 minutes late.",
        "I don't use Excel.",
        "Should I say I'm a nurse?",
        "We use English at work.",
    ],
)
def test_what_is_said_of_others_denied_supposed_or_compared_is_no_trait(make, said):
    assert told(make, said) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("저는 서른다섯 살이고 마케터로 일하고 있어요.", [("age", "서른다섯 살"), ("job", "마케터")]),
        ("저는 화장품 브랜드에서 마케팅을 하고 있어요.", [("job", "화장품 브랜드에서 마케팅")]),
        ("올해로 10년 차 직장인이에요.", [("experience", "10년 차 직장인")]),
        ("저는 대전에 살고 있어요.", [("place", "대전")]),
        ("아이 둘을 키우고 있어요.", [("family", "아이 둘")]),
        ("엑셀이랑 노션을 주로 써요.", [("tools", "엑셀이랑 노션")]),
        ("저는 매일 아침 메일을 확인해요.", [("habit", "매일 아침 메일을 확인해요")]),
    ],
)
def test_korean_traits_are_in_the_participants_words(make, said, expected):
    assert told(make, said, "ko") == expected


@pytest.mark.parametrize(
    "said",
    [
        "동생이 간호사예요.",
        "남편은 개발자예요.",
        "저는 간호사가 아니에요.",
        "제가 개발자라면 그렇게 안 만들었을 거예요.",
        "챗지피티는 안 써요.",
        "동료들은 슬랙을 써요.",
    ],
)
def test_what_korean_participants_say_of_others_or_deny_is_no_trait(make, said):
    assert told(make, said, "ko") == []


def test_a_job_without_a_subject_counts_in_answer_to_the_question_for_it(make):
    said = "P: 결제 쪽 백엔드 개발을 하고 있어요."
    asked = traits(make, "Q: 어떤 일을 하시는지 말씀해 주세요.", said, language="ko")
    other = traits(make, "Q: 팀에서는 요즘 뭘 바꾸고 있나요?", said, language="ko")
    assert [trait.value for trait in asked] == ["결제 쪽 백엔드 개발"]
    assert other == ()


def test_the_interviewer_has_no_profile(make):
    assert traits(make, "Q: I'm a researcher. And you?", "P: Nothing to say.") == ()


def test_a_trait_told_twice_is_one_with_two_quotes(make):
    (trait,) = traits(make, "P: I'm a nurse.", "Q: Really?", "P: Yes, I am a nurse.")
    assert [quote.turn for quote in trait.quotes] == [0, 2]


def test_each_value_stands_in_its_quote(make):
    found = traits(
        make,
        "P: So I'm a  voiceover artist, I have two kids, and I use Photoshop. I always start with the script first.",
    )
    assert len(found) == 4
    assert all(trait.value in " ".join(trait.quotes[0].text.split()) for trait in found)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (
            "I often use it to help me improve my notes, e.g. pasting into AI.",
            "I often use it to help me improve my notes",
        ),
        (
            "I tend to ask the model to convert these measurements into ml and grams and then copy in a list of the "
            "ingredients and measurements straight from the original recipe.",
            "I tend to ask the model to convert these measurements into ml and grams and then copy in a list of the "
            "ingredients and measurements straight from the",
        ),
    ],
)
def test_a_value_ends_with_a_whole_word(make, said, value):
    (habit,) = [one for one in traits(make, f"P: {said}") if one.name == "habit"]
    assert habit.value == value
