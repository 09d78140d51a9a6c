import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from persona_lab import samples
from persona_lab.errors import Conflict, EmptyFile, FileTooLarge, InterviewNotFound, InvalidRequest, QueryError
from persona_lab.lab.following import rows
from persona_lab.lab.incoming.uploading import Ended
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.docx import docx_of
from tests.support.making import CHECKOUT, interview_text


@pytest.fixture(scope="module")
def read_only(lab: Lab) -> Project:
    """A project of three interviews, for tests that change nothing."""
    project = lab.project("Checkout study")
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(interview_text("the coupon"), "jun")
    project.upload_text("1 2 3", "numbers")
    project.wait(60)
    return project


# Uploading


def test_a_folder_is_uploaded_in_the_order_of_names(project: Project, tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", ".hidden.txt"):
        (tmp_path / name).write_text(interview_text(name))
    uploads = project.upload(tmp_path)
    assert [interview.title for interview in uploads] == ["a", "b"]
    assert repr(uploads) == "2 interviews uploaded."


def test_a_pattern_is_uploaded(project: Project, tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text(interview_text(name))
    assert [interview.title for interview in project.upload(str(tmp_path / "*.txt"))] == ["a", "b"]


def test_a_file_that_is_meant_twice_is_uploaded_once(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(CHECKOUT)
    assert len(project.upload([path, tmp_path, str(tmp_path / "*.txt")])) == 1


def test_a_path_that_is_not_there_says_where_it_was_looked_for(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"nothing\.txt: no such file\. Looked in "):
        project.upload(tmp_path / "nothing.txt")
    assert len(project.interviews) == 0


def test_bad_files_do_not_stop_the_good_ones(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CHECKOUT)
    (tmp_path / "b.txt").write_text("")
    (tmp_path / "c.key").write_bytes(b"slides")
    (tmp_path / "d.txt").write_text(interview_text("refunds"))
    uploads = project.upload(tmp_path)
    assert [interview.title for interview in uploads] == ["a", "d"]
    assert [refused.filename for refused in uploads.refused] == ["b.txt", "c.key"]
    assert repr(uploads).splitlines() == [
        "2 interviews uploaded, 2 refused:",
        "b.txt: the file is empty. Choose the file that holds the transcript.",
        "c.key: .key is not read. Save the transcript as .txt or .docx. Read are .txt, .md, .docx, .pdf, .rtf, .odt, "
        ".hwp, .hwpx, .html, .htm, .xlsx, .csv, .tsv, .json, .vtt, .srt or .sbv.",
    ]


def test_the_only_file_that_is_refused_raises_its_reason(project: Project, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("")
    with pytest.raises(EmptyFile, match=r"b\.txt: the file is empty"):
        project.upload(tmp_path / "b.txt")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(project: Project, tmp_path: Path) -> None:
    with (tmp_path / "long.txt").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    with pytest.raises(FileTooLarge, match=r"long\.txt: 60 MB is more than 50 MB"):
        project.upload(tmp_path / "long.txt")


def test_a_file_that_cant_be_read_is_refused_in_a_sentence(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(CHECKOUT)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InvalidRequest, match=r"a\.txt: can't be read .*Permission denied.* that you may read it"):
        project.upload(tmp_path / "a.txt")


def test_running_a_cell_again_uploads_nothing_twice(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CHECKOUT)
    first = project.upload(tmp_path)
    again = project.upload(tmp_path)
    assert again[0].id == first[0].id
    assert repr(again) == "0 interviews uploaded, 1 here already."
    assert len(project.upload(tmp_path, allow_duplicate=True)) == 1
    assert len(project.interviews) == 2


def test_an_upload_is_in_the_next_cells_table(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    assert list(project.interviews["title"]) == ["mina"]
    assert project.interviews["status"][0] in ("processing", "analyzing", "completed")


def test_the_samples_are_read(project: Project) -> None:
    path = next(path for path in samples.paths() if path.suffix == ".docx")
    (interview,) = project.upload(path)
    project.wait(60)
    assert (interview.status, interview.error) == ("completed", None)


# Waiting


def test_waiting_for_nothing_ends_at_once(project: Project) -> None:
    assert repr(project.wait(10)) == "0 of 0 interviews completed."


def test_waiting_lists_what_failed(read_only: Project) -> None:
    assert repr(read_only.wait(10)).splitlines() == [
        "2 of 3 interviews completed, 1 failed:",
        "  numbers: numbers.txt: it holds no speech. Check that it is the transcript and not a cover page.",
    ]


def test_waiting_gives_up_when_it_should_and_the_work_goes_on(project: Project) -> None:
    project.upload_text("".join(interview_text(f"form {n}") for n in range(200)), "long")
    assert repr(project.wait(0)) == "0 of 1 interviews completed, 1 still in flight."
    assert repr(project.wait(60)) == "1 of 1 interviews completed."


def test_waiting_says_whose_findings_are_from_before_a_correction() -> None:
    error = {"code": "engine_unavailable", "message": "Try again."}
    rows = [
        {"title": "mina", "status": "completed", "stage": "outdated", "error": error},
        {"title": "jun", "status": "completed", "stage": "re-analysing", "error": None},
    ]
    assert repr(Ended(rows)).splitlines() == [
        "1 of 2 interviews completed, 1 still in flight.",
        "  mina: its findings are from an earlier run. Try again.",
    ]


def test_when_waiting_has_ended_the_findings_are_there(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    assert len(project.insights) > 0


# Reading


def test_interviews_are_a_table(read_only: Project) -> None:
    found = read_only.interviews
    assert list(found["title"]) == ["mina", "jun", "numbers"]
    assert list(found["status"]) == ["completed", "completed", "failed"]
    assert found["error"][2].startswith("numbers.txt: it holds no speech")


def test_insights_say_how_many_stand_behind_them(read_only: Project) -> None:
    found = read_only.insights
    assert {"kind", "text", "support", "participants", "quotes"} <= set(found.columns)
    assert set(found["participants"]) == {2}
    assert all(1 <= support <= 2 for support in found["support"])


def test_sql_sees_turns_and_their_words(read_only: Project) -> None:
    found = read_only.sql("SELECT count(*) AS n FROM turns WHERE role = ?", ["participant"])
    assert found["n"][0] == 4


def test_each_quote_stands_in_its_turn(read_only: Project) -> None:
    wrong = read_only.sql(
        """
        SELECT * FROM quotes q JOIN turns t ON t.interview_id = q.interview_id AND t.index = q.turn
        WHERE substr(t.text, q.start - t.start + 1, q."end" - q.start) <> q.text
        """
    )
    assert len(wrong) == 0


def test_sql_that_cant_be_run_names_the_tables(read_only: Project) -> None:
    with pytest.raises(QueryError, match=r"(?s)intervews.*Tables: project, interviews"):
        read_only.sql("SELECT * FROM intervews")


def test_the_log_of_the_stream_is_a_table_for_sql(read_only: Project) -> None:
    seen = read_only.stream.log
    assert read_only.sql("SELECT count(*) AS n FROM Stream_Log")["n"][0] >= len(seen) > 0
    columns = read_only.tables.set_index("table")["columns"]
    assert columns["stream_log"] == ", ".join(seen.columns)


def test_what_a_monitor_shows_can_be_read_back(read_only: Project) -> None:
    monitor = read_only.monitor()
    assert list(monitor.table["type"]) == list(read_only.sql(monitor.sql)["type"])
    assert len(monitor.selection) == 0


def test_the_duckdb_connection_is_the_analysts_own(read_only: Project) -> None:
    assert read_only.duckdb.sql("SELECT count(*) FROM interviews").fetchall() == [(3,)]
    assert "interviews" in set(read_only.tables["table"])


def test_times_can_be_fetched_without_pandas(read_only: Project) -> None:
    (row,) = read_only.duckdb.execute("SELECT min(created_at) FROM interviews").fetchall()
    assert isinstance(row[0], datetime)


def test_an_interview_is_found_by_title_and_by_id(read_only: Project) -> None:
    mina = read_only.interview("mina")
    assert read_only.interview(mina.id).title == "mina"
    assert mina.status == "completed"
    assert mina.result is not None
    assert mina.transcript.text == CHECKOUT


def test_an_interview_nobody_knows_is_not_found(read_only: Project) -> None:
    with pytest.raises(InterviewNotFound, match="no interview named “felix”"):
        read_only.interview("felix")


def test_search_is_a_table_best_first(read_only: Project) -> None:
    found = read_only.search("delivery address", k=2)
    assert "delivery address" in found["text"][0]
    assert list(found["score"]) == sorted(found["score"], reverse=True)


def test_search_that_finds_nothing_is_an_empty_table(read_only: Project) -> None:
    found = read_only.search("xylophone")
    assert (len(found), "text" in found.columns) == (0, True)


# Asking


def test_an_answer_rests_on_quotes(read_only: Project) -> None:
    answer = read_only.ask("What is frustrating about the card form?")
    assert (answer.is_complete, answer.note) == (True, None)
    assert "The card form is really frustrating." in answer.quotes
    assert "[1]" in answer.text


def test_a_question_to_one_interview_cites_it_alone(read_only: Project) -> None:
    answer = read_only.interview("jun").ask("What is frustrating and takes too long?")
    assert {citation.quote.interview_title for citation in answer.citations} == {"jun"}


def test_an_empty_question_is_refused(read_only: Project) -> None:
    with pytest.raises(InvalidRequest, match=r"The question is empty\. Ask what you want to know"):
        read_only.ask("  ")


# Keeping


def test_a_report_is_written_where_it_was_asked_for(read_only: Project, tmp_path: Path) -> None:
    path = read_only.report(tmp_path / "report.html")
    assert path == tmp_path / "report.html"
    assert "Checkout study" in path.read_text()


def test_a_deleted_interview_takes_its_findings_along_and_brings_them_back(project: Project) -> None:
    mina = project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    before = project.insights
    mina.delete()
    project.wait(60)
    assert (len(project.interviews), len(project.insights)) == (0, 0)
    mina.restore()
    project.wait(60)
    assert project.insights.equals(before)


def test_retry_of_what_did_not_fail_is_a_conflict(read_only: Project) -> None:
    with pytest.raises(Conflict, match="“mina” is completed"):
        read_only.interview("mina").retry()


def test_a_failed_interview_can_be_tried_again(project: Project, tmp_path: Path) -> None:
    (tmp_path / "cover.docx").write_bytes(docx_of("", " "))
    (interview,) = project.upload(tmp_path / "cover.docx")
    project.wait(60)
    interview.retry()
    project.wait(60)
    assert project.sql("SELECT status, attempt FROM interviews").to_dict("records") == [
        {"status": "failed", "attempt": 2}
    ]


# Watching


def test_a_board_shows_what_the_replica_holds(project: Project) -> None:
    board = project.board()
    assert board.rows == []
    project.upload_text(CHECKOUT, "mina")
    project.upload_text("1 2 3", "numbers")
    project.wait(60)
    assert [row["title"] for row in board.rows] == ["mina", "numbers"]
    assert board.rows == list(rows.from_replica(project._replica).values())
    assert board.connection == "live"


def test_a_row_is_made_from_an_event_that_does_not_say_how_the_file_was_read(project: Project) -> None:
    """Logs of an older persona_lab don't."""
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    added = next(event for event in project.run(project.api.history(project.id, after=0, limit=9)) if event.seq == 2)
    old = {key: value for key, value in added.data["interview"].items() if key not in ("certainty", "remarks")}
    made = rows.Rows()
    (key,) = made.take(added.model_copy(update={"data": {"interview": old}}))
    assert (made[key]["certainty"], made[key]["remarks"]) == (None, [])


def test_a_board_loses_what_was_deleted(project: Project) -> None:
    board = project.board()
    mina = project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    mina.delete()
    project.wait(60)
    assert board.rows == []


def test_a_boards_retry_tries_again(project: Project) -> None:
    project.upload_text("1 2 3", "numbers")
    project.wait(60)
    board = project.board()
    board.receive({"kind": "retry", "id": board.rows[0]["id"]})
    project.wait(60)
    assert project.sql("SELECT attempt FROM interviews")["attempt"][0] == 2


def until(happened: Callable[[], bool]) -> None:
    """Wait until what is done beside the page's messages, and told by events, has happened."""
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_a_board_deletes_it_brings_back_with_its_result(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.upload_text(CHECKOUT + " ", "jun")
    project.wait(60)
    board = project.board()
    before = list(board.rows)
    board.receive({"kind": "delete", "ids": [before[0]["id"]]})
    until(lambda: len(board.rows) == 1 and bool(board.deleted))
    assert board.deleted == [{"id": before[0]["id"], "title": "mina"}]
    assert list(board.table["title"]) == ["jun"]
    board.receive({"kind": "restore"})
    until(lambda: len(board.rows) == 2)
    assert board.deleted == []
    assert {row["title"]: row["pains"] for row in board.rows} == {row["title"]: row["pains"] for row in before}


def test_a_board_tells_what_is_known_of_an_interview(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    board = project.board()
    told: list[Any] = []
    monkeypatch.setattr(board, "send", lambda message, buffers=None: told.append(message))
    board.receive({"kind": "details", "id": board.rows[0]["id"]})
    until(lambda: bool(told))
    details = told[0]["details"]
    assert details["filename"] == "mina.txt"
    assert details["size_bytes"] == len(CHECKOUT.encode())
    assert details["quality"] in range(1, 6)
    assert details["sections"][0]["first"] == 0
    assert details["summary"] == project.interview("mina").result.summary


def test_text_that_is_pasted_on_the_board_is_an_interview_of_that_title(project: Project) -> None:
    board = project.board()
    raw = CHECKOUT.encode()
    message = {"kind": "file", "id": "1", "name": "a/b", "size": len(raw), "offset": 0, "title": 'a/b: "first"'}
    board.receive(message, [memoryview(raw)])
    project.wait(60)
    assert list(board.table["title"]) == ['a/b: "first"']


def test_what_a_board_shows_is_what_its_query_gives(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.upload_text("1 2 3", "numbers")
    project.wait(60)
    board = project.board()
    assert board.table.equals(project.interviews)
    board.filter_states, board.selected = ["failed"], [row["id"] for row in board.rows]
    assert list(board.table["title"]) == list(board.selection["title"]) == ["numbers"]


def test_several_threads_may_ask_at_once(read_only: Project) -> None:
    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(lambda _: len(read_only.sql("SELECT * FROM interviews")), range(12)))
    assert counts == [3] * 12


def test_a_project_shows_itself(read_only: Project) -> None:
    assert "mina" in repr(read_only)
    assert "<h3>Checkout study</h3>" in read_only._repr_html_()


@pytest.mark.parametrize("title", ["A/B test", 'He said "no"', "a\\b", "커피 / 차"])
def test_a_title_comes_back_as_it_was_given(project: Project, title: str) -> None:
    interview = project.upload_text(CHECKOUT + title, title)
    assert interview.title == title
    assert project.interview(title).id == interview.id


def test_text_without_a_title_is_refused_with_what_to_do(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="Say whose interview it is"):
        project.upload_text(CHECKOUT, " ")


@pytest.mark.parametrize("source", ["", " ", None, 3, b"x"])
def test_what_is_no_path_is_refused_in_words(project: Project, source: object) -> None:
    with pytest.raises(InvalidRequest, match="is no path"):
        project.upload(source)


def test_hidden_files_are_not_meant_by_a_pattern(project: Project, tmp_path: Path) -> None:
    for name in ("a.txt", ".hidden.txt", "~$a.docx"):
        (tmp_path / name).write_text(CHECKOUT)
    assert len(project.upload(f"{tmp_path}/*")) == 1


def test_a_completed_interview_without_findings_has_none_not_nothing(project: Project) -> None:
    project.upload_text("Interviewer: Hello?\nParticipant: Hello.\n", "short")
    project.wait(60)
    row = project.interviews.iloc[0]
    assert (row["status"], row["pains"], row["needs"]) == ("completed", 0, 0)


def test_the_copy_is_made_again_when_somebody_breaks_it(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    project.duckdb.execute("DELETE FROM cursor")
    project.upload_text(CHECKOUT + "\nParticipant: And one more thing.\n", "jun")
    project.wait(60)
    assert list(project.interviews["title"]) == ["mina", "jun"]


def test_a_report_that_cant_be_written_says_so(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="Give a file in a folder that exists"):
        project.report(tmp_path / "nowhere" / "report.html")
