"""The study's own words, said in a cell, reach search, keywords and answers; analyses from before are stale."""

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project

SAID = (
    "Interviewer: How was the year for your shop?\n"
    "Mina: The gross merchandise value dropped sharply for us after the summer sale, and that was frustrating.\n"
    "Interviewer: What would help?\n"
    "Mina: I wish the checkout flow would be shorter, because the checkout flow loses us people.\n"
)
WORDS = {"GMV": "gross merchandise value", "checkout flow": "how one pays"}


def test_what_the_study_calls_a_thing_is_set_and_read(project: Project) -> None:
    assert (project.glossary, project.company) == ({}, "")
    project.change(company="Acme", glossary=WORDS)
    assert (project.glossary, project.company) == (WORDS, "Acme")
    project.glossary = ["PG: payment gateway"]
    project.company = "Acme Korea"
    assert (project.glossary, project.company) == ({"PG": "payment gateway"}, "Acme Korea")
    project.glossary = {}
    assert project.glossary == {}


@pytest.mark.parametrize("words", ["GMV: gross", {"GMV": 3}, [("GMV", "gross")], 3])
def test_what_is_no_glossary_is_refused(project: Project, words: object) -> None:
    with pytest.raises(InvalidRequest, match="That is no glossary"):
        project.glossary = words


def test_a_glossary_reaches_answers_keywords_and_what_is_stale(project: Project) -> None:
    project.upload_text(SAID, "mina")
    project.wait(60)
    assert "checkout flow" not in set(project.keywords(50)["word"])
    assert "don't tell" in project.ask("Why did GMV drop?").text
    assert len(project.stale) == 0
    project.glossary = WORDS
    assert "checkout flow" in set(project.keywords(50)["word"])
    answer = project.ask("Why did GMV drop?")
    assert "gross merchandise value dropped" in answer.text
    assert project.search("GMV", 1)["turn"][0] == 1
    reasons = " ".join(
        str(reason) for row in project.stale["reasons"] for reason in ([row] if isinstance(row, str) else row)
    )
    assert (
        "The project's glossary was empty and is “GMV: gross merchandise value; checkout flow: how one pays” now."
        in reasons
    )
    project.refresh()
    project.wait(60)
    assert len(project.stale) == 0
