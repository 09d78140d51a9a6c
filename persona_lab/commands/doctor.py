"""`persona-lab doctor`."""

import argparse

DESCRIPTION = """\
Read the settings, and reach each engine with one cheap call, of a few tokens at most. It ends with 1 when the engine
of projects that have chosen none doesn't work; engines that nobody has set up are no fault."""
EPILOG = """\
examples:
  persona-lab doctor
  PERSONA_LAB_ENGINE=llm PERSONA_LAB_LLM_MODEL=… persona-lab doctor"""


def arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_chosen: argparse.Namespace) -> int:
    from persona_lab import settings
    from persona_lab.engines.workroom import Workroom
    from persona_lab.server.setting_up import findings

    found = settings.load()
    settings.check(found)
    print(f"The settings can be read. {found.engine} is the engine of projects that have chosen none.")
    workroom = Workroom()
    try:
        works = {}
        for name, is_well, words in findings(found, workroom):
            works[name] = is_well
            print(f"{'✓' if is_well else '✗'} {name:5} {words}")
    finally:
        workroom.close()
    # Engines that nobody has set up are no fault.
    return 0 if works[found.engine] else 1
