"""From interviews to personas, as an analyst types it."""

import re
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from persona_lab.errors import Conflict, InvalidRequest, PersonaNotFound
from persona_lab.lab.following import rows
from persona_lab.lab.people import cards
from persona_lab.lab.people.cards import Card
from persona_lab.lab.project import Project
from persona_lab.lab.session import connect
from persona_lab.models import Assignment, Axis, AxisType, PersonaRecord, Proposal
from persona_lab.widgets.personas import PersonaCards
from tests.support import making
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server


@pytest.fixture
def study(project: Project, tmp_path: Path) -> Project:
    """A project with three analysed interviews."""
    texts = {"mina": CHECKOUT, "coupon": interview_text("the coupon"), "search": interview_text("the search box")}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    project.upload(tmp_path / "*.txt")
    project.wait()
    return project


def record(**told: object) -> PersonaRecord:
    proposal = Proposal(persona_id="a", score=0.82, model="test", made_at=making.NOON)
    assignments = (
        Assignment(interview_id="one", persona_id="a", decided_by="mina", decided_at=making.NOON),
        Assignment(interview_id="two", proposal=proposal),
    )
    given = {
        "id": "a",
        "project_id": "p",
        "position": 1,
        "label": "P1",
        "place": {"role": "buyer"},
        "portrait": making.portrait("It has to be quick.", "one", "two"),
        "created_by": "mina",
        "created_at": making.NOON,
        "updated_at": making.NOON,
        "interview_ids": ("one", "two"),
        "assignments": assignments,
        **told,
    }
    return PersonaRecord.model_validate(given)


def card(**told: object) -> Card:
    axes = [Axis(key="role", name="Role", types=(AxisType(key="buyer", name="Buyer"),))]
    return Card(record(**told), {"one": "First talk", "two": "Second talk"}, axes, "data:image/png;base64,AAAA")


# From interviews to personas


def test_personas_are_proposed_once_and_then_stay(study: Project) -> None:
    personas = study.personas()
    before = [one.id for one in personas]
    assert sum(personas.table["interviews"]) == 3
    assert sum(personas.table["proposed"]) == 3
    assert [one.id for one in study.personas()] == before
    assert len(personas) == len(before)


def test_a_proposal_says_what_to_know_of_it(study: Project) -> None:
    personas = study.personas()
    assert personas.note
    assert personas.note in repr(personas)
    assert list(personas.stability.columns) == ["groups", "stability"]


def test_what_is_accepted_is_decided(study: Project) -> None:
    personas = study.personas().accept("mina")
    assert sum(personas.table["decided"]) == 1
    personas.accept()
    assert sum(personas.table["decided"]) == 3
    everybody = study.sql("SELECT decided_by FROM interviews_by_persona")
    assert set(everybody["decided_by"]) == {study.run(study.api.user())}


def test_the_board_says_where_each_interview_belongs_and_who_decided(study: Project) -> None:
    board = study.board()
    assert {row["persona"] for row in board.rows} == {None}
    personas = study.personas()
    first = personas[0].interviews["id"][0]

    def shown() -> tuple[object, ...]:
        study._level(study._feed.rows_level)
        row = next(row for row in board.rows if row["id"] == first)
        return (row["persona"] and row["persona"]["label"], row["decided_by"], row["decided_at"] is not None)

    assert shown() == (personas[0].label, None, False)
    other = personas.add("Another", label="A1")
    other.assign(study.interview(first))
    assert shown() == ("A1", study.run(study.api.user()), True)
    other.rename(label="Others")
    assert shown()[0] == "Others"
    # The board runs ahead of the local copy.
    study._level()
    assert board.rows == list(rows.from_replica(study._replica).values())
    study.interview(first).delete()
    study.run(study.api.restore_interview(first))
    assert shown()[0] == "Others"


def test_an_interview_goes_where_it_is_put_and_to_nobody(study: Project) -> None:
    personas = study.personas()
    mine = personas.add("Late payers").assign("mina", "coupon")
    assert set(mine.interviews["title"]) == {"coupon", "mina"}
    assert mine.portrait is not None
    assert mine.portrait.runs.keys() == set(mine.interviews["id"])
    personas.release("coupon")
    assert list(personas["Late payers"].interviews["title"]) == ["mina"]
    assert list(personas.unassigned["title"]) == ["coupon"]


