"""What the board shows can be read back from the tables: the same rows, in the same order."""

import json
import subprocess
import unicodedata
from itertools import product

import pytest

from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest
from persona_lab.lab.following import rows as board_rows
from persona_lab.replica import Replica
from persona_lab.widgets import assets
from persona_lab.widgets.board import NO_PERSONA, ORDERS, Board

# Titles that one order or another could put elsewhere: numbers, cases, Korean whole and taken apart, emoji and what
# UTF-16 has behind them, quotation marks.
TITLES = [
    "Interview 10", "interview 2", "Interview 02", "INTERVIEW 2b", "김민지 3", "김민지 12", "가은",
    unicodedata.normalize("NFD", "나리"), "🙂 last", "（full width）", "O'Brien; --", "", "Zoë",
    "zoe 100000000000000", "Ärger",
]  # fmt: skip
STATES = ["completed", "failed", "processing", "analyzing"]
TEXTS = ["", "interview", "나리", "o'brien", "  MINA ", "two words", "careful"]

ON_THE_PAGE = """
import { filtering, ordering } from %s;
let told = "";
for await (const piece of process.stdin) told += piece;
const { rows, asked } = JSON.parse(told);
const shown = asked.map(([sort, text, states, persona]) =>
  rows.filter(filtering(text, states, persona)).sort(ordering(sort)).map(({ id }) => id));
console.log(JSON.stringify(shown));
"""


@pytest.fixture
def replica(tmp_path):
    """A project of many kinds of interviews; two personas, one of which has a title only in its portrait."""
    replica = Replica(tmp_path / "study.duckdb")
    run = replica.connection.execute
    run("INSERT INTO personas (id, position, label, title, headline) VALUES ('p1', 2, 'P1', 'Careful', 'unused')")
    run("INSERT INTO personas (id, position, label, title, headline) VALUES ('p2', 1, 'P2', '', 'Two words')")
    for number, title in enumerate(TITLES):
        key = f"i{number}"
        at = f"2026-03-14 09:00:0{number % 3}{'.5' if number % 2 else ''}"
        run(
            "INSERT INTO interviews (id, number, title, status, stage, remarks, created_by, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, '', [], ?, ?, ?)",
            [key, number, title, STATES[number % 4], ["Mina", "jun", "mina"][number % 3], at, at],
        )
        if number % 4 == 0:
            run("INSERT INTO analyses (interview_id, run_id) VALUES (?, ?)", [key, key])
            run("INSERT INTO findings (interview_id, kind) SELECT ?, 'pain' FROM range(?)", [key, number % 3])
        if number % 3:
            decided = number % 3 == 1
            run(
                "INSERT INTO assignments (interview_id, persona_id, decided_by, proposed_persona_id) "
                "VALUES (?, ?, ?, ?)",
                [key, "p1" if decided else None, "minji" if number % 2 else None, "p2"],
            )
    yield replica
    replica.close()


def board_of(replica, **options):
    rows = list(board_rows.from_replica(replica).values())
    return Board("Study", rows, on_sql=lambda query: replica.frame(query), **options)


