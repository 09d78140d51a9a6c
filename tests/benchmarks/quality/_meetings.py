"""The meetings of QMSum, and the questions about a part of each."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from persona_lab.models import Transcript, Turn
from tests.support.studies import Study

# By whom a meeting was recorded and what about: those of one kind speak of the same things, often of the same product.
KINDS = {"ES": "design", "IS": "design", "TS": "design", "Be": "research", "Bm": "research", "Br": "research"}


class Asked(NamedTuple):
    """A question, and the turns that hold its answer."""

    question: str
    right: frozenset[int]


class Meeting(NamedTuple):
    """A meeting of QMSum, and the questions about a part of it: those about the whole fit any meeting."""

    name: str
    kind: str
    study: Study
    asked: tuple[Asked, ...]


def meetings(folder: Path) -> Iterator[Meeting]:
    for path in sorted((folder / "qmsum").glob("*.json")):
        read = json.loads(path.read_text("utf-8"))
        study = Study({path.stem: _transcript(read["meeting_transcripts"])})
        asked = tuple(
            Asked(
                one["query"],
                frozenset(
                    turn for first, last in one["relevant_text_span"] for turn in range(int(first), int(last) + 1)
                ),
            )
            for one in read["specific_query_list"]
        )
        yield Meeting(path.stem, KINDS.get(path.stem[:2], "parliament"), study, asked)


def _transcript(said: Sequence[dict[str, str]]) -> Transcript:
    turns = []
    text = ""
    for n, one in enumerate(said):
        words = one["content"]
        turns.append(
            Turn(index=n, speaker=one["speaker"], role="other", text=words, start=len(text), end=len(text) + len(words))
        )
        text += words + "\n"
    return Transcript(text=text, sha256="0" * 64, format="txt", encoding="utf-8", language="en", turns=tuple(turns))
