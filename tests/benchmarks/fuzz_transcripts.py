"""Reads damaged files of every kind and says what came out: `python -m tests.benchmarks.fuzz_transcripts [N] [SEED]`.

Each of N inputs (10,000 if not said) is a small valid file with a few wounds,
one kind after the other. Right is a Transcript whose turns are slices of its
text, or a TranscriptError in a sentence; anything else is printed with the
input's number, and the same SEED makes the same inputs again.
"""

import signal
import sys
import time
import warnings
from collections import Counter
from random import Random
from types import FrameType

from persona_lab.errors import TranscriptError
from persona_lab.transcripts import read_transcript
from tests.support.damage import damaged
from tests.support.files import of_every_kind

LIMIT_SECONDS = 20


class TooSlow(BaseException):
    """Not an Exception, so that no reader takes it for a damaged file."""


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def outcome(raw: bytes, filename: str) -> str:
    """Return what became of the input: `read`, the name of a refusal, or `CRASH …`."""
    try:
        transcript = read_transcript(raw, filename)
        assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)
        transcript.model_dump_json()
    except TranscriptError as error:
        is_sentence = error.message.startswith(f"{filename}: ") and error.message.endswith(".")
        return type(error).__name__ if is_sentence else f"CRASH no sentence: {error.message}"
    except TooSlow:
        return f"CRASH more than {LIMIT_SECONDS} s"
    except Exception as error:
        return f"CRASH {type(error).__name__}: {error}"
    return "read"


def main(count: int = 10_000, seed: int = 0) -> int:
    signal.signal(signal.SIGALRM, stop)
    files = of_every_kind()
    outcomes: dict[str, Counter[str]] = {ending: Counter() for ending in files}
    spent = dict.fromkeys(files, 0.0)
    slowest = dict.fromkeys(files, (0.0, 0, 0))
    crashes = 0
    for number in range(count):
        ending = list(files)[number % len(files)]
        raw = damaged(files[ending], ending, Random(f"{seed} {number}"))  # noqa: S311 - the same seed, the same inputs
        signal.alarm(LIMIT_SECONDS)
        begin = time.perf_counter()
        result = outcome(raw, f"kim{ending}")
        seconds = time.perf_counter() - begin
        signal.alarm(0)
        if result.startswith("CRASH"):
            crashes += 1
            print(f"input {number} {ending}: {result}")
        outcomes[ending][result.split()[0]] += 1
        spent[ending] += seconds
        slowest[ending] = max(slowest[ending], (seconds, number, len(raw)))
    print(f"{'kind':6} {'inputs':>7} {'read':>7} {'refused':>8} {'crashed':>8} {'inputs/s':>9}  slowest")
    for ending, results in outcomes.items():
        total = results.total()
        refused = total - results["read"] - results["CRASH"]
        seconds, number, size = slowest[ending]
        print(
            f"{ending:6} {total:7,} {results['read']:7,} {refused:8,} {results['CRASH']:8,} "
            f"{total / max(spent[ending], 1e-9):9,.0f}  {seconds * 1000:,.0f} ms (input {number}, {size:,} bytes)"
        )
    print(f"{count:,} inputs, {count / max(sum(spent.values()), 1e-9):,.0f} inputs/s, {crashes} crashes")
    return min(crashes, 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(*map(int, sys.argv[1:])))
