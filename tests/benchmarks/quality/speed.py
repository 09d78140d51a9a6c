"""Speed of the local engine on the samples. The baseline only splits the same turns into sentences and content words.

What the server takes of memory is measured where it runs: `python -m tests.benchmarks.bench_start`.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from persona_lab.models import Transcript
from persona_lab.samples import paths
from tests.benchmarks.bench_engine import analyse_fully, read_all, speed, split_only

Row = tuple[str, str, str]
INTERVIEW = 30_000
# The quickest counts: what else runs on the machine only ever slows it down.
ROUNDS = 5


def rows(folder: Path) -> Iterator[Row]:
    transcripts = read_all(paths())
    for language, name in (("en", "English"), ("ko", "Korean")):
        some = [one for one in transcripts if one.language == language]
        for transcript in some:
            analyse_fully(transcript)
        base, full = speed(split_only, some), speed(analyse_fully, some)
        yield f"{name}: MB of transcript per CPU-minute", f"{base:.1f}", f"{full:.1f}"
        size = sum(len(one.text.encode()) for one in some)
        seconds = min(seconds_for(some) for _ in range(ROUNDS)) * INTERVIEW / size
        yield f"{name}: seconds for 30 KB, once warm", "", f"{seconds:.2f}"


def seconds_for(transcripts: list[Transcript]) -> float:
    started = time.perf_counter()
    for transcript in transcripts:
        analyse_fully(transcript)
    return time.perf_counter() - started
