"""Sentence tags, cross-validated by respondent: what is scored was in no way part of the model that scores it.

The baseline is TF-IDF of words and word pairs (Korean: of the letters in words) with logistic regression.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline

from persona_lab.engines.language import read
from persona_lab.engines.tags.model import KINDS, probabilities
from tests.benchmarks.tables import megabytes_a_minute
from tests.models.make_tags import Material, fit, material
from tests.models.tagged import examples

FOLDS = 5
PAIN, DELIGHT = KINDS.index("pain"), KINDS.index("delight")

Row = tuple[str, str, str]


def rows(folder: Path) -> Iterator[Row]:
    yield from english(folder)
    yield from korean(folder)


def english(folder: Path) -> Iterator[Row]:
    given = material(examples(folder, "en"))
    scores, leans, plain = crossed(given, "en", "survey")
    truth = kinds(given)
    survey = of(given, "survey")
    found, base = (scores + leans).argmax(axis=1), plain.argmax(axis=1)
    yield "survey, four kinds: macro-F1", *both(f1, truth[survey], base[survey], found[survey])
    either = survey & np.isin(truth, (PAIN, DELIGHT))
    is_pain = truth[either] == PAIN
    apart = [table[either][:, PAIN] > table[either][:, DELIGHT] for table in (plain, scores + leans)]
    yield "survey, pain against delight: accuracy", *(f"{(is_pain == one).mean():.3f}" for one in apart)
    aucs = [roc_auc_score(is_pain, table[either][:, PAIN] - table[either][:, DELIGHT]) for table in (plain, scores)]
    yield "survey, pain against delight: AUC", *(f"{auc:.3f}" for auc in aucs)
    yield "survey, score: calibration error", "", f"{calibration(scores[survey], found[survey], truth[survey]):.3f}"
    labelled = of(given, "labelled")
    yield "interview sentences, five kinds: macro-F1", "", f"{f1(truth[labelled], found[labelled]):.3f}"
    yield from speed(given, "en")


def korean(folder: Path) -> Iterator[Row]:
    given = material(examples(folder, "ko"))
    scores, leans, plain = crossed(given, "ko", "comments")
    comments = of(given, "comments")
    truth = np.array([bool(example.is_kind[PAIN]) for example in given.examples])[comments]
    found, base = (scores + leans).argmax(axis=1)[comments] == PAIN, plain.argmax(axis=1)[comments] == PAIN
    yield "comments, complaint: F1", f"{f1_score(truth, base):.3f}", f"{f1_score(truth, found):.3f}"
    aucs = [roc_auc_score(truth, table[comments][:, PAIN]) for table in (plain, scores)]
    yield "comments, complaint: AUC", *(f"{auc:.3f}" for auc in aucs)
    labelled = of(given, "labelled") & np.array([piece.language == "ko" for piece in given.pieces])
    sentence_kinds = kinds(given)
    chosen = (scores + leans).argmax(axis=1)
    yield "Korean sentences, five kinds: macro-F1", "", f"{f1(sentence_kinds[labelled], chosen[labelled]):.3f}"
    yield from speed(given, "ko")


def crossed(given: Material, language: str, scored: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each example the scores and leans of a model, and the baseline's, made without its group."""
    groups = [example.said_by for example in given.examples]
    strata = [f"{example.source} {example.is_kind}" for example in given.examples]
    scores, leans, plain = (np.zeros((len(groups), len(KINDS))) for _ in range(3))
    baseline_places = np.flatnonzero(of(given, scored))
    for known, others in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(groups, strata, groups):
        model = fit(given.some(known), language)
        some = given.some(others)
        scores[others] = model.scores(some.pieces, some.meanings)
        leans[others] = model.lean
        learned = np.intersect1d(known, baseline_places)
        plain[others] = baseline(given, learned, language, some)
    return scores, leans, plain


def baseline(given: Material, learned: Sequence[int], language: str, others: Material) -> np.ndarray:
    letters = {"analyzer": "char_wb", "ngram_range": (1, 4), "min_df": 3}
    words = {"ngram_range": (1, 2), "min_df": 2}
    vectorizer = TfidfVectorizer(sublinear_tf=True, **(letters if language == "ko" else words))
    learner = make_pipeline(vectorizer, LogisticRegression(max_iter=2_000, class_weight="balanced"))
    truth = kinds(given)[learned]
    if language == "ko":
        truth = np.where(truth == PAIN, PAIN, KINDS.index("none"))
    learner.fit([given.examples[place].text for place in learned], truth)
    table = np.zeros((len(others.examples), len(KINDS)))
    table[:, learner.classes_] = learner.predict_proba([example.text for example in others.examples])
    return table


def kinds(given: Material) -> np.ndarray:
    """Return the number of each example's kind, -1 where only some kinds are ruled out."""
    return np.array([example.is_kind.index(1) if 1 in example.is_kind else -1 for example in given.examples])


def of(given: Material, source: str) -> np.ndarray:
    return np.array([example.source == source for example in given.examples])


def f1(truth: np.ndarray, found: np.ndarray) -> float:
    return float(f1_score(truth, found, labels=np.unique(truth), average="macro"))


def both(measure, truth: np.ndarray, base: np.ndarray, found: np.ndarray) -> tuple[str, str]:
    return f"{measure(truth, base):.3f}", f"{measure(truth, found):.3f}"


def calibration(scores: np.ndarray, found: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Return how far the score is from the share that is right, on average over ten bins of scores."""
    likely = probabilities(scores)[np.arange(len(found)), found]
    places = np.minimum((likely * bins).astype(int), bins - 1)
    right = found == truth
    return sum(abs(likely[places == n].mean() - right[places == n].mean()) * (places == n).mean() for n in set(places))


def speed(given: Material, language: str) -> Iterator[Row]:
    """Return MB of text per CPU-minute; the baseline only splits it into sentences and terms."""
    from persona_lab.engines.tags import tag

    texts = [one.text for one in given.pieces if one.language == language][:2_000]
    size = sum(len(text.encode()) for text in texts)
    tag(texts[:5])
    base = megabytes_a_minute(lambda: [read(text, language) for text in texts], size)
    yield f"{language}: MB tagged per CPU-minute", f"{base:.1f}", f"{megabytes_a_minute(lambda: tag(texts), size):.1f}"
