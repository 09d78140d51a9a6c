"""The commands of `persona-lab`, one module each; only the one that is asked for is imported."""

import argparse
from importlib import import_module
from typing import NamedTuple, Protocol, cast

# What a program says with its exit code.
WELL, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = """\
exit codes:
  0    it did what it was asked for
  1    it could not; stderr says why, and what to do
  2    the command was not understood
  130  it was interrupted"""


class Summary(NamedTuple):
    """A command as the list of all commands has it."""

    group: str
    name: str
    words: str


COMMANDS = (
    Summary("on one's own", "demo", "analyse the sample interviews and show what comes out"),
    Summary("on one's own", "lab", "open the quickstart notebook in JupyterLab"),
    Summary("on one's own", "serve", "run the server of a workspace, or one of a team's"),
    Summary("for a team", "team", "start all of it on this machine, for trying"),
    Summary("for a team", "worker", "analyse what the servers of a team's database queue"),
    Summary("for a team", "nginx", "print nginx's configuration for several servers"),
    Summary("for a team", "migrate", "make or migrate a team database's tables, as its owner"),
    Summary("for a team", "token", "make, list and revoke people's tokens for notebooks"),
    Summary("looking after it", "backup", "copy a workspace, or a team's database and files, while it is used"),
    Summary("looking after it", "restore", "put a backup into an empty workspace or database"),
    Summary("looking after it", "settings", "list all settings: meaning, value, and where it comes from"),
    Summary("looking after it", "doctor", "check the settings and reach each engine with one cheap call"),
)


class Command(Protocol):
    """What a module of a command has: its help, its options, and what it does."""

    DESCRIPTION: str
    EPILOG: str

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None: ...

    @staticmethod
    def run(chosen: argparse.Namespace) -> int: ...


def module_of(name: str) -> Command:
    return cast(Command, import_module(f"persona_lab.commands.{name}"))


def parser(version: str, name: str | None) -> argparse.ArgumentParser:
    """Return the parser of all commands, with the options of the one called `name`."""
    made = argparse.ArgumentParser(
        prog="persona-lab",
        description="A workbench for customer interviews.",
        epilog=_overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=version)
    commands = made.add_subparsers(
        required=True, metavar="COMMAND", help="one of those below; each explains itself with --help"
    )
    for command in COMMANDS:
        if command.name != name:
            commands.add_parser(command.name)
            continue
        module = module_of(name)
        one = commands.add_parser(
            name,
            description=module.DESCRIPTION,
            epilog=f"{module.EPILOG}\n\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(one)
        one.set_defaults(run=module.run)
    return made


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines: list[str] = []
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", f"{group}:"]
        lines += [f"  {one.name:{width}}  {one.words}" for one in COMMANDS if one.group == group]
    return "\n".join([*lines[1:], "", EXIT_CODES])
