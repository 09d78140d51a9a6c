"""Who speaks, as a cell shows and corrects it."""

import pytest

from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text

TWO = CHECKOUT.replace("Mina:", "Speaker 1:").replace("Interviewer:", "Speaker 2:")


@pytest.fixture
def study(project: Project) -> Project:
    """Two completed interviews: one of an interviewer and Mina, one of two nameless speakers."""
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(TWO, "other")
    project.wait(60)
    return project


def shown(project: Project, *columns: str) -> list[tuple[object, ...]]:
    return list(project.speakers[list(columns)].itertuples(index=False, name=None))


def test_speakers_are_a_table(study: Project) -> None:
    found = study.speakers
    assert list(found.columns) == [
        *("interview", "speaker", "role", "turns", "words", "share", "first_words", "in_file", "interview_id")
    ]
    first, second = found.head(2).to_dict("records")
    assert (first["interview"], first["speaker"], first["role"], first["turns"], first["words"]) == (
        *("mina", "Interviewer", "interviewer", 2, 10),
    )
    assert (second["speaker"], second["share"]) == ("Mina", 0.67)
    assert second["first_words"] == "The card form is really frustrating. It forgets my address…"


def test_a_project_without_interviews_has_no_speakers(project: Project) -> None:
    assert len(project.speakers) == 0


def test_a_name_is_in_the_next_cells_tables(study: Project) -> None:
    answered = study.interview("mina").correct_speakers({"Mina": "Mina Kim"})
    assert list(answered["speaker"]) == ["Interviewer", "Mina Kim"]
    assert shown(study, "speaker", "in_file")[1] == ("Mina Kim", "Mina")
    assert set(study.sql("SELECT DISTINCT speaker FROM turns WHERE label = 'Mina'")["speaker"]) == {"Mina Kim"}
    said = [quote["speaker"] for quotes in study.insights["quotes"] for quote in quotes]
    assert "Mina Kim" in said
    assert "Mina" not in said


def test_a_role_is_worked_in_before_waiting_ends(study: Project) -> None:
    other = study.interview("other")
    other.correct_speakers(roles={"Speaker 1": "interviewer", "Speaker 2": "participant"})
    assert repr(study.wait(60)) == "2 of 2 interviews completed."
    assert other.result is not None
    assert other.result.provenance.run_id == f"{other.id}:2"
    roles = {speaker: role for title, speaker, role in shown(study, "interview", "speaker", "role") if title == "other"}
    assert roles == {"Speaker 1": "interviewer", "Speaker 2": "participant"}
    wrong = study.sql(
        "SELECT * FROM quotes q JOIN turns t ON t.interview_id = q.interview_id AND t.index = q.turn "
        "WHERE t.role <> 'participant'"
    )
    assert len(wrong) == 0


def test_all_interviews_in_which_somebody_speaks_are_corrected(study: Project) -> None:
    study.upload_text(TWO.replace("card form", "coupon form"), "third")
    study.wait(60)
    answered = study.correct_speakers({"Speaker 1": "Anna", "Mina": "Mina Kim"})
    assert [name for name in answered["speaker"] if name in ("Anna", "Mina Kim")] == ["Mina Kim", "Anna", "Anna"]


def test_only_the_interviews_that_are_named_are_corrected(study: Project) -> None:
    third = study.upload_text(TWO.replace("card form", "coupon form"), "third")
    study.wait(60)
    study.correct_speakers({"Speaker 1": "Anna"}, interviews=[third])
    study.correct_speakers({"Speaker 1": "Bea"}, interviews="other")
    names = {
        title: name for title, name, label in shown(study, "interview", "speaker", "in_file") if label == "Speaker 1"
    }
    assert names == {"other": "Bea", "third": "Anna"}


