"""Two runs of an interview, side by side."""

import pytest

from persona_lab.lab.insights.difference import Difference, Row
from persona_lab.lab.interviews.runs import Pair, matched
from persona_lab.models import Finding, Kind, Quote


def finding(text: str, *spans: tuple[int, int], kind: Kind = "pain", terms: str = "") -> Finding:
    quotes = tuple(Quote(turn=1, start=start, end=end, text="x" * (end - start)) for start, end in spans)
    return Finding(kind=kind, text=text, quotes=quotes, terms=tuple(terms.split()))


def test_findings_that_rest_on_the_same_words_are_the_same() -> None:
    before = [finding("Slow", (0, 10)), finding("Dear", (20, 40))]
    after = [finding("The price is high", (22, 40), kind="need"), finding("It is slow", (0, 10))]
    assert matched(before, after) == [Pair(1, 0), Pair(0, 1)]


def test_the_nearest_is_matched_first_and_none_twice() -> None:
    before = [finding("A", (0, 10)), finding("B", (0, 20))]
    after = [finding("C", (8, 20)), finding("D", (0, 10))]
    assert matched(before, after) == [Pair(1, 0), Pair(0, 1)]


def test_few_shared_words_are_not_enough() -> None:
    assert matched([finding("A", (0, 10))], [finding("B", (6, 20))]) == []


def test_what_rests_on_other_words_is_matched_by_what_it_says() -> None:
    before = [finding("The card form is slow", (0, 10), terms="card form slow"), finding("Same", (11, 13))]
    after = [finding("SAME", (50, 53)), finding("A slow card form", (30, 40), terms="card form slow page")]
    assert matched(before, after) == [Pair(1, 0), Pair(0, 1)]


def test_one_word_in_common_is_not_the_same() -> None:
    before = [finding("A", (0, 9), terms="card form slow")]
    assert matched(before, [finding("B", (20, 30), terms="card lost")]) == []


@pytest.mark.parametrize("findings", [[], [finding("A", (0, 9))]])
def test_a_run_is_the_same_as_itself(findings: list[Finding]) -> None:
    assert matched(findings, findings) == [Pair(n, n) for n in range(len(findings))]


def test_where_several_are_as_near_the_same_text_decides() -> None:
    both = [finding("A", (0, 10)), finding("B", (0, 10))]
    assert matched(both, both[::-1]) == [Pair(1, 0), Pair(0, 1)]


HOSTILE = '<script>alert("1")</script>'
SHOWN = Difference(
    "“mina”: 1 → 2",
    "Findings",
    ["The model was m1 and is m2."],
    [
        Row("kept", "pain", "Slow", "Slow"),
        Row("changed", "need", HOSTILE, "Dear", "pain → need"),
        Row("went", "pain", "Gone", None),
        Row("came", "pain", None, "New"),
    ],
)


def test_a_difference_reads_as_text() -> None:
    assert repr(SHOWN) == (
        "“mina”: 1 → 2\n"
        "Findings: 1 came, 1 went, 1 changed, 1 kept.\n"
        "  The model was m1 and is m2.\n"
        "+ pain: New\n"
        "− pain: Gone\n"
        f"~ need: {HOSTILE} → Dear (pain → need)"
    )


def test_a_differences_picture_holds_no_markup_of_others() -> None:
    html = SHOWN._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<td" in html
    assert "Slow" not in html


def test_a_difference_is_a_table_with_what_was_kept() -> None:
    assert list(SHOWN.table["change"]) == ["came", "went", "changed", "kept"]


def test_a_long_difference_is_cut_in_the_picture_and_not_in_the_table() -> None:
    long = Difference("t", "Findings", [], [Row("came", "pain", None, f"New {n}") for n in range(60)])
    assert repr(long).endswith("New 49\nand 10 more")
    assert "<p>and 10 more</p>" in long._repr_html_()
    assert len(long.table) == 60
