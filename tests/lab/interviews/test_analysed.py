"""What an interview says besides its findings, in a cell, in SQL, in a file."""

import json
from pathlib import Path

import pytest

from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.lab.interviews import analysed
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from persona_lab.models import Analysis, Provenance, Quote, Trait

TEXT = """Place: Leeds

Interviewer: What do you do?
Mina: I'm a nurse. I have to type my delivery address again every time, which is frustrating.
Interviewer: You left the page, didn't you?
Mina: Yes. I would love to save my delivery address for later.
"""
MADE_BY = Provenance(engine="e", model="m", prompt_hash="p", transcript_sha256="t", run_id="r")


@pytest.fixture
def interview(project: Project) -> Interview:
    uploaded = project.upload_text(TEXT, "Mina <1>")
    project.wait(120)
    return uploaded


def test_each_part_is_a_table_and_a_picture(interview: Interview) -> None:
    assert interview.profile.table[["trait", "value", "turn"]].values.tolist() == [["job", "a nurse", 1]]
    assert ("place", "Leeds") in interview.session.rows
    assert interview.sections.table[["first_turn", "last_turn"]].values.tolist() == [[0, 3]]
    assert interview.quality.title.startswith("Quality: ")
    assert "Leading questions: " in repr(interview.quality)
    assert interview.questions.rows[0][0].startswith("How might we help people save their delivery address for later")
    assert interview.leading_questions.table["question"].tolist() == ["You left the page, didn't you?"]
    assert repr(interview.profile) == "Profile\n  job · a nurse · I'm a nurse. · 1"
    assert "<td" in interview.profile._repr_html_()


def test_each_part_is_a_table_of_the_replica(project: Project, interview: Interview) -> None:
    asked = "SELECT value, text FROM profile UNION ALL SELECT kind, text FROM leading_questions"
    assert sorted(project.sql(asked).values.tolist()) == [
        ["a nurse", "I'm a nurse."],
        ["tag", "You left the page, didn't you?"],
    ]
    assert project.sql("SELECT count(*) AS n FROM sections")["n"].tolist() == [1]
    assert project.sql("SELECT DISTINCT score BETWEEN 1 AND 5 AS ok FROM quality")["ok"].tolist() == [True]
    rests_on = """
        SELECT f.kind FROM how_might_we h, unnest(h.findings) AS u(finding)
        JOIN findings f ON f.interview_id = h.interview_id AND f.finding = u.finding ORDER BY f.kind
    """
    assert project.sql(rests_on)["kind"].tolist() == ["need", "pain"]
    assert project.sql("SELECT place, words FROM sessions").values.tolist()[0][0] == "Leeds"


def test_the_interview_says_its_quality_in_brief(interview: Interview) -> None:
    assert "of 5, 1 section>" in repr(interview)


def test_an_export_has_the_originals_shape_for_each_interview(
    project: Project, interview: Interview, tmp_path: Path
) -> None:
    written = project.export(tmp_path / "all.json")
    (one,) = json.loads(written.read_text("utf-8"))
    assert (one["title"], one["outputs"]) == ("Mina <1>", interview.export())
    assert one["outputs"]["primary_needs"][0]["evidence"] == [4]
    with pytest.raises(InvalidRequest, match="can't be written"):
        project.export(tmp_path / "no such folder" / "all.json")


def test_the_report_shows_each_part(project: Project, interview: Interview, tmp_path: Path) -> None:
    page = project.report(tmp_path / "report.html").read_text("utf-8")
    for words in ("Who they are", "a nurse <small>Work</small>", "How might we", "You left the page, didn’t you?"):
        assert words.replace("’", "&#x27;") in page


def test_what_was_not_analysed_says_so(project: Project) -> None:
    uploaded = project.upload_text("1234 5678", "numbers")
    project.wait(60)
    with pytest.raises(Conflict, match="has not been analysed yet"):
        _ = uploaded.profile


def test_an_older_result_has_empty_parts() -> None:
    old = Analysis.model_validate({"language": "en", "summary": "", "provenance": MADE_BY.model_dump()})
    assert [len(part(old)) for part in (analysed.profile, analysed.session, analysed.sections, analysed.quality)] == [
        0
    ] * 4
    assert repr(analysed.how_might_we(old)).startswith("How might we …?\n  No need")


def test_nothing_that_was_said_becomes_markup() -> None:
    quote = Quote(turn=0, start=0, end=3, text="<b>")
    hostile = Analysis(
        language="en", summary="", profile=(Trait(name="job", value="<script>", quotes=(quote,)),), provenance=MADE_BY
    )
    drawn = analysed.profile(hostile)._repr_html_()
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "color" not in drawn


@pytest.mark.parametrize(("seconds", "text"), [(None, None), (65.2, "1:05"), (3723, "1:02:03"), (0, "0:00")])
def test_durations_read_like_clocks(seconds: float | None, text: str | None) -> None:
    assert analysed.duration(seconds) == text
