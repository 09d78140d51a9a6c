"""A board of insights with a real server behind it: kept level, worked on, taken back."""

import re
import threading
import time
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from persona_lab.errors import InvalidRequest, PersonaNotFound
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from persona_lab.widgets.insights import InsightBoard
from tests.support.making import CHECKOUT, interview_text

DELIVERY = """Interviewer: How does your parcel reach you?
Jun: The courier never rings the bell, and it annoys me that I have to fetch my parcel from the depot.
Interviewer: What would help?
Jun: I need to know the hour at which the van will be here.
"""

PHOTOS = """Interviewer: How do you look at the goods?
Ann: The photos are so dark that it is frustrating to tell a blue scarf from a black one.
Interviewer: What would help?
Ann: I wish there were a film of somebody who wears it.
"""


@pytest.fixture
def study(project: Project) -> Project:
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(interview_text("the coupon"), "coupon")
    project.upload_text(DELIVERY, "delivery")
    project.wait(60)
    return project


class Page:
    """Stands in for the page: keeps what the widget sends."""

    def __init__(self, board: InsightBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        self.board = board
        self.heard: list[dict[str, Any]] = []
        self._news = threading.Condition()
        self._number = 0
        monkeypatch.setattr(board, "send", self._hear)

    def _hear(self, content: dict[str, Any], _buffers: object = None) -> None:
        with self._news:
            self.heard.append(content)
            self._news.notify_all()

    def do(self, deed: str, *insights: str, text: str = "") -> dict[str, Any]:
        self._number += 1
        told = {"kind": "do", "id": self._number, "deed": deed, "insights": list(insights), "text": text}
        self.board.receive(told)

        def done() -> list[dict[str, Any]]:
            return [one for one in self.heard if one["kind"] == "done" and one["id"] == self._number]

        with self._news:
            assert self._news.wait_for(done, 30), self.heard
        return done()[0]

    def open(self, insight_id: str) -> dict[str, Any]:
        self.board.receive({"kind": "open", "insight": insight_id})
        return self.details(insight_id)

    def details(self, insight_id: str) -> dict[str, Any]:
        return next(
            one["details"] for one in reversed(self.heard) if one["kind"] == "details" and one["insight"] == insight_id
        )

    def row(self, insight_id: str) -> dict[str, Any]:
        return next(row for row in self.board.rows if row["id"] == insight_id)

    def pains(self) -> list[str]:
        return [row["id"] for row in self.board.rows if row["kind"] == "pain" and not row["is_rejected"]]


@pytest.fixture
def page(study: Project, monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(study.insight_board(), monkeypatch)


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def parts(details: dict[str, Any]) -> dict[str, Any]:
    return {part["key"]: part for part in details["parts"]}


# Looking


def test_it_shows_the_projects_insights_and_its_table_is_theirs(study: Project, page: Page) -> None:
    assert {row["id"] for row in page.board.rows} == set(study.insights["id"])
    assert list(page.board.table["id"]) == list(study.sql(page.board.sql)["id"])
    assert page.board.notice == ""
    assert {topic["name"] for topic in page.board.topics}
    page.board.selected = page.pains()[:2]
    assert set(page.board.selection["id"]) == set(page.pains()[:2])


def test_it_begins_with_a_kind_and_a_persona(study: Project) -> None:
    persona = study.personas().table["label"].iloc[0]
    board = study.insight_board(kind="need", persona=persona)
    assert set(board.table["kind"]) == {"need"}
    assert board.personas[0]["label"].startswith(persona)
    assert board is study.insight_board(kind="need", persona=persona)
    assert board is not study.insight_board()


def test_a_kind_or_a_persona_that_is_none_is_refused(study: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"“dream” is no kind of insight\. There are: pain, need, takeaway"):
        study.insight_board(kind="dream")
    with pytest.raises(PersonaNotFound, match="no one persona “P9”"):
        study.insight_board(persona="P9")


def test_an_insight_opens_with_who_said_it_where_and_how_it_was_made(study: Project, page: Page) -> None:
    one = page.pains()[0]
    study.insight(one).note("Ask Mina again")
    found = page.open(one)
    its = parts(found)
    quotes = study.insight(one).quotes.to_dict("records")
    row = quotes[0]
    names = ("text", "speaker", "interview_id", "turn", "start")
    assert [{name: one[name] for name in names} for one in its["quotes"]["quotes"]] == [
        {name: one[name] for name in names} for one in quotes
    ]
    assert [one["interview_title"] for one in its["quotes"]["quotes"]] == [one["interview"] for one in quotes]
    assert its["quotes"]["is_open"]
    assert its["notes"]["lines"][0]["text"].startswith("Ask Mina again (")
    run_id = study.interview(row["interview"]).runs["run_id"].iloc[0]
    assert its["made"]["lines"][-1]["text"].startswith(f"{row['interview']}: local, ")
    assert its["made"]["lines"][-1]["text"].endswith(run_id)
    assert "Keywords: " in found["about"]


def test_a_need_brings_the_question_that_opens_it_up(study: Project, page: Page) -> None:
    questions = study.sql("SELECT text FROM how_might_we")["text"]
    needs = [row["id"] for row in page.board.rows if row["kind"] == "need"]
    opened = [parts(page.open(one)) for one in needs]
    told = [line["text"] for its in opened if "questions" in its for line in its["questions"]["lines"]]
    assert sorted(text.rpartition(" (")[0] for text in told) == sorted(questions)
    assert told


# Keeping level


def test_what_somebody_else_says_appears_with_who_said_it(study: Project, page: Page) -> None:
    one = page.pains()[0]
    page.open(one)
    study.insight(one).pin().rename("Called by a cell")
    user = study.run(study.api.user())
    until(lambda: page.row(one)["marks"].startswith(f"pinned by {user} · renamed by {user}"))
    assert page.row(one)["text"] == "Called by a cell"
    until(lambda: len(parts(page.details(one)).get("judged", {"lines": []})["lines"]) == 2)
    (renamed, pinned) = parts(page.details(one))["judged"]["lines"]
    assert renamed["text"].startswith(f"renamed by {user} → “Called by a cell”, 2")
    assert pinned["text"].startswith(f"pinned by {user}, 2")


def test_a_new_interview_is_announced_and_its_insights_come_by_themselves(study: Project, page: Page) -> None:
    notices = []
    page.board.observe(lambda change: notices.append(change["new"]), "notice")
    before = len(page.board.rows)
    study.upload_text(PHOTOS, "photos")
    study.wait(60)
    until(lambda: len(page.board.rows) > before)
    assert "1 interview is still being analysed." in notices
    until(lambda: page.board.notice == "")


def test_an_empty_project_says_what_to_do(project: Project) -> None:
    board = project.insight_board()
    assert board.rows == []
    assert board.nothing.startswith('No insights yet. project.upload("interviews/*")')
    assert board.table.empty
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    until(lambda: board.rows)


def test_its_words_follow_its_language(study: Project, page: Page) -> None:
    one = page.pains()[0]
    page.do("pin", one)
    page.open(one)
    page.board.locale = "ko"
    assert "님이 고정" in page.row(one)["marks"]
    assert parts(page.details(one))["quotes"]["title"] == "참여자의 말 (1)"
    assert page.do("reject", one)["said"].startswith("제외됨: “")


def test_a_closed_project_lets_its_board_be(lab: Lab, study: Project) -> None:
    board = study.insight_board()
    board.close()
    assert study.insight_board() is not board


# Doing


def test_a_deed_is_done_and_shown_before_it_is_said_to_be_done(study: Project, page: Page) -> None:
    one = page.pains()[0]
    before = page.row(one)["text"]
    told = page.do("rename", one, text="<b>Mine</b>")
    assert told == {"kind": "done", "id": 1, "error": "", "said": "Renamed: “<b>Mine</b>”", "insight": one}
    assert page.row(one)["text"] == "<b>Mine</b>"
    assert page.board.undoable == "Renamed: “<b>Mine</b>”"
    assert page.do("undo")["said"] == "Undone."
    assert page.row(one)["text"] == before
    assert page.board.undoable == ""


def test_several_are_rejected_at_once_and_come_back_at_once(study: Project, page: Page) -> None:
    chosen = page.pains()[:2]
    assert page.do("reject", *chosen)["said"] == "Rejected: 2 insights"
    assert not set(chosen) & set(page.board.table["id"])
    page.board.view = {**page.board.view, "rejected": True}
    assert set(page.board.table["id"]) == set(chosen)
    page.do("restore", *chosen)
    assert page.board.table.empty
    page.do("undo")
    assert set(page.board.table["id"]) == set(chosen)
    page.do("undo")
    assert page.board.table.empty
    assert len(study.judgements) == 0


def test_a_merge_keeps_the_first_ones_name_and_its_row_is_named(study: Project, page: Page) -> None:
    before = len(page.pains())
    one, other = page.pains()[:2]
    name = page.row(one)["text"]
    told = page.do("merge", one, other)
    assert told["said"] == f"Merged: “{name}”"
    assert (page.row(told["insight"])["text"], page.row(told["insight"])["support"]) == (name, 2)
    assert len(page.pains()) == before - 1
    page.do("undo")
    assert len(page.pains()) == before


def test_a_single_judgement_is_taken_back_and_undo_forgets_it(study: Project, page: Page) -> None:
    one = page.pains()[0]
    page.do("pin", one)
    page.do("rename", one, text="Mine")
    (line, _) = parts(page.open(one))["judged"]["lines"]
    assert page.do("take back", one, text=line["id"])["said"] == "Taken back."
    assert page.row(one)["text"] != "Mine"
    assert page.board.undoable.startswith("Pinned: “")


def test_what_somebody_else_took_back_is_no_error_to_undo(study: Project, page: Page) -> None:
    one = page.pains()[0]
    page.do("pin", one)
    study.undo(study.judgements["id"].iloc[0])
    assert page.do("undo")["error"] == ""
    assert not page.row(one)["is_pinned"]


def test_what_somebody_else_said_before_is_not_taken_back_by_undo(study: Project, page: Page) -> None:
    one = page.pains()[0]
    study.insight(one).pin()
    page.do("pin", one)
    assert page.board.undoable == ""
    assert "nothing left to undo" in page.do("undo")["error"]
    assert page.row(one)["is_pinned"]


def test_what_a_cell_said_just_now_is_withdrawn_and_undo_says_it_again(study: Project, page: Page) -> None:
    one = page.pains()[0]
    study.insight(one).pin()
    page.do("unpin", one)
    assert len(study.judgements) == 0
    page.do("undo")
    assert page.row(one)["is_pinned"]


def test_unpinning_what_was_not_pinned_leaves_nothing_to_undo(study: Project, page: Page) -> None:
    pinned, other = page.pains()[:2]
    page.do("unpin", other)
    assert page.board.undoable == ""
    page.do("pin", pinned)
    page.do("unpin", pinned, other)
    page.do("undo")
    assert (page.row(pinned)["is_pinned"], page.row(other)["is_pinned"]) == (True, False)
    page.do("undo")
    assert len(study.judgements) == 0


def test_what_goes_wrong_is_said_in_words_and_what_was_done_can_be_undone(study: Project, page: Page) -> None:
    one = page.pains()[0]
    assert page.do("pin", one, "nobody")["error"].startswith("There is no such insight.")
    assert page.row(one)["is_pinned"]
    page.do("undo")
    assert not page.row(one)["is_pinned"]
    assert page.do("merge", one)["error"] == "others: name the insights to merge with."
    assert page.do("rename", one, text=" ")["error"] == "text: say what to call it."
    assert page.do("reject")["error"] == "Choose an insight first."
    assert page.do("take back", one, text="none")["error"].startswith("There is no such judgement")


# A notebook that was saved


def test_the_static_form_has_the_rows_of_the_view_without_script(study: Project) -> None:
    board = study.insight_board(kind="pain")
    study.insight(board.table["id"].iloc[0]).rename("<script>alert(1)</script>")
    board.view = {**board.view, "sort": "name"}
    data, _ = board._repr_mimebundle_()
    html = data["text/html"]
    assert "<script" not in html
    names = [unescape(name) for name in re.findall(r'<li><span dir="auto">(.*?)</span>', html)]
    assert names == list(board.table["text"])
    assert [line[2:].rpartition(" (")[0] for line in data["text/plain"].splitlines()[1:]] == names
    assert "1 of 3 participants" in html
    assert "Needs" not in re.sub(r"<summary>.*?</summary>", "", html)
