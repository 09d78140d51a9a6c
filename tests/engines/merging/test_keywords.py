"""Words that participants use, as an analyst would list them."""

from persona_lab.engines.language import terms
from persona_lab.engines.merging.keywords import Said, keywords


def said(interview: str, text: str, language: str = "en", *, is_part: bool = True) -> Said:
    return Said(interview, "P", language, terms(text, language), text, is_part)


def test_what_many_say_comes_before_what_one_repeats():
    talk = [said(one, "The delivery was late.") for one in "abc"] + [said("d", "Parking, parking, parking, parking.")]
    words = keywords(talk, 3)
    assert [word.word for word in words[:2]] == ["delivery", "late"]
    delivery = words[0]
    assert (delivery.count, delivery.participants, delivery.interviews) == (3, 3, ("a", "b", "c"))


def test_forms_of_a_word_are_one_word_written_as_most_write_it():
    (word, *_) = keywords([said("a", "Refunds and refunds."), said("b", "A refund.")], 1)
    assert (word.word, word.count, word.participants) == ("refunds", 3, 2)


def test_korean_words_lose_their_particles_and_endings():
    talk = [said("a", "환불이 늦어요.", "ko"), said("b", "환불을 기다렸는데 환불은 늦었어요.", "ko")]
    words = {word.word: word.count for word in keywords(talk, 5)}
    assert (words["환불"], words["늦다"]) == (3, 2)
    assert not any(word.endswith(("이", "을", "은", "요")) for word in words)


def test_a_part_has_the_words_that_it_uses_more_than_the_rest():
    rest = [said(f"r{n}", "The delivery was late and the parcel was wet.", is_part=False) for n in range(20)]
    part = [said("a", "The delivery was late, and the refund took weeks, the refund form was lost.")]
    words = [word.word for word in keywords([*rest, *part], 3)]
    assert words[0] == "refund"
    assert not {"delivery", "late"} & set(words)


def test_numbers_and_everyday_words_are_no_keywords():
    assert keywords([said("a", "It was 12 and it was good.")], 5) == []


def test_ties_are_broken_by_the_word():
    talk = [said("a", "Zebra apple mango.")]
    assert [word.word for word in keywords(talk, 3)] == ["apple", "mango", "zebra"]


def test_nothing_said_has_no_keywords():
    assert keywords([], 5) == []
