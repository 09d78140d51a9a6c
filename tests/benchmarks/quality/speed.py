"""Speed of the local engine on the samples. The baseline only splits the same turns into sentences and content words.

What the server takes of memory is measured where it runs: `python -m tests.benchmarks.bench_start`.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from persona_lab.samples import paths
from tests.benchmarks.bench_engine import analyse_fully, read_all, speed, split_only

Row = tuple[str, str, str]
INTERVIEW = 30_000


def rows(folder: Path) -> Iterator[Row]:
    transcripts = read_all(paths())
    for language, name in (("en", "English"), ("ko", "Korean")):
        some = [one for one in transcripts if one.language == language]
        for transcript in some:
            analyse_fully(transcript)
        base, full = speed(split_only, some), speed(analyse_fully, some)
        yield f"{name}: MB of transcript per CPU-minute", f"{base:.1f}", f"{full:.1f}"
        started = time.perf_counter()
        for transcript in some:
            analyse_fully(transcript)
        size = sum(len(one.text.encode()) for one in some)
        seconds = (time.perf_counter() - started) * INTERVIEW / size
        yield f"{name}: seconds for 30 KB, once warm", "", f"{seconds:.2f}"
