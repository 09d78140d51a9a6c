"""`persona-lab lab`, as far as it goes before somebody closes JupyterLab again."""

import subprocess
import sys
from pathlib import Path

import pytest


def lab(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "persona_lab", "lab", "--folder", str(folder), *arguments, "--", "--version"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_quickstart_is_put_beside_the_notebooks_it_leads_to(tmp_path: Path) -> None:
    ran = lab(tmp_path / "new")
    assert ran.returncode == 0, ran.stderr
    there = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"01-quickstart.ipynb", "01-quickstart-ko.ipynb", "05-evidence.ipynb"} <= there


def test_a_notebook_somebody_has_worked_in_stays_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "01-quickstart.ipynb"
    mine.write_text("{}")
    assert lab(tmp_path).returncode == 0
    assert mine.read_text() == "{}"


@pytest.mark.parametrize("locale", ["fr", ""])
def test_a_language_without_a_quickstart_is_refused_with_those_there_are(locale: str, tmp_path: Path) -> None:
    ran = lab(tmp_path, "--locale", locale)
    assert ran.returncode == 2
    assert "'en'" in ran.stderr or "en, ko" in ran.stderr
    assert list(tmp_path.iterdir()) == []
