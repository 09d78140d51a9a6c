"""Make the tagger's models: persona_lab/engines/tags/en.npz and ko.npz.

    python -m tests.models.make_tags FOLDER

FOLDER holds the sets that `tagged` names. The same folder gives the same files.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

import persona_lab.engines.tags.model as shipped
from persona_lab.engines.language import language_of, read
from persona_lab.engines.meaning.encoder import encode
from persona_lab.engines.tags.features import PLACES, Piece, piece, row, weighed
from persona_lab.engines.tags.model import KINDS, STEP, Model, nearness, sign_columns
from tests.models.tagged import COMPLAINT, EMOTIONS, Example, examples

LANDMARKS = 600
# How many texts a feature must be in, and what meaning counts beside words.
LEAST_TEXTS = {"en": 2, "ko": 3}
MEANING_SHARE = {"en": 1.0, "ko": 0.4}
# Found by cross-validation on powers of two.
FREEDOM = 2.0
EMOTION_RIDGE = 1.0
# How much of a kind's rarity is made up for when the kind is chosen.
DUE = 0.5
# Where a comment may begin to be a complaint, in log-odds.
BARS = np.arange(-1.5, 0.75, 0.05)


class Material(NamedTuple):
    """Examples with all that is slow to find out about them."""

    examples: list[Example]
    pieces: list[Piece]
    meanings: np.ndarray

    def some(self, places: Sequence[int]) -> "Material":
        places = list(places)
        return Material([self.examples[n] for n in places], [self.pieces[n] for n in places], self.meanings[places])


def material(found: Sequence[Example]) -> Material:
    pieces = []
    for example in found:
        language = language_of(example.text, example.language)
        pieces.append(piece(read(example.text, language), example.text, language))
    return Material(list(found), pieces, encode([one.text for one in pieces]))


def fit(given: Material, language: str) -> Model:
    """Return a model of the examples."""
    rows = [row(one) for one in given.pieces]
    # The words of the other language teach nothing; what they mean does.
    is_own = np.array([one.language == language for one in given.pieces])
    rarity, rarity_step = _rarity([one for one, own in zip(rows, is_own, strict=True) if own], LEAST_TEXTS[language])
    known = rarity * rarity_step
    grams = _sparse([weighed(one, known, language) * own for one, own in zip(rows, is_own, strict=True)], rows)
    landmarks = _landmarks(given)
    whiten = _whitening(landmarks) * MEANING_SHARE[language]
    near = nearness(given.meanings, landmarks) @ whiten
    columns = hstack([grams, csr_matrix(near), csr_matrix(sign_columns(given.pieces))]).tocsr()
    weights, start, lean = [], [], []
    for number, kind in enumerate(KINDS):
        kind_weights, kind_start, kind_lean = _kind(given, columns, number, language)
        weights.append(kind_weights)
        start.append(kind_start)
        lean.append(kind_lean)
        print(f"{language} {kind}: lean {kind_lean:.2f}", file=sys.stderr)
    whole = np.array(weights).T
    gram_step = np.maximum(np.abs(whole[:PLACES]).max(axis=0) / STEP, 1e-9).astype(np.float32)
    return Model(
        rarity=rarity,
        rarity_step=rarity_step,
        grams=np.round(whole[:PLACES] / gram_step).astype(np.int8),
        grams_step=gram_step,
        landmarks=landmarks,
        near=(whiten @ whole[PLACES : PLACES + len(landmarks)]).astype(np.float32),
        signs=whole[PLACES + len(landmarks) :].astype(np.float32),
        start=np.array(start, np.float32),
        lean=np.array(lean, np.float32),
    )


def _kind(given: Material, columns: csr_matrix, number: int, language: str) -> tuple[np.ndarray, float, float]:
    """Return the weights, the start and the lean of one kind."""
    truth = [example.is_kind[number] for example in given.examples]
    known = np.array([place for place, value in enumerate(truth) if value is not None])
    is_kind = np.array([truth[place] for place in known])
    counts = np.array([given.examples[place].weight for place in known])
    learner = LogisticRegression(C=FREEDOM, solver="liblinear", random_state=0, max_iter=300)
    learner.fit(columns[known], is_kind, sample_weight=counts)
    weights, start = learner.coef_[0], float(learner.intercept_[0])
    share = float(np.average(is_kind, weights=counts))
    lean = DUE * float(np.log((1 - share) / share))
    if number == COMPLAINT and language == "ko":
        return _complaint(given, columns, weights, start)
    return weights, start, lean


def _complaint(
    given: Material, columns: csr_matrix, plain: np.ndarray, plain_start: float
) -> tuple[np.ndarray, float, float]:
    """Return the mean of the plain weights and of those by way of all emotions, which tell a complaint better."""
    places = np.array([n for n, example in enumerate(given.examples) if example.emotions])
    texts = columns[places]
    felt = np.zeros((len(places), EMOTIONS))
    for line, place in enumerate(places):
        felt[line, [emotion for emotion in given.examples[place].emotions if emotion < EMOTIONS]] = 1
    truth = felt[:, COMPLAINT]
    by_emotion, middle, apart = _ridge(texts, felt)
    alone = np.zeros(len(places))
    for some, others in GroupKFold(5).split(places, groups=np.arange(len(places))):
        learner = LogisticRegression(C=FREEDOM, solver="liblinear", random_state=0, max_iter=300)
        alone[others] = learner.fit(texts[some], truth[some]).decision_function(texts[others])
    both = np.column_stack([apart * 3, alone])
    joined = LogisticRegression(C=1.0, max_iter=1_000).fit(both, truth)
    mix, own = joined.coef_[0][:-1] * 3, joined.coef_[0][-1]
    weights = by_emotion @ mix + own * plain
    start = float(middle @ mix + own * plain_start + joined.intercept_[0])
    scores = joined.decision_function(both)
    best = max(BARS, key=lambda bar: f1_score(truth, scores > bar))
    return weights, start, -float(best)


def _ridge(columns: csr_matrix, felt: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ridge regression's weights and starts, and what it says of each text when made without it."""
    middle = felt.mean(axis=0)
    inner = (columns @ columns.T).toarray() + EMOTION_RIDGE * np.eye(columns.shape[0])
    inverse = np.linalg.inv(inner)
    duals = inverse @ (felt - middle)
    return columns.T @ duals, middle, felt - duals / np.diag(inverse)[:, None]


