"""What a process of its own does in tests of starting together; it must be importable by that process."""

from multiprocessing.queues import Queue
from pathlib import Path

from persona_lab.client import local


def find_or_start_and_tell(workspace: Path, told: "Queue[tuple[str, str]]") -> None:
    told.put(tuple(local.find_or_start(workspace)))
