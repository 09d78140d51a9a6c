"""Rows that lie together: k-means, how alike two groupings are, and how surely a row belongs where it is.

The same rows in the same order give the same groups: chance comes from a fixed seed.
"""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]

STARTS = 10
ROUNDS = 100


def kmeans(rows: Rows, count: int, *, starts: int = STARTS) -> Labels:
    """Return the group of each row, the best of so many starts (k-means++, Arthur & Vassilvitskii 2007)."""
    chance = np.random.default_rng(0)
    tried = [_settled(rows, _scattered(rows, count, chance)) for _ in range(starts if count > 1 else 1)]
    return min(tried, key=lambda found: round(_within(rows, found), 9))


def _scattered(rows: Rows, count: int, chance: np.random.Generator) -> Rows:
    """Return so many of the rows, each far from those chosen before it."""
    chosen = [int(chance.integers(len(rows)))]
    while len(chosen) < count:
        nearest = _distances(rows, rows[chosen]).min(axis=1)
        nearest[chosen] = 0.0
        share = nearest / nearest.sum() if nearest.sum() > 0 else None
        chosen.append(int(chance.choice(len(rows), p=share)))
    return rows[chosen]


def _settled(rows: Rows, centres: Rows) -> Labels:
    labels: Labels = np.full(len(rows), -1)
    for _ in range(ROUNDS):
        distances = _distances(rows, centres)
        found: Labels = distances.argmin(axis=1)
        for empty in np.setdiff1d(np.arange(len(centres)), found):
            # A group that has lost everybody takes in who is farthest from their own.
            found[distances[np.arange(len(rows)), found].argmax()] = empty
            distances[found == empty] = 0.0
        if (found == labels).all():
            break
        labels = found
        centres = np.array(
            [rows[labels == at].mean(axis=0) if (labels == at).any() else c for at, c in enumerate(centres)]
        )
    return labels


def _within(rows: Rows, labels: Labels) -> float:
    return sum(float(((rows[labels == at] - rows[labels == at].mean(axis=0)) ** 2).sum()) for at in np.unique(labels))


def _distances(rows: Rows, others: Rows) -> Rows:
    """Return the squared distance of each row to each of the others."""
    squares: Rows = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None, :] - 2 * rows @ others.T
    return squares.clip(min=0.0).round(12)


def agreement(one: Labels, other: Labels) -> float:
    """Return the adjusted Rand index: 1 for the same grouping, 0 for what chance gives (Hubert & Arabie 1985)."""
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, first, second = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = first * second / max(1.0, len(one) * (len(one) - 1) / 2)
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def sureness(rows: Rows, labels: Labels) -> NDArray[np.float64]:
    """Return each row's silhouette, -1 to 1 (Rousseeuw 1987); 0 for one that is alone, and where there is one group."""
    found = np.zeros(len(rows))
    groups = np.unique(labels)
    if len(groups) < 2:
        return found
    distances = np.sqrt(_distances(rows, rows))
    sums = np.array([distances[:, labels == at].sum(axis=1) for at in groups]).T
    sizes = np.array([(labels == at).sum() for at in groups])
    for row, own in enumerate(np.searchsorted(groups, labels)):
        if sizes[own] == 1:
            continue
        inside = sums[row, own] / (sizes[own] - 1)
        outside = min(sums[row, at] / sizes[at] for at in range(len(groups)) if at != own)
        found[row] = (outside - inside) / max(inside, outside, 1e-12)
    return found
