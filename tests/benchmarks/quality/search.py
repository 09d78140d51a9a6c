"""Search: how often a turn that holds the answer is among the first 1, 5 and 10, one meeting at a time.

The numbers in `engines/search.py` were chosen on every other meeting (the first, the third …, by
name); the rest had no part in that. The baseline is TF-IDF of speaker and turn.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from persona_lab.engines import indexing
from persona_lab.engines.meaning import vectors
from persona_lab.engines.search import Index
from persona_lab.models import Transcript, Turn

FIRST = (1, 5, 10)

Row = tuple[str, str, str]
# For each of `FIRST`, whether the answer was there.
Hits = list[list[bool]]


def rows(folder: Path) -> Iterator[Row]:
    base: tuple[Hits, Hits] = ([], [])
    found: tuple[Hits, Hits] = ([], [])
    for number, path in enumerate(sorted((folder / "qmsum").glob("*.json"))):
        meeting = json.loads(path.read_text("utf-8"))
        by_tfidf, by_search = Tfidf(meeting), Search(meeting)
        for query, right in questions(meeting):
            base[number % 2].append(hits(by_tfidf.find(query), right))
            found[number % 2].append(hits(by_search.find(query), right))
    for name, halves in (("half it was tuned on", [0]), ("other half", [1]), ("all", [0, 1])):
        parts = [[hit for half in halves for hit in side[half]] for side in (base, found)]
        yield f"answer among the first 1 / 5 / 10, {name} (n={len(parts[0])})", *map(shares, parts)


def questions(meeting: dict) -> Iterator[tuple[str, set[int]]]:
    for asked in meeting["specific_query_list"]:
        spans = asked["relevant_text_span"]
        yield asked["query"], {turn for first, last in spans for turn in range(int(first), int(last) + 1)}


def hits(order: Sequence[int], right: set[int]) -> list[bool]:
    return [bool(right.intersection(order[:k])) for k in FIRST]


def shares(found: Hits) -> str:
    return " / ".join(f"{share:.2f}" for share in np.mean(found, axis=0))


class Tfidf:
    def __init__(self, meeting: dict) -> None:
        texts = [f"{turn['speaker']} {turn['content']}" for turn in meeting["meeting_transcripts"]]
        self.vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        self.matrix = self.vectorizer.fit_transform(texts)

    def find(self, query: str) -> list[int]:
        scores = (self.matrix @ self.vectorizer.transform([query]).T).toarray().ravel()
        return np.argsort(-scores, kind="stable")[: FIRST[-1]].tolist()


class Search:
    def __init__(self, meeting: dict) -> None:
        said = meeting["meeting_transcripts"]
        turns = tuple(
            Turn(index=n, speaker=one["speaker"], role="other", text=one["content"], start=0, end=len(one["content"]))
            for n, one in enumerate(said)
        )
        transcript = Transcript(text="", sha256="0" * 64, format="txt", encoding="utf-8", language="en", turns=turns)
        indexed = indexing.turns(transcript)
        self.index = Index()
        speakers = [turn.speaker for turn in turns]
        self.index.add("meeting", indexed.terms, vectors.unpacked(indexed.meanings), speakers)

    def find(self, query: str) -> list[int]:
        found = self.index.search(indexing.asked(query, ()).query, FIRST[-1])
        return [turn for _, turn, _ in found]
