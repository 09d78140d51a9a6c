"""Shares of interviews over time."""

from xml.dom import minidom

import pytest

from persona_lab.lab.measuring.trends import Thing, Trends

DATES = {"a": "2026-01-05", "b": "2026-01-30", "c": "2026-03-01", "d": None, "e": "last spring"}
PRICE = Thing("p", "price", frozenset("abd"))
SPEED = Thing("s", "speed", frozenset("c"))
NEVER = Thing("n", "never dated", frozenset("de"))


def test_each_month_counts_those_of_its_interviews_that_say_it() -> None:
    table = Trends("Study", [SPEED, PRICE, NEVER], DATES, "month").table
    rows = list(table[["period", "what", "said", "interviews"]].itertuples(index=False, name=None))
    assert rows == [
        ("2026-01", "price", 2, 2),
        ("2026-02", "price", 0, 0),
        ("2026-03", "price", 0, 1),
        ("2026-01", "speed", 0, 2),
        ("2026-02", "speed", 0, 0),
        ("2026-03", "speed", 1, 1),
    ]
    assert list(table["share"].fillna(-1)) == [1, -1, 0, 0, -1, 1]


def test_weeks_begin_on_monday() -> None:
    table = Trends("Study", [PRICE], {"a": "2026-01-05", "b": "2026-01-11", "c": "2026-01-12"}, "week").table
    assert list(table["period"]) == ["2026-01-05", "2026-01-12"]
    assert list(table["interviews"]) == [2, 1]


@pytest.mark.parametrize(
    ("dates", "reading"),
    [
        (DATES, "3 interviews in 2 months. 2 interviews without a date are left out."),
        (
            {"a": "2026-01-05", "d": None},
            "1 interview of one month: no trend to see. 1 interview without a date is left out.",
        ),
        ({"a": None}, "No interview has a date. Say when one was held: "),
        ({}, "Nothing to say yet: no interview has been analysed."),
    ],
)
def test_what_it_rests_on_is_said(dates: dict[str, str | None], reading: str) -> None:
    assert Trends("Study", [PRICE], dates, "month").reading.startswith(reading)


def test_the_figure_is_good_xml_with_the_periods_below_and_no_markup_of_names() -> None:
    odd = Thing("o", "<b>& “odd”", frozenset("ac"))
    svg = Trends("Study <1>", [PRICE, odd, SPEED], DATES, "month").figure()
    texts = [node.firstChild.data for node in minidom.parseString(svg).getElementsByTagName("text")]  # noqa: S318 - our own picture
    assert {"2026-01", "2026-03", "months, % of interviews", "<b>& “odd”", "price", "speed"} <= set(texts)


def test_the_same_interviews_in_another_order_give_the_same() -> None:
    one = Trends("Study", [PRICE, SPEED], DATES, "month")
    other = Trends("Study", [SPEED, PRICE], dict(reversed(DATES.items())), "month")
    assert one.table.equals(other.table)
    assert one.figure() == other.figure()
