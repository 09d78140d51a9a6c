"""Options that several commands have."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from persona_lab.commands import WELL

if TYPE_CHECKING:
    from persona_lab.settings import Settings

# As models.ENGINES has them; help alone shall not load the models.
ENGINES = ("local", "miso", "llm")


def workspace(group: argparse._ArgumentGroup, words: str = "folder of database and files") -> None:
    group.add_argument(
        "--workspace", type=Path, metavar="FOLDER", help=f"{words} (PERSONA_LAB_HOME; default: ./.persona_lab)"
    )


def database(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--database",
        metavar="URL",
        help="a team's PostgreSQL database in place of the workspace's file, postgresql://user@host:5432/name. "
        "With a password in it, it is for PERSONA_LAB_DATABASE alone: others see command lines",
    )


def files(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--files",
        metavar="URL",
        help="where uploaded files are: s3://bucket/prefix (PERSONA_LAB_FILES; default: a folder in the workspace)",
    )


def engine(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--engine",
        choices=ENGINES,
        help="who analyses for projects that have chosen nobody (PERSONA_LAB_ENGINE; default: local)",
    )


def log(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--log",
        choices=("json", "text"),
        help="form of the log on stderr (PERSONA_LAB_LOG; default: text on a terminal, else JSON lines)",
    )


def leave() -> NoReturn:
    """End now: an analysis that is still under way goes on elsewhere, and its thread must not keep this process."""
    sys.stdout.flush()
    os._exit(WELL)


def needed_database(chosen: argparse.Namespace) -> str:
    from persona_lab import settings
    from persona_lab.errors import InvalidRequest

    database = database_of(chosen, settings.load())
    if database is None:
        raise InvalidRequest("Say which database: set PERSONA_LAB_DATABASE, or give --database.")
    return database


def database_of(chosen: argparse.Namespace, found: "Settings") -> str | None:
    """Return the database's URL from the command line or the settings."""
    url: str | None = chosen.database
    return url or (found.database.get_secret_value() if found.database else None)
