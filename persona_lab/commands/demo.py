"""`persona-lab demo`."""

import argparse
from pathlib import Path

DESCRIPTION = "Analyse the sample interviews, which come along, and show what comes out. Nothing leaves this machine."
EPILOG = """\
examples:
  persona-lab demo
  persona-lab demo --workspace /tmp/demo"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace",
        type=Path,
        default=Path("persona_lab_demo"),
        metavar="FOLDER",
        help="folder to work in (default: ./persona_lab_demo)",
    )


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.lab.demo import demo

    return demo(chosen.workspace)
