"""When a study has heard enough, as Guest, Namey & Chen (2020) count it."""

from xml.dom import minidom

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing.curves import curves_svg
from persona_lab.lab.measuring.saturation import Heard, Saturation, Settings
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text

# Their worked example, as its text has it: 37 themes in the first four interviews; the run of interviews 6 and 7 brings
# 11 % (four more), that of 7 and 8 one theme, 3 %. So it is saturated at 6+2, whichever the base size.
WORKED_EXAMPLE = [15, 10, 7, 5, 4, 3, 1, 0, 0, 0]


def study(new: list[int], *, repeated: int = 2) -> list[Heard]:
    """Return interviews that bring so many new findings each, and repeat a few of the first."""
    heard, count = [], 0
    for n, more in enumerate(new, start=1):
        said = frozenset({*range(count, count + more), *range(min(count, repeated))})
        count += more
        heard.append(Heard(f"id-{n}", f"interview {n}", f"2026-03-{n:02}", said, said))
    return heard


def measured(new: list[int], **changed: float) -> Saturation:
    settings = Settings(**{"base": 4, "run": 2, "threshold": 0.05, "permutations": 0, "seed": 0, **changed})
    return Saturation("Study", study(new), settings)


@pytest.mark.parametrize("base", [4, 5, 6])
def test_the_worked_example_of_the_paper_is_saturated_at_six_and_two(base: int) -> None:
    found = measured(WORKED_EXAMPLE, base=base)
    assert found.after == 6
    assert found.reading == f"Saturated after 6 interviews at ≤ 5 % new information (base {base}, run 2)."


def test_the_worked_examples_runs_bring_the_shares_that_it_names() -> None:
    table = measured(WORKED_EXAMPLE).table
    assert table["heard"][3] == 37
    assert [f"{share:.0%}" for share in table["new_information"][6:8]] == ["11%", "3%"]
    assert list(table["run_new"][5:8]) == [7, 4, 1]


def test_runs_overlap_and_the_base_stays_the_measure() -> None:
    """By hand: the base has 10; runs of three bring 2+1+0, 1+0+1, 0+1+0."""
    table = measured([4, 3, 2, 1, 2, 1, 0, 1, 0], run=3).table
    assert table["new_information"].isna().sum() == 6
    assert list(table["new_information"][6:]) == [0.3, 0.2, 0.1]


def test_a_run_that_brings_exactly_the_threshold_is_enough() -> None:
    assert measured([10, 10, 10, 10, 1, 1], threshold=0.05).after == 4
    assert measured([10, 10, 10, 10, 2, 1], threshold=0.05).after is None


def test_at_nothing_new_a_single_finding_is_too_much() -> None:
    assert measured([5, 5, 5, 5, 0, 1, 0, 0], threshold=0).after == 6


def test_a_study_that_still_hears_news_is_told_how_much() -> None:
    found = measured([5, 5, 5, 5, 3, 2])
    assert found.after is None
    assert found.reading == (
        "Not yet: the last 2 interviews brought 25 % new information, more than 5 % (base 4, run 2)."
    )


def test_news_after_saturation_is_not_kept_quiet() -> None:
    assert measured([5, 5, 5, 5, 0, 0, 4, 0]).reading == (
        "Saturated after 4 interviews at ≤ 5 % new information (base 4, run 2). Later runs brought up to 20 % again."
    )


@pytest.mark.parametrize(
    ("new", "reading"),
    [
        ([], "Nothing to say yet: no interview has been analysed."),
        ([3], "Too few interviews to say: base 4 and run 2 need 6, and there is 1."),
        ([3, 2, 2, 1, 0], "Too few interviews to say: base 4 and run 2 need 6, and there are 5."),
        ([0, 0, 0, 0, 1, 1], "Nothing to compare with: the first 4 interviews have no findings."),
    ],
)
def test_where_nothing_can_be_said_that_is_said(new: list[int], reading: str) -> None:
    found = measured(new, permutations=20)
    assert (found.after, found.reading, found.orders) == (None, reading, "")
    assert reading in repr(found)
    assert reading in found._repr_html_()
    assert len(found.table) == len(new)


def test_merged_and_raw_findings_are_counted_apart() -> None:
    said = [
        Heard("a", "a", "d", frozenset("xyz"), frozenset("X")),
        Heard("b", "b", "d", frozenset("w"), frozenset("X")),
    ]
    table = Saturation("s", said, Settings(1, 1, 0.05, 0, 0)).table
    assert list(table["raw_heard"]) == [3, 4]
    assert list(table["heard"]) == [1, 1]


def test_the_band_ends_where_every_order_ends() -> None:
    table = measured([6, 5, 3, 2, 1, 1, 0], permutations=200).table
    assert list(table[["low", "middle", "high"]].iloc[-1]) == [18, 18, 18]
    assert (table["low"] <= table["middle"]).all()
    assert (table["middle"] <= table["high"]).all()


