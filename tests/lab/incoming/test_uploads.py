"""Uploading many things at once, into a real project."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from persona_lab.errors import EmptyFile, FileTooLarge, InvalidRequest, UnreadableText
from persona_lab.lab.drawing import live
from persona_lab.lab.project import Project
from tests.support.making import CHECKOUT, interview_text


def write_zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_one_bad_file_does_not_stop_the_other_forty_nine(project: Project, tmp_path: Path) -> None:
    for number in range(49):
        (tmp_path / f"{number:02}.txt").write_text(interview_text(f"form {number}"))
    (tmp_path / "25b.txt").write_bytes(b"")
    uploads = project.upload(tmp_path)
    assert (len(uploads), [refused.filename for refused in uploads.refused]) == (49, ["25b.txt"])
    assert repr(uploads).splitlines() == [
        "49 interviews uploaded, 1 refused:",
        "25b.txt: the file is empty. Choose the file that holds the transcript.",
    ]


def test_the_summary_is_a_table_of_what_was_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CHECKOUT)
    (tmp_path / "<b>.txt").write_bytes(b"")
    html = project.upload(tmp_path)._repr_html_()
    assert "<p>1 interview uploaded, 1 refused:</p>" in html
    assert "Why it was refused" in html
    assert "&lt;b&gt;.txt</td>" in html
    assert ">the file is empty. Choose the file that holds the transcript.</td>" in html


def test_a_copy_under_another_name_is_said_to_be_one(project: Project, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(CHECKOUT)
    uploads = project.upload(tmp_path)
    assert uploads[0].id == uploads[1].id
    assert repr(uploads).splitlines() == [
        "1 interview uploaded, 1 here already.",
        "b.txt: the same file is here already, as “a”.",
    ]
    assert "b.txt: the same file is here already, as “a”." in uploads._repr_html_()


def test_a_zip_is_uploaded_by_what_is_in_it(project: Project, tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "study.zip",
        {"P01/talk.txt": CHECKOUT, "P02/talk.txt": interview_text("refunds"), "P03/empty.txt": "", "__MACOSX/._x": "x"},
    )
    uploads = project.upload(path)
    assert [interview.title for interview in uploads] == ["P01/talk", "P02/talk"]
    assert [interview.filename for interview in uploads] == ["talk.txt"] * 2
    assert [refused.filename for refused in uploads.refused] == ["empty.txt"]
    assert repr(project.wait(60)) == "2 of 2 interviews completed."


def test_a_zip_beside_other_files_of_a_folder_is_looked_into(project: Project, tmp_path: Path) -> None:
    write_zip(tmp_path / "b.ZIP", {"mina.txt": CHECKOUT})
    (tmp_path / "a.txt").write_text(interview_text("refunds"))
    (tmp_path / "c.zip").write_bytes(b"junk")
    uploads = project.upload(tmp_path)
    assert [interview.title for interview in uploads] == ["a", "mina"]
    assert [refused.reason for refused in uploads.refused] == [
        "it is damaged or no zip. Make it again, or upload the transcripts."
    ]


def test_the_only_thing_given_raises_its_reason_even_out_of_a_zip(project: Project, tmp_path: Path) -> None:
    with pytest.raises(EmptyFile, match=r"mina\.txt: the file is empty"):
        project.upload(write_zip(tmp_path / "a.zip", {"mina.txt": ""}))
    with pytest.raises(FileTooLarge, match=r"bomb\.txt: it unpacks to more than 50 MB in b\.zip"):
        project.upload(write_zip(tmp_path / "b.zip", {"bomb.txt": " " * 60 * 1024 * 1024}))
    (tmp_path / "c.zip").write_bytes(b"junk")
    with pytest.raises(UnreadableText, match=r"c\.zip: it is damaged or no zip"):
        project.upload(tmp_path / "c.zip")


def test_files_of_one_name_in_several_folders_are_told_apart(project: Project, tmp_path: Path) -> None:
    for folder in ("P01", "P02"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "talk.txt").write_text(interview_text(folder))
    uploads = project.upload(f"{tmp_path}/**/*.txt")
    assert [interview.title for interview in uploads] == ["P01/talk", "P02/talk"]


def test_files_of_one_name_and_several_kinds_are_told_apart(project: Project, tmp_path: Path) -> None:
    for name in ("talk.txt", "talk.md", "other.txt"):
        (tmp_path / name).write_text(interview_text(name))
    assert [interview.title for interview in project.upload(tmp_path)] == ["other", "talk.md", "talk.txt"]


def test_a_folder_of_folders_says_how_to_reach_into_them(project: Project, tmp_path: Path) -> None:
    (tmp_path / "P01").mkdir()
    with pytest.raises(
        InvalidRequest, match=r"the folder holds no file itself\. For those in its folders give “.*\*\*"
    ):
        project.upload(tmp_path)


@pytest.mark.parametrize("text", [CHECKOUT, "Mina: " + "yes " * 1000])
def test_a_transcript_in_place_of_a_path_is_told_where_it_belongs(project: Project, text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"This is a text and no path\. .*project\.upload_text\(text, title\)"):
        project.upload(text)


def test_a_table_in_place_of_a_path_is_told_where_it_belongs(project: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"This is a table and no path\. .*project\.upload_rows\(frame\)"):
        project.upload(pd.DataFrame({"text": ["x"]}))


@pytest.mark.parametrize("pattern", ["a**b/*.txt", "x" * 300, "a\0b"])
def test_a_pattern_that_cant_be_looked_for_is_refused_in_a_sentence(project: Project, pattern: str) -> None:
    with pytest.raises(InvalidRequest, match="Give a path, a folder, a zip, or a pattern"):
        project.upload(pattern)


def test_each_row_of_a_table_is_an_interview(project: Project) -> None:
    frame = pd.DataFrame({"title": ["mina", "jun"], "transcript": [CHECKOUT, interview_text("refunds")]})
    assert [interview.title for interview in project.upload_rows(frame)] == ["mina", "jun"]
    project.wait(60)
    assert list(project.interviews["participants"]) == [1, 1]


def test_rows_of_a_table_are_the_turns_of_its_interviews(project: Project) -> None:
    frame = pd.DataFrame(
        {
            "session": ["mina", "mina", "jun"],
            "who": ["Interviewer", "Mina", "Jun: the elder"],
            "said": ["How was it?", "Slow,\nand: “dear”.", "Fine."],
        }
    )
    project.upload_rows(frame, text="said", speaker="who", interview="session")
    project.wait(60)
    mina, jun = (project.interview(title).transcript.turns for title in ("mina", "jun"))
    assert [(turn.speaker, turn.role) for turn in mina] == [("Interviewer", "interviewer"), ("Mina", "participant")]
    assert [turn.speaker for turn in jun] == ["Jun: the elder"]


class Bar:
    """Stands in for the notebook's live area and keeps what it showed."""

    shown: list[str]

    def __init__(self) -> None:
        Bar.shown = []

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        Bar.shown.append("")

    def show(self, picture: live.Picture) -> None:
        Bar.shown.append(picture()[1])