def test_a_persona_is_found_by_label_title_and_id_whatever_it_is_called(study: Project) -> None:
    personas = study.personas()
    made = personas.add("Late payers", description="They pay late.")
    assert personas[made.label].id == personas["late payers"].id == personas[made.id].id == made.id
    made.rename("Early payers", label="EP").describe("They pay early.").move(1)
    assert next(iter(personas)).id == made.id
    assert (personas["ep"].title, personas["ep"].description) == ("Early payers", "They pay early.")
    with pytest.raises(PersonaNotFound, match=r"There is no persona “P9”\. There are EP “Early payers”, P1"):
        personas["P9"]


def test_a_persona_is_found_by_where_it_stands(study: Project) -> None:
    personas = study.personas()
    made = personas.add("Late payers")
    assert (personas[0].label, personas[-1].id, len(personas)) == ("P1", made.id, 2)
    with pytest.raises(PersonaNotFound, match=r"There is no persona at 2; there are 2\."):
        personas[2]


def test_the_same_interviews_give_the_same_cards_wherever_it_is_done(
    study: Project, tmp_path: Path, start_server: Callable[[], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_LAB_HOME", str(start_server().workspace))
    with closing(connect()) as lab:
        other = lab.project(study.name)
        other.upload(tmp_path / "*.txt")
        other.wait()
        assert other.personas()[0].id != study.personas()[0].id
        assert other.personas()._repr_html_() == study.personas()._repr_html_()


def test_a_deleted_persona_is_gone(study: Project) -> None:
    personas = study.personas()
    made = personas.add("Late payers").assign("mina")
    made.delete()
    assert made.id not in [one.id for one in personas]
    assert list(personas.unassigned["title"]) == ["mina"]


def test_a_stale_portrait_is_made_anew_by_refresh(study: Project, tmp_path: Path) -> None:
    study.personas()
    (tmp_path / "new.txt").write_text(interview_text("the receipt"))
    study.upload(tmp_path / "new.txt")
    study.wait()
    while sum(study.personas().table["interviews"]) < 4:
        pass
    found = study.stale
    assert list(found["what"]) == ["portrait"]
    assert list(found["reasons"]) == ["1 interview was added."]
    assert study.refresh() == []
    assert study.stale.empty


# Axes


def test_axes_are_set_by_names_and_read_as_a_table(study: Project) -> None:
    study.axes = {"Role": ["Buyer", "User"], "Age": ["Young", "Old"]}
    assert repr(study.axes) == "Role: Buyer, User\nAge: Young, Old"
    assert list(study.axes.table["key"]) == ["buyer", "user", "young", "old"]
    assert "Buyer, User" in study.axes._repr_html_()
    assert [one.name for one in study.axes["Role"].types] == ["Buyer", "User"]


def test_a_renamed_type_keeps_who_stands_on_it(study: Project) -> None:
    study.axes = {"Role": ["Buyer", "User"]}
    made = study.personas().add("Those who pay", place={"Role": "Buyer"})
    study.rename_axis("Role", "Payer", type="Buyer")
    assert study.personas().table.set_index("id").loc[made.id, "place"] == "Role: Payer"
    with pytest.raises(Conflict, match="stands on “Role: Payer”"):
        study.axes = {"Role": ["User"]}
    study.set_axes({"Role": ["User"]}, force=True)
    assert study.personas()[made.id].place == {}


def test_what_are_no_axes_is_said(study: Project) -> None:
    with pytest.raises(InvalidRequest, match="Give each axis its types"):
        study.axes = {"Role": "Buyer"}
    study.axes = {"Role": ["Buyer"]}
    with pytest.raises(InvalidRequest, match=r"“Role” has no type “Seller”\. It has “Buyer”"):
        study.personas().add(place={"Role": "Seller"})


# Pictures


def test_a_picture_is_given_and_taken_back(study: Project, tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    Image.new("RGB", (20, 20), "teal").save(path)
    made = study.personas().add("Late payers")
    assert "data:image/png;base64," in made.picture(path)._repr_html_()
    assert "data:image/png;base64," not in made.picture(None)._repr_html_()
    with pytest.raises(InvalidRequest, match="can't be read"):
        made.picture(tmp_path / "nowhere.png")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(InvalidRequest, match="no PNG, JPEG or WebP"):
        made.picture(tmp_path / "drawing.svg")


# Cards


def test_a_card_says_whom_it_rests_on_and_opens_quotes_in_place() -> None:
    html = cards.card_html(card())
    assert "2 interviews (1 decided, 1 proposed) · 1 participant" in html
    assert "Called Robin here, an invented name" in html
    assert "Role: Buyer" in html
    assert "1 of 1 participant" in html
    assert "<details><summary>1 quote</summary><blockquote" in html
    assert "<details><summary>1 says otherwise</summary>" in html
    assert "decided by mina" in html
    assert "proposed, score 0.82" in html
    assert "Most typical: First talk" in html


def test_a_card_needs_no_script_and_no_style_sheet_and_trusts_no_words() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    html = cards.card_html(card(title=hostile, label=hostile, description=hostile, portrait=making.portrait(hostile)))
    assert "<script" not in html
    assert "<style" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 4


def test_a_card_says_why_it_is_stale_and_what_is_disputed() -> None:
    other = Proposal(persona_id="b", score=0.5, model="test", made_at=making.NOON)
    disputed = Assignment(interview_id="one", persona_id="a", decided_by="mina", proposal=other)
    html = cards.card_html(card(stale=("2 interviews were added.",), assignments=(disputed,)))
    assert "⚠ Stale: 2 interviews were added." in html
    assert "decided by mina; another is proposed since" in html


def test_a_card_speaks_korean() -> None:
    html = cards.card_html(card(), locale="ko")
    assert "인터뷰 2건 (확정 1, 제안 1) · 참여자 1명" in html
    assert "목표" in html
    assert "참여자 1명 중 1명" in html


def test_a_card_in_plain_text_has_the_same_figures() -> None:
    assert cards.card_text(card()).splitlines()[:3] == [
        "P1 · It has to be quick.",
        "2 interviews (1 decided, 1 proposed) · 1 participant",
        "Called Robin here, an invented name",
    ]


def test_no_personas_is_said_with_what_to_do() -> None:
    assert "project.personas() proposes some" in cards.cards_html([], 0)
    assert "아직 페르소나가 없습니다" in cards.cards_text([], 0, locale="ko")


def test_whoever_belongs_to_none_is_said_above_the_cards() -> None:
    assert "1 persona. 2 analysed interviews belong to none." in cards.cards_html([card()], 2)


# Live cards


def shown(cards: PersonaCards, label: str) -> list[str]:
    """Return the titles of the interviews that the card shows."""
    ids = {one["label"]: one["id"] for one in cards.personas}
    return [one["title"] for one in cards.interviews if one["persona_id"] == ids.get(label)]


def test_personas_are_shown_live_with_a_static_picture(study: Project) -> None:
    bundle, _ = study.personas()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert re.match(r"\d personas?", bundle["text/plain"])
    assert "<section>" in bundle["text/html"]


def test_cards_follow_what_happens_and_what_is_pressed(study: Project) -> None:
    personas = study.personas()
    cards = personas.cards()
    assert personas.cards() is cards
    assert list(cards.table["id"]) == [one["id"] for one in cards.personas]
    cards.selected = [cards.personas[0]["id"]]
    assert list(cards.selection["label"]) == [cards.personas[0]["label"]]
    made = personas.add("Late payers").assign("mina")
    deadline = time.monotonic() + 20
    while shown(cards, made.label) != ["mina"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shown(cards, made.label) == ["mina"]
    cards.receive({"kind": "accept", "id": 1, "interviews": None})
    while sum(personas.table["decided"]) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sum(personas.table["decided"]) == 3
