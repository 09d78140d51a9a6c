"""`persona-lab settings`."""

import argparse
import textwrap

DESCRIPTION = """\
List all settings: what they mean, what they are, and whether that comes from the environment or is the default.
Secrets are never shown. A setting that can't be is named, and so is a variable that is none."""
EPILOG = """\
examples:
  persona-lab settings
  persona-lab settings llm"""

GROUPS = {
    "files": "uploaded files",
    "jwt": "accounts",
    "jwks": "accounts",
    "streams": "event streams",
    "miso": "MISO",
    "llm": "language model",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("about", nargs="?", default="", help="only those with this in their name")


def run(chosen: argparse.Namespace) -> int:
    from persona_lab import settings

    found = settings.load()
    given = settings.sources()
    group = None
    for name, field in settings.Settings.model_fields.items():
        if chosen.about.lower() not in settings.variable(name).lower():
            continue
        heading = GROUPS.get(name.partition("_")[0], "server")
        if heading != group:
            print(f"{'' if group is None else chr(10)}{heading}")
            group = heading
        source = "environment" if name in given else "default"
        print(f"  {settings.variable(name)} = {shown(getattr(found, name))} ({source})")
        meaning = " ".join((field.description or "").split())
        print(textwrap.fill(meaning, 100, initial_indent=" " * 6, subsequent_indent=" " * 6))
    settings.check(found)
    return 0


def shown(value: object) -> str:
    """Return the value as it may be shown."""
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return "set, and not shown"
    return "not set" if value is None else str(value)
