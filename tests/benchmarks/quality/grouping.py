"""Grouping: whether interviews of three kinds of people come out as three groups, by what participants say.

63 creatives, 63 scientists and, three times, 62 others from the workforce. The measure is the adjusted Rand index with
three groups given (the baseline is the mean of k-means with 5 seeds on TF-IDF in 100 dimensions), then how
many groups are found without being told. No number in `engines/personas/grouping.py` was fitted to the labels, but
among a few ways to combine words and meaning the choice was made on six such slices, these three among them.
BERTopic, where it is installed, is given the same sentence encoder's means, as its own model is a download.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import normalize

from persona_lab.engines.meaning import vectors
from persona_lab.engines.personas.grouping import group
from persona_lab.engines.personas.told import Told, told
from persona_lab.models import Grouping
from tests.benchmarks.bench_engine import read_all

SIZE = 62
SLICES = 3

Row = tuple[str, str, str]
Labelled = tuple[str, Told]


def rows(folder: Path) -> Iterator[Row]:
    data = folder / "anthropic-interviewer"
    with (data / "labels.csv").open(encoding="utf-8") as file:
        listed = [(row["group"], row["transcript_id"]) for row in csv.DictReader(file)]
    small = [one for one in listed if one[0] != "workforce"]
    others = [one for one in listed if one[0] == "workforce"][: SIZE * SLICES]
    known = {name: labelled(data, kind, name) for kind, name in (*small, *others)}
    base, here, found = [], [], []
    for at in range(SLICES):
        chosen = [known[name] for _, name in (*small, *others[SIZE * at : SIZE * (at + 1)])]
        base.append(by_tfidf(chosen))
        here.append(alike(chosen, group([one for _, one in chosen], count=3)))
        found.append(len(group([one for _, one in chosen]).groups))
        yield f"adjusted Rand index, slice {at + 1}", f"{base[-1]:.3f}", f"{here[-1]:.3f}"
        yield f"BERTopic, slice {at + 1}", by_bertopic(chosen), ""
    yield "adjusted Rand index, mean of three slices", f"{np.mean(base):.3f}", f"{np.mean(here):.3f}"
    yield "groups found without being told", "", " / ".join(map(str, found))


def labelled(data: Path, kind: str, name: str) -> Labelled:
    (transcript,) = read_all([data / f"{name}.txt"])
    return kind, told(name, name, transcript)


def alike(chosen: Sequence[Labelled], found: Grouping) -> float:
    home = {name: at for at, one in enumerate(found.groups) for name in one.interview_ids}
    return float(adjusted_rand_score([kind for kind, _ in chosen], [home[one.interview_id] for _, one in chosen]))


def by_tfidf(chosen: Sequence[Labelled]) -> float:
    texts = [said(one) for _, one in chosen]
    tfidf = TfidfVectorizer(min_df=3, max_df=0.5, sublinear_tf=True, stop_words="english").fit_transform(texts)
    space = normalize(TruncatedSVD(100, random_state=0).fit_transform(tfidf))
    truth = [kind for kind, _ in chosen]
    seeds = [KMeans(3, n_init=4, random_state=seed).fit_predict(space) for seed in range(5)]
    return float(np.mean([adjusted_rand_score(truth, labels) for labels in seeds]))


def by_bertopic(chosen: Sequence[Labelled]) -> str:
    try:
        from bertopic import BERTopic
    except ImportError:
        return "not installed: pip install bertopic"
    means = normalize([normalize(vectors.unpacked(one.meanings).astype(float)).mean(axis=0) for _, one in chosen])
    topics, _ = BERTopic().fit_transform([said(one) for _, one in chosen], means.astype(np.float32))
    index = adjusted_rand_score([kind for kind, _ in chosen], topics)
    return f"{index:.3f}, {len(set(topics) - {-1})} topics, {topics.count(-1)} in none"


def said(one: Told) -> str:
    return " ".join(turn.text for turn in one.turns)
