import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, update

from persona_lab.errors import Conflict
from persona_lab.store import beside
from persona_lab.store.database import Store
from persona_lab.store.schema import migrations
from persona_lab.store.schema.tables import meta

HERE = Path(__file__).parent


def schema(connection: Connection) -> dict[str, object]:
    """Return the columns and indexes of every table, whatever their order."""
    found = inspect(connection)
    return {
        table: (
            sorted(
                (column["name"], str(column["type"]), column["nullable"], str(column["default"] or "").strip("'"))
                for column in found.get_columns(table)
            ),
            sorted((str(index["name"]), tuple(index["column_names"])) for index in found.get_indexes(table)),
            sorted((tuple(key["constrained_columns"]), key["referred_table"]) for key in found.get_foreign_keys(table)),
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in found.get_table_names()
    }


@pytest.mark.parametrize("start", range(1, migrations.VERSION))
def test_every_older_version_is_brought_to_todays(tmp_path: Path, start: int) -> None:
    with sqlite3.connect(tmp_path / "old.sqlite") as old:
        old.executescript((HERE / f"schema_{start}.sql").read_text())
    old.close()
    brought_up, fresh = Store(tmp_path / "old.sqlite"), Store(tmp_path / "fresh.sqlite")
    with brought_up.reading() as one, fresh.reading() as other:
        assert migrations.version(one) == migrations.VERSION
        assert schema(one) == schema(other)
    assert brought_up.epoch == "0a1b2c3d"
    brought_up.close()
    fresh.close()


def fill(old: sqlite3.Connection, table: str, **values: object) -> None:
    """Add a row; what must be something and isn't said is 0."""
    needed = [
        name for _, name, _, must, default, _ in old.execute(f"PRAGMA table_info({table})") if must and not default
    ]
    row = dict.fromkeys(needed, 0) | values
    old.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def test_comparisons_that_are_under_way_are_found_in_the_log_of_before(tmp_path: Path) -> None:
    at = "2026-01-01T00:00:00+00:00"
    with sqlite3.connect(tmp_path / "old.sqlite") as old:
        old.executescript((HERE / "schema_10.sql").read_text())
        fill(old, "projects", id="p", created_at=at)
        fill(old, "interviews", id="i", project_id="p", created_at=at)
        for seq, kind, engine in ((1, "started", "llm"), (2, "added", "llm"), (3, "started", "miso")):
            data = json.dumps({"interview_id": "i", "engine": engine, "run_id": f"i:{engine}:1"})
            fill(old, "events", project_id="p", seq=seq, type=f"analysis:{kind}", at=at, data=data)
    old.close()
    store = Store(tmp_path / "old.sqlite")
    with store.reading() as connection:
        assert beside.under_way(connection) == [beside.Started("i", "miso", "i:miso:1")]
    store.close()


def test_only_the_steps_that_are_missing_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "s.sqlite").close()
    taken: list[str] = []

    def step(name: str) -> Callable[[Connection], None]:
        return lambda _connection: taken.append(name)

    taken_before = map(step, map(str, range(1, migrations.VERSION)))
    monkeypatch.setattr(migrations, "STEPS", (*taken_before, step("second last"), step("last")))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 2)
    Store(tmp_path / "s.sqlite").close()
    Store(tmp_path / "s.sqlite").close()
    assert taken == ["second last", "last"]


def test_a_step_that_fails_leaves_the_workspace_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "s.sqlite").close()

    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (a INTEGER)")
        raise RuntimeError

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, broken))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)
    with pytest.raises(RuntimeError):
        Store(tmp_path / "s.sqlite")
    monkeypatch.undo()
    store = Store(tmp_path / "s.sqlite")
    with store.reading() as connection:
        assert "half" not in inspect(connection).get_table_names()
        assert migrations.version(connection) == migrations.VERSION
    store.close()


def test_a_workspace_of_a_newer_persona_lab_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    with store.writing() as connection:
        connection.execute(update(meta).where(meta.c.key == "version").values(value="99"))
    store.close()
    with pytest.raises(Conflict, match=r"newer persona_lab \(schema 99, .*Upgrade persona-lab"):
        Store(tmp_path / "s.sqlite")


def test_a_log_keeps_its_epoch(tmp_path: Path) -> None:
    first = Store(tmp_path / "s.sqlite")
    again = Store(tmp_path / "s.sqlite")
    assert again.epoch == first.epoch
    first.close()
    again.close()


def test_two_logs_have_two_epochs(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one.sqlite"), Store(tmp_path / "other.sqlite")
    assert one.epoch != other.epoch
    one.close()
    other.close()


def test_two_processes_may_open_a_new_workspace_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(tmp_path / "s.sqlite"), range(4)))
    assert len({store.epoch for store in stores}) == 1
    for store in stores:
        store.close()
