"""A remote engine is reached through redaction, by the analysis and by the chat alike."""

import subprocess
import sys
from pathlib import Path

PRIVATE = ("Mina", "Sarah", "Chen", "415-555-0132")


def told(workspace: Path, setting: str) -> tuple[str, str]:
    """Return what the engine was sent, and what came of it."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.distant", str(workspace), setting],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    sent = [line for line in lines if line.startswith("SENT")]
    assert len(sent) == 2
    return "\n".join(sent), "\n".join(line for line in lines if not line.startswith("SENT"))


def test_a_remote_engine_sees_pseudonyms_and_the_analyst_sees_names(tmp_path: Path) -> None:
    sent, came = told(tmp_path, "network")
    assert [private for private in PRIVATE if private in sent] == []
    assert "[Name" in sent
    assert came == "SUMMARY Mina finds it slow.\nANSWER Mina done"


def test_a_project_that_says_off_is_sent_as_it_is(tmp_path: Path) -> None:
    sent, came = told(tmp_path, "off")
    assert [private for private in PRIVATE if private not in sent] == []
    assert came == "SUMMARY Mina finds it slow.\nANSWER Mina done"
