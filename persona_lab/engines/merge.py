"""Findings of different interviews that say the same become one insight.

Rather two insights that an analyst would put together than one that mixes two
things: average linkage over meaning and shared rare words, with a high threshold.
"""

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.language import generic_terms, language_of
from persona_lab.engines.meaning import vectors as meaning
from persona_lab.engines.meaning.encoder import MODEL as ENCODER
from persona_lab.engines.rules import PROMPT_HASH, TUNING
from persona_lab.models import KINDS, Finding, Insight, InsightMember, Kind

# "Frustrating", "wish" and "people" do not make two findings say the same.
EVERYDAY = generic_terms("en") | generic_terms("ko")
# With fewer words in common than this, the likeness counts for less.
ENOUGH_SHARED = 3

# What the words count for beside the meaning.
WORDS = 0.5
# What all say does not make two the same. From few findings it can't be known, so it is taken for less.
FEW = 20
# Who means so nearly the same says the same, though all do.
SAME = 0.85
# "I trust it" and "I don't trust it" mean nearly the same to an encoder.
NEGATION = re.compile(r"\b(?:not?|never|cannot|nothing|nobody)\b|n['’]t\b|(?<![가-힣])안 |못|않|없|아니", re.IGNORECASE)
# Korean sentences look alike sooner, to the encoder and in their few words, and other languages' only by accident.
KOREAN = 0.62
# So many rows are compared with all others at once.
BLOCK = 256

# What merged, with its version: raised when the method changes. The hash is of all else that shapes the result.
MODEL = "merge-1"
RULES_HASH = hashlib.sha256(
    f"{PROMPT_HASH} {ENCODER} {ENOUGH_SHARED} {WORDS} {FEW} {SAME} {NEGATION.pattern} {KOREAN}".encode()
).hexdigest()[:12]

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
    meaning: bytes


@dataclass(frozen=True, slots=True)
class Group:
    """Statements of one kind with what they are compared by."""

    statements: tuple[Statement, ...]
    words: tuple[Vector, ...]
    meanings: meaning.Vectors
    told_apart: meaning.Vectors
    is_negative: NDArray[np.bool_]
    is_korean: NDArray[np.bool_]

    def part(self, places: Sequence[int]) -> "Group":
        return Group(
            tuple(self.statements[at] for at in places),
            tuple(self.words[at] for at in places),
            self.meanings[list(places)],
            self.told_apart[list(places)],
            self.is_negative[list(places)],
            self.is_korean[list(places)],
        )


def merge(
    findings: Sequence[tuple[InsightMember, Finding]],
    meanings: Sequence[bytes],
    before: Sequence[Insight] = (),
) -> list[Insight]:
    """Return one insight for all findings that say the same, whatever order they come in.

    The text is that of the finding nearest to all the others. `support`, `participants` and
    `quotes` are left empty.

    Args:
        meanings: each finding's vector, packed.
        before: the project's insights until now. An insight that takes in the finding one of them
            was named after keeps its id, though it may be named after another finding now.
    """
    whole = everything(findings, meanings)
    clusters: list[Group] = []
    for kind in KINDS:
        group = whole.part([at for at, one in enumerate(whole.statements) if one.kind == kind])
        clusters += [group.part(places) for places in _clusters(group)]
    insights = _with_ids_from_before([(_insight(cluster), cluster.statements) for cluster in clusters], before)
    return sorted(
        insights, key=lambda insight: (KINDS.index(insight.kind), -len(insight.members), -insight.score, insight.text)
    )


def _with_ids_from_before(
    found: Sequence[tuple[Insight, Sequence[Statement]]], before: Sequence[Insight]
) -> list[Insight]:
    """Return the insights, each with the id of the largest earlier one whose text is among its findings."""
    earlier = {(insight.kind, insight.text): insight for insight in before}
    insights = []
    for insight, statements in found:
        known = [earlier[one.kind, one.text] for one in statements if (one.kind, one.text) in earlier]
        oldest = min(known, key=lambda one: (-len(one.members), one.id), default=insight)
        insights.append(insight.model_copy(update={"id": oldest.id}))
    return insights


def everything(findings: Sequence[tuple[InsightMember, Finding]], meanings: Sequence[bytes]) -> Group:
    """Return all statements, of whatever kind, with what they are compared by."""
    statements = _statements(findings, meanings)
    rarity = _rarity(statements)
    rows = meaning.unpacked(b"".join(statement.meaning for statement in statements))
    is_korean = np.array([language_of(statement.text, "") == "ko" for statement in statements], dtype=np.bool_)
    return Group(
        tuple(statements),
        tuple(_vector(statement, rarity) for statement in statements),
        rows,
        _told_apart(rows, is_korean),
        np.array([NEGATION.search(statement.text) is not None for statement in statements], dtype=np.bool_),
        is_korean,
    )