def test_a_shuffled_order_counts_as_that_order_would() -> None:
    """With one permutation the band is one curve: it must be the curve of some order of these interviews."""
    heard = study([4, 3, 2])
    edges = Saturation("s", heard, Settings(1, 1, 0.05, 1, 3)).table["middle"]
    curves = set()
    for order in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]):
        known: set[object] = set()
        counts = []
        for at in order:
            known |= heard[at].insights
            counts.append(float(len(known)))
        curves.add(tuple(counts))
    assert tuple(edges) in curves


def test_the_same_seed_gives_the_same_band_and_another_another() -> None:
    new = [9, 1, 7, 0, 4, 4, 2, 8, 1, 0, 3, 5]
    first, again, other = (measured(new, permutations=50, seed=seed).table for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_other_orders_are_told_in_one_line() -> None:
    assert measured([3] * 8, permutations=10).orders == "Reached in none of 10 shuffled orders."
    alike = [Heard(str(n), "", "", frozenset("a"), frozenset("a")) for n in range(8)]
    same = Saturation("s", alike, Settings(4, 2, 0.05, 10, 0))
    assert same.orders == "Reached in 100 % of 10 shuffled orders, at the median after 4 interviews."


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"base": 0}, "base is 0; it counts from 1."),
        ({"run": 0}, "run is 0; it counts from 1."),
        ({"run": 1.5}, "run is 1.5; it counts from 1."),
        ({"permutations": -1}, "permutations is -1; it counts from 0."),
        ({"threshold": 5}, "threshold is 5; it is a share from 0 to 1, such as 0.05."),
        ({"threshold": "5%"}, "threshold is '5%'; it is a share"),
    ],
)
def test_what_cant_be_measured_by_is_refused(setting: dict[str, float], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        measured([1, 2], **setting)
    assert sentence in refused.value.message


# The figure


def svg(figure: str) -> minidom.Document:
    return minidom.parseString(figure)  # noqa: S318 - our own


def test_the_figure_is_static_named_and_in_the_pages_own_colour() -> None:
    found = Saturation("<Study>", study(WORKED_EXAMPLE), Settings(4, 2, 0.05, 20, 0))
    figure = svg(found.figure())
    elements = figure.getElementsByTagName("*")
    texts = {element.getAttribute("id"): element.firstChild.data for element in elements if element.getAttribute("id")}
    root = figure.documentElement
    assert [texts[key] for key in root.getAttribute("aria-labelledby").split()] == [
        "Findings heard by interview: <Study>",
        found.reading,
    ]
    assert root.getAttribute("role") == "img"
    assert [len(figure.getElementsByTagName(shape)) for shape in ("polyline", "polygon", "script")] == [2, 1, 0]
    colours = {element.getAttribute(part) for element in elements for part in ("fill", "stroke")}
    assert colours == {"currentColor", "none", ""}


def test_two_points_of_a_curve_stand_where_their_amounts_are() -> None:
    (line,) = svg(curves_svg("t", "d", {"merged": [0, 5]})).getElementsByTagName("polyline")
    assert line.getAttribute("points") == "48.0,256.0 544.0,16.0"


@pytest.mark.parametrize("values", [[0], [0, 0], [3], [1] * 400, [10_000, 25_000]])
def test_any_study_has_a_figure(values: list[float]) -> None:
    found = svg(curves_svg("t", "d", {"findings": values, "merged": values}, band=(values, values), mark=1))
    names = [text.firstChild.data for text in found.getElementsByTagName("text")]
    assert names[-2:] == ["merged", "findings"]


# In a project


def test_a_project_counts_its_own_insights_in_the_order_of_dates(project: Project) -> None:
    for day, text in ((3, interview_text("the coupon")), (1, CHECKOUT), (2, interview_text("the coupon"))):
        interview = project.upload_text(text + f"Mina: It was day {day}.\n", f"day {day}")
        dated = {"interview_date": f"2026-03-0{day}"}
        project.run(project.api._ask("PATCH", f"/api/interviews/{interview.id}", json=dated))
    project.wait(60)
    found = project.saturation(base=1, run=1, permutations=30)
    assert list(found.table["interview"]) == ["day 1", "day 2", "day 3"]
    assert found.table["heard"].iloc[-1] == len(project.insights)
    assert found.table["findings"].sum() == len(project.sql("SELECT * FROM findings"))
    # The coupon had been heard of on day 2.
    assert found.after == 2


def test_a_project_without_interviews_is_told_so(project: Project) -> None:
    assert repr(project.saturation()) == "Nothing to say yet: no interview has been analysed."
