"""What was said and used by nothing."""

import pytest

from persona_lab.lab.measuring.coverage import Coverage, Said, Stage
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text


def said(text: str, *used: tuple[int, int], turn: int = 1, start: int = 0, interview: str = "mina") -> Said:
    return Said(interview, interview, turn, "Mina", start, text, used)


def test_the_share_counts_characters_without_blanks() -> None:
    found = Coverage([said("abc def", (0, 3))])
    assert found.used == 0.5
    assert found.reading == (
        "Findings and summaries use 50 % of what participants said (1 interview); 1 stretch is unused."
    )


def test_whoever_is_quoted_word_by_word_is_used_wholly() -> None:
    found = Coverage([said("One. Two!", (0, 4), (5, 9))])
    assert found.used == 1
    assert len(found.unused) == 0
    assert found.reading.endswith("none is left unused.")


def test_stretches_are_what_lies_between_longest_first_and_stand_where_they_say() -> None:
    text = "Yes. The card form is slow. And dear, too."
    found = Coverage([said(text, (5, 27), start=100)])
    rows = found.unused.to_dict("records")
    assert [row["text"] for row in rows] == ["And dear, too.", "Yes."]
    assert [text[row["start"] - 100 : row["end"] - 100] for row in rows] == [row["text"] for row in rows]
    assert rows[0]["characters"] == 12


def test_marks_alone_are_nothing_to_read() -> None:
    assert len(Coverage([said("Slow ...", (0, 4))]).unused) == 0


def test_thirds_are_of_what_was_said_in_each_interview() -> None:
    found = Coverage([said("aaa", (0, 3)), said("bbb", turn=2), said("ccc", (0, 1), turn=3)])
    row = found.table.iloc[0]
    assert (row["first_third"], row["middle_third"], row["last_third"]) == (1, 0, pytest.approx(1 / 3))
    assert (row["turns"], row["unused_turns"], row["characters"]) == (3, 1, 9)


def test_a_section_has_the_share_of_what_participants_said_in_it() -> None:
    stages = {"mina": [Stage("Paying", 0, 2), Stage("Delivery", 3, 5), Stage("Goodbye", 6, 6)]}
    found = Coverage([said("One two.", (0, 4)), said("ab", turn=3), said("cd", (0, 2), turn=5)], stages)
    rows = found.sections.to_dict("records")
    assert [(row["section"], row["first"], row["last"]) for row in rows] == [("Paying", 0, 2), ("Delivery", 3, 5)]
    assert [row["used"] for row in rows] == [pytest.approx(3 / 7), 0.5]
    assert [(row["words"], row["characters"]) for row in rows] == [(2, 7), (2, 4)]
    lines = repr(found).splitlines()
    at = lines.index("Sections, the least used first:")
    assert lines[at + 1 : at + 3] == [
        "  42.9 %  Paying (mina, turns 0–2, 2 words)",
        "  50 %  Delivery (mina, turns 3–5, 2 words)",
    ]
    assert found._repr_html_().index(">Paying<") < found._repr_html_().index(">Delivery<")


def test_sections_that_are_not_shown_are_counted() -> None:
    stages = {"mina": [Stage(f"<{number}>", number, number) for number in range(12)]}
    found = Coverage([said("Words.", turn=number) for number in range(12)], stages)
    assert len(found.sections) == 12
    assert "<p>and 2 more</p>" in found._repr_html_()
    assert "&lt;0&gt;" in found._repr_html_()


def test_without_sections_there_is_no_table_of_them() -> None:
    found = Coverage([said("Words.")])
    assert len(found.sections) == 0
    assert "Sections" not in repr(found) + found._repr_html_()


def test_who_said_nothing_is_no_crash() -> None:
    found = Coverage([])
    assert repr(found) == "Nothing to say yet: no interview in which a participant speaks has been analysed."
    assert found.used != found.used
    assert found._repr_html_().count("<table") == 0


def test_what_people_said_is_escaped_in_the_picture() -> None:
    found = Coverage([said("<b>Slow</b>", interview="<mina>")])
    assert "&lt;b&gt;Slow&lt;/b&gt;" in found._repr_html_()
    assert "<mina>" not in found._repr_html_()


# In a project


@pytest.fixture
def study(project: Project) -> Project:
    places = [
        "river",
        "lake",
        "park",
        "forest",
        "market",
        "station",
        "harbour",
        "bridge",
        "castle",
        "museum",
        "garden",
        "hill",
    ]
    aside = "".join(f"Interviewer: And then?\nMina: Then there was the {place}.\n" for place in places)
    project.upload_text(CHECKOUT + aside, "mina")
    project.upload_text(interview_text("the coupon"), "jun")
    project.wait(60)
    return project


def test_what_no_finding_uses_can_be_read(study: Project) -> None:
    found = study.coverage()
    assert list(found.table["interview"]) == ["mina", "jun"]
    said = study.interview("mina").transcript.text
    assert len(found.unused) > 0
    assert all(text in said or text in study.interview("jun").transcript.text for text in found.unused["text"])
    assert list(found.unused["characters"]) == sorted(found.unused["characters"], reverse=True)
    longest = found.unused.iloc[0]
    assert f"{longest.speaker}, {longest.interview}, turn {longest.turn}: {longest.text}" in repr(found)
    for row in found.unused.itertuples():
        assert study.interview(str(row.interview_id)).transcript.text[row.start : row.end] == row.text


def test_quotes_and_stretches_together_are_what_participants_said(study: Project) -> None:
    """Nothing is counted twice and nothing is lost, whatever the engine found."""
    found = study.coverage()
    turns = study.sql("SELECT interview_id, index, start, text FROM turns WHERE role = 'participant'")
    quotes = study.sql(
        'SELECT interview_id, turn, start, "end" FROM quotes '
        'UNION SELECT interview_id, turn, start, "end" FROM summary_quotes'
    )
    for turn in turns.itertuples():
        used = {
            at
            for quote in quotes.itertuples()
            if (quote.interview_id, quote.turn) == (turn.interview_id, turn.index)
            for at in range(quote.start, quote.end)
        }
        stretches = found.unused[
            (found.unused["interview_id"] == turn.interview_id) & (found.unused["turn"] == turn.index)
        ]
        unused = {at for row in stretches.itertuples() for at in range(row.start, row.end)}
        letters = {turn.start + n for n, letter in enumerate(turn.text) if letter.isalnum()}
        assert unused & used == set()
        assert letters <= used | unused


def test_an_interview_has_its_own_coverage(study: Project) -> None:
    of_jun = study.interview("jun").coverage()
    assert list(of_jun.table["interview"]) == ["jun"]
    assert of_jun.used == study.coverage().table["used"][1]


def test_sections_hold_all_that_is_said_and_used(study: Project) -> None:
    found = study.coverage()
    sections = found.sections
    known = study.sql('SELECT interview_id, name, "first", "last" FROM sections')
    assert set(sections.interview_id) == set(found.table.interview_id)
    assert set(zip(sections.interview_id, sections.section, sections["first"], sections["last"], strict=True)) <= set(
        known.itertuples(index=False, name=None)
    )
    for share in found.table.itertuples():
        its = sections[sections.interview_id == share.interview_id]
        assert its.characters.sum() == share.characters
        assert (its.used * its.characters).sum() / share.characters == pytest.approx(share.used)


def test_an_interview_that_was_deleted_counts_no_longer(study: Project) -> None:
    study.interview("mina").delete()
    assert list(study.coverage().table["interview"]) == ["jun"]
