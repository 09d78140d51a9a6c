"""Times as transcripts write them: `0:03`, `75:10`, `01:02:03.5`, `[00:12:03]`, `#00:01:02-3#`, `{00:12:03}`.

Minutes and seconds need not have two digits where hours stand before them:
Teams writes `0:0:3.120`.
"""

import re

CLOCK = r"(?:[0-9]{1,3}:[0-9]{1,2}:[0-9]{1,2}|[0-9]{1,3}:[0-9]{2})(?:[.,][0-9]{1,7})?"
# A time beyond this is a slip or an attack, not an interview.
LONGEST_SECONDS = 100 * 3600.0
# In words that are spoken only marked times count: "at 12:30" is speech. QualCoder also parts with full stops.
MARKED = re.compile(
    rf"\\?\[({CLOCK})\\?\]|#({CLOCK})(?:-[0-9])?#|\{{({CLOCK})\}}|\[([0-9]{{2}}\.[0-9]{{2}}(?:\.[0-9]{{2}})?)\]"
)
LEADING = re.compile(rf"(?:{MARKED.pattern}|\(({CLOCK})\)|({CLOCK})[ \t]*(?=[\r\n]|\Z))\s*")
RANGE = re.compile(rf"\s*[\[(]?({CLOCK})\s*-{{1,2}}>\s*({CLOCK})[\])]?\s*$")
ALONE = re.compile(rf"\s*(?:\\?\[|[(#{{])?({CLOCK})(?:-[0-9](?=#))?(?:\\?\]|[)#}}])?\s*$")


def stamp(group: str) -> str:
    """Return the pattern of a time beside a label, with or without brackets; `group` names the time."""
    until = rf"(?:\s*+(?:-{{1,2}}>|[-–~])\s*+{CLOCK})?"
    return rf"(?:\\?\[|[(（{{<#])?(?P<{group}>{CLOCK})(?:-[0-9](?=#))?{until}(?:\\?\]|[)）}}>#])?"


def seconds(clock: str) -> float | None:
    """Return the seconds that `1:02:03.5`, `02:03` or `01.02.03` stands for; None where no recording is so long."""
    parts = clock.replace(",", ".").split(":") if ":" in clock else clock.split(".")
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return total if total <= LONGEST_SECONDS else None


def alone(line: str) -> float | None:
    """Return the time that a line holds and nothing else, that of its beginning if it holds two."""
    found = RANGE.match(line[:80]) or ALONE.match(line[:80])
    return seconds(found[1]) if found else None


def is_alone(line: str) -> bool:
    return bool(ALONE.match(line[:80]) or RANGE.match(line[:80]))


def of(found: re.Match[str]) -> float | None:
    """Return the time of a match of `MARKED` or `LEADING`."""
    return seconds(next(group for group in found.groups() if group))
