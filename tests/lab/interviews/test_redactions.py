import pytest

from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab

MINA = "Interviewer: Who?\nMina: Ask Sarah Chen, 415-555-0132.\nInterviewer: And?\nMina: Sarah Chen knows.\n"
JUN = "Interviewer: Who?\nJunho: Nobody but me.\nInterviewer: Sure?\nJunho: Write to jun@example.org then.\n"


def test_the_preview_is_a_table_of_what_is_hidden(project: Project) -> None:
    mina, jun = project.upload_text(MINA, "mina"), project.upload_text(JUN, "jun")
    project.wait(60)
    table = project.redactions()
    assert list(table.columns) == [
        "interview", "kind", "original", "pseudonym", "count", "turn", "context", "interview_id",
    ]  # fmt: skip
    rows = {(row.interview, row.original): row for row in table.itertuples()}
    assert rows["mina", "Sarah Chen"].count == 2
    assert rows["mina", "415-555-0132"].pseudonym == "[Phone1]"
    assert rows["jun", "jun@example.org"].kind == "email"
    assert set(mina.redactions()["interview"]) == {"mina"}
    assert set(jun.redactions()["original"]) == {"Junho", "jun@example.org"}
    counts = project.redactions(by_interview=True).set_index("interview")
    assert dict(counts["all"]) == {"mina": 5, "jun": 3}
    assert dict(counts["name"]) == {"mina": 4, "jun": 2}


def test_a_project_without_interviews_hides_nothing(project: Project) -> None:
    assert project.redactions().empty
    assert project.redactions(by_interview=True).empty


def test_redaction_is_on_until_it_is_turned_off(lab: Lab, project: Project) -> None:
    assert project.redaction == "network"
    project.redaction = "off"
    assert project.redaction == "off"
    assert lab.project(project.name).redaction == "off"
    assert lab.project(project.name, redaction="network").redaction == "network"
    with pytest.raises(InvalidRequest, match="redaction"):
        project.redaction = "always"


def test_a_project_that_redacts_before_storage_shows_what_it_replaced(lab: Lab, project: Project) -> None:
    project.redaction = "storage"
    assert lab.project(project.name, redaction="storage").redaction == "storage"
    mina = project.upload_text(MINA, "mina")
    project.wait(60)
    assert mina.transcript.turns[1].text == "Ask [Name2], [Phone1]."
    assert mina.transcript.turns[1].speaker == "[Name1]"
    assert dict(project.redactions(by_interview=True).set_index("interview")["all"]) == {"mina": 5}
    project.redaction = "network"
    project.upload_text(JUN, "jun")
    project.wait(60)
    with pytest.raises(Conflict, match="keeps 1 interview as uploaded"):
        project.redaction = "storage"
