"""What the tagger's models are made of: sentences with a kind, their weight, and who said them.

A folder holds the sets as their publishers keep them.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from persona_lab.engines.tags.model import KINDS

LABELS = Path(__file__).parent / "labels"
# KOTE's emotions, by number: complaint, "none", and those of people who are pleased.
COMPLAINT, NO_EMOTION = 0, 24
PLEASED = {1, 2, 4, 14, 28, 32, 40, 42, 43}
EMOTIONS = 44
ASKERS = ("AI: ", "Assistant: ")
DEMAND = re.compile(r"(?:주세요|주십시오|주십시요|바랍니다|합시다|해야\s?합니다|부탁|요청|촉구|건의|원합니다)")
# What few sentences say in interviews counts more than what many say in another genre.
INTERVIEW_WEIGHT = 4.0
OTHER_LANGUAGE_WEIGHT = 0.3
QUESTIONS = 300
WRITTEN = "written"


class Example(NamedTuple):
    """A sentence and what is known of it: 1 and 0 for is and is not, None where its source can't tell."""

    text: str
    language: str
    said_by: str
    source: str
    is_kind: tuple[int | None, ...]
    weight: float
    emotions: tuple[int, ...] = ()


def survey(folder: Path) -> Iterator[Example]:
    """Yield statements of Jupyter users; the question that was answered gives the kind."""
    for row in _rows(folder / "jupyter-ux-survey" / "statements.csv"):
        yield Example(row["text"], "en", f"j{row['respondent_id']}", "survey", _is(row["kind"]), 1.0)


def labelled(language: str) -> Iterator[Example]:
    """Yield the sentences that were labelled by reading them, and those written to show what a "not" does."""
    for row in _rows(LABELS / f"{language}.tsv", delimiter="\t"):
        is_written = row["source"] == WRITTEN
        said_by = row["text"] if is_written or language == "ko" else row["source"]
        source = WRITTEN if is_written else "labelled"
        yield Example(row["text"], language, said_by, source, _is(row["kind"]), INTERVIEW_WEIGHT)


def comments(folder: Path) -> Iterator[Example]:
    """Yield Korean comments: complaints are pains; what pleases and nobody complains of is a delight."""
    for row in _rows(folder / "ko-kote" / "kote.csv"):
        emotions = tuple(int(number) for number in row["labels"].split(","))
        is_pain = COMPLAINT in emotions
        is_delight = len(PLEASED & set(emotions)) >= 3 and not is_pain
        says_nothing = 1 if NO_EMOTION in emotions and not is_pain else 0 if is_pain or is_delight else None
        known = (int(is_pain), None, int(is_delight), None, says_nothing)
        yield Example(row["text"], "ko", f"k{row['id']}", "comments", known, 1.0, emotions)


def demands(folder: Path) -> Iterator[Example]:
    """Yield titles of petitions that ask for something."""
    for row in _rows(folder / "ko-petitions" / "petitions.csv"):
        if DEMAND.search(row["title"]):
            yield Example(row["title"], "ko", f"p{row['id']}", "demands", (None, 1, 0, 0, 0), 0.5)


def questions(folder: Path) -> Iterator[Example]:
    """Yield what interviewers ask: whatever it names, nobody tells it there."""
    for path in sorted((folder / "anthropic-interviewer").glob("*_*.txt"))[:QUESTIONS]:
        asked = [turn for turn in path.read_text(encoding="utf-8").split("\n\n") if turn.startswith(ASKERS)]
        sentences = [one for turn in asked for one in re.split(r"(?<=[.?!])\s+", turn.split(": ", 1)[1]) if "?" in one]
        if sentences:
            yield Example(sentences[len(sentences) // 2], "en", path.stem, "questions", _is("none"), 1.0)


def manuals(folder: Path) -> Iterator[Example]:
    """Yield what customers ask of a product's support and what is answered from the manual."""
    with (folder / "ko-manual-dialogues" / "dialogues.jsonl").open(encoding="utf-8") as file:
        talks = [json.loads(line) for line in file]
    for number, talk in enumerate(talks):
        turns = [turn["utterance"].strip() for turn in talk["turns"]]
        said = [turn for turn in turns if turn.endswith(("?", "됩니다.", "하세요.", "있습니다."))]
        if said:
            yield Example(said[number % len(said)], "ko", f"m{number}", "questions", _is("none"), 1.0)


def examples(folder: Path, language: str) -> list[Example]:
    """Return what a language's model is made of."""
    if language == "en":
        return [*survey(folder), *labelled("en"), *questions(folder)]
    english = [one._replace(weight=OTHER_LANGUAGE_WEIGHT * one.weight) for one in examples(folder, "en")]
    return [*comments(folder), *demands(folder), *labelled("ko"), *manuals(folder), *english]


def _is(kind: str) -> tuple[int, ...]:
    return tuple(int(kind == name) for name in KINDS)


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter, quoting=quoting)
