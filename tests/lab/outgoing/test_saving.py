"""What is saved opens elsewhere and says the same there."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from persona_lab.errors import InvalidRequest, QueryError
from persona_lab.lab.outgoing import workbooks
from persona_lab.lab.outgoing.tables import write_csv
from persona_lab.lab.outgoing.workbooks import sheet_names, write_workbook
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT

FORMULAS = ["=1+1", "+82 10 1234", "-네", "@SUM(A1)", '=HYPERLINK("http://x","y")', "https://example.org"]


@pytest.fixture(scope="module")
def study(lab: Lab) -> Project:
    project = lab.project("Saved study")
    project.upload_text(CHECKOUT, "미나 =1+1")
    project.wait(60)
    return project


# Workbooks


def cells(path: Path, sheet: str | None = None) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book[sheet or book.sheetnames[0]].values]


def test_words_never_become_formulas_or_links(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert write_workbook(path, {"said": pd.DataFrame({"=text": FORMULAS})}) == []
    book = openpyxl.load_workbook(path)
    column = book["said"]["A"]
    assert [cell.value for cell in column] == ["=text", *FORMULAS]
    assert {cell.data_type for cell in column} == {"s"}
    assert not any(cell.hyperlink for cell in column)


def test_a_cell_that_is_too_long_is_cut_as_excel_counts_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    frame = pd.DataFrame({"text": ["x" * 32_767, "y" * 32_768, "😀" * 20_000]})
    (remark,) = write_workbook(path, {"said": frame})
    assert remark == "said: 2 cells were cut to the 32,767 characters that Excel takes; .parquet keeps all."
    whole, cut, wide = (row[0] for row in cells(path)[1:])
    assert (whole, cut) == ("x" * 32_767, "y" * 32_766 + "…")
    assert wide == "😀" * 16_383 + "…"


def test_times_keep_their_moment_and_what_is_nested_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    korean = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    frame = pd.DataFrame(
        {
            "at": pd.Series([korean, None]),
            "list": [["a", "b"], []],
            "struct": [{"words": "느려요"}, None],
            "n": [1, 2],
            "ok": [True, False],
            "control": ["a\x0bb", "\x00"],
        }
    )
    write_workbook(path, {"said": frame})
    head, first, second = cells(path)
    assert head == ["at (UTC)", "list", "struct", "n", "ok", "control"]
    assert first[:5] == [datetime(2026, 3, 2, 0, 30), "a; b", '{"words": "느려요"}', 1, True]
    assert second[0] is None


def test_sheets_get_names_that_excel_takes() -> None:
    long = "x" * 40
    names = {"a/b:c": 0, "'quoted'": 0, long: 0, long + "y": 0, "": 0, "History": 0, "A b C": 0}
    assert sheet_names(names) == [
        "a b c",
        "quoted",
        "x" * 30 + "…",
        "x" * 26 + "… (2)",
        "Sheet",
        "History (1)",
        "A b C (2)",
    ]


def test_more_rows_than_a_sheet_has_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "LIMIT_ROWS", 3)
    with pytest.raises(InvalidRequest, match=r"said has 3 rows and 1 columns; a sheet holds 2 and 16,384\. Save it as"):
        write_workbook(tmp_path / "a.xlsx", {"said": pd.DataFrame({"a": [1, 2, 3]})})
    assert list(tmp_path.iterdir()) == []


# CSV


def test_csv_opens_in_korean_excel_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, pd.DataFrame({"말": ["느려요", "=1+1", 'she said "no"\nand left'], "n": [-1, 2, 3]}))
    assert path.read_bytes().startswith("\ufeff말,n\r\n".encode())
    assert pd.read_csv(path)["말"].tolist() == ["느려요", "'=1+1", 'she said "no"\nand left']
    assert pd.read_csv(path)["n"].tolist() == [-1, 2, 3]


# From a project


def test_the_files_name_says_which_table(study: Project, tmp_path: Path) -> None:
    assert study.save(tmp_path / "insights.csv") == tmp_path / "insights.csv"
    assert pd.read_csv(tmp_path / "insights.csv")["text"].tolist() == study.insights["text"].tolist()


def test_a_workbook_has_the_tables_one_wants_most(study: Project, tmp_path: Path) -> None:
    study.save(tmp_path / "study.xlsx")
    assert openpyxl.load_workbook(tmp_path / "study.xlsx").sheetnames[:3] == ["insights", "interviews", "turns"]
    head, row = cells(tmp_path / "study.xlsx", "interviews")
    assert row[head.index("title")] == "미나 =1+1"
    created = row[head.index("created_at (UTC)")]
    assert isinstance(created, datetime)
    assert abs(created.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(hours=1)


def test_tables_are_named_queried_or_given(study: Project, tmp_path: Path) -> None:
    query = "SELECT text FROM turns WHERE role = 'participant' ORDER BY index;"
    study.save(tmp_path / "a.xlsx", {"said": query, "runs": "runs", "mine": pd.DataFrame({"a": [1]})})
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["said", "runs", "mine"]
    study.save(tmp_path / "b.parquet", query)
    assert duckdb.sql(f"SELECT * FROM '{tmp_path / 'b.parquet'}'").fetchall() == [
        ("The card form is really frustrating. It forgets my address every time.",),
        ("I wish it would remember my delivery address.",),
    ]


def test_parquet_keeps_types(study: Project, tmp_path: Path) -> None:
    study.save(tmp_path / "insights.parquet")
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path / 'insights.parquet'}'").fetchall()
    kinds = {name: kind for name, kind, *_ in columns}
    assert kinds["support"] == "BIGINT"
    assert kinds["quotes"].startswith("STRUCT(")


def test_the_database_opens_elsewhere_while_the_project_goes_on(study: Project, tmp_path: Path) -> None:
    path = study.save(tmp_path / "it's all.duckdb")
    with duckdb.connect(path, read_only=True) as taken:
        assert taken.execute("SELECT title FROM interviews").fetchall() == [("미나 =1+1",)]
        assert taken.execute("SELECT count(*) FROM insights").fetchone() == (len(study.insights),)
    assert study.save(path) == path
    assert [file.name for file in tmp_path.iterdir()] == ["it's all.duckdb"]


def test_what_cant_be_saved_says_what_to_do(study: Project, tmp_path: Path) -> None:
    for name, tables, told in (
        ("a.docx", None, r"a\.docx can't be saved so\. Give a name that ends in \.xlsx, \.csv, \.parquet, \.duckdb"),
        ("a.csv", None, r'Say which table: project\.save\("a\.csv", "insights"\)'),
        ("a.csv", "insihgts", "There is no table “insihgts”"),
        ("a.csv", ["turns", "runs"], "holds one table, not 2. Save several as .xlsx"),
        ("a.duckdb", "turns", r"\.duckdb holds no single tables"),
        ("no/a.csv", "turns", "Give a file in a folder that exists"),
        ("a.csv", {"a": 1}, "That is no table"),
    ):
        with pytest.raises(InvalidRequest, match=told):
            study.save(tmp_path / name, tables)
    with pytest.raises(QueryError, match="no_such_table"):
        study.save(tmp_path / "a.csv", "SELECT * FROM no_such_table")
    with pytest.raises(InvalidRequest, match="is the project's own copy"):
        study.save(study.replica_path)
    assert list(tmp_path.iterdir()) == []