def test_running_the_cell_again_changes_nothing(study: Project) -> None:
    for _ in range(2):
        study.correct_speakers({"Speaker 1": "Anna"}, roles={"Speaker 1": "interviewer"})
    study.wait(60)
    assert list(study.sql("SELECT attempt FROM interviews ORDER BY number")["attempt"]) == [1, 2]


def test_none_takes_a_correction_back(study: Project) -> None:
    before = study.speakers
    study.correct_speakers({"Mina": "Mina Kim"})
    study.correct_speakers({"Mina": None})
    assert study.speakers.equals(before)


def test_somebody_who_speaks_nowhere_is_refused(study: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"“Bob” speaks in none of these interviews\. `project\.speakers` lists"):
        study.correct_speakers({"Mina": "Mina Kim", "Bob": "Rob"})
    assert "Mina Kim" not in set(study.speakers["speaker"])


def test_somebody_who_does_not_speak_in_an_interview_is_refused_by_those_who_do(study: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"“Bob” does not speak in “mina”\. Who does: Interviewer, Mina\."):
        study.interview("mina").correct_speakers({"Bob": "Rob"})


def test_a_role_that_is_none_is_refused(study: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"“boss” is no role\. The roles are: interviewer, participant, other\."):
        study.correct_speakers(roles={"Mina": "boss"})


@pytest.mark.parametrize("names", [None, {}])
def test_nothing_to_correct_is_refused_with_an_example(project: Project, names: None) -> None:
    with pytest.raises(InvalidRequest, match=r"There is nothing to correct\. Write, e\.g\., correct_speakers"):
        project.correct_speakers(names)


@pytest.mark.parametrize(
    ("names", "said"), [("Mina", "says of nobody"), ({"Mina": 3}, "is no speaker"), ({3: "a"}, "3 is")]
)
def test_what_is_no_correction_is_refused_with_an_example(project: Project, names: object, said: str) -> None:
    with pytest.raises(InvalidRequest, match=rf'{said}.*Write it as {{"Speaker 1": "Anna"}}'):
        project.correct_speakers(names)


def test_the_speakers_of_what_could_not_be_read_are_not_corrected(project: Project) -> None:
    numbers = project.upload_text("1 2 3", "numbers")
    project.wait(60)
    with pytest.raises(Conflict, match="“numbers” could not be read, so nobody speaks in it"):
        numbers.correct_speakers({"Mina": "Anna"})


def test_a_correction_is_in_a_copy_that_is_built_anew(study: Project) -> None:
    study.correct_speakers({"Mina": "Mina Kim"})
    before = study.speakers
    study.duckdb.execute("DELETE FROM cursor")
    study.upload_text(interview_text("the coupon"), "third")
    study.wait(60)
    assert study.speakers[study.speakers["interview"] != "third"].equals(before)


# How a file was read


def test_an_interview_says_how_its_file_was_read(project: Project) -> None:
    raw = "진행자: 어떠셨어요?\n미나: 결제가 불편해요.\n진행자: 왜요?\n미나: 매번 주소를 다시 써야 해요.\n".encode(
        "cp949"
    )
    interview, _ = project._upload(raw, "미나.txt", "미나", False)
    project.wait(60)
    assert repr(interview).startswith("<Interview '미나': completed, read as CP949")
    assert "<strong>미나</strong> completed · read as CP949" in interview._repr_html_()


def test_doubts_of_how_a_file_was_read_are_shown(project: Project) -> None:
    interview = project.upload_text(CHECKOUT, "<mina>")
    project.wait(60)
    row = project.row(interview.id)
    assert row is not None
    row.update(certainty=0.914, remarks=["3 cues had <no> time."])
    about = "read as UTF-8, 91 % sure{}quality 2 of 5, 1 section"
    assert repr(interview) == f"<Interview '<mina>': completed, {about.format(', ')}>\n  3 cues had <no> time."
    listed = "<ul><li>3 cues had &lt;no&gt; time.</li></ul>"
    assert f"{about.format(' · ')}</p>{listed}" in interview._repr_html_()
