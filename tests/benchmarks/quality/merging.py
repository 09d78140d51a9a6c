"""Merging: whether what says the same is put together, and only that.

English: `merge_pairs.csv`, 130 pairs of findings of interviews about work with AI (from the interviews that
Anthropic published under the MIT licence), the nearest of 100 interviews, each pair read by one person
who said whether an analyst would put the two under one heading. The threshold was chosen on these very pairs,
so that wrong merges are rare. Korean: KLUE's sentence pairs, written to be near each other, "the same" from
3.5 of 5 on. The baseline merges by the words they share.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import pearsonr
from sklearn.feature_extraction.text import TfidfVectorizer

from persona_lab.engines.language import terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging import merge
from persona_lab.engines.rules import TUNING
from persona_lab.models import Finding, InsightMember, Quote

PAIRS = Path(__file__).with_name("merge_pairs.csv")
SAME = 3.5
# How alike two findings had to be when only their words were compared.
BY_WORDS = 0.42

Row = tuple[str, str, str]
Pair = tuple[str, str]


def rows(folder: Path) -> Iterator[Row]:
    with PAIRS.open(encoding="utf-8") as file:
        labelled = list(csv.DictReader(file))
    pairs = [(row["one"], row["other"]) for row in labelled]
    yield from figures("English findings", pairs, np.array([row["same"] == "yes" for row in labelled]), "en")
    path = folder / "ko-klue" / "klue-sts-dev.jsonl"
    judged = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    pairs = [(row["sentence1"], row["sentence2"]) for row in judged]
    likeness = np.array([row["labels"]["real-label"] for row in judged])
    yield from figures("Korean sentences", pairs, likeness >= SAME, "ko")
    yield "Korean sentences, correlation with people's likeness", *correlations(pairs, likeness)


def figures(name: str, pairs: Sequence[Pair], is_same: np.ndarray, language: str) -> Iterator[Row]:
    words, likeness = likenesses(pairs, language)
    results = [scores(words >= BY_WORDS, is_same), scores(likeness >= TUNING.merge_similarity, is_same)]
    yield f"{name}, merged: precision / recall (n={len(pairs)}, {is_same.sum()} the same)", *results


def likenesses(pairs: Sequence[Pair], language: str) -> tuple[np.ndarray, np.ndarray]:
    """Return for each pair the likeness in words, and that by which findings are merged."""
    texts = sorted({text for pair in pairs for text in pair})
    findings = [(InsightMember(interview_id=text, finding=0), finding(text, language)) for text in texts]
    group = merge.everything(findings, [vectors.packed(row) for row in vectors.of_texts(texts)])
    place = {statement.text: at for at, statement in enumerate(group.statements)}
    places = [(place[one], place[other]) for one, other in pairs]
    full, words = merge.likeness(group, range(len(texts))), merge.likeness_in_words(group, range(len(texts)))
    return np.array([words[at] for at in places]), np.array([full[at] for at in places])


def finding(text: str, language: str) -> Finding:
    quote = Quote(turn=0, start=0, end=len(text), text=text)
    return Finding(kind="takeaway", text=text, quotes=(quote,), terms=tuple(sorted(set(terms(text, language)))))


def scores(found: np.ndarray, is_same: np.ndarray) -> str:
    right = (found & is_same).sum()
    precision = f"{right / found.sum():.2f}" if found.any() else "–"
    return f"{precision} / {right / is_same.sum():.2f}"


def correlations(pairs: Sequence[Pair], likeness: np.ndarray) -> tuple[str, str]:
    ones, others = zip(*pairs, strict=True)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)).fit([*ones, *others])
    plain = (vectorizer.transform(ones).multiply(vectorizer.transform(others))).sum(axis=1)
    left, right = vectors.of_texts(ones), vectors.of_texts(others)
    meant = [vectors.likeness(left[at : at + 1], right[at : at + 1])[0, 0] for at in range(len(pairs))]
    return f"{pearsonr(np.asarray(plain).ravel(), likeness)[0]:.3f}", f"{pearsonr(meant, likeness)[0]:.3f}"
