"""Insights in a saved notebook: good HTML without style sheets and scripts."""

import re

import pytest

from persona_lab.lab.drawing.insight_pictures import ROWS_SHOWN, drawn, insights_html, insights_text
from persona_lab.lab.insights.view import View
from persona_lab.replica import Replica
from tests.support.insights import copy_of

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def replica() -> Replica:
    return copy_of(150)


def test_pains_needs_and_takeaways_stand_under_their_names_with_support_and_quotes(replica: Replica) -> None:
    html = insights_html(drawn(replica, View()))
    heads = re.findall(r"<h4>(.*?)</h4>", html)
    assert heads[:4] == ["▼ Pains, pinned", "◆ Needs, pinned", "■ Takeaways, pinned", "▼ Pains"]
    assert re.search(r"[▰▱]{10}</span> \d of 12 participants", html)
    assert re.search(r"<details><summary>\d quotes</summary><blockquote", html)
    assert re.search(r"Mina, Talk \d+</small>", html)


def test_topics_are_drawn_as_bars_with_their_numbers_in_words(replica: Replica) -> None:
    html = insights_html(drawn(replica, View()))
    (row,) = re.findall(r"<tr>.*?Delivery, waiting.*?</tr>", html)
    assert re.search(r"█+▓+░+</span>", row)
    assert re.search(r"\d+ pains, \d+ needs, \d+ takeaways", row)


def test_only_so_many_are_drawn_and_the_others_counted(replica: Replica) -> None:
    told = drawn(replica, View())
    assert len(told.rows) == ROWS_SHOWN
    left = told.shown - ROWS_SHOWN
    assert f"<p>and {left} more</p>" in insights_html(told)
    assert insights_text(told).endswith(f"\nand {left} more")


def test_a_filtered_view_says_of_how_many(replica: Replica) -> None:
    told = drawn(replica, View(kinds=("need",), alone=True))
    total = replica.rows("SELECT count(*) FROM insights")[0][0]
    assert insights_text(told).startswith(f"{told.shown} of {total} insights\n◆ ")
    assert "rests on one person" in insights_text(told)
    assert insights_text(drawn(replica, View(rejected=True))).splitlines()[0].endswith("insights: rejected")


def test_nothing_is_said_to_be_nothing(replica: Replica) -> None:
    assert insights_text(drawn(replica, View(text="nobody says this"))) == "No insight fits these filters."
    assert insights_text(drawn(copy_of(0), View()), locale="ko").startswith("아직 인사이트가 없습니다.")


def test_korean_words(replica: Replica) -> None:
    html = insights_html(drawn(replica, View()), locale="ko")
    assert "참여자 12명 중" in html
    assert "인터뷰에서 다룬 주제" in html


def test_hostile_text_is_escaped() -> None:
    replica = copy_of(3)
    for table, column in (
        ("merged_insights", "text"),
        ("quotes", "text"),
        ("sections", "name"),
        ("interviews", "title"),
    ):
        replica.connection.execute(f"UPDATE {table} SET {column} = ?", [HOSTILE])
    html = insights_html(drawn(replica, View()))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 5
