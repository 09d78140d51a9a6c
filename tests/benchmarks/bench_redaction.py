"""How well redaction finds what is personal, and how fast: precision and recall by kind, MB of text per second.

    python -m tests.benchmarks.bench_redaction [FOLDER]

The sentences stand in tests/transcripts/redaction, marked by hand: those the
finders were made with, and those held back from that. A find counts when it is of
the right kind and covers the same words, give or take blanks. FOLDER's interviews,
or the samples, are read for the speed and for how many finds there are in a MB.
"""

import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from persona_lab.models import PrivateKind, Transcript
from persona_lab.samples import paths
from persona_lab.transcripts.redaction import scan, scan_texts
from tests.benchmarks.bench_engine import read_all
from tests.benchmarks.tables import machine, print_table

HERE = Path(__file__).parents[1] / "transcripts" / "redaction"
MARK = re.compile(r"\{(\w+):([^|}]+)(?:\|([^}]+))?\}")
LEAST_SECONDS = 2.0


class Labelled(NamedTuple):
    """A sentence and what is personal in it: (kind, words)."""

    text: str
    private: Counter[tuple[str, str]]


class Score(NamedTuple):
    """How many were found rightly, found wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def labelled(name: str) -> list[Labelled]:
    """Return the sentences of a set; `{name:Dr. Lin|Lin}` means that only "Lin" is to be hidden."""
    sentences = []
    for line in (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            marks = [(kind, (part or whole).strip()) for kind, whole, part in MARK.findall(line)]
            sentences.append(Labelled(MARK.sub(r"\2", line), Counter(mark for mark in marks if mark[1] != "-")))
    return sentences


def found(text: str) -> Counter[tuple[str, str]]:
    (one,) = scan_texts([text])
    return Counter((find.kind, text[find.start : find.end].strip()) for find in one.finds)


def scores(sentences: list[Labelled]) -> dict[PrivateKind, Score]:
    """Return the score of each kind that is found or marked."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for sentence in sentences:
        here = found(sentence.text)
        for counter, some in ((right, here & sentence.private), (wrong, here - sentence.private)):
            counter.update(kind for kind, _ in some.elements())
        missed.update(kind for kind, _ in (sentence.private - here).elements())
    return {kind: Score(right[kind], wrong[kind], missed[kind]) for kind in sorted({*right, *wrong, *missed})}


def mistakes(sentences: list[Labelled]) -> list[str]:
    """Return a line for each sentence that something is wrong with."""
    lines = []
    for sentence in sentences:
        here = found(sentence.text)
        if here != sentence.private:
            lines.append(
                f"{sentence.text}\n    missed {dict(sentence.private - here)} wrong {dict(here - sentence.private)}"
            )
    return lines


def speed(transcripts: list[Transcript]) -> float:
    """Return MB of text scanned per CPU-second."""
    done, started = 0, time.process_time()
    while time.process_time() - started < LEAST_SECONDS:
        for transcript in transcripts:
            scan(transcript)
            done += len(transcript.text.encode())
    return done / 1e6 / (time.process_time() - started)


def main() -> None:
    print(machine())
    for name in ("ko", "en", "ko-held", "en-held"):
        sentences = labelled(name)
        by_kind = scores(sentences)
        total = Score(*(sum(column) for column in zip(*by_kind.values(), strict=True)))
        print(f"\n{name}: {len(sentences)} sentences, {sum(not one.private for one in sentences)} of them traps")
        rows = [
            (
                kind,
                score.right + score.missed,
                score.right,
                score.wrong,
                f"{score.precision:.2f}",
                f"{score.recall:.2f}",
            )
            for kind, score in [*by_kind.items(), ("all", total)]
        ]
        print_table(("kind", "marked", "right", "wrong", "precision", "recall"), rows)
        if "-v" in sys.argv:
            print("\n".join(mistakes(sentences)))
    folders = [argument for argument in sys.argv[1:] if argument != "-v"]
    files = sorted(file for file in Path(folders[0]).iterdir() if file.is_file()) if folders else paths()
    transcripts = read_all(files)
    rows = []
    for language in ("en", "ko"):
        some = [transcript for transcript in transcripts if transcript.language == language]
        if some:
            size = sum(len(transcript.text.encode()) for transcript in some) / 1e6
            finds = sum(len(scan(transcript).finds) for transcript in some)
            rows.append((language, len(some), f"{size:.2f}", finds, f"{speed(some):.2f}"))
    print()
    print_table(("language", "interviews", "MB", "finds", "MB per CPU-second"), rows)


if __name__ == "__main__":
    main()
