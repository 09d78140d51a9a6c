import subprocess
import sys

import pytest

from persona_lab.transcripts.syllables import LONGEST, PATH, choose, everyday, fluency


def test_the_everyday_syllables_are_those_of_the_standard():
    assert len(everyday()) == 2350
    assert (everyday()[0], everyday()[-1]) == ("가", "힝")


def test_the_syllable_that_makes_sense_is_chosen():
    (choice,) = choose([*"감사", "합핥핳핫", *"니다."])
    assert choice.character == "합"
    assert choice.likelihood > 0.99


def test_several_places_are_chosen_together():
    assert "".join(choice.character for choice in choose([*"안", "녕넝닝", "하화허", "세새셰", *"요"])) == "녕하세"


def test_a_place_that_nothing_speaks_for_is_unlikely():
    (choice,) = choose(["“", "".join(everyday()[:200]), "”"])
    assert choice.likelihood < 0.5


def test_what_the_model_doesnt_know_is_not_chosen():
    (choice,) = choose(["가", "뷁뷃", "나"])
    assert (choice.character, choice.likelihood) == ("\ufffd", 0.0)


@pytest.mark.parametrize("length", [1, LONGEST - 1, LONGEST, LONGEST + 1, 5 * LONGEST + 3])
def test_stretches_of_any_length_get_all_their_choices(length):
    choices = choose(["다라"] * length)
    assert len(choices) == length
    assert all(choice.likelihood >= 0.5 for choice in choices)


def test_nothing_to_choose_gives_nothing():
    assert choose(list("그냥 글")) == []


def test_korean_is_more_fluent_than_syllables_in_no_order():
    assert fluency("결제할 때마다 주소를 다시 넣어야 해서 불편해요") > -5.5 > -7 > fluency("뜸렸팥엮뮴캐쥐싶좡돗벙쉰")


def test_the_model_is_small_and_loaded_only_when_needed():
    assert PATH.stat().st_size < 1_000_000
    code = "import persona_lab.transcripts.encoding as e, persona_lab.transcripts.syllables as s\n"
    code += "e.decode('참가자: 네, 그래요. Café ☕'.encode()); print(s.model.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "0\n"
