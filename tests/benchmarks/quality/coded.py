"""Findings against people's coding: how much of what researchers coded do the engine's quotes meet?

Four interviews about a tool (PDPilot user study, BSD-3), whose quotes researchers put under codes. The quotes of
the engine's findings are compared with as many words chosen in two other ways: the sentences that TextRank puts
first (PageRank over the cosine of TF-IDF), and the first sentences. Only participants' words count. Most of what
they said is coded, so a share says little by itself: the words' share by chance is that of all words chosen.

A coded quote is met where at least half of it was chosen, touched where half of a chosen quote lies in it.
"""

import csv
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import networkx
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.base import Context
from persona_lab.engines.language import WORD, read
from persona_lab.models import Transcript
from persona_lab.transcripts import read_transcript

# Fewer words in a row are no sign that this is the place that was coded.
LEAST_IN_A_ROW = 4
HALF = 0.5

Row = tuple[str, str, str]
Words = frozenset[int]


class Met(NamedTuple):
    """Shares of the coded words met, of the coded quotes met, and of those touched."""

    words: float
    quotes: float
    touched: float


class Interview:
    """A transcript as a row of words, of which the participants' count."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.places = [found.span() for found in WORD.finditer(transcript.text)]
        self.words = [transcript.text[start:end].lower() for start, end in self.places]
        turns = [turn for turn in transcript.turns if turn.role == "participant"]
        self.said = frozenset(number for turn in turns for number in self.within(turn.start, turn.end))
        self.sentences = [
            self.within(turn.start + one.start, turn.start + one.end)
            for turn in turns
            for one in read(turn.text, transcript.language)
        ]

    def within(self, start: int, end: int) -> Words:
        return frozenset(number for number, (low, high) in enumerate(self.places) if start <= low and high <= end)

    def find(self, quote: str) -> Words:
        """Return the participants' words of a coded quote, which may run over several turns."""
        wanted = [found[0].lower() for found in WORD.finditer(quote)]
        blocks = SequenceMatcher(None, self.words, wanted, autojunk=False).get_matching_blocks()
        sure = [block for block in blocks if block.size >= min(LEAST_IN_A_ROW, len(wanted))]
        return self.said.intersection(number for block in sure for number in range(block.a, block.a + block.size))


def rows(folder: Path) -> Iterator[Row]:
    with (folder / "pdpilot-interviews" / "coded-segments.csv").open(encoding="utf-8") as file:
        segments = list(csv.DictReader(file))
    means: list[list[Met]] = []
    for path in sorted((folder / "pdpilot-interviews").glob("*.pdf")):
        interview = Interview(read_transcript(path.read_bytes(), path.name))
        coded = {interview.find(one["segment"]) for one in segments if one["participant"] == path.stem}
        chosen = by_engine(interview)
        size = len(frozenset().union(*chosen))
        ways = [cut(by_textrank(interview), size), cut(interview.sentences, size), chosen]
        found = [met(way, coded - {frozenset()}) for way in ways]
        means.append(found)
        chance = f"{size / len(interview.said):.2f}"
        yield row(f"{path.stem}, {size} words, by chance {chance}", found)
    yield row("mean", [Met(*np.mean([found[way] for found in means], axis=0)) for way in range(3)])


def row(name: str, found: Sequence[Met]) -> Row:
    textrank, first, own = (" / ".join(f"{share:.2f}" for share in one) for one in found)
    return f"{name}: words / quotes met / touched", f"TextRank {textrank}, first sentences {first}", own


def by_engine(interview: Interview) -> list[Words]:
    analysis = analyse(interview.transcript, Context(), run_id="benchmark")
    return [interview.within(quote.start, quote.end) for finding in analysis.insights for quote in finding.quotes]


def by_textrank(interview: Interview) -> list[Words]:
    texts = [" ".join(interview.words[number] for number in sorted(one)) for one in interview.sentences]
    matrix = TfidfVectorizer(stop_words="english").fit_transform(texts)
    alike = (matrix @ matrix.T).toarray()
    np.fill_diagonal(alike, 0)
    ranks = networkx.pagerank(networkx.from_numpy_array(alike))
    return [interview.sentences[number] for number in sorted(ranks, key=lambda number: (-ranks[number], number))]


def cut(sentences: Sequence[Words], size: int) -> list[Words]:
    """Return the first of the sentences, so many words in all."""
    chosen: list[Words] = []
    for sentence in sentences:
        chosen.append(frozenset(sorted(sentence)[: size - sum(map(len, chosen))]))
    return [one for one in chosen if one]


def met(chosen: Sequence[Words], coded: set[Words]) -> Met:
    everything = frozenset().union(*chosen)
    wanted = frozenset().union(*coded)
    halves = [len(quote & everything) >= HALF * len(quote) for quote in coded]
    touched = [any(len(quote & one) >= HALF * len(one) for one in chosen) for quote in coded]
    return Met(len(wanted & everything) / len(wanted), float(np.mean(halves)), float(np.mean(touched)))
