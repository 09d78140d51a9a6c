"""Positions survive every way of counting that programs have."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from persona_lab.refi.positions import counted, of_line_feeds, of_utf16, with_line_feeds

# What makes offsets go wrong: line endings, emoji (alone, joined, coloured), Korean taken apart, a mark inside.
PIECES = [
    "\r\n",
    "\n",
    "\r",
    "😀",
    "👩🏽\u200d💻",
    "한국어",
    unicodedata.normalize("NFD", "한국어"),
    "a",
    " ",
    "é",
    "\ufeff",
    "𝔘",
]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(texts, st.data())
def test_a_span_says_the_same_with_line_feeds_and_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    # Nothing is coded from the middle of a line's end.
    assume("\r\n" not in (text[start - 1 : start + 1], text[end - 1 : end + 1]))
    fed, place = with_line_feeds(text)
    assert "\r" not in fed
    assert fed[place(start) : place(end)] == with_line_feeds(text[start:end])[0]
    back = of_line_feeds(text)
    assert [place(back(at)) for at in range(len(fed) + 1)] == list(range(len(fed) + 1))


@given(texts)
def test_utf16_units_are_counted_back_to_code_points(text: str) -> None:
    units = [len(text[:at].encode("utf-16-le")) // 2 for at in range(len(text) + 1)]
    assert [of_utf16(text)(unit) for unit in units] == list(range(len(text) + 1))


SAID = "😀 Mina: the form\r\n😀 forgets my address 👩🏽\u200d💻 every time"


@pytest.mark.parametrize(
    ("as_counted", "had_mark"),
    [
        pytest.param(lambda text: len(text), False, id="code points"),
        pytest.param(lambda text: len(text) + 1, True, id="code points with the mark"),
        pytest.param(lambda text: len(text.encode("utf-16-le")) // 2, False, id="UTF-16"),
        pytest.param(lambda text: len(text.replace("\r\n", "\n")), False, id="line feeds"),
        pytest.param(lambda text: len(text.replace("\r\n", "\n").encode("utf-16-le")) // 2, False, id="both"),
    ],
)
def test_the_way_of_counting_is_found_by_what_selections_are_named(as_counted, had_mark) -> None:
    at = SAID.index("every time")
    place = counted(SAID, [(as_counted(SAID[: SAID.index("forgets")]), "forgets my address…")], had_mark=had_mark)
    assert place(as_counted(SAID[:at])) == at


def test_where_nothing_tells_positions_are_code_points() -> None:
    assert counted(SAID, [(4, "")], had_mark=True)(9) == 9
