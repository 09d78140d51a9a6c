"""Every notebook is run anew and must give the outputs stored in it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.refresh import NOTEBOOKS, WIDGET_VIEW, surroundings
from tests.support.server import stop_workspace


@pytest.mark.parametrize("name", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_gives_its_stored_outputs_again(name: str, tmp_path: Path) -> None:
    # A kernel works in the folder of its notebook, and leaves its files there.
    copy = shutil.copy(NOTEBOOKS / name, tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider"]
    command += ["--nbval-cell-timeout", "120", "-c", "/dev/null", "--rootdir", str(tmp_path), copy]
    home = tmp_path / "home"
    env = surroundings(home) | {"PYTHONPATH": str(NOTEBOOKS.parent)}
    try:
        ran = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    finally:
        stop_workspace(home)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_stored_notebook_needs_no_kernel_and_names_no_machine(path: Path) -> None:
    stored = path.read_text(encoding="utf-8")
    assert WIDGET_VIEW not in stored
    assert str(Path.home()) not in stored
    assert "Traceback" not in stored
