"""Coding from a cell: blind at first, by turn or by words, taken back by id."""

import getpass

import numpy as np
import pytest

from persona_lab.errors import CodingNotFound, Conflict, InvalidRequest
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text

ME = getpass.getuser()
CODED = (
    "Interviewer: What happened?\n"
    "Mina: [Pain Point] The card form is really frustrating every time.\n"
    "Interviewer: And then?\n"
    "Mina: [Needs] I wish it would remember me.\n"
)


@pytest.fixture
def mina(project: Project) -> Interview:
    interview = project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    return interview


def test_what_i_code_is_in_the_next_cell(project: Project, mina: Interview) -> None:
    made = mina.code("form", turn=1, note="her words")
    (row,) = project.codes().to_dict("records")
    assert row == {
        "interview": "mina",
        "turn": 1,
        "speaker": "Mina",
        "code": "form",
        "coder": ME,
        "text": "The card form is really frustrating. It forgets my address every time.",
        "note": "her words",
        "start": made.start,
        "end": made.end,
        "id": made.id,
        "interview_id": mina.id,
    }


def test_a_span_is_coded_by_its_words_or_its_offsets(mina: Interview) -> None:
    by_words = mina.code("form", text="The  card form")
    assert (by_words.text, by_words.status) == ("The card form", "normalised")
    assert mina.transcript.text[by_words.start : by_words.end] == "The card form"
    assert mina.code("form", start=by_words.start, end=by_words.end) == by_words


def test_numbers_out_of_a_table_are_numbers(mina: Interview) -> None:
    assert mina.code("form", turn=np.int64(1)).turn == 1


def test_others_codes_are_shown_only_when_asked_for(project: Project, mina: Interview) -> None:
    mina.code("form", turn=1)
    mina.code("trust", turn=3, coder="anna")
    assert list(project.codes()["coder"]) == [ME]
    assert list(project.codes(coder="anna")["code"]) == ["trust"]
    everybody = project.codes(others=True)
    assert set(everybody["coder"]) == {ME, "anna", "engine"}
    assert set(everybody[everybody["coder"] == "engine"]["code"]) == {"pain", "need"}


def test_an_interview_has_its_own_codes(project: Project, mina: Interview) -> None:
    jun = project.upload_text(interview_text("the coupon"), "jun")
    project.wait(60)
    mina.code("form", turn=1)
    assert len(jun.codes()) == 0
    assert set(jun.codes(others=True)["interview"]) == {"jun"}


def test_codes_that_stood_in_the_file_are_the_files(project: Project) -> None:
    project.upload_text(CODED, "coded")
    project.wait(60)
    found = project.codes(coder="file")
    assert list(found[["turn", "code", "text"]].itertuples(index=False, name=None)) == [
        (1, "Pain Point", "The card form is really frustrating every time."),
        (3, "Needs", "I wish it would remember me."),
    ]
    assert found["id"].isna().all()
    agreed = project.agreement(["file", "engine"], {"Pain Point": "pain", "Needs": "need"})
    assert list(agreed.table["code"]) == ["all codes", "need", "pain"]
    assert list(agreed.table["alpha"]) == [1, 1, 1]


def test_a_coding_is_taken_back(project: Project, mina: Interview) -> None:
    made = mina.code("form", turn=1)
    mina.uncode(made.id)
    assert len(project.codes()) == 0
    with pytest.raises(CodingNotFound, match=r"There is no such coding\. `project\.codes\(others=True\)` lists"):
        project.uncode(made.id)


def test_codes_go_and_come_back_with_their_interview(project: Project, mina: Interview) -> None:
    mina.code("form", turn=1)
    mina.delete()
    assert len(project.codes()) == 0
    mina.restore()
    assert list(project.codes()["code"]) == ["form"]


def test_codes_are_in_a_copy_that_is_built_anew(project: Project, mina: Interview) -> None:
    mina.code("form", turn=1)
    before = project.codes()
    project.duckdb.execute("DELETE FROM cursor")
    project.upload_text(interview_text("the coupon"), "jun")
    project.wait(60)
    assert project.codes().equals(before)


def test_a_coding_stays_when_the_interview_is_analysed_again(project: Project, mina: Interview) -> None:
    mina.code("form", turn=1)
    mina.correct_speakers({"Mina": "Mina Kim"}, roles={"Interviewer": "other"})
    project.wait(60)
    assert list(project.codes()["speaker"]) == ["Mina Kim"]


@pytest.mark.parametrize("code", ["", " ", None, 3])
def test_no_code_is_refused_with_an_example(mina: Interview, code: object) -> None:
    with pytest.raises(InvalidRequest, match=r'Say how to code it, e\.g\. interview\.code\("price", turn=3\)'):
        mina.code(code, turn=1)


def test_nothing_to_code_is_refused_with_an_example(mina: Interview) -> None:
    with pytest.raises(InvalidRequest, match=r'Say what to code: interview\.code\("price", turn=3\)'):
        mina.code("price")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ({"text": "this was never said"}, "Nobody says so in this interview"),
        ({"text": "address"}, "2 turns say so: 1, 3. Give the turn too."),
        ({"turn": 9}, "There is no turn 9. The interview's turns are 0 to 3."),
        ({"turn": "one"}, "turn: Input should be a valid integer"),
    ],
)
def test_what_is_not_there_cant_be_coded(mina: Interview, place: dict[str, int], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        mina.code("price", **place)
    assert sentence in refused.value.message


def test_what_could_not_be_read_cant_be_coded(project: Project) -> None:
    numbers = project.upload_text("1 2 3", "numbers")
    project.wait(60)
    with pytest.raises(Conflict, match="“numbers” could not be read, so there is nothing to code in it"):
        numbers.code("price", turn=0)
