"""What a study rests on and whether it is still true, from a cell."""

import time
from datetime import datetime, timedelta

import pytest

from persona_lab.errors import InterviewNotFound, InvalidRequest
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text


@pytest.fixture
def study(project: Project) -> Project:
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(interview_text("the coupon"), "jun")
    project.wait(60)
    return project


def test_a_study_is_made_anew_where_its_purpose_changed(study: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(study.stale.columns) == ["what", "title", "reasons", "id"]
    assert len(study.stale) == 0
    assert study.refresh() == []
    study.change(purpose="Why do coupons fail?")
    assert list(study.stale["what"]) == ["analysis", "analysis", "insights"]
    assert study.stale["reasons"][0] == "The project's purpose was empty and is “Why do coupons fail?” now."
    before = study.as_of(timedelta(0))
    assert [interview.title for interview in study.refresh()] == ["mina", "jun"]
    assert repr(study.wait(60)) == "2 of 2 interviews completed."
    assert len(study.stale) == 0
    capsys.readouterr()
    assert len(study.insights) > 0
    assert capsys.readouterr().out == ""

    mina = study.interview("mina")
    assert list(mina.runs["run_id"]) == [f"{mina.id}:1", f"{mina.id}:2"]
    assert list(mina.runs["is_current"]) == [False, True]
    assert list(mina.runs["purpose"]) == ["", "Why do coupons fail?"]
    assert len(study.runs) == 4
    assert (study.runs["began_at"] < study.runs["completed_at"]).all()
    assert list(before.runs["is_current"]) == [True, True]

    for found in (study.diff(f"{mina.id}:1"), study.diff(f"{mina.id}:1", f"{mina.id}:2")):
        assert found.title == f"“mina”: {mina.id}:1 → {mina.id}:2"
        assert found.reasons[0] == "The project's purpose was empty and is “Why do coupons fail?”."
        assert set(found.table["change"]) <= {"kept", "changed", "came", "went"}
    assert study.diff(before.seq).reasons == ["2 interviews were analysed again: mina, jun."]
    assert study.diff(1, before.seq).reasons == [
        "2 interviews were added: mina, jun.",
        "The project's purpose was empty and is “Why do coupons fail?”.",
    ]


def test_everything_tells_what_it_rests_on(study: Project) -> None:
    found = study.sql("SELECT what, engine, runs, transcripts, contexts FROM provenance")
    assert set(found["what"]) == {"summary", "finding", "insight"}
    assert set(found["engine"]) == {"local", "merge"}
    runs = set(study.runs["run_id"])
    assert all(set(some) <= runs and len(some) for some in found["runs"])
    assert all(len(some) for some in found["transcripts"])
    assert len(found) == sum(
        study.sql(f"SELECT count(*) AS n FROM {table}")["n"][0] for table in ("analyses", "findings", "insights")
    )
    assert {"runs", "provenance", "merges"} <= set(study.tables["table"])


def test_insights_say_what_has_changed_since_they_were_merged(
    study: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    study.duckdb.execute("DELETE FROM merged_runs WHERE interview_id = (SELECT id FROM interviews WHERE title = 'jun')")
    assert len(study.insights) > 0
    assert capsys.readouterr().out == "These are from before: 1 interview was added.\n"


def test_the_project_can_be_read_as_it_was(study: Project) -> None:
    then = study.as_of(timedelta(0))
    at = datetime.now().astimezone()
    assert then.insights.equals(study.insights)
    assert then.speakers.equals(study.speakers)
    time.sleep(0.01)
    study.interview("mina").correct_speakers({"Mina": "Mina Kim"})
    study.interview("jun").delete()
    study.wait(60)
    for past in (study.as_of(at), study.as_of(at.isoformat()), study.as_of(then.seq)):
        assert past.seq == then.seq
        assert past.insights.equals(then.insights)
        assert past.speakers.equals(then.speakers)
        assert past.transcript("jun").turns[1].speaker == "Mina"
    assert "Mina Kim" in set(study.speakers["speaker"])
    with pytest.raises(InterviewNotFound):
        study.as_of(timedelta(0)).transcript("jun")


def test_nothing_to_change_is_refused_with_an_example(project: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"There is nothing to change\. Write, e\.g\., project\.change\(purpose="):
        project.change()


def test_what_cant_be_compared_is_refused(study: Project) -> None:
    mina, jun = (f"{study.interview(title).id}:1" for title in ("mina", "jun"))
    with pytest.raises(InvalidRequest, match="These are runs of different interviews, “mina” and “jun”"):
        study.diff(mina, jun)
    with pytest.raises(InvalidRequest, match="“nothing” is no run"):
        study.diff(mina, "nothing")
    with pytest.raises(InvalidRequest, match="“nothing” is no run and no time"):
        study.diff("nothing")
    study.interview("jun").delete()
    with pytest.raises(InvalidRequest, match="was deleted, so no run of it counts now"):
        study.diff(jun)