def _rarity(rows: Sequence, least: int) -> tuple[np.ndarray, np.ndarray]:
    texts = np.bincount(np.concatenate([one.places for one in rows]), minlength=PLACES)
    values = np.where(texts >= least, 1 + np.log((1 + len(rows)) / (1 + texts)), 0)
    step = np.float32(values.max() / 255)
    return np.round(values / step).astype(np.uint8), step


def _sparse(values: Sequence[np.ndarray], rows: Sequence) -> csr_matrix:
    ends = np.cumsum([0, *map(len, values)])
    places = np.concatenate([one.places for one in rows])
    return csr_matrix((np.concatenate(values), places, ends), shape=(len(rows), PLACES))


def _landmarks(given: Material) -> np.ndarray:
    """Return the meanings of examples drawn so that those read by people come first."""
    order = np.random.default_rng(0).permutation(len(given.examples))
    order = sorted(order, key=lambda place: given.examples[place].source != "labelled")
    half = [place for place in order if given.examples[place].source == "labelled"][: LANDMARKS // 3]
    rest = [place for place in order if given.examples[place].source != "labelled"]
    chosen = np.array([*half, *rest])[:LANDMARKS]
    return np.round(given.meanings[chosen] * STEP).clip(-STEP, STEP).astype(np.int8)


def _whitening(landmarks: np.ndarray) -> np.ndarray:
    """Return Nyström's map: the inverse square root of the nearness of landmarks among themselves."""
    inner = nearness(landmarks.astype(np.float32) / STEP, landmarks).astype(np.float64)
    inner = (inner + inner.T) / 2
    values, vectors = np.linalg.eigh(inner)
    return vectors @ np.diag(1 / np.sqrt(np.maximum(values, 1e-3))) @ vectors.T


def main() -> None:
    folder = Path(sys.argv[1])
    for language in ("en", "ko"):
        made = fit(material(examples(folder, language)), language)
        path = Path(shipped.__file__).with_name(f"{language}.npz")
        np.savez_compressed(path, **vars(made))
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
