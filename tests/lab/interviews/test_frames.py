"""Interviews that are rows of a table."""

import pandas as pd
import pytest

from persona_lab.errors import InvalidRequest, UnreadableText
from persona_lab.lab.incoming.files import File
from persona_lab.lab.interviews import frames

TURNS = pd.DataFrame(
    {
        "Interview": ["mina", "mina", "jun", "mina"],
        "Speaker": ["Q", "Mina", "Jun", None],
        "Text": ["How was it?", "Slow,\nvery “slow”.", "Fine.", "And dear."],
        "Time": [0, 3.5, None, 9],
    }
)


def made(frame: pd.DataFrame, title: str | None = None, **given: str) -> list[File]:
    return frames.transcripts(frame, frames.columns(frame, **given), title)


def test_rows_of_speakers_are_turns_of_the_interview_they_name() -> None:
    mina, jun = made(TURNS)
    assert (mina.name, mina.title, jun.title) == ("mina.csv", "mina", "jun")
    assert mina.read().decode() == (
        'speaker,time,text\r\nQ,0.0,How was it?\r\nMina,3.5,"Slow,\nvery “slow”."\r\n,9.0,And dear.\r\n'
    )


def test_columns_are_found_by_korean_headers() -> None:
    frame = pd.DataFrame({"화자": ["진행자"], "내용": ["어떠셨어요?"], "인터뷰": ["민지"]})
    (only,) = made(frame)
    assert (only.title, only.read().decode()) == ("민지", "speaker,time,text\r\n진행자,,어떠셨어요?\r\n")


def test_columns_that_are_given_go_before_those_that_are_found() -> None:
    frame = TURNS.assign(said=["a", "b", "c", "d"], session=["x"] * 4)
    (only,) = made(frame, text="said", interview="session")
    assert only.title == "x"
    assert only.read().decode().splitlines()[1] == "Q,0.0,a"


def test_without_speakers_each_row_is_an_interview() -> None:
    frame = pd.DataFrame({"transcript": ["Q: Hi?\nMina: Hello.", None, "Jun: Hello."]})
    assert [(file.name, file.title, file.read()) for file in made(frame)] == [
        ("Row 1.txt", "Row 1", b"Q: Hi?\nMina: Hello."),
        ("Row 3.txt", "Row 3", b"Jun: Hello."),
    ]


def test_rows_without_speakers_that_name_one_interview_are_its_paragraphs() -> None:
    frame = pd.DataFrame({"title": ["A/B", "A/B"], "text": ["One.", "Two."]})
    (only,) = made(frame)
    assert (only.name, only.title, only.read()) == ("A B.txt", "A/B", b"One.\n\nTwo.")


def test_a_title_says_of_which_interview_all_rows_are() -> None:
    (only,) = made(TURNS.drop(columns="Interview"), title="Mina, 34")
    assert only.title == "Mina, 34"


def test_rows_of_speakers_that_name_no_interview_are_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"Nothing says of which interview each row is\. Name the column"):
        made(TURNS.drop(columns="Interview"))


def test_rows_without_an_interview_are_refused_and_the_others_are_not() -> None:
    frame = pd.DataFrame({"interview": ["mina", None], "speaker": ["Mina", "Jun"], "text": ["Hi.", "Ho."]})
    mina, lost = made(frame)
    assert mina.title == "mina"
    with pytest.raises(InvalidRequest, match=r"rows without an interview: 1 have nothing in the column “interview”"):
        lost.read()


def test_a_column_that_is_not_there_is_refused_and_those_there_are_named() -> None:
    with pytest.raises(InvalidRequest, match=r"There is no column “said”\. The columns are: Interview, Speaker, Text"):
        made(TURNS, text="said")


def test_a_table_in_which_nothing_is_called_text_says_how_to_name_it() -> None:
    with pytest.raises(InvalidRequest, match=r"No column is called text, so name the one.*There are: a, b\."):
        made(pd.DataFrame({"a": [1], "b": [2]}))


def test_a_table_without_text_in_it_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="No row has a text in the column “text”"):
        made(pd.DataFrame({"text": [None, " "]}))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="Several columns are called “text”"):
        made(pd.DataFrame([["a", "b"]], columns=["text", "text"]))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"list is no table\. Give a pandas DataFrame: project\.upload_rows"):
        frames.columns([1])


def test_half_characters_are_refused() -> None:
    (only,) = made(pd.DataFrame({"text": ["\ud800"]}, dtype=object))
    with pytest.raises(UnreadableText, match="Row 1: the text holds half characters"):
        only.read()
