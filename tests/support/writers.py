"""What a process of its own does in tests of many writers; it must be importable by that process."""

from pathlib import Path

from persona_lab.store import events
from persona_lab.store.database import Store


def append_notes(place: Path | str, project_id: str, writer: int, count: int) -> None:
    """Write `count` events, each in a transaction of its own."""
    store = Store(place)
    for number in range(count):
        with store.writing() as connection:
            events.append(connection, project_id, "note:added", {"writer": writer, "number": number})
    store.close()
