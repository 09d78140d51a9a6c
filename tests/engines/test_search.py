"""Which turns are found, and in which order."""

import pytest

from persona_lab.engines.search import Index


@pytest.fixture
def index() -> Index:
    index = Index()
    index.add("a", [["card", "form", "slow"], ["coupon", "form"], []])
    index.add("b", [["card", "card", "refund"], ["parking"]])
    return index


def places(hits: list[tuple[str, int, float]]) -> list[tuple[str, int]]:
    return [(interview, turn) for interview, turn, _ in hits]


def test_the_turn_with_more_of_the_words_comes_first(index):
    assert places(index.search(["form", "slow"], 10)) == [("a", 0), ("a", 1)]


def test_a_rare_word_counts_more_than_a_common_one(index):
    assert places(index.search(["form", "refund"], 10))[0] == ("b", 0)


def test_equal_scores_are_ordered_by_interview_and_turn():
    index = Index()
    for interview in ("c", "a", "b"):
        index.add(interview, [["card"], ["card"]])
    assert places(index.search(["card"], 3)) == [("a", 0), ("a", 1), ("b", 0)]


def test_search_can_be_kept_to_some_interviews(index):
    assert places(index.search(["card"], 10, interview_ids=["a", "unknown"])) == [("a", 0)]


def test_a_removed_interview_is_not_found(index):
    index.remove("b")
    assert places(index.search(["card", "parking"], 10)) == [("a", 0)]


def test_adding_again_replaces(index):
    index.add("b", [["parking"]])
    assert places(index.search(["refund"], 10)) == []
    assert places(index.search(["parking"], 10)) == [("b", 0)]


def test_an_index_with_a_history_finds_as_a_fresh_one_does(index):
    for number in range(50):
        index.add("b", [["card", "refund"], ["parking", str(number)]])
        index.add("x", [["card"]])
        index.remove("x")
    fresh = Index()
    fresh.add("a", [["card", "form", "slow"], ["coupon", "form"], []])
    fresh.add("b", [["card", "refund"], ["parking", "49"]])
    query = ["card", "parking", "form"]
    assert index.search(query, 10) == fresh.search(query, 10)


def test_words_nobody_said_find_nothing(index):
    assert index.search(["boat"], 10) == []
    assert index.search([], 10) == []
    assert Index().search(["card"], 10) == []


def test_no_more_than_asked_for_are_found(index):
    assert len(index.search(["card", "form", "parking"], 2)) == 2
