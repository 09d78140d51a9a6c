"""Who sees the same in the same turns, on the grid of all turns."""

import getpass
import math

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.lab.measuring.agreement import ALL, Agreement, Given, Unit, compare
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text

ME = getpass.getuser()


def units(count: int, interview: str = "a") -> list[Unit]:
    """Return the participants' turns of an interview: 0, 1, 2 …"""
    return [Unit(interview, f"title {interview}", n, "Mina", f"words {n}", 0, 7, "Why?") for n in range(count)]


def given(coder: str, code: str, *turns: int, interview: str = "a") -> list[Given]:
    return [Given(interview, turn, code, coder) for turn in turns]


def compared(grid: list[Unit], judged: list[Given], analysed: set[str] | None = None, **asked: object) -> Agreement:
    return compare("Study", grid, judged, analysed or set(), **asked)


def row(found: Agreement, code: str) -> dict[str, object]:
    (only,) = found.table[found.table["code"] == code].to_dict("records")
    return {str(key): value for key, value in only.items()}


def test_cohens_table_of_two_coders_and_one_code() -> None:
    """The common example of 50 grants (20, 5, 10, 15): 70 % alike, κ 0.40."""
    codes = given("anna", "yes", *range(25)) + given("ben", "yes", *range(20), *range(25, 35))
    found = row(compared(units(50), codes), "yes")
    assert (found["turns"], found["agreement"], found["prevalence"]) == (50, 0.7, 0.55)
    assert found["kappa"] == pytest.approx(0.4)


def test_krippendorffs_binary_example_on_turns() -> None:
    """Krippendorff (2011), example A: α 0.095 over ten units."""
    found = compared(units(10), given("meg", "x", 1, 8) + given("owen", "x", 0, 1, 2, 5))
    assert row(found, "x")["alpha"] == pytest.approx(0.095, abs=0.0005)


def test_turns_that_nobody_coded_count_as_agreement() -> None:
    codes = given("anna", "price", 0) + given("ben", "price", 0)
    assert row(compared(units(4), codes), "price")["agreement"] == 1
    assert row(compared(units(4), codes), "price")["prevalence"] == 0.25


def test_overall_two_turns_are_alike_only_with_the_very_same_codes() -> None:
    codes = [*given("anna", "price", 0, 1), *given("anna", "trust", 0), *given("ben", "price", 0, 1, 2)]
    codes += given("ben", "trust", 3)
    overall = row(compared(units(4), codes), ALL)
    assert overall["agreement"] == 0.25
    assert compared(units(4), codes).table["code"].tolist() == [ALL, "price", "trust"]


def test_an_interview_that_a_coder_never_opened_is_missing_not_uncoded() -> None:
    grid = units(3, "a") + units(5, "b")
    codes = given("anna", "price", 0) + given("anna", "price", 1, interview="b") + given("ben", "price", 0)
    found = row(compared(grid, codes), "price")
    assert (found["turns"], found["agreement"]) == (3, 1)


def test_the_engine_has_judged_all_that_it_has_analysed() -> None:
    """Where it found nothing, that is a judgement."""
    found = compared(units(4), given("anna", "pain", 0, 1), {"a"})
    assert found.coders == ["anna", "engine"]
    assert row(found, "pain")["agreement"] == 0.5
    assert row(found, "need")["remark"].startswith("All say the same of every turn")


def test_the_engine_is_not_asked_for_codes_it_doesnt_have() -> None:
    codes = given("anna", "price", 0, 1) + given("anna", "pain", 2) + given("engine", "pain", 2)
    found = compared(units(4), codes, {"a"})
    price = row(found, "price")
    assert (price["turns"], price["remark"]) == (0, "No turn was judged by two coders who both have this code.")
    assert row(found, ALL)["agreement"] == 1
    assert row(found, ALL)["remark"] == "Of the codes that all of them have: need, pain, takeaway."


def test_a_code_that_one_of_them_never_gave_is_remarked() -> None:
    codes = given("anna", "price", 0, 1) + given("ben", "trust", 2)
    assert row(compared(units(4), codes), "price")["remark"] == "Never given by ben."


def test_codes_can_be_counted_as_others() -> None:
    codes = given("file", "Pain Point", 0, 1) + given("engine", "pain", 0, 1)
    apart = compared(units(4), codes, {"a"})
    assert "have no code in common" in apart.reading
    together = compared(units(4), codes, {"a"}, codes={"Pain Point": "pain"})
    assert (row(together, "pain")["alpha"], list(together.table["code"])) == (1, [ALL, "pain"])


def test_case_and_blanks_make_no_other_code() -> None:
    codes = given("anna", "Price", 0, 1) + given("ben", " price ", 0, 1)
    assert row(compared(units(4), codes), "Price")["alpha"] == 1


