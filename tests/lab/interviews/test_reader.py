"""An interview that is open in a reader, with a real server behind it."""

import getpass
import time
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from persona_lab.errors import InterviewNotFound, InvalidRequest
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from persona_lab.models import Interview as Kept
from persona_lab.models import InterviewRecord, Merge
from persona_lab.widgets.reader import Reader
from tests.support.making import NOON, analysis, insight, interview_text

ME = getpass.getuser()
TALK = """Interviewer: What stops you at payment?
Mina: The payment form lost my card twice 😀, which is really annoying.
Interviewer: What would help?
Mina: I wish the form would remember my address. 결제가 편하면 좋겠어요."""


@pytest.fixture
def mina(project: Project) -> Interview:
    interview = project.upload_text(TALK, title="mina")
    project.wait(60)
    return interview


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


class Page:
    """Stands in for the page: asks, and waits for the answer."""

    def __init__(self, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reader = reader
        self._done: dict[int, str] = {}
        self._number = 0
        monkeypatch.setattr(reader, "send", lambda told, _buffers=None: self._done.update({told["id"]: told["error"]}))

    def ask(self, kind: str, **about: Any) -> str:
        self._number += 1
        number = self._number
        self.reader.receive({"kind": kind, "id": number, **about})
        until(lambda: number in self._done)
        return self._done[number]


def test_a_reader_shows_turns_sections_and_findings_in_their_places(mina: Interview) -> None:
    reader = mina.reader()
    transcript = mina.transcript
    assert [(one["speaker"], one["role"], one["text"]) for one in reader.turns] == [
        (turn.speaker, turn.role, turn.text) for turn in transcript.turns
    ]
    assert reader.interview["title"] == "mina"
    assert reader.interview["state"] == "completed"
    assert {one["kind"] for one in reader.findings} >= {"pain", "need"}
    for finding in reader.findings:
        for quote in finding["quotes"]:
            assert transcript.text[quote["start"] : quote["end"]] == quote["text"]
    first = reader.sections[0]
    assert (first["first"], reader.sections[-1]["last"]) == (0, 3)


def test_its_query_has_the_turns_that_are_shown_and_finds_as_the_page_does(mina: Interview) -> None:
    reader = mina.reader()
    assert list(reader.table["index"]) == [0, 1, 2, 3]
    assert list(reader.table["interview_id"].unique()) == [mina.id]
    reader.find, reader.only_found = "FORM", True
    assert list(reader.table["index"]) == [1, 3]
    # The same syllables, written as letters that join.
    reader.find = unicodedata.normalize("NFD", "결제")
    assert list(reader.table["index"]) == [3]
    reader.find = "it's 'quoted'"
    assert len(reader.table) == 0
    reader.only_found = False
    assert len(reader.table) == 4


def test_the_turns_that_are_chosen_are_its_selection(mina: Interview) -> None:
    reader = mina.reader()
    assert len(reader.selection) == 0
    reader.selected = ["1", "3"]
    assert list(reader.selection["speaker"]) == ["Mina", "Mina"]
    assert list(reader.selection.columns) == list(reader.table.columns)


def test_words_that_are_chosen_on_the_page_are_coded_and_taken_back(
    project: Project, mina: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(mina.reader(), monkeypatch)
    start = mina.transcript.text.index("annoying")
    places = [{"turn": 1, "start": start, "end": start + len("annoying")}]
    assert page.ask("code", code="trust", places=places) == ""
    (code,) = page.reader.codes
    assert (code["code"], code["coder"], code["text"], code["turn"]) == ("trust", ME, "annoying", 1)
    assert list(project.codes()["text"]) == ["annoying"]
    assert page.ask("uncode", coding=code["id"]) == ""
    assert page.reader.codes == []
    assert len(project.codes()) == 0


def test_a_turn_is_noted_and_the_note_taken_back(mina: Interview, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(mina.reader(), monkeypatch)
    assert page.ask("note", text="Ask again.", turn=3) == ""
    (note,) = page.reader.notes
    assert (note["turn"], note["text"], note["by"], note["depth"]) == (3, "Ask again.", ME, 0)
    assert list(mina.notes["text"]) == ["Ask again."]
    assert page.ask("unnote", note=note["id"]) == ""
    assert page.reader.notes == []


def test_what_cannot_be_done_is_answered_with_words(mina: Interview, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(mina.reader(), monkeypatch)
    assert "There is no turn 9" in page.ask("note", text="Ask again.", turn=9)
    assert "no span of words" in page.ask("code", code="x", places=[{"turn": 1, "start": 1, "end": 2}])
    assert "no such coding" in page.ask("uncode", coding="nothing")


def test_what_others_do_appears_by_itself(project: Project, mina: Interview) -> None:
    reader = mina.reader()
    mina.code("trust", turn=1)
    note = mina.note("Ask again.", turn=3)
    until(lambda: reader.codes and reader.notes)
    note.reply("I did.")
    until(lambda: len(reader.notes) == 2)
    assert [one["depth"] for one in reader.notes] == [0, 1]
    mina.correct_speakers({"Mina": "Mina Kim"})
    until(lambda: reader.turns[1]["speaker"] == "Mina Kim")
    finding = reader.findings[0]
    project.insight(finding["insight"]).reject()
    until(lambda: reader.findings[0]["is_rejected"])


def test_other_peoples_codes_lead_nobody_who_has_not_asked_for_them(mina: Interview) -> None:
    mine, everybodys = mina.reader(), mina.reader(others=True)
    mina.code("trust", turn=1, coder="bo")
    until(lambda: everybodys.codes)
    mina.code("form", turn=1)
    # Each reader learns of it in its own time.
    until(lambda: mine.codes and len(everybodys.codes) == 2)
    assert [one["code"] for one in mine.codes] == ["form"]
    assert {one["coder"] for one in everybodys.codes} == {"bo", ME}


def test_a_reader_opened_before_the_analysis_fills_while_it_runs(project: Project) -> None:
    interview = project.upload_text(TALK, title="jun")
    reader = interview.reader()
    until(lambda: reader.interview["state"] == "completed" and reader.findings)
    assert len(reader.turns) == 4


def test_what_could_not_be_read_says_why(project: Project) -> None:
    interview = project.upload_text("1 2 3", title="numbers")
    project.wait(60)
    reader = interview.reader()
    assert reader.interview["state"] == "failed"
    assert reader.interview["error"]["en"] == interview.error
    assert reader.interview["error"]["ko"].startswith("파일에 대화가 없습니다.")
    assert reader.turns == []


def test_a_deleted_interview_shows_nothing_and_comes_back(mina: Interview) -> None:
    reader = mina.reader()
    mina.delete()
    until(lambda: reader.interview["state"] == "deleted")
    assert (reader.turns, reader.findings, reader.codes, reader.notes) == ([], [], [], [])
    assert reader.interview["title"] == "mina"
    mina.restore()
    until(lambda: reader.interview["state"] == "completed" and reader.turns)
    assert reader.findings


def test_a_quote_of_another_interview_opens_it_and_there_is_a_way_back(
    project: Project, mina: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    jun = project.upload_text(interview_text("the coupon"), title="jun")
    project.wait(60)
    page = Page(mina.reader(), monkeypatch)
    page.reader.selected = ["1"]
    assert page.ask("open", interview=jun.id, turn=1, **{"from": 3}) == ""
    assert page.reader.interview["title"] == "jun"
    assert page.reader.at["turn"] == 1
    assert page.reader.selected == []
    assert page.reader.interview["back"] == {"id": mina.id, "title": "mina", "turn": 3}
    assert set(page.reader.table["interview_id"]) == {jun.id}
    assert page.ask("open", interview=mina.id, turn=3, **{"from": 1}) == ""
    assert page.reader.interview["title"] == "mina"
    assert page.reader.interview["back"] is None


def test_a_board_opens_interviews_in_a_reader(project: Project, mina: Interview) -> None:
    jun = project.upload_text(interview_text("the coupon"), title="jun")
    project.wait(60)
    reader = mina.reader()
    board = project.board()
    board.on_open = reader.read
    board.receive({"kind": "open", "id": jun.id})
    until(lambda: reader.interview["title"] == "jun")
    assert reader.interview["back"] is None
    # A cell that is run again shows the interview it names.
    assert mina.reader() is reader
    assert reader.interview["title"] == "mina"


def test_an_interview_that_is_gone_cant_be_opened_and_the_one_there_stays(
    project: Project, mina: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    jun = project.upload_text(interview_text("the coupon"), title="jun")
    project.wait(60)
    page = Page(mina.reader(), monkeypatch)
    jun.delete()
    assert page.ask("open", interview=jun.id, turn=1, **{"from": 0}) == "This interview has been deleted."
    assert page.reader.interview["title"] == "mina"
    assert page.reader.interview["back"] is None


def test_a_cell_that_is_run_again_shows_the_reader_there_is_at_the_turn_it_names(
    project: Project, mina: Interview
) -> None:
    reader = mina.reader(turn=2)
    assert reader.at["turn"] == 2
    assert project.reader("mina", turn=np.int64(3)) is reader
    assert reader.at == {"turn": 3, "n": 2}
    assert type(reader.at["turn"]) is int
    reader.close()
    assert mina.reader() is not reader


def test_a_turn_or_an_interview_that_is_not_there_is_refused(project: Project, mina: Interview) -> None:
    with pytest.raises(InvalidRequest, match=r"There is no turn 9\. The interview's turns are 0 to 3\."):
        mina.reader(turn=9)
    with pytest.raises(InterviewNotFound, match="no interview named “nobody”"):
        project.reader("nobody")
    with pytest.raises(InvalidRequest, match="There are no labels in “fr”"):
        mina.reader(locale="fr")


def test_a_saved_notebook_has_the_turns_with_what_was_found(mina: Interview) -> None:
    mina.note("Ask <again>.", turn=3)
    reader = mina.reader()
    until(lambda: reader.notes)
    bundle, _ = reader._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    assert "<strong>Mina</strong>" in bundle["text/html"]
    assert "<mark>The payment form lost my card twice 😀, which is really annoying.</mark>" in bundle["text/html"]
    assert "Ask &lt;again&gt;." in bundle["text/html"]
    assert "1 Mina: The payment form lost my card twice 😀" in bundle["text/plain"]
    assert "▼ Pain: " in bundle["text/plain"]


def test_findings_of_a_run_that_is_not_the_merged_one_are_no_part_of_its_insights() -> None:
    from persona_lab.lab.interviews.reader import findings

    about = {"id": "i", "project_id": "p", "number": 1, "title": "t", "filename": "t.txt", "stage": "completed"}
    facts = {"sha256": "0" * 64, "size_bytes": 1, "created_by": "mina", "created_at": NOON, "updated_at": NOON}
    record = InterviewRecord(interview=Kept(**about, **facts, status="completed"), result=analysis("run-2"))
    merged = insight("i").model_copy(update={"merge": Merge(model="m", rules_hash="r", runs={"i": "run-1"})})
    assert findings(record, [merged])[0]["insight"] == ""
    same = insight("i").model_copy(update={"merge": Merge(model="m", rules_hash="r", runs={"i": "run-2"})})
    assert findings(record, [same])[0]["insight"] == "The card form is slow."
