"""Notes in a cell: written at turns and insights, answered, seen by everybody at once."""

import getpass
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from persona_lab.errors import InvalidRequest, NoteNotFound
from persona_lab.lab.insights import notes
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from persona_lab.lab.session import connect
from persona_lab.models import Note
from tests.support.making import CHECKOUT
from tests.support.server import Server

ME = getpass.getuser()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def mina(project: Project) -> Interview:
    interview = project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    return interview


def test_a_note_and_its_reply_are_in_the_next_cell(project: Project, mina: Interview) -> None:
    note = mina.note("Ask again", turn=1)
    answer = note.reply("I did")
    mina.note("Later", said="my delivery address")
    table = project.notes
    assert list(table["place"]) == ["mina, turn 1", "↳ mina, turn 1", "mina, turn 3"]
    assert list(table["text"]) == ["Ask again", "I did", "Later"]
    assert table["quote"][0] == "The card form is really frustrating. It forgets my address every time."
    assert set(table["by"]) == {ME}
    assert list(table["reply_to"])[1] == note.id
    assert list(table["id"])[:2] == [note.id, answer.id]
    assert mina.notes.equals(table)
    assert list(project.sql("SELECT text FROM notes ORDER BY created_at")["text"]) == ["Ask again", "I did", "Later"]


def test_a_note_at_an_insight_says_which(project: Project, mina: Interview) -> None:
    insight = project.insight(project.insights["id"][0])
    note = insight.note("Too <b>strong</b>")
    note.reply("Yes")
    table = insight.notes
    first, second = table["place"]
    assert first.startswith("insight: ")
    assert second == f"↳ {first}"
    assert insight.text.startswith(first.removeprefix("insight: ").removesuffix("…"))
    assert list(table["quote"]) == [insight.quotes["text"][0]] * 2
    assert "Too &lt;b&gt;strong&lt;/b&gt;" in insight._repr_html_()


def test_the_interview_shows_its_notes_as_text(project: Project, mina: Interview) -> None:
    note = mina.note("<script>alert(1)</script>\nand more", turn=np.int64(1))
    note.reply("Well")
    html = mina._repr_html_()
    assert "turn 1: &lt;script&gt;alert(1)&lt;/script&gt;<br>and more" in html
    assert "<script" not in html
    assert "↳ Well" in html
    assert f"turn 1: <script>alert(1)</script> and more ({ME})" in repr(mina)
    assert "<script" not in note._repr_html_()


def test_a_note_is_edited_and_deleted_and_its_reply_stays(project: Project, mina: Interview) -> None:
    note = mina.note("Ask again", turn=1)
    note.reply("I did")
    assert note.edit("Asked").text == "Asked"
    assert list(project.notes["text"]) == ["Asked", "I did"]
    held = project.note(note.id)
    note.delete()
    assert list(project.notes["place"]) == ["mina, turn 1 (to a note that was deleted)"]
    with pytest.raises(NoteNotFound, match=r"There is no such note, or it was deleted\."):
        held.edit("Again")
    with pytest.raises(NoteNotFound):
        project.note(note.id)


def test_notes_go_and_come_back_with_their_interview(project: Project, mina: Interview) -> None:
    mina.note("Ask again", turn=1)
    mina.delete()
    assert len(project.notes) == len(project.sql("SELECT * FROM notes")) == 0
    mina.restore()
    assert list(project.notes["text"]) == list(project.sql("SELECT text FROM notes")["text"]) == ["Ask again"]


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda mina: mina.note("", turn=1), "The note is empty"),
        (lambda mina: mina.note(None, turn=1), "The note is empty"),
        (lambda mina: mina.note("a" * 20_001, turn=1), "20,001 characters; 20,000 are the most"),
        (lambda mina: mina.note("Ask again"), "Say at which turn"),
        (lambda mina: mina.note("Ask again", turn=9), "There is no turn 9"),
    ],
)
def test_what_cant_be_a_note_is_refused_with_what_to_do(mina: Interview, write: object, sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        write(mina)
    assert sentence in refused.value.message


def test_another_clients_copy_has_a_note_within_a_second(
    project: Project, mina: Interview, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path))
    other = connect(server.url, token=server.token)
    try:
        theirs = other.project(project.name)
        assert len(theirs.notes) == 0
        written = time.monotonic()
        note = mina.note("Ask again", turn=1)
        # Only what came through the stream: nothing here asks the server.
        while not theirs._replica.rows("SELECT * FROM notes WHERE text = 'Ask again'"):
            assert time.monotonic() - written < 1.0
            time.sleep(0.01)
        theirs.note(note.id).reply("Seen")
        while not project._replica.rows("SELECT * FROM notes WHERE text = 'Seen'"):
            assert time.monotonic() - written < 2.0
            time.sleep(0.01)
    finally:
        other.close()


def test_a_thread_may_be_deeper_than_python_recurses() -> None:
    def made(number: int) -> Note:
        return Note(
            id=str(number),
            project_id="p",
            interview_id="i",
            turn=0,
            parent_id=str(number - 1) if number else None,
            text=f"Note {number}",
            created_by="mina",
            created_at=NOON,
            updated_at=NOON,
        )

    placed = list(notes.threads(reversed([made(number) for number in range(3_000)])))
    assert [(one.note.id, one.depth) for one in placed] == [(str(number), number) for number in range(3_000)]
