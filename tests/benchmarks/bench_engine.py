"""How fast the local engine reads: MB of transcript per CPU-minute, beside a baseline in the same run.

    python tests/benchmarks/bench_engine.py [FOLDER]

Reads the sample interviews, or the files of FOLDER. The baseline only splits the same
turns into sentences and content words: what no analysis can do without.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from persona_lab.engines import indexing
from persona_lab.engines.analysing import hearing
from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.base import Context
from persona_lab.engines.language import terms
from persona_lab.errors import TranscriptError
from persona_lab.models import Transcript
from persona_lab.samples import paths
from persona_lab.transcripts import read_transcript

LEAST_SECONDS = 3.0
CONTEXT = Context(purpose="What helps and hinders people in their work?")


def read_all(files: Iterable[Path]) -> list[Transcript]:
    transcripts = []
    for file in files:
        try:
            transcripts.append(read_transcript(file.read_bytes(), file.name))
        except TranscriptError as error:
            print(f"left out {file.name}: {error}", file=sys.stderr)
    return transcripts


def split_only(transcript: Transcript) -> None:
    for turn in transcript.turns:
        if turn.role != "interviewer":
            terms(turn.text, transcript.language)


def analyse_fully(transcript: Transcript) -> None:
    """Analyse a transcript that nobody has read before."""
    hearing.forget()
    analyse(transcript, CONTEXT, run_id="benchmark")


def index_and_analyse(transcript: Transcript) -> None:
    """Do all that a server does of language with an upload; what the index has read isn't read again."""
    hearing.forget()
    indexing.turns(transcript)
    analyse(transcript, CONTEXT, run_id="benchmark")


def speed(work: Callable[[Transcript], None], transcripts: list[Transcript]) -> float:
    """Return MB of transcript per CPU-minute, over as many rounds as make the figure steady."""
    size = sum(len(transcript.text.encode()) for transcript in transcripts)
    done, started = 0, time.process_time()
    while time.process_time() - started < LEAST_SECONDS:
        for transcript in transcripts:
            work(transcript)
        done += size
    return done / 1e6 / (time.process_time() - started) * 60


def peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    files = sorted(file for file in Path(sys.argv[1]).iterdir() if file.is_file()) if len(sys.argv) > 1 else paths()
    transcripts = read_all(files)
    heads = f"{'':8} {'interviews':>10} {'KB':>8} {'baseline':>10} {'analysis':>10} {'with index':>10}"
    print(f"{heads}   MB per CPU-minute   peak memory")
    # English first: the Korean model's memory then shows in the Korean row only.
    for language in ("en", "ko"):
        some = [transcript for transcript in transcripts if transcript.language == language]
        if not some:
            continue
        analyse_fully(some[0])
        size = sum(len(transcript.text.encode()) for transcript in some) / 1e3
        baseline, full, both = (speed(work, some) for work in (split_only, analyse_fully, index_and_analyse))
        row = f"{language:8} {len(some):10} {size:8.0f} {baseline:10.1f} {full:10.1f} {both:10.1f}"
        print(f"{row}   {'':17}   {peak_megabytes():8.0f} MB")


if __name__ == "__main__":
    main()
