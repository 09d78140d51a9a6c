"""`persona-lab team`."""

import argparse
from pathlib import Path

DESCRIPTION = """\
Start a whole team set-up on this machine, for trying: PostgreSQL, a bucket, servers, workers, a company and two
accounts, and print what each pastes into a notebook. Nothing has to be installed but a few wheels:

  pip install "persona-lab[team]"

Ctrl-C ends all of it. Everything is in one folder and is there again the next time, at the same addresses if they
are free. The bucket is moto's, with a folder beneath: for trying, not for work that matters."""
EPILOG = """\
what is in the folder:
  postgresql/    the database            bucket/      the uploaded files
  logs/          a log of each program   workspaces/  what servers remember of their ports
  team.json      secrets and tokens: for you alone

environment:
  The engines' settings, which servers and workers take over; `persona-lab settings` lists them.

examples:
  persona-lab team
  persona-lab team --folder try --servers 1 --workers 1"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("persona_lab_team"),
        help="where everything is kept (default: ./persona_lab_team)",
    )
    parser.add_argument("--servers", type=int, choices=(1, 2), default=2, help="how many serve (default: 2)")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=2, help="how many analyse (default: 2)")


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.team.running import run as run_team

    run_team(chosen.folder.resolve(), servers=chosen.servers, workers=chosen.workers)
    return 0
