"""What the benchmark scripts share: percentiles, a table, a line on the machine, a browser."""

import math
import os
import platform
import shutil
import time
from collections.abc import Callable, Sequence

from tests.conftest import BROWSERS, SHELL


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest measured value that at least `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(round(len(ordered) * share, 6)) - 1]


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, load {load:.1f}"
    )


def chromium() -> str | None:
    """Return the system's browser, as an analyst has it where it is there; None leaves the choice to Playwright."""
    return next((path for name in (*BROWSERS, SHELL) if (path := shutil.which(name))), None)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; its first column is text, the others are numbers."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(heads), *cells]) for n in range(len(heads))]
    for row in [list(heads), *cells]:
        others = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([row[0].ljust(widths[0]), *others]))


def spread(milliseconds: Sequence[float]) -> tuple[int, float, float, float]:
    """Return how many, the median, the 95th percentile and the largest."""
    return len(milliseconds), percentile(milliseconds, 0.5), percentile(milliseconds, 0.95), max(milliseconds)


def megabytes_a_minute(work: Callable[[], object], size: int) -> float:
    """Return how many MB of `size` bytes' work one CPU-minute does."""
    started = time.process_time()
    work()
    return size / 1e6 / (time.process_time() - started) * 60


SPREAD_HEADS = ("n", "p50", "p95", "max")


def _cell(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
