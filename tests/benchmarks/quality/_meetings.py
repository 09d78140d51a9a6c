"""Meetings and sample interviews, indexed as a server has them, and asked as it asks."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from persona_lab.engines import indexing
from persona_lab.engines.meaning import vectors
from persona_lab.engines.search import Index
from persona_lab.models import Passage, Transcript, Turn
from persona_lab.samples import paths
from persona_lab.server.retrieval import EVIDENCE
from persona_lab.transcripts.reading import read_transcript

# By whom a meeting was recorded and what about: those of one kind speak of the same things, often of the same product.
KINDS = {"ES": "design", "IS": "design", "TS": "design", "Be": "research", "Bm": "research", "Br": "research"}


class Asked(NamedTuple):
    """A question, and the turns that hold its answer."""

    question: str
    right: frozenset[int]


class Study:
    """Interviews that can be asked about, as `Retrieval` does it; without a store."""

    def __init__(self, transcripts: dict[str, Transcript]) -> None:
        self.transcripts = transcripts
        self.index = Index()
        for name, transcript in transcripts.items():
            indexed = indexing.turns(transcript)
            speakers = [turn.speaker if turn.role != "interviewer" else None for turn in transcript.turns]
            self.index.add(name, indexed.terms, vectors.unpacked(indexed.meanings), speakers)

    def passages(self, question: str) -> list[Passage]:
        scores: dict[tuple[str, int], float] = {}
        for name, turn, score in self.index.search(indexing.asked(question, ()).query, EVIDENCE):
            scores[name, turn] = score
        for name, turn in list(scores):
            turns = self.transcripts[name].turns
            if turns[turn].role == "interviewer" and turn + 1 < len(turns):
                scores.setdefault((name, turn + 1), scores[name, turn])
        ranked = sorted(scores, key=lambda place: (-scores[place], place))
        return [self._passage(name, turn, scores[name, turn]) for name, turn in ranked]

    def _passage(self, name: str, turn: int, score: float) -> Passage:
        said = self.transcripts[name].turns[turn]
        return Passage(
            interview_id=name,
            interview_title=name,
            turn=turn,
            speaker=said.speaker,
            role=said.role,
            text=said.text,
            start=said.start,
            score=score,
        )


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


def samples(language: str) -> Study:
    """Return the sample interviews of a language."""
    read = {path.name: read_transcript(path.read_bytes(), path.name) for path in paths()}
    return Study({name: transcript for name, transcript in read.items() if transcript.language == language})


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
