"""Takes pictures of every widget in a real JupyterLab: `python -m tests.browser.pictures FOLDER`.

Each is taken in the light and in the dark, in a cell 360 pixels wide, and in Korean.
"""

import argparse
import tempfile
from pathlib import Path

from tests.browser.family import CELLS, IN_ENGLISH, IN_KOREAN, Family, family
from tests.conftest import browser_path
from tests.support.jupyter import browsing

PANES = ("insights", "personas", "chat", "mind_map", "monitor")
FULL = 1240
NARROW = 360


def take(shown: Family, folder: Path, look: str) -> None:
    """Take a picture of each widget as it looks now."""
    for name in CELLS:
        if name != "workbench":
            shown.shoot(folder / f"{name}-{look}.png", shown.widget(name))
    for pane in PANES:
        shown.open(pane)
        shown.shoot(folder / f"workbench-{pane}-{look}.png", shown.widget("workbench"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go; it is made")
    folder: Path = parser.parse_args().folder
    with (
        tempfile.TemporaryDirectory() as own,
        browsing(browser_path()) as browser,
        family(browser, Path(own) / "lab") as shown,
    ):
        shown.width(FULL)
        take(shown, folder, "light")
        shown.theme("Dark")
        take(shown, folder, "dark")
        shown.theme("Light")
        shown.width(NARROW)
        take(shown, folder, "narrow")
        shown.width(FULL)
        shown.run(IN_KOREAN)
        take(shown, folder, "korean")
        shown.run(IN_ENGLISH)


if __name__ == "__main__":
    main()
