"""Which turns are found, and in which order."""

import pytest

from persona_lab.engines.meaning import vectors
from persona_lab.engines.search import Index, Query


@pytest.fixture
def index() -> Index:
    index = Index()
    index.add("a", [["card", "form", "slow"], ["coupon", "form"], []])
    index.add("b", [["card", "card", "refund"], ["parking"]])
    return index


def words(*terms: str) -> Query:
    return Query(terms)


def places(hits: list[tuple[str, int, float]]) -> list[tuple[str, int]]:
    return [(interview, turn) for interview, turn, _ in hits]


def test_the_turn_with_more_of_the_words_comes_first(index):
    assert places(index.search(words("form", "slow"), 10)) == [("a", 0), ("a", 1)]


def test_a_rare_word_counts_more_than_a_common_one(index):
    assert places(index.search(words("form", "refund"), 10))[0] == ("b", 0)


def test_equal_scores_are_ordered_by_interview_and_turn():
    index = Index()
    for interview in ("c", "a", "b"):
        index.add(interview, [["card"], *([[]] * 9), ["card"]])
    assert places(index.search(words("card"), 3)) == [("a", 0), ("a", 10), ("b", 0)]


def test_search_can_be_kept_to_some_interviews(index):
    assert places(index.search(words("card"), 10, interview_ids=["a", "unknown"])) == [("a", 0)]


def test_a_removed_interview_is_not_found(index):
    index.remove("b")
    assert places(index.search(words("card", "parking"), 10)) == [("a", 0)]


def test_adding_again_replaces(index):
    index.add("b", [["parking"]])
    assert places(index.search(words("refund"), 10)) == []
    assert places(index.search(words("parking"), 10)) == [("b", 0)]


def test_an_index_with_a_history_finds_as_a_fresh_one_does(index):
    for number in range(50):
        index.add("b", [["card", "refund"], ["parking", str(number)]])
        index.add("x", [["card"]])
        index.remove("x")
    fresh = Index()
    fresh.add("a", [["card", "form", "slow"], ["coupon", "form"], []])
    fresh.add("b", [["card", "refund"], ["parking", "49"]])
    query = words("card", "parking", "form")
    assert index.search(query, 10) == fresh.search(query, 10)


def test_words_nobody_said_find_nothing(index):
    assert index.search(words("boat"), 10) == []
    assert index.search(words(), 10) == []
    assert Index().search(words("card"), 10) == []


def test_no_more_than_asked_for_are_found(index):
    assert len(index.search(words("card", "form", "parking"), 2)) == 2


def test_turns_next_to_one_that_was_found_come_later(index):
    index.add("c", [["coupon", "form"], ["coupon", "form"], *([[]] * 9), ["coupon", "form"]])
    assert places(index.search(words("coupon", "form"), 3, ["c"])) == [("c", 0), ("c", 11), ("c", 1)]


@pytest.fixture(scope="module")
def spoken() -> Index:
    """Two people, in two languages, about paying and parking; the words of the tests' questions stand in none."""
    index = Index()
    for interview, speaker, sentences in (
        ("a", "Kim Minsu", ["It takes ages until the payment goes through.", "I parked my car behind the house."]),
        ("b", "Lee Jiwon", ["결제가 너무 오래 걸려요.", "차는 집 뒤에 세웠어요."]),
    ):
        index.add(interview, [["x"], ["y"]], vectors.of_texts(sentences), [speaker, speaker])
    return index


def meant(question: str) -> Query:
    return Query((), question, vectors.packed(vectors.of_texts([question])))


def test_a_turn_is_found_by_what_it_means(spoken):
    assert places(spoken.search(meant("Why is the checkout so slow?"), 1, ["a"])) == [("a", 0)]


def test_a_question_in_one_language_finds_turns_in_the_other(spoken):
    assert places(spoken.search(meant("Why does the checkout take so long?"), 1, ["b"])) == [("b", 0)]
    assert places(spoken.search(meant("주차는 어디에 했나요?"), 1, ["a"])) == [("a", 1)]


def test_whom_a_question_names_comes_first(spoken):
    assert places(spoken.search(meant("What did Jiwon say about slow payment?"), 1)) == [("b", 0)]
    assert places(spoken.search(meant("What did Minsu say about slow payment?"), 1)) == [("a", 0)]


def test_a_question_unlike_everything_finds_nothing(spoken):
    assert spoken.search(meant("Quantum chromodynamics of gluons"), 5) == []


def test_an_index_without_meanings_is_still_searched_by_words(index):
    assert places(index.search(meant("refund")._replace(terms=("refund",)), 5)) == [("b", 0)]
