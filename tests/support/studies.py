"""Interviews indexed as a server has them, and asked as it asks; the sample interviews and questions to them."""

from pathlib import Path

from persona_lab.engines import indexing
from persona_lab.engines.meaning import vectors
from persona_lab.engines.search import Index
from persona_lab.models import Passage, Transcript
from persona_lab.samples import paths
from persona_lab.server.talking.retrieval import EVIDENCE
from persona_lab.transcripts.reading import read_transcript

ASKED = Path(__file__).parents[1] / "engines" / "answering" / "asked"


class Study:
    """Interviews that can be asked about, as `Retrieval` does it; without a store."""

    def __init__(self, transcripts: dict[str, Transcript]) -> None:
        self.transcripts = transcripts
        self.index = Index()
        self._sentences: dict[str, list[bytes]] = {}
        for name, transcript in transcripts.items():
            indexed = indexing.turns(transcript)
            self._sentences[name] = indexed.sentences
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
            meanings=self._sentences[name][turn],
        )


def samples(language: str) -> Study:
    """Return the sample interviews of a language."""
    read = {path.name: read_transcript(path.read_bytes(), path.name) for path in paths()}
    return Study({name: transcript for name, transcript in read.items() if transcript.language == language})


def asked_of_samples(language: str) -> list[tuple[str, str, bool]]:
    """Return the questions to the sample interviews: each with a word of the answer, and whether it is told."""
    found = []
    is_told = False
    for line in (ASKED / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            is_told = line == "[told]"
        elif line.strip():
            question, _, word = line.partition(" | ")
            found.append((question, word, is_told))
    return found
