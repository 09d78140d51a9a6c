"""What is chosen of the insights, as a query."""

import itertools

import pytest

from persona_lab.lab.insights import topics
from persona_lab.lab.insights.view import View
from persona_lab.replica import Replica
from tests.support.insights import copy_of, put


@pytest.fixture(scope="module")
def replica() -> Replica:
    return copy_of(120)


def ids(replica: Replica, view: View) -> list[str]:
    return [row[0] for row in replica.rows(f"SELECT id FROM ({view.sql})")]


def test_by_default_all_that_was_not_rejected_is_shown_pinned_first_then_by_kind_and_support(replica: Replica) -> None:
    rows = replica.rows(f"SELECT id, is_pinned, kind, support FROM ({View().sql})")
    kinds = ("pain", "need", "takeaway")
    assert rows == sorted(rows, key=lambda row: (not row[1], kinds.index(row[2]), -row[3], rows.index(row)))
    assert {row[0] for row in rows} == {key for (key,) in replica.rows("SELECT id FROM insights")}


def test_the_columns_are_those_of_all_insights(replica: Replica) -> None:
    assert list(replica.frame(View().sql).columns) == list(replica.frame("SELECT * FROM all_insights").columns)


def test_each_filter_narrows_and_all_of_them_together(replica: Replica) -> None:
    everything = set(ids(replica, View()))
    key = topics.topics(replica)[0][0].key
    views = [View(kinds=("need",)), View(persona="p1"), View(text="COUPON"), View(alone=True), View(section=key)]
    found = [set(ids(replica, view)) for view in views]
    assert all(set() < its < everything for its in found)
    for (one, its), (other, others) in itertools.combinations(zip(views, found, strict=True), 2):
        both = View(*(a or b for a, b in zip(one[:-1], other[:-1], strict=True)))
        assert set(ids(replica, both)) == its & others


def test_what_was_rejected_is_shown_apart(replica: Replica) -> None:
    rejected = {key for (key,) in replica.rows("SELECT id FROM all_insights WHERE is_rejected")}
    assert rejected
    assert set(ids(replica, View(rejected=True))) == rejected


def test_words_of_any_kind_are_only_words(replica: Replica) -> None:
    hostile = "'; DROP TABLE events; --"
    place = f"place:{hostile}:x"
    for view in (View(text=hostile), View(persona=hostile), View(section=f"name:{hostile}"), View(section=place)):
        assert ids(replica, view) == []
    assert replica.rows("SELECT count(*) FROM events") == [(0,)]


def test_per_cent_and_underscore_stand_for_themselves() -> None:
    replica = copy_of(3)
    replica.connection.execute("UPDATE merged_insights SET text = '100 % of_it' WHERE id = 'n1'")
    assert ids(replica, View(text="100 % of_")) == ["n1"]
    assert ids(replica, View(text="%%")) == []


@pytest.mark.parametrize(
    "told",
    [{}, {"kinds": "pain", "text": 3, "alone": "yes", "sort": "worst"}, {"kinds": ["dream"], "section": None}],
)
def test_what_makes_no_sense_is_as_if_nothing_was_said(told: dict[str, object]) -> None:
    assert View.of(told) == View()


def test_a_view_comes_back_from_what_a_page_says_of_it() -> None:
    view = View(("pain",), "p1", "card", True, True, "name:search", "support")
    assert View.of(view._asdict()) == view


# Topics


def sections(replica: Replica, *named: tuple[str, str]) -> None:
    for number, (interview_id, name) in enumerate(named):
        row = {"interview_id": interview_id, "section": number, "name": name, "first": 0, "last": 19}
        put(replica, "sections", [row])


@pytest.fixture
def bare() -> Replica:
    """Thirty insights of three interviews that have no sections."""
    replica = copy_of(30, interviews=3)
    replica.connection.execute("DELETE FROM sections")
    return replica


def named(replica: Replica) -> list[tuple[str, int, str]]:
    return [(one.name, one.interviews, one.interview) for one in topics.topics(replica)[0]]


def test_sections_that_share_a_word_of_their_names_are_one_topic(bare: Replica) -> None:
    sections(bare, ("i1", "Document, questions"), ("i2", "document, process"), ("i3", "Voices"))
    assert named(bare) == [("Document", 2, ""), ("Voices", 1, "Talk 3")]


def test_a_whole_name_that_is_shared_stands_for_its_parts(bare: Replica) -> None:
    sections(bare, ("i1", "Price, size"), ("i2", "Price, size"), ("i3", "Price"))
    assert named(bare) == [("Price", 3, ""), ("Price, size", 2, "")]


def test_a_topic_holds_the_insights_that_its_query_finds(replica: Replica) -> None:
    found, left_out = topics.topics(replica)
    assert left_out == 0
    for topic in found:
        everything = {*ids(replica, View(section=topic.key)), *ids(replica, View(section=topic.key, rejected=True))}
        assert everything == topic.insights


def test_too_many_are_counted_and_not_shown(bare: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "MOST_TOPICS", 2)
    sections(bare, ("i1", "A"), ("i2", "B"), ("i3", "C"))
    found, left_out = topics.topics(bare)
    assert (len(found), left_out) == (2, 1)


def test_interviews_without_sections_have_no_topics(bare: Replica) -> None:
    assert topics.topics(bare) == ([], 0)
