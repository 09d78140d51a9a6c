"""Sections: how far they are from those that people marked in meetings (QMSum), the lower the better.

Pk (Beeferman, Berger & Lafferty 1999) and WindowDiff (Pevzner & Hearst 2002), windows half as long as a section on
average. The price of a section, the share of meanings, the number of blocks and the least number of sections were
chosen on every other meeting (the first, the third …, by name); the rest had no part in that. The baselines make
as many sections as are made here: all of the same length, and at random (the mean of a hundred). Where a topic
is marked to begin, a section begins; what lies between two topics belongs to the earlier one.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.analysing.sections import split
from persona_lab.models import Transcript, Turn

Row = tuple[str, str, str]
# Pk and WindowDiff.
Error = tuple[float, float]
SHUFFLES = 100


def rows(folder: Path) -> Iterator[Row]:
    even: tuple[list[Error], list[Error]] = ([], [])
    random: tuple[list[Error], list[Error]] = ([], [])
    whole: tuple[list[Error], list[Error]] = ([], [])
    found: tuple[list[Error], list[Error]] = ([], [])
    for number, path in enumerate(sorted((folder / "qmsum").glob("*.json"))):
        meeting = json.loads(path.read_text("utf-8"))
        turns, marked = len(meeting["meeting_transcripts"]), begins(meeting)
        here = [first for first, _ in split(*read(meeting)) if first]
        half, count = number % 2, len(here) + 1
        found[half].append(errors(turns, marked, here))
        whole[half].append(errors(turns, marked, []))
        even[half].append(errors(turns, marked, [round(turns * at / count) for at in range(1, count)]))
        random[half].append(at_random(turns, marked, count - 1))
    for name, halves in (("half it was tuned on", [0]), ("other half", [1]), ("all", [0, 1])):
        for what, base in (("of the same length", even), ("at random", random), ("none", whole)):
            ours, theirs = ([error for half in halves for error in side[half]] for side in (found, base))
            yield f"Pk / WindowDiff, {name} (n={len(ours)}), against sections {what}", shown(theirs), shown(ours)


def read(meeting: dict) -> tuple:
    said = meeting["meeting_transcripts"]
    turns = tuple(
        Turn(index=n, speaker=one["speaker"], role="other", text=one["content"], start=0, end=len(one["content"]))
        for n, one in enumerate(said)
    )
    transcript = Transcript(text="", sha256="0" * 64, format="txt", encoding="utf-8", language="en", turns=turns)
    return transcript, hear(transcript)


def begins(meeting: dict) -> list[int]:
    """Return the turns, besides the first, where people marked that a topic begins."""
    spans = [span for topic in meeting["topic_list"] for span in topic["relevant_text_span"]]
    return sorted({int(first) for first, _ in spans} - {0})


def errors(turns: int, marked: Sequence[int], found: Sequence[int]) -> Error:
    window = max(2, round(turns / (len(marked) + 1) / 2))
    true, said = (np.searchsorted(np.array(sorted(edges)), np.arange(turns), side="right") for edges in (marked, found))
    crossed, said_crossed = true[window:] - true[:-window], said[window:] - said[:-window]
    return float(((crossed > 0) != (said_crossed > 0)).mean()), float((crossed != said_crossed).mean())


def at_random(turns: int, marked: Sequence[int], edges: int) -> Error:
    random = np.random.default_rng(0)
    all_errors = [
        errors(turns, marked, random.choice(np.arange(1, turns), edges, replace=False)) for _ in range(SHUFFLES)
    ]
    pk, window_diff = np.mean(all_errors, axis=0)
    return float(pk), float(window_diff)


def shown(some: Sequence[Error]) -> str:
    return " / ".join(f"{value:.3f}" for value in np.mean(some, axis=0))
