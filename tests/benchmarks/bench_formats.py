"""How surely each layout is read: interviews written out in it and read back.

    python -m tests.benchmarks.bench_formats [FOLDER …]

Takes the sample interviews, or the labelled interviews of each FOLDER: text files
whose turns begin with `Assistant:`, `AI:` or `User:`, meetings as JSON
(`meeting_transcripts`), and Korean dialogues as JSON lines (`dialogue`, `turns`).
Roles are measured in interviews only.
"""

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from persona_lab.errors import TranscriptError
from persona_lab.models import Role
from persona_lab.samples import paths
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.encoding import CONTROL
from persona_lab.transcripts.language import language as language_of
from tests.benchmarks.tables import machine, print_table
from tests.support.layouts import LAYOUTS
from tests.support.round_trip import Result, Truth, round_trip

LABEL = re.compile(r"^(Assistant|AI|User): ?", re.M)
HEADS = ("layout", "files", "turns", "words %", "speakers %", "both %", "roles %", "MB/CPU-s")
LEAST_TURNS = 4
PEOPLE = 3


def samples() -> Iterator[list[Truth]]:
    for path in paths():
        turns = read_transcript(path.read_bytes(), path.name).turns
        yield [Truth(turn.role, 0, turn.text) for turn in turns if turn.role != "other"]


def interview(text: str) -> list[Truth]:
    pieces = LABEL.split(text)[1:]
    sides: dict[str, Role] = {"User": "participant"}
    return [
        Truth(sides.get(label, "interviewer"), 0, words.strip())
        for label, words in zip(pieces[::2], pieces[1::2], strict=True)
        if words.strip()
    ]


def meeting(path: Path) -> list[Truth]:
    """Return what the first four people say. Nobody interviews in a meeting: roles are not measured."""
    turns = json.loads(path.read_text(encoding="utf-8"))["meeting_transcripts"]
    people = list(dict.fromkeys(turn["speaker"] for turn in turns))
    return [
        Truth(
            "participant" if people.index(turn["speaker"]) else "interviewer", people.index(turn["speaker"]) - 1, words
        )
        for turn in turns
        if people.index(turn["speaker"]) <= PEOPLE and (words := " ".join(turn["content"].split()))
    ]


def dialogues(path: Path) -> Iterator[list[Truth]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        lines = (
            [words for pair in entry["dialogue"] for words in pair]
            if "dialogue" in entry
            else [turn["utterance"] for turn in entry["turns"]]
        )
        yield [
            Truth("participant" if number % 2 else "interviewer", 0, " ".join(words.split()))
            for number, words in enumerate(CONTROL.sub(" ", line) for line in lines)
            if words.strip()
        ]


def labelled(folder: Path) -> Iterator[list[Truth]]:
    for path in sorted(folder.iterdir()):
        if path.suffix == ".txt":
            yield interview(path.read_text(encoding="utf-8"))
        elif path.suffix == ".json":
            yield meeting(path)
        elif path.suffix == ".jsonl":
            yield from dialogues(path)


def measure(name: str, interviews: Sequence[list[Truth]], language: str, *, has_sides: bool) -> tuple[object, ...]:
    results: list[Result] = []
    size, spent = 0, 0.0
    for truth in interviews:
        try:
            result, _, raw = round_trip(truth, LAYOUTS[name], language=language)
        except TranscriptError as error:
            print(f"{name}: {error}", file=sys.stderr)
            results.append(Result(len(truth), 0, 0, 0, 0))
            continue
        started = time.process_time()
        read_transcript(raw, f"interview{LAYOUTS[name].ending}")
        spent += time.process_time() - started
        size += len(raw)
        results.append(result)
    turns = sum(result.turns for result in results)
    shares = [
        sum(getattr(result, what) for result in results) / turns * 100
        for what in ("words", "speakers", "both", "roles")
    ]
    shown = [f"{share:.2f}" for share in shares]
    if not has_sides:
        shown[-1] = "–"
    return (name, len(results), turns, *shown, size / 1e6 / spent if spent else 0.0)


def main() -> None:
    print(machine())
    for folder in [Path(name) for name in sys.argv[1:]] or [None]:
        found = [truth for truth in (labelled(folder) if folder else samples()) if len(truth) >= LEAST_TURNS]
        for language in ("en", "ko"):
            some = [truth for truth in found if language_of(" ".join(turn.words for turn in truth)) == language]
            if some:
                print(f"\n{folder.name if folder else 'samples'}, {language}")
                has_sides = folder is None or any(folder.glob("*.txt"))
                print_table(HEADS, [measure(name, some, language, has_sides=has_sides) for name in LAYOUTS])


if __name__ == "__main__":
    main()
