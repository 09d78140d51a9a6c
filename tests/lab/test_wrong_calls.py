"""A wrong call is answered in words of persona_lab's, with what to do: no other package's error comes through."""

import datetime
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from persona_lab.errors import PersonaLabError
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT

NAN = float("nan")
HALF = "\ud800"


@pytest.fixture(scope="module")
def study(lab: Lab) -> Project:
    project = lab.project("Wrong calls")
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    return project


WRONG: dict[str, Callable[[Any], object]] = {
    "insight(None)": lambda project: project.insight(None),
    "insight(0)": lambda project: project.insight(0),
    "sql(None)": lambda project: project.sql(None),
    "search(empty)": lambda project: project.search(""),
    "search(long)": lambda project: project.search("x" * 100_000),
    "search(half)": lambda project: project.search(HALF),
    "search(k=NaN)": lambda project: project.search("x", k=NAN),
    "search(interview=nobody)": lambda project: project.search("x", interview="nobody"),
    "keywords(interview=5)": lambda project: project.keywords(interview=5),
    "upload_text(None)": lambda project: project.upload_text(None, "mina"),
    "upload_text(bytes)": lambda project: project.upload_text(b"A: hello", "mina"),
    "upload_text(title=None)": lambda project: project.upload_text("A: hello", None),
    "upload_text(title=half)": lambda project: project.upload_text("A: hello", HALF),
    "upload(open file)": lambda project: project.upload(io.BytesIO()),
    "upload(columns=5)": lambda project: project.upload("x.csv", columns=5),
    "upload_rows(text=list)": lambda project: project.upload_rows(pd.DataFrame({"text": ["a b"]}), text=["text"]),
    "upload_rows(title=5)": lambda project: project.upload_rows(pd.DataFrame({"text": ["a b"]}), title=5),
    "picture(5)": lambda project: project.personas()["P1"].picture(5),
    "wait(text)": lambda project: project.wait("a minute"),
    "wait(NaN)": lambda project: project.wait(NAN),
    "merge(None)": lambda project: project.insight(project.insights["id"][0]).merge(None),
    "split(text)": lambda project: project.insight(project.insights["id"][0]).split("mina"),
    "split(interviews=5)": lambda project: project.insight(project.insights["id"][0]).split(interviews=5),
    "accept(5)": lambda project: project.personas().accept(5),
    "propose(NaN)": lambda project: project.personas().propose(NAN),
    "add(place=5)": lambda project: project.personas().add("A", place=5),
    "reader(None)": lambda project: project.reader(None),
    "set_axes(None)": lambda project: project.set_axes(None),
    "set_axes(numbers)": lambda project: project.set_axes({1: [2]}),
    "agreement(codes=5)": lambda project: project.agreement(codes=5),
    "date = Tuesday": lambda project: setattr(project.interview("mina"), "date", "Tuesday"),
    "date = 5": lambda project: setattr(project.interview("mina"), "date", 5),
    "budget = NaN": lambda project: setattr(project, "budget", NAN),
    "save(None)": lambda project: project.save(None),
    "save(BytesIO)": lambda project: project.save(io.BytesIO()),
    "save(tables=5)": lambda project: project.save("x.csv", 5),
    "report(5)": lambda project: project.report(5),
    "report(NUL)": lambda project: project.report("a\0.html"),
    "export(None)": lambda project: project.export(None),
    "import_qda(bytes)": lambda project: project.import_qda(b"x"),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_answered_in_words(
    study: Project, call: Callable[[Any], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PersonaLabError) as caught:
        call(study)
    said = str(caught.value)
    assert said.endswith((".", ")"))
    # What travels where is nothing that the caller has seen.
    assert not re.search(r"\b(body|query)\.\w|Value error", said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx", "x.parquet"])
def test_half_a_character_in_a_table_is_said_and_leaves_no_file(study: Project, tmp_path: Path, name: str) -> None:
    with pytest.raises(PersonaLabError, match="surrogate"):
        study.save(tmp_path / name, pd.DataFrame({"said": [HALF]}))
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_called_as_the_call_calls_it(study: Project) -> None:
    with pytest.raises(PersonaLabError, match=r"^k: Input should be greater than or equal to 1"):
        study.search("x", k=0)
    with pytest.raises(PersonaLabError, match=r"^title: it holds a character of no meaning"):
        study.upload_text("A: hello", "a\0b")


def test_search_takes_an_interview_by_its_title(study: Project) -> None:
    assert set(study.search("card form", interview="mina")["interview_title"]) == {"mina"}


def test_a_day_may_be_a_date_or_a_time(study: Project) -> None:
    interview = study.interview("mina")
    interview.date = datetime.date(2026, 3, 2)
    assert interview.date == "2026-03-02"
    interview.date = pd.Timestamp("2026-03-03 09:00")
    assert interview.date == "2026-03-03"


def test_a_time_of_pandas_is_a_time(study: Project) -> None:
    soon = pd.Timestamp.now() - pd.Timedelta("0.1s")
    assert study.as_of(soon).seq == study.as_of(soon.to_pydatetime()).seq