def _told_apart(rows: meaning.Vectors, is_korean: NDArray[np.bool_]) -> meaning.Vectors:
    """Return the meanings without what all findings of their language have in common: the study's subject."""
    told = rows / meaning.lengths(rows)[:, None]
    for here in (is_korean, ~is_korean):
        told[here] -= told[here].sum(axis=0) / (here.sum() + FEW)
    return meaning.rounded(told.astype(np.float32))


def _statements(findings: Sequence[tuple[InsightMember, Finding]], meanings: Sequence[bytes]) -> list[Statement]:
    """Return the statements in an order that depends on what they say only."""
    groups: dict[tuple[Kind, str], list[tuple[InsightMember, Finding]]] = defaultdict(list)
    meant: dict[str, bytes] = {}
    for (member, finding), vector in zip(findings, meanings, strict=True):
        groups[finding.kind, finding.text].append((member, finding))
        # The same text encoded beside others may differ in its last bit.
        meant[finding.text] = min(vector, meant.get(finding.text, vector))
    return [
        Statement(
            kind=kind,
            text=text,
            terms=tuple(sorted({term for _, finding in group for term in finding.terms} - EVERYDAY)),
            members=tuple(sorted({member for member, _ in group}, key=_member_order)),
            score=max(finding.score for _, finding in group),
            meaning=meant[text],
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


def _clusters(group: Group) -> Iterator[list[int]]:
    """Yield clusters of positions; only what is linked pair by pair is compared in full."""
    for linked in _components(len(group.statements), _pairs(group)):
        if len(linked) == 1:
            yield linked
        else:
            yield from _agglomerate(linked, _similarity(group.part(linked)))


def _pairs(group: Group) -> Iterator[tuple[int, int]]:
    """Yield the pairs similar enough to be merged."""
    size = len(group.statements)
    for first in range(0, size, BLOCK):
        rows = range(first, min(first + BLOCK, size))
        for here, near in zip(rows, likeness(group, rows), strict=True):
            for there in np.flatnonzero(near[:here] >= TUNING.merge_similarity):
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


def _similarity(group: Group) -> Matrix:
    return likeness(group, range(len(group.statements)))


def likeness(group: Group, rows: range) -> Matrix:
    """Return how much the statements of these rows say the same as each of the group, at most 1 + `WORDS`."""
    here = slice(rows.start, rows.stop)
    meant = meaning.likeness(group.meanings[here], group.meanings)
    apart = meaning.likeness(group.told_apart[here], group.told_apart).clip(min=0.0)
    opposed = group.is_negative[here, None] != group.is_negative[None, :]
    full: Matrix = np.where(meant >= SAME, meant, apart) + WORDS * likeness_in_words(group, rows)
    full *= np.where(group.is_korean[here, None] | group.is_korean[None, :], KOREAN, 1.0)
    # The last bits depend on the machine's arithmetic; they must not decide a tie.
    return np.where(opposed, 0.0, full).round(9)


def likeness_in_words(group: Group, rows: range) -> Matrix:
    """Return the cosine over rare words, less where only one or two are shared."""
    wanted = {term for at in rows for term in group.words[at]}
    postings: dict[str, list[tuple[int, float]]] = {term: [] for term in wanted}
    for at, vector in enumerate(group.words):
        for term in vector.keys() & wanted:
            postings[term].append((at, vector[term]))
    places = {term: np.array([at for at, _ in held]) for term, held in postings.items()}
    weights = {term: np.array([weight for _, weight in held]) for term, held in postings.items()}
    words, shared = np.zeros((len(rows), len(group.words))), np.zeros((len(rows), len(group.words)))
    for number, at in enumerate(rows):
        for term, weight in group.words[at].items():
            words[number, places[term]] += weight * weights[term]
            shared[number, places[term]] += 1
    found: Matrix = words * np.minimum(shared, ENOUGH_SHARED) / ENOUGH_SHARED
    return found


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


def _insight(cluster: Group) -> Insight:
    statements = cluster.statements
    medoid = int(_similarity(cluster).sum(axis=1).round(6).argmax()) if len(statements) > 2 else 0
    kind, text = statements[medoid].kind, statements[medoid].text
    return Insight(
        id=hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:12],
        kind=kind,
        text=text,
        members=tuple(sorted((member for one in statements for member in one.members), key=_member_order)),
        score=max(one.score for one in statements),
    )