def test_only_the_codes_and_coders_that_are_named_are_compared() -> None:
    codes = [one for coder in ("anna", "ben", "cleo") for code in ("x", "y") for one in given(coder, code, 0)]
    found = compared(units(3), codes, coders=["cleo", "anna"], codes="y")
    assert (found.coders, list(found.table["code"])) == (["cleo", "anna"], [ALL, "y"])


def test_three_coders_have_an_alpha_and_a_kappa_pair_by_pair() -> None:
    codes = given("anna", "x", 0, 1) + given("ben", "x", 0, 1) + given("cleo", "x", 0, 2)
    found = compared(units(4), codes)
    assert math.isnan(float(str(row(found, "x")["kappa"])))
    pairs = found.pairs[found.pairs["code"] == "x"]
    assert list(zip(pairs["coder"], pairs["other"], pairs["kappa"], strict=True)) == [
        ("anna", "ben", 1.0),
        ("anna", "cleo", 0.0),
        ("ben", "cleo", 0.0),
    ]
    assert "Pair by pair" in found._repr_html_()


def test_disagreements_say_who_where_and_after_which_question() -> None:
    codes = given("anna", "x", 0) + given("ben", "x", 0, 2) + given("cleo", "x", 0)
    (one,) = compared(units(3), codes).disagreements.to_dict("records")
    assert one == {
        "interview": "title a",
        "turn": 2,
        "speaker": "Mina",
        "code": "x",
        "coded_by": "ben",
        "not_coded_by": "anna, cleo",
        "text": "words 2",
        "before": "Why?",
        "start": 0,
        "end": 7,
        "interview_id": "a",
    }


# Undefined


def test_without_variation_that_is_said() -> None:
    everything = range(3)
    found = compared(units(3), given("anna", "x", *everything) + given("ben", "x", *everything))
    assert math.isnan(float(str(row(found, "x")["alpha"])))
    assert "κ and α are undefined" in str(row(found, "x")["remark"])
    assert "α undefined" in found.reading
    assert "undefined" in found._repr_html_()


def test_nobody_and_one_alone_are_told_what_is_lacking() -> None:
    assert compared([], []).reading == "Nothing to compare yet: nobody has coded anything."
    alone = compared(units(3), given("anna", "x", 0))
    assert alone.reading.startswith("Only anna has coded so far, and agreement takes two.")
    assert (len(alone.table), len(alone.pairs), len(alone.disagreements)) == (0, 0, 0)
    assert alone._repr_html_().startswith("<p><strong>Only anna")


def test_coders_of_different_interviews_have_nothing_to_compare() -> None:
    found = compared(units(2, "a") + units(2, "b"), given("anna", "x", 0) + given("ben", "x", 0, interview="b"))
    assert found.reading == "anna and ben: No turn was judged by two coders who both have this code."
    assert repr(found).count("undefined") >= 4


def test_codes_of_turns_off_the_grid_are_no_crash() -> None:
    """The interviewer's, as a rule."""
    assert compared(units(2), given("anna", "x", 7) + given("ben", "x", 0)).table["turns"].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"coders": ["anna", "bob"]}, "There is no coder “bob”. There are: anna, ben."),
        ({"codes": ["y"]}, "There is no code “y”. There are: x."),
        ({"codes": {"y": "x"}}, "There is no code “y”. There are: x."),
    ],
)
def test_who_and_what_is_not_there_is_refused(asked: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        compared(units(2), given("anna", "x", 0) + given("ben", "x", 0), **asked)
    assert refused.value.message == sentence


# The picture


def test_each_code_leads_to_its_first_disagreement() -> None:
    codes = given("anna", "<x>", 0) + given("ben", "<x>", 1)
    html = compared(units(3), codes)._repr_html_()
    assert html.count("<li id=") == 2
    anchor = html.split('<a href="#')[1].split('"')[0]
    assert f'<li id="{anchor}"' in html
    assert "<x>" not in html
    assert "&lt;x&gt;" in html


# In a project


def test_people_and_engine_are_compared_on_participants_turns(project: Project) -> None:
    mina = project.upload_text(CHECKOUT, "mina")
    project.upload_text(interview_text("the coupon"), "jun")
    project.wait(60)
    mina.code("pain", text="The card form is really frustrating.")
    found = project.agreement(codes=["pain", "need"])
    assert found.coders == [ME, "engine"]
    assert (row(found, "pain")["turns"], row(found, "pain")["alpha"]) == (2, 1)
    assert list(found.disagreements["code"]) == ["need"]
    assert found.disagreements["before"][0] == "What would help?"
    assert found.reading.startswith(f"{ME} and engine agree on 50 % of what they judged in 2 turns (κ ")
    assert project.agreement(roles=["participant", "interviewer"]).table["turns"][0] == 4


def test_a_role_that_is_none_is_refused(project: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"There is no role “boss”\. There are: interviewer, participant, other\."):
        project.agreement(roles="boss")


def test_a_project_without_interviews_has_nothing_to_compare(project: Project) -> None:
    assert repr(project.agreement()) == "Nothing to compare yet: nobody has coded anything."
