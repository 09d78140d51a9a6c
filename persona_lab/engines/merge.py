"""Findings of different interviews that say the same become one insight.

Rather two insights that an analyst would put together than one that mixes two
things: average linkage over shared rare words, with a high threshold.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.language import generic_terms
from persona_lab.engines.rules import TUNING
from persona_lab.models import KINDS, Finding, Insight, InsightMember, Kind

# "Frustrating", "wish" and "people" do not make two findings say the same.
EVERYDAY = generic_terms("en") | generic_terms("ko")
# With fewer words in common than this, the likeness counts for less.
ENOUGH_SHARED = 3

Matrix = NDArray[np.float64]
Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Statement:
    """All findings of one kind with the very same text."""

    kind: Kind
    text: str
    terms: tuple[str, ...]
    members: tuple[InsightMember, ...]
    score: float


def merge(findings: Sequence[tuple[InsightMember, Finding]]) -> list[Insight]:
    """Return one insight for all findings that say the same, whatever order they come in.

    The text is that of the finding nearest to all the others. `support`, `participants` and
    `quotes` are left empty.
    """
    statements = _statements(findings)
    rarity = _rarity(statements)
    insights = []
    for kind in KINDS:
        group = [statement for statement in statements if statement.kind == kind]
        vectors = [_vector(statement, rarity) for statement in group]
        for cluster in _clusters(vectors):
            insights.append(_insight([group[i] for i in cluster], [vectors[i] for i in cluster]))
    return sorted(
        insights, key=lambda insight: (KINDS.index(insight.kind), -len(insight.members), -insight.score, insight.text)
    )


def _statements(findings: Sequence[tuple[InsightMember, Finding]]) -> list[Statement]:
    """Return the statements in an order that depends on what they say only."""
    groups: dict[tuple[Kind, str], list[tuple[InsightMember, Finding]]] = defaultdict(list)
    for member, finding in findings:
        groups[finding.kind, finding.text].append((member, finding))
    return [
        Statement(
            kind=kind,
            text=text,
            terms=tuple(sorted({term for _, finding in group for term in finding.terms} - EVERYDAY)),
            members=tuple(sorted({member for member, _ in group}, key=_member_order)),
            score=max(finding.score for _, finding in group),
        )
        for (kind, text), group in sorted(groups.items())
    ]


def _member_order(member: InsightMember) -> tuple[str, int]:
    return member.interview_id, member.finding


def _rarity(statements: Sequence[Statement]) -> dict[str, float]:
    frequency = Counter(term for statement in statements for term in statement.terms)
    return {term: math.log1p(len(statements) / count) for term, count in frequency.items()}


def _vector(statement: Statement, rarity: dict[str, float]) -> Vector:
    length = math.sqrt(math.fsum(rarity[term] ** 2 for term in statement.terms))
    return {term: rarity[term] / length for term in statement.terms}


def _clusters(vectors: Sequence[Vector]) -> Iterator[list[int]]:
    """Yield clusters of positions; only what is linked pair by pair is compared in full."""
    for linked in _components(len(vectors), _pairs(vectors)):
        if len(linked) == 1:
            yield linked
        else:
            yield from _agglomerate(linked, _similarity([vectors[i] for i in linked]))


def _pairs(vectors: Sequence[Vector]) -> Iterator[tuple[int, int]]:
    """Yield the pairs similar enough to be merged, found by the words they share."""
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for here, vector in enumerate(vectors):
        for term, weight in vector.items():
            postings[term].append((here, weight))
    places = {term: np.array([here for here, _ in held]) for term, held in postings.items()}
    weights = {term: np.array([weight for _, weight in held]) for term, held in postings.items()}
    for here, vector in enumerate(vectors):
        scores, shared = np.zeros(len(vectors)), np.zeros(len(vectors))
        for term, weight in vector.items():
            scores[places[term]] += weight * weights[term]
            shared[places[term]] += 1
        near = scores * np.minimum(shared, ENOUGH_SHARED) / ENOUGH_SHARED >= TUNING.merge_similarity
        for there in np.flatnonzero(near[:here]):
            yield int(there), here


def _components(size: int, pairs: Iterator[tuple[int, int]]) -> list[list[int]]:
    parent = list(range(size))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for at in range(size):
        groups[root(at)].append(at)
    return list(groups.values())


def _similarity(vectors: Sequence[Vector]) -> Matrix:
    index = {term: number for number, term in enumerate(sorted({term for vector in vectors for term in vector}))}
    rows = np.zeros((len(vectors), len(index)))
    for number, vector in enumerate(vectors):
        for term, weight in vector.items():
            rows[number, index[term]] = weight
    shared = np.minimum((rows > 0).astype(np.float64) @ (rows > 0).T, ENOUGH_SHARED)
    likeness: Matrix = (rows @ rows.T) * shared / ENOUGH_SHARED
    # The last bits depend on the machine's arithmetic; they must not decide a tie.
    return likeness.round(9)


def _agglomerate(linked: list[int], similarity: Matrix) -> Iterator[list[int]]:
    """Yield clusters by average linkage, none joined below the threshold.

    Follows chains of nearest neighbours (Murtagh 1983): the same result as joining the nearest pair
    each time, with work that grows with the square of the size only.
    """
    between = similarity.copy()
    np.fill_diagonal(between, -1.0)
    clusters = {at: [position] for at, position in enumerate(linked)}
    chain: list[int] = []
    while clusters:
        top = chain[-1] if chain else min(clusters)
        near = _nearest(between[top], chain[-2] if len(chain) > 1 else None)
        if between[top, near] < TUNING.merge_similarity:
            # Average linkage never brings a cluster nearer to what others have joined, so this one is done.
            yield sorted(clusters.pop(top))
            between[top], between[:, top] = -1.0, -1.0
            chain = []
        elif len(chain) > 1 and near == chain[-2]:
            _join(between, clusters, near, top)
            chain = chain[:-2]
        else:
            chain = [*chain, near] if chain else [top, near]


def _nearest(row: NDArray[np.float64], previous: int | None) -> int:
    """Return the nearest cluster; where it ties with the one before in the chain, that one."""
    near = int(row.argmax())
    return previous if previous is not None and row[previous] >= row[near] else near


def _join(between: Matrix, clusters: dict[int, list[int]], one: int, other: int) -> None:
    sizes = len(clusters[one]), len(clusters[other])
    joined = ((sizes[0] * between[one] + sizes[1] * between[other]) / sum(sizes)).round(9)
    joined[[one, other]] = -1.0
    # Clusters that are done stay out of reach.
    joined[between[one] < 0] = -1.0
    between[one], between[:, one] = joined, joined
    between[other], between[:, other] = -1.0, -1.0
    clusters[one] += clusters.pop(other)


def _insight(cluster: Sequence[Statement], vectors: Sequence[Vector]) -> Insight:
    medoid = int(_similarity(vectors).sum(axis=1).round(6).argmax()) if len(cluster) > 2 else 0
    kind, text = cluster[medoid].kind, cluster[medoid].text
    return Insight(
        id=hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:12],
        kind=kind,
        text=text,
        members=tuple(sorted((member for one in cluster for member in one.members), key=_member_order)),
        score=max(one.score for one in cluster),
    )
