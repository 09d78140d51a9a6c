"""`persona-lab lab`: JupyterLab, opened on the quickstart notebook."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from persona_lab.errors import PersonaLabError

NAME = "01-quickstart.ipynb"
PACKAGE = Path(__file__).parents[1]


def open_quickstart(folder: Path, arguments: Sequence[str]) -> int:
    """Put the notebook into `folder` if it isn't there, and run JupyterLab on it until it is closed."""
    notebook = folder / NAME
    if not notebook.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_original(), notebook)
    # The program's own interpreter and a path of ours; what the user adds are Jupyter's arguments.
    command = [sys.executable, "-m", "jupyterlab", str(notebook), *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own program, no shell


def _original() -> Path:
    """Return the notebook that came with the package, or that of the source tree it runs from."""
    for place in (PACKAGE / "notebooks" / NAME, PACKAGE.parent / "notebooks" / NAME):
        if place.exists():
            return place
    raise PersonaLabError("The quickstart notebook is missing. Install persona-lab again.")
