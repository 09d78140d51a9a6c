"""`project.trash` and `project.history` in a cell."""

import json
import zipfile
from pathlib import Path

import pytest

from persona_lab.errors import InvalidRequest, ParticipantNotFound, ProjectNotFound
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT, interview_text


def test_what_was_deleted_is_listed_and_comes_back(project: Project) -> None:
    mina = project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    assert repr(project.trash) == "The trash is empty."
    mina.delete()
    trash = project.trash
    (row,) = trash.table.to_dict("records")
    assert (row["kind"], row["title"], row["can_restore"]) == ("interview", "Mina", True)
    assert row["deleted_by"] in repr(trash)
    assert "<caption>Trash (1)</caption>" in trash._repr_html_()
    trash.restore("Mina")
    assert len(project.trash) == len(trash) == 0
    assert project.interview("Mina").status == "completed"


def test_purging_asks_first_in_words(project: Project) -> None:
    project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    project.interview("Mina").delete()
    with pytest.raises(InvalidRequest, match=r"“Mina” for good.*purge\('Mina', sure=True\)"):
        project.trash.purge("Mina")
    with pytest.raises(InvalidRequest, match="all 1 things"):
        project.trash.purge()
    project.locale = "ko"
    try:
        with pytest.raises(InvalidRequest, match="영구히"):
            project.trash.purge("Mina")
        assert repr(project.trash).startswith("휴지통 (1)\n  인터뷰 · Mina · ")
    finally:
        project.locale = "en"
    assert len(project.trash) == 1


def test_what_is_named_must_be_there(project: Project) -> None:
    for topic in ("payment", "delivery"):
        project.upload_text(interview_text(topic), title="Mina")
    project.wait()
    for row in list(project.interviews["id"]):
        project.interview(row).delete()
    trash = project.trash
    with pytest.raises(InvalidRequest, match="nothing named “Jun”"):
        trash.restore("Jun")
    with pytest.raises(InvalidRequest, match="2 things in the trash are named “Mina”"):
        trash.restore("Mina")
    trash.restore(0)
    assert len(project.trash) == 1


def test_a_purged_interview_leaves_the_tables_and_its_deeds_stay(project: Project) -> None:
    mina = project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    mina.delete()
    (purged,) = project.trash.purge(sure=True)
    assert purged.events > 3
    assert project.sql("SELECT count(*) AS n FROM turns")["n"][0] == 0
    assert project.sql("SELECT count(*) AS n FROM run_log")["n"][0] == 0
    told = project.history()
    assert list(told["seq"].dropna()) == list(range(1, len(told["seq"].dropna()) + 1))
    assert told["words"].iloc[-1].startswith("A") or told["type"].iloc[-1] == "insights:merged"
    assert "Mina" not in told.to_string()


def test_history_says_who_took_the_project_along(project: Project, tmp_path: Path) -> None:
    project.save(f"{tmp_path}/all.duckdb")
    (deed,) = project.history(kind="project")[lambda told: told["type"] == "project:exported"].to_dict("records")
    assert deed["words"] == f"Project “{project.name}”: taken along by {deed['actor']}."


def test_a_deleted_project_is_in_the_labs_trash(lab: Lab) -> None:
    gone = lab.project("Gone tomorrow")
    gone.delete()
    assert "Gone tomorrow" in list(lab.trash.table["title"])
    lab.trash.restore(gone.id)
    again = lab.project("Gone tomorrow")
    assert again.id == gone.id
    again.delete()
    lab.trash.purge(gone.id, sure=True)
    assert gone.id not in list(lab.trash.table["id"])
    assert not gone.replica_path.exists()


