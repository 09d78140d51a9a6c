"""What is set on a handle reaches the server, or is an error: never is it taken and nothing done."""

from collections.abc import Callable

import pytest

from persona_lab import connect
from persona_lab.errors import InvalidRequest, ServerUnreachable
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT


def test_a_new_name_is_everybodys(lab: Lab, project: Project) -> None:
    project.name = "Renamed study"
    assert project.name == "Renamed study"
    assert "Renamed study" in set(lab.projects["name"])
    with pytest.raises(InvalidRequest, match="name"):
        project.name = ""
    assert project.name == "Renamed study"


def test_a_purpose_that_is_set_is_the_projects(project: Project) -> None:
    project.purpose = "Why do people leave?"
    project.wait(30)
    assert project.purpose == "Why do people leave?"


def test_an_interview_that_is_given_a_title_has_it_for_everybody(project: Project) -> None:
    interview = project.upload_text(CHECKOUT, "mina")
    interview.title = "Mina, 34"
    assert interview.title == "Mina, 34"
    assert project.interview("Mina, 34").id == interview.id
    with pytest.raises(InvalidRequest, match="title"):
        interview.title = " "


def test_a_language_without_labels_is_refused_where_it_is_set(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="“de”"):
        project.locale = "de"
    assert project.locale == "en"


def test_a_misspelled_setting_is_no_setting(lab: Lab, project: Project) -> None:
    with pytest.raises(AttributeError, match="Did you mean 'budget'"):
        project.budgt = 5  # type: ignore[attr-defined]  # misspelled on purpose
    with pytest.raises(AttributeError, match="Did you mean 'engine'"):
        lab.engin = "llm"  # type: ignore[attr-defined]  # misspelled on purpose
    interview = project.upload_text(CHECKOUT, "mina")
    with pytest.raises(AttributeError, match="Did you mean 'date'"):
        interview.dat = "2026-03-02"  # type: ignore[attr-defined]  # misspelled on purpose


def test_a_closed_project_says_so_at_once(lab: Lab) -> None:
    project = lab.project("Closed study")
    interview = project.upload_text(CHECKOUT, "mina")
    board = project.board()
    project.close()
    project.close()
    asks: list[Callable[[], object]] = [
        lambda: project.interviews,
        project.wait,
        project.saturation,
        lambda: board.table,
        lambda: project.search("card"),
        lambda: project.upload_text(CHECKOUT, "jun"),
    ]
    for ask in asks:
        with pytest.raises(InvalidRequest, match=r"“Closed study” was closed here\. Open it again: lab\.project"):
            ask()
    with pytest.raises(InvalidRequest, match="was closed here"):
        repr(interview)
    assert list(lab.project("Closed study").interviews["title"]) == ["mina"]


@pytest.mark.parametrize("url", ["lab.example.org", "", 5, "http://[::bad", "http://127.0.0.1:99999", "ftp://x"])
def test_what_is_no_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(ServerUnreachable, match=r"that is no address\. Give one"):
        connect(url, token="x")


def test_a_token_with_foreign_letters_is_refused_in_words() -> None:
    with pytest.raises(InvalidRequest, match="token"):
        connect("http://127.0.0.1:1", token="비밀")


def test_an_engine_that_there_is_not_is_refused_before_anything_starts() -> None:
    with pytest.raises(InvalidRequest, match="local, miso, llm"):
        connect(engine="gpt")  # type: ignore[arg-type]  # there is none of that name
