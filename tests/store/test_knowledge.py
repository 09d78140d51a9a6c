"""Feeding a knowledge base is one process's work at a time, and never left open."""

import pytest

from persona_lab.errors import Conflict
from persona_lab.models import Fed
from persona_lab.store import events, knowledge
from persona_lab.store.database import Store


def kinds(store: Store, project_id: str) -> list[str]:
    with store.reading() as connection:
        return [one.type for one in events.after(connection, project_id, 0, 100) if one.type.startswith("knowledge:")]


def begin(store: Store, project_id: str, process_id: str) -> None:
    with store.writing() as connection:
        knowledge.begin(connection, project_id, 3, process_id=process_id)


def test_nobody_feeds_what_another_process_feeds(store: Store, project_id: str) -> None:
    begin(store, project_id, "one")
    with pytest.raises(Conflict, match="are being fed already"):
        begin(store, project_id, "other")
    with store.writing() as connection:
        knowledge.end(connection, project_id, Fed(base="b", document="d", findings=3, quotes=4, redaction="network"))
    begin(store, project_id, "other")
    assert kinds(store, project_id) == ["knowledge:begun", "knowledge:fed", "knowledge:begun"]


def test_what_a_process_that_is_gone_was_feeding_has_failed(store: Store, project_id: str) -> None:
    begin(store, project_id, "gone")
    for process_id in ("another", "gone", "gone"):
        with store.writing() as connection:
            knowledge.end_left_open(connection, process_id)
    assert kinds(store, project_id) == ["knowledge:begun", "knowledge:failed"]
    begin(store, project_id, "another")
