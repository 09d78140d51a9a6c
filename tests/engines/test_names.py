"""Whom a question names."""

import pytest

from persona_lab.engines.names import named


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Dr. Kim think about it?", {"Kim Minsu"}),
        ("What did PhD C say?", {"PhD C"}),
        ("Is there a way to see what they say?", set()),
        ("Summarize the discussion of prices", set()),
    ],
)
def test_the_speaker_that_a_question_names(question, expected):
    assert set(named(question, {"Kim Minsu", "PhD C", "Grad A", "PhD B"})) == expected


@pytest.mark.parametrize(
    "asked", ["민수 씨는 뭐라고 했나요?", "민수씨가 말한 것", "민수는요, 왜 그랬죠?", "김민수의 의견"]
)
def test_a_korean_name_is_found_before_its_particle(asked):
    names = {"김민수", "이지원"} if "김민수" in asked else {"민수", "지원"}
    assert [name[-2:] for name in named(asked, names)] == (["민수"] if "는요" not in asked else [])


def test_a_word_that_only_begins_like_a_name_names_nobody():
    assert named("지원하지 않는 기능은?", {"지원"}) == {}


def test_a_name_that_all_share_does_not_tell_who_is_meant():
    assert set(named("What does Kim say?", {"Kim Minsu", "Kim Jiwon", "Kim Hana"})) == set()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Summarize the discussion about prices", set()),
        ("What did the Chair say?", {"The Chair"}),
        ("Will people pay for it?", set()),
        ("What did Will say about it?", {"Will"}),
    ],
)
def test_a_word_that_is_no_name_elsewhere_names_nobody_by_accident(question, expected):
    assert set(named(question, {"The Chair", "Will"})) == expected
