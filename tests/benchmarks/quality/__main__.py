"""Print the table of quality.

    python -m tests.benchmarks.quality FOLDER [PART …]

FOLDER holds the data sets as their publishers keep them. A part is a module of
this package with a function `rows(folder)`; without any, all of them are measured.
The last table has the measures with a goal, next to what simple methods reach.
"""

import importlib
import pkgutil
import sys
from pathlib import Path

from tests.benchmarks import quality
from tests.benchmarks.quality._goals import GOALS
from tests.benchmarks.tables import machine, print_table


def parts() -> list[str]:
    return [found.name for found in pkgutil.iter_modules(quality.__path__) if not found.name.startswith("_")]


def main() -> None:
    folder = Path(sys.argv[1])
    unknown = set(sys.argv[2:]) - set(parts())
    if unknown:
        sys.exit(f"No part {', '.join(sorted(unknown))}. There are: {', '.join(parts())}.")
    print(machine())
    found: dict[str, list[tuple[str, str, str]]] = {}
    for name in sys.argv[2:] or parts():
        part = importlib.import_module(f"tests.benchmarks.quality.{name}")
        found[name] = list(part.rows(folder))
        print()
        print_table((name, "baseline", "here"), found[name])
    lines = [
        (goal.measure, goal.floor, goal.goal, here)
        for goal in GOALS
        for name, _, here in found.get(goal.part, [])
        if name.startswith(goal.row)
    ]
    print()
    print_table(("measure", "floor", "goal", "here"), lines)


if __name__ == "__main__":
    main()
