"""Insights in a cell: looked at, judged, taken back."""

import pytest

from persona_lab.errors import InsightNotFound, InvalidRequest, JudgementNotFound
from persona_lab.lab.insights.insight import Insight
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text


@pytest.fixture
def study(project: Project) -> Project:
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(interview_text("the coupon"), "coupon")
    project.wait(60)
    return project


def pains(study: Project) -> list[Insight]:
    return [study.insight(key) for key in study.sql("SELECT id FROM insights WHERE kind = 'pain' ORDER BY text")["id"]]


def test_an_insight_is_found_by_its_id_its_text_or_words_of_it(study: Project) -> None:
    one = pains(study)[0]
    words = " ".join(one.text.split()[2:6]).upper()
    assert {study.insight(said).id for said in (one.id, one.text, words)} == {one.id}
    with pytest.raises(InsightNotFound, match="There is no such insight"):
        study.insight("nobody says this")
    with pytest.raises(InsightNotFound, match=r"insights say “I”\. Give the id"):
        study.insight("I")


def test_it_shows_its_quotes_and_that_it_rests_on_one_participant(study: Project) -> None:
    one = pains(study)[0]
    quotes = one.quotes
    assert list(quotes["interview"]) == ["coupon"]
    assert quotes["text"][0] in study.interview("coupon").transcript.text
    assert "1 of 2 participants, rests on one participant" in repr(one)
    html = one._repr_html_()
    assert quotes["text"][0].split(",")[0] in html
    assert "<script" not in html
    (row,) = study.sql("SELECT note, contradictions, survival, keywords FROM insights WHERE id = ?", [one.id]).to_dict(
        "records"
    )
    assert row["note"] == "It rests on one participant."
    assert (len(row["contradictions"]), row["survival"]) == (0, 0)
    assert "coupon" in row["keywords"]


def test_a_name_is_in_the_next_cell_and_with_markup_it_stays_text(study: Project) -> None:
    one = pains(study)[0].rename("<b>Mine</b>")
    assert one.text == "<b>Mine</b>"
    assert "&lt;b&gt;Mine&lt;/b&gt;" in one._repr_html_()
    assert "<b>Mine</b>" in set(study.insights["text"])
    one.undo()
    assert "<b>Mine</b>" not in set(study.insights["text"])
    assert len(study.judgements) == 0


def test_what_is_rejected_leaves_the_table_and_comes_back(study: Project) -> None:
    before = study.insights
    one = pains(study)[0].reject()
    assert one.is_rejected
    assert one.id not in set(study.insights["id"])
    assert list(study.sql("SELECT id FROM all_insights WHERE is_rejected")["id"]) == [one.id]
    one.restore()
    assert study.insights.equals(before)


def test_a_pin_is_set_and_taken_off(study: Project) -> None:
    one = pains(study)[0].pin()
    assert one.is_pinned
    assert list(one.judgements["kind"]) == ["pin"]
    assert not one.unpin().is_pinned


def test_merging_and_splitting_by_quotes(study: Project) -> None:
    one, other = pains(study)[:2]
    both = one.merge(other)
    assert (both.support, sorted(both.quotes["interview"])) == (2, ["coupon", "mina"])
    assert study.insight(other.id).id == both.id
    assert list(study.sql("SELECT support FROM insights WHERE id = ?", [both.id])["support"]) == [2]
    apart = both.split(both.quotes[both.quotes["interview"] == "mina"], text="Mina's")
    assert (apart.text, apart.support, both.support) == ("Mina's", 1, 1)
    assert "Mina's" in set(study.insights["text"])


def test_splitting_by_interview(study: Project) -> None:
    one, other = pains(study)[:2]
    apart = one.merge(other.text).split(interviews="mina")
    assert list(apart.quotes["interview"]) == ["mina"]


def test_the_spread_counts_participants_by_language_and_interview(study: Project) -> None:
    one = pains(study)[0]
    assert one.spread.to_dict("records") == [
        {"by": "language", "value": "en", "support": 1, "participants": 2},
        {"by": "interview", "value": "coupon", "support": 1, "participants": 1},
    ]
    (row,) = study.sql("SELECT spread FROM insights WHERE id = ?", [one.id])["spread"]
    assert [dict(share) for share in row] == one.spread.to_dict("records")


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda one: one.rename(" "), "Say what to call it"),
        (lambda one: one.merge(), "Name what to merge with it"),
        (lambda one: one.merge(one), "That is one insight already"),
        (lambda one: one.split(), "Say what goes"),
        (lambda one: one.split(one.quotes[["text"]]), "These are no rows of insight.quotes"),
        (lambda one: one.split(one.quotes), "Nothing would be left"),
        (lambda one: one.undo(), "Nobody has said anything of this insight"),
    ],
)
def test_what_says_nothing_is_refused_with_what_to_do(study: Project, act: object, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        act(pains(study)[0])
    assert sentence in refused.value.message


def test_what_is_undone_cant_be_undone_again(study: Project) -> None:
    made = pains(study)[0].pin().judgements["id"][0]
    study.undo(made)
    with pytest.raises(JudgementNotFound, match="There is no such judgement"):
        study.undo(made)


def test_judgements_are_in_a_copy_that_is_built_anew(study: Project) -> None:
    pains(study)[0].rename("Mine")
    before = study.insights
    study.duckdb.execute("DELETE FROM cursor")
    study.upload_text("Interviewer: Well?\nJun: I have nothing to say about it at all.\n", "jun")
    study.wait(60)
    assert "Mine" in set(study.insights["text"])
    assert set(before["id"]) <= set(study.insights["id"])


def test_two_notebooks_see_what_either_says(study: Project, lab) -> None:
    other = lab.project(study.name)
    pains(study)[0].rename("Said here")
    assert "Said here" in set(other.insights["text"])


def test_keywords_of_the_project_and_of_one_interview(study: Project) -> None:
    words = study.keywords(5)
    assert list(words.columns) == ["word", "language", "participants", "interviews", "count", "score"]
    assert len(words) == 5
    own = study.keywords(3, interview="coupon")
    assert "coupon" in set(own["word"])
    assert "card" not in set(own["word"])


def test_trends_say_how_many_interviews_have_no_date(study: Project) -> None:
    trends = study.trends()
    assert trends.reading.startswith("No interview has a date. Say when one was held: ")
    assert len(trends.table) == 0
    with pytest.raises(InvalidRequest, match="There is nothing to draw"):
        trends.figure()
    with pytest.raises(InvalidRequest, match="there are trends of"):
        study.trends("mood")
    with pytest.raises(InvalidRequest, match="interview_date"):
        study.interview("mina").date = "spring"


def test_trends_follow_the_dates_of_the_interviews(study: Project) -> None:
    dates = {"mina": "2026-01-20", "coupon": "2026-03-02"}
    for title, day in dates.items():
        study.interview(title).date = day
    assert study.interview("mina").date == "2026-01-20"
    for of, curves in (("insight", 3), ("kind", 2), ("keyword", 3)):
        trends = study.trends(of)
        assert trends.reading == "2 interviews in 2 months."
        assert list(dict.fromkeys(trends.table["period"])) == ["2026-01", "2026-02", "2026-03"]
        assert trends._repr_html_().count("<polyline") == curves
    table = study.trends("keyword", k=50).table.set_index(["what", "period"])["share"]
    assert (table["address", "2026-01"], table["address", "2026-03"]) == (1, 0)