def test_several_files_show_how_far_they_are_and_leave_nothing(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "Live", Bar)
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(interview_text(name))
    project.upload(tmp_path)
    assert Bar.shown == ["0 of 2 files uploaded", "1 of 2 files uploaded", ""]


# Through the board


def sent(project: Project, name: str, raw: bytes) -> list[dict[str, object]]:
    """Drop a file on the project's board; return what it answers."""
    board = project.board()
    answers: list[dict[str, object]] = []
    board.send = answers.append
    try:
        board.receive({"kind": "file", "id": "1", "name": name, "size": len(raw), "offset": 0}, [memoryview(raw)])
    finally:
        del board.send
    return [answer for answer in answers if answer["kind"] == "file"]


def test_a_file_that_is_dropped_on_the_board_is_an_interview(project: Project) -> None:
    assert sent(project, "미나.txt", CHECKOUT.encode()) == [{"kind": "file", "id": "1", "known": [], "refused": []}]
    assert list(project.interviews["title"]) == ["미나"]
    again = sent(project, "copy.txt", CHECKOUT.encode())
    assert again[0]["known"] == [["copy.txt", "미나"]]


def test_a_zip_that_is_dropped_on_the_board_is_taken_apart(project: Project) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", CHECKOUT)
        archive.writestr("b.txt", "")
    (answer,) = sent(project, "study.zip", written.getvalue())
    assert answer["refused"] == [["b.txt", "the file is empty. Choose the file that holds the transcript."]]
    assert list(project.interviews["title"]) == ["a"]


def test_a_file_that_is_refused_on_the_board_says_why(project: Project) -> None:
    (answer,) = sent(project, "talk.mp3", b"ID3\x04\x00")
    (refused,) = answer["refused"]
    assert refused[0] == "talk.mp3"
    assert "it is a recording. Upload its transcript" in refused[1]


def test_a_table_whose_headings_tell_nothing_is_read_as_the_analyst_says(project: Project, tmp_path: Path) -> None:
    table = tmp_path / "befragung.csv"
    table.write_text("Wer,Antwort\nInterviewer,How was it?\nMina,Far too slow.\n", encoding="utf-8")
    (untold,) = project.upload(table)
    (told,) = project.upload(table, columns={"text": "Antwort", "speaker": "Wer"})
    project.wait()
    assert untold.status == "failed"
    assert "columns" in (untold.error or "")
    assert [(turn.speaker, turn.text) for turn in told.transcript.turns] == [
        ("Interviewer", "How was it?"),
        ("Mina", "Far too slow."),
    ]
    assert project.upload(table, columns={"text": "Antwort", "speaker": "Wer"}).known


def test_a_use_that_no_column_has_is_refused(project: Project, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"columns.*'text', 'speaker', 'time' or 'until'"):
        project.upload(table, columns={"words": "a"})
