"""`persona-lab lab`."""

import argparse
from pathlib import Path

from persona_lab.lab.locales import LOCALES

DESCRIPTION = "Put the notebooks into a folder, without touching what is there, and open the quickstart in JupyterLab."
EPILOG = """\
examples:
  persona-lab lab
  persona-lab lab --locale ko
  persona-lab lab -- --no-browser --port 8890"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        help="where the notebooks are put that aren't there (default: here)",
    )
    parser.add_argument(
        "--locale", choices=sorted(LOCALES), default="en", help="the quickstart's language (default: en)"
    )
    parser.add_argument("jupyter", nargs="*", help="further arguments for jupyter lab, after --")


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.lab.quickstart import open_quickstart

    return open_quickstart(chosen.folder, chosen.jupyter, locale=chosen.locale)