def test_a_deleted_project_says_how_it_comes_back_with_all_that_is_in_it(
    lab: Lab, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    capsys.readouterr()
    project.delete()
    told = capsys.readouterr().out
    assert told == (
        f"“{project.name}” is in the trash, for everybody. To bring it back: lab.trash.restore({project.name!r})\n"
    )
    assert project.is_closed
    assert project.name not in list(lab.projects["name"])
    lab.trash.restore(project.name)
    assert lab.project(project.name).interview("Mina").status == "completed"


def test_of_two_deleted_projects_of_one_name_the_id_is_said_and_in_korean(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.project("Twice").delete()
    second = lab.project("Twice")
    second.locale = "ko"
    capsys.readouterr()
    second.delete()
    told = capsys.readouterr().out
    assert told.startswith("“Twice” 프로젝트가 모두에게서 휴지통으로 옮겨졌습니다.")
    assert told.endswith(f"lab.trash.restore('{second.id}')\n")


def test_a_project_is_deleted_once(lab: Lab) -> None:
    gone = lab.project("Never again")
    gone.run(gone.api.delete_project(gone.id))
    with pytest.raises(ProjectNotFound):
        gone.delete()


def test_a_participant_is_one_person_in_several_interviews(project: Project, tmp_path: Path) -> None:
    first = project.upload_text(CHECKOUT, title="First")
    project.upload_text(interview_text("delivery"), title="Second")
    project.upload_text(interview_text("search").replace("Mina:", "Jun:"), title="Third")
    project.wait()
    first.note("Ask again", turn=1)
    first.code("price", turn=1)
    mina = project.participant("Mina")
    assert mina.interviews == ["First", "Second"]
    assert repr(mina) == "Mina: 4 turns in “First”, “Second”"
    assert set(mina.turns["speaker"]) == {"Mina"}
    with zipfile.ZipFile(mina.export(tmp_path / "mina.zip")) as archive:
        told = json.loads(archive.read("participant.json"))
        said = archive.read("said.txt").decode()
    assert told["turns"][0]["text"] == first.transcript.turns[1].text
    assert (len(told["notes"]), len(told["codes"])) == (1, 1)
    assert told["quotes"]
    assert told["insights"]
    assert "search" not in json.dumps(told)
    assert said.startswith("# First\n\nThe card form")
    with pytest.raises(InvalidRequest, match="Who did: “Jun”, “Mina”"):
        project.participant("Anna")


GROUP = (
    "Interviewer: What bothers you about the form?\n"
    "Mina: The old form is really frustrating. It forgets my address every time.\n"
    "Jun: I find the page really slow on my phone. I wish it would remember my card.\n"
    "Interviewer: What would help?\n"
    "Mina: I wish the form would remember my delivery address.\n"
    "Jun: I need a bigger button.\n"
)


def test_erasing_somebody_says_first_what_goes_in_words(project: Project) -> None:
    project.upload_text(GROUP, title="Both")
    project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    before = project.stream.log
    mina = project.participant("Mina")
    with pytest.raises(
        InvalidRequest,
        match=r"erases “Mina” for good, for everybody: 4 turns, 1 interview with nobody else as a whole, "
        r"1 interview with others, in which a mask.*erase\(sure=True\)",
    ):
        mina.erase()
    project.locale = "ko"
    try:
        with pytest.raises(
            InvalidRequest, match=r"발화 4개, 혼자 참여한 인터뷰 1건 전체, 함께 참여한 인터뷰 1건.*되돌릴 수 없습니다"
        ):
            mina.erase()
    finally:
        project.locale = "en"
    assert len(project.stream.log) == len(before)
    assert len(mina.turns) == 4


def test_whoever_was_erased_is_in_no_table_and_in_no_list(project: Project) -> None:
    both = project.upload_text(GROUP, title="Mina and Jun")
    project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    mina = project.participant("Mina")
    done = mina.erase(sure=True)
    assert repr(done).startswith(
        "Erased: 4 turns, 1 interview with nobody else as a whole, 1 interview with others, in which a mask takes"
    )
    assert "events of the history emptied, " in repr(done)
    assert done._repr_html_().count("<li>") == len(done.told.remains) > 0
    project.wait()
    assert list(project.interviews["title"]) == ["… and Jun"]
    assert set(project.speakers["speaker"]) == {"Interviewer", "Participant withdrawn", "Jun"}
    assert both.status == "completed"
    assert [turn.text for turn in both.transcript.turns if turn.speaker == "Jun"][1] == "I need a bigger button."
    with pytest.raises(
        InvalidRequest, match=r"“Mina” took part in no interview that has been analysed\. Who did: “Jun”"
    ):
        project.participant("Mina")
    with pytest.raises(ParticipantNotFound):
        mina.erase(sure=True)
    history = project.history(kind="participant")
    assert list(history["type"]) == ["participant:erased"]
    assert "Mina" not in history.to_csv()


def test_whoever_speaks_only_in_the_trash_can_be_erased(project: Project) -> None:
    project.upload_text(CHECKOUT, title="Mina")
    project.wait()
    project.interview("Mina").delete()
    assert project.participant("Mina").erase(sure=True).told.purged == 1
    assert len(project.trash) == 0
