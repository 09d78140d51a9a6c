"""`persona-lab lab`: JupyterLab, opened on the quickstart notebook, with the others beside it."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from persona_lab.errors import PersonaLabError
from persona_lab.lab import locales

NAMES: Final = {"en": "01-quickstart.ipynb", "ko": "01-quickstart-ko.ipynb"}
PACKAGE = Path(__file__).parents[1]


def open_quickstart(folder: Path, arguments: Sequence[str], *, locale: str = "en") -> int:
    """Put the notebooks that aren't there into `folder`, and run JupyterLab on the quickstart until it is closed.

    Raises:
        InvalidRequest: there is no quickstart in that language.
    """
    opened = NAMES[locales.checked(locale)]
    folder.mkdir(parents=True, exist_ok=True)
    for original in sorted(_originals().glob("*.ipynb")):
        if not (folder / original.name).exists():
            shutil.copyfile(original, folder / original.name)
    # The program's own interpreter and a path of ours; what the user adds are Jupyter's arguments.
    command = [sys.executable, "-m", "jupyterlab", str(folder / opened), *arguments]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own program, no shell


def _originals() -> Path:
    """Return the notebooks that came with the package, or those of the source tree it runs from."""
    for place in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if (place / NAMES["en"]).exists():
            return place
    raise PersonaLabError("The notebooks are missing. Install persona-lab again.")