def test_the_rows_on_the_page_are_those_of_the_query_in_the_same_order(replica, node_path):
    board = board_of(replica)
    directions = [sign + name for name in ORDERS for sign in ("", "-")]
    asked = [
        *product(directions, ["", "i"], [[], ["failed", "completed"]], ["", "p1", NO_PERSONA]),
        *product(["number"], TEXTS, [[], ["processing"]], ["", "p2"]),
    ]
    script = ON_THE_PAGE % json.dumps((assets.STATIC / "rows.js").as_uri())
    done = subprocess.run(
        [node_path, "--input-type=module", "-e", script],
        input=json.dumps({"rows": board.rows, "asked": asked}),
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    for (sort, text, states, persona), on_page in zip(asked, json.loads(done.stdout), strict=True):
        board.sort, board.filter_text, board.filter_states, board.filter_persona = sort, text, states, persona
        assert list(board.table["id"]) == on_page, (sort, text, states, persona)
    assert max(map(len, json.loads(done.stdout))) == len(TITLES)


def test_the_query_of_a_board_stands_on_its_own(replica):
    board = board_of(replica)
    assert board.sql.splitlines() == [
        "SELECT title, status, language, turns, participants, pains, needs, takeaways, summary, error, id",
        "FROM interview_list",
        "ORDER BY number NULLS LAST, number",
    ]
    board.filter_text, board.filter_states, board.sort = "O'B", ["failed"], "-time"
    assert board.sql.splitlines()[2:] == [
        "WHERE contains(words, 'o''b') AND status IN ('failed')",
        "ORDER BY updated_at DESC NULLS LAST, number",
    ]


def test_the_selection_is_what_is_chosen_and_shown(replica):
    board = board_of(replica)
    assert list(board.selection["id"]) == []
    board.selected = ["i1", "i4", "gone"]
    assert list(board.selection["title"]) == ["interview 2", "김민지 3"]
    board.filter_states = ["failed"]
    assert list(board.selection["title"]) == ["interview 2"]


def test_what_was_removed_is_not_chosen_any_more(replica):
    board = board_of(replica)
    board.selected = ["i1", "i2"]
    board.update([], removed=["i1"])
    assert board.selected == ["i2"]


def test_a_board_without_a_project_says_that_it_has_no_tables():
    with pytest.raises(InvalidRequest, match=r"project\.board"):
        _ = Board("Study", []).table


@pytest.mark.parametrize("wanted", [{"sort": "colour"}, {"filter_states": ["gone"]}])
def test_an_order_or_a_state_that_nobody_knows_is_refused(wanted):
    board = Board("Study", [])
    (name, value) = next(iter(wanted.items()))
    with pytest.raises(Exception, match=name):
        setattr(board, name, value)


def heard(board):
    """Keep what the board sends to its page."""
    told = []
    board.send = lambda message, buffers=None: told.append(message)
    return told


@pytest.fixture
def at_once(monkeypatch):
    """What is done beside the page's other messages is done at once."""
    monkeypatch.setattr("persona_lab.widgets.board._beside", lambda work: work())


def test_what_was_deleted_can_be_brought_back(at_once, row):
    done = []
    board = Board(
        "Study",
        [row("a", title="Mina"), row("b")],
        on_delete=lambda ids: done.append(("delete", list(ids))) or {},
        on_restore=lambda ids: done.append(("restore", list(ids))) or {},
    )
    board.receive({"kind": "delete", "ids": ["a", "nobody"]})
    assert board.deleted == [{"id": "a", "title": "Mina"}]
    board.receive({"kind": "restore"})
    assert board.deleted == []
    assert done == [("delete", ["a"]), ("restore", ["a"])]


def test_deletions_are_taken_back_one_by_one_the_last_first(at_once, row):
    back = []
    board = Board(
        "Study", [row("a"), row("b")], on_delete=lambda ids: {}, on_restore=lambda ids: back.extend(ids) or {}
    )
    board.receive({"kind": "delete", "ids": ["a"]})
    board.receive({"kind": "delete", "ids": ["b"]})
    board.receive({"kind": "restore"})
    assert [one["id"] for one in board.deleted] == ["a"]
    board.receive({"kind": "restore"})
    board.receive({"kind": "restore"})
    assert (back, board.deleted) == (["b", "a"], [])


def test_what_was_dismissed_is_not_taken_back_by_a_later_undo(at_once, row):
    back = []
    board = Board(
        "Study", [row("a"), row("b")], on_delete=lambda ids: {}, on_restore=lambda ids: back.extend(ids) or {}
    )
    board.receive({"kind": "delete", "ids": ["a"]})
    board.deleted = []
    board.receive({"kind": "delete", "ids": ["b"]})
    board.receive({"kind": "restore"})
    board.receive({"kind": "restore"})
    assert (back, board.deleted) == (["b"], [])


def test_what_could_not_be_deleted_is_told_once_and_not_offered_back(at_once, row):
    error = Conflict("It is being analysed.")
    board = Board(
        "Study", [row("a"), row("b"), row("c")], on_delete=lambda ids: {"a": error, "b": error}, on_restore=print
    )
    told = heard(board)
    board.receive({"kind": "delete", "ids": ["a", "b", "c"]})
    assert [message["title"] for message in told] == ["It is being analysed."]
    assert [one["id"] for one in board.deleted] == ["c"]


def test_a_board_that_cannot_delete_deletes_nothing(at_once, row):
    board = Board("Study", [row("a")])
    told = heard(board)
    board.receive({"kind": "delete", "ids": ["a"]})
    assert (board.can_delete, board.deleted, told) == (False, [], [])


def test_details_are_told_to_the_page_that_asks(at_once, row):
    board = Board("Study", [row("a")], on_details=lambda key: {"quality": 4, "filename": f"{key}.txt"})
    told = heard(board)
    board.receive({"kind": "details", "id": "a"})
    assert told == [{"kind": "details", "id": "a", "details": {"quality": 4, "filename": "a.txt"}}]


def test_a_reader_that_is_given_later_makes_the_button_appear(row):
    board = Board("Study", [row("a")])
    board.receive({"kind": "open", "id": "a"})
    opened = []
    assert not board.can_open
    board.on_open = opened.append
    board.receive({"kind": "open", "id": "a"})
    assert (board.can_open, opened) == (True, ["a"])


def test_a_reader_beneath_the_board_is_shown_until_it_is_closed(at_once, row):
    reader = Board("Stands for a reader", [])
    board = Board("Study", [row("a")])
    board.open_beneath(lambda key: {"a": reader}[key])
    board.receive({"kind": "open", "id": "a"})
    assert (board.can_open, board.opens_beneath, board.reader) == (True, True, reader)
    board.receive({"kind": "close"})
    assert board.reader is None


def test_an_interview_that_cannot_be_opened_is_told_in_a_sentence(row):
    def refuse(_key):
        raise InterviewNotFound("It was deleted.")

    board = Board("Study", [row("a")], on_open=refuse)
    told = heard(board)
    board.receive({"kind": "open", "id": "a"})
    assert [message["title"] for message in told] == ["It was deleted."]


def test_pasted_text_goes_by_its_title_and_a_file_by_its_name():
    taken = []

    def taker(kind):
        def take(name, raw):
            taken.append((kind, name, raw))
            raise InvalidRequest("Enough.")

        return take

    board = Board("Study", [], on_file=taker("file"), on_text=taker("text"))
    heard(board)
    told = {"kind": "file", "id": "1", "name": "Mina / 34", "size": 2, "offset": 0}
    board.receive({**told, "title": "Mina / 34"}, [memoryview(b"Hi")])
    board.receive({**told, "id": "2", "name": "a.txt"}, [memoryview(b"Hi")])
    assert taken == [("text", "Mina / 34", b"Hi"), ("file", "a.txt", b"Hi")]
