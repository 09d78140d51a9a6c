"""Run the notebooks and store their outputs: `python -m tests.notebooks.refresh [NAME …]`.

What is stored has no widget views (their models end with the kernel, so a saved
notebook would show an error where the static picture should be), and nothing of
this machine.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.support.server import environment, stop_workspace

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def surroundings(home: Path | str) -> dict[str, str]:
    """Return the environment that notebooks run in: who wrote something is in their outputs, and shall be nobody."""
    return environment(home=str(home)) | {"LOGNAME": "analyst"}


def refresh(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(surroundings(folder))
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}})
        client.execute()
        stop_workspace(Path(folder))
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        # A tag says that a cell's output is another each time, so that it is stored and not compared.
        cell.metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if output.output_type == "stream":
                output.text = output.text.replace(f"{folder}/", "")
    nbformat.write(notebook, path)


def main(names: Sequence[str]) -> None:
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.name in names:
            refresh(path)
            print(f"{path.name} refreshed")


if __name__ == "__main__":
    main(sys.argv[1:])
