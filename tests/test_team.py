"""`persona-lab team`: one command, and two people work together in their notebooks."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

import persona_lab
from tests.support.making import CHECKOUT
from tests.support.server import environment

START_SECONDS = 240.0
COMING_IN = re.compile(r'persona_lab\.connect\("(http[^"]+)", token="([^"]+)"\)  # (\w+)')


@contextmanager
def team(folder: Path) -> Iterator[list[tuple[str, str, str]]]:
    """The command as a process; yields what it tells people to paste, and ends it as Ctrl-C does."""
    folder.mkdir(exist_ok=True)
    output = folder / "said.txt"
    with output.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "persona_lab", "team", "--folder", str(folder / "team"), "--workers", "1"],
            stdout=said,
            stderr=said,
            env=environment(),
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C ends it" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        yield COMING_IN.findall(output.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0, output.read_text()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder where everybody can get; PostgreSQL doesn't run as root, and pytest's own is for its owner."""
    with tempfile.TemporaryDirectory(prefix="persona-lab-team-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_one_command_starts_a_team_and_two_people_work_together(folder: Path) -> None:
    with team(folder) as told:
        (first_url, first_token, first), (second_url, second_token, second) = told
        assert (first, second) == ("Ada", "Ben")
        assert first_url != second_url
        adas, bens = (persona_lab.connect(url, token=token) for url, token, _ in told)
        with closing(adas), closing(bens):
            mine = adas.project("Checkout")
            theirs = bens.accept(mine.invite())
            assert theirs.interviews.empty
            # On one server; what the other's notebook sees, came by its stream from the other server.
            mine.upload_text(CHECKOUT, "Mina")
            deadline = time.monotonic() + 120
            while list(theirs.interviews["status"]) != ["completed"]:
                assert time.monotonic() < deadline, theirs.interviews
                time.sleep(0.1)
            assert list(theirs.interviews["title"]) == ["Mina"]
        assert list((folder / "team" / "bucket").iterdir())
    assert running(folder) == []
    with team(folder) as again:
        assert [token for _, token, _ in again] == [first_token, second_token]
        with closing(persona_lab.connect(again[0][0], token=first_token)) as adas:
            project = adas.project("Checkout")
            assert list(project.interviews["title"]) == ["Mina"]
            interview_id = project.interviews["id"].iloc[0]
        # From the bucket, which was another process then.
        found = httpx.get(
            f"{again[0][0]}/api/interviews/{interview_id}/file", headers={"authorization": f"Bearer {first_token}"}
        )
        assert found.content == CHECKOUT.encode()


def running(folder: Path) -> list[str]:
    """Return the programs that still have the folder's name in their command."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command and str(os.getpid()) != process.parent.name:
            found.append(command)
    return found
