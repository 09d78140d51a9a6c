"""Findings of different interviews that say the same become one insight.

Rather two insights that an analyst would put together than one that mixes two
things: average linkage over meaning and shared rare words, with a high threshold.
What an insight is called, and its id, follow from what was said and from nothing
else: the order of uploading leaves no trace in them.

Survival: one of the insight's interviews is left out at a time. The insight still
stands when the rest comes from two interviews or more and its findings are, on
average over all pairs, as alike as merging asks for. `survival` is the share of
the interviews for which that is so: 0 where it rests on one or two of them.
"""

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.language import generic_terms, language_of, written
from persona_lab.engines.meaning import vectors as meaning
from persona_lab.engines.meaning.encoder import MODEL as ENCODER
from persona_lab.engines.rules import PROMPT_HASH, TUNING
from persona_lab.models import KINDS, Finding, Insight, InsightMember, Kind, Related

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
# From this likeness on, insights that were not merged are offered as related: about two in five of the labelled
# pairs that are as near as that are the same to a person.
RELATED = 0.5
MOST_RELATED = 3
# So many near neighbours of each statement are looked at.
NEIGHBOURS = 12
KEYWORDS = 5
# A word of one finding alone is more often a whim than a subject.
ONLY_ONE = 0.5
# How a word is written shows in so many quotes.
ENOUGH_SAID = 50
# Means that are equal may differ in the last bit.
TINY = 1e-6
# So many rows are compared with all others at once.
BLOCK = 256

# What merged, with its version: raised when the method changes. The hash is of all else that shapes the result.
MODEL = "merge-2"
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
    said: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Statements of one kind with what they are compared by."""

    statements: tuple[Statement, ...]
    words: tuple[Vector, ...]
    meanings: meaning.Vectors
    told_apart: meaning.Vectors
    is_negative: NDArray[np.bool_]
    is_korean: NDArray[np.bool_]

    @cached_property
    def postings(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """For each word the statements that have it, and its weight in each."""
        held: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, vector in enumerate(self.words):
            for term, weight in vector.items():
                held[term].append((at, weight))
        return {
            term: (np.array([at for at, _ in pairs]), np.array([weight for _, weight in pairs]))
            for term, pairs in held.items()
        }

    def part(self, places: Sequence[int]) -> "Group":
        return Group(
            tuple(self.statements[at] for at in places),
            tuple(self.words[at] for at in places),
            self.meanings[list(places)],
            self.told_apart[list(places)],
            self.is_negative[list(places)],
            self.is_korean[list(places)],
        )


def merge(findings: Sequence[tuple[InsightMember, Finding]], meanings: Sequence[bytes]) -> list[Insight]:
    """Return one insight for all findings that say the same, whatever order they come in.

    The text is that of the finding nearest to all the others. `contradictions`, and what people
    have said of it, are left empty, as are support and quotes.

    Args:
        meanings: each finding's vector, packed.
    """
    whole = everything(findings, meanings)
    words = Words(whole.statements)
    insights: list[Insight] = []
    for kind in KINDS:
        group = whole.part([at for at, one in enumerate(whole.statements) if one.kind == kind])
        linked, near = _compared(group)
        clusters = list(_clusters(group, linked))
        found = [_insight(group.part(places), words) for places in clusters]
        insights += _related(found, clusters, near)
    return sorted(
        insights, key=lambda insight: (KINDS.index(insight.kind), -len(insight.members), -insight.score, insight.text)
    )


def insight_id(kind: Kind, text: str) -> str:
    """Return the id of the insight that is named after this finding."""
    return hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:12]


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
        told_apart(rows, is_korean),
        np.array([NEGATION.search(statement.text) is not None for statement in statements], dtype=np.bool_),
        is_korean,
    )


def told_apart(rows: meaning.Vectors, is_korean: NDArray[np.bool_]) -> meaning.Vectors:
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
            said=tuple(sorted({quote.text for _, finding in group for quote in finding.quotes})),
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


def _clusters(group: Group, linked: Iterable[list[int]]) -> Iterator[list[int]]:
    """Yield clusters of positions; only what is linked pair by pair is compared in full."""
    for places in linked:
        if len(places) == 1:
            yield places
        else:
            yield from _agglomerate(places, _similarity(group.part(places)))


def _compared(group: Group) -> tuple[list[list[int]], list[dict[int, float]]]:
    """Return what pairs similar enough to be merged link, and each statement's neighbours with their likeness."""
    size = len(group.statements)
    near: list[dict[int, float]] = []

    def pairs() -> Iterator[tuple[int, int]]:
        for first in range(0, size, BLOCK):
            rows = range(first, min(first + BLOCK, size))
            for here, found in zip(rows, likeness(group, rows), strict=True):
                near.append(_neighbours(found, here))
                for there in np.flatnonzero(found[:here] >= TUNING.merge_similarity):
                    yield int(there), here

    return _components(size, pairs()), near


def _neighbours(found: NDArray[np.float64], here: int) -> dict[int, float]:
    places = np.flatnonzero(found >= RELATED)
    nearest = places[np.argsort(-found[places], kind="stable")][: NEIGHBOURS + 1]
    return {int(there): float(found[there]) for there in nearest if there != here}


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
    words, shared = np.zeros((len(rows), len(group.words))), np.zeros((len(rows), len(group.words)))
    for number, at in enumerate(rows):
        for term, weight in group.words[at].items():
            places, weights = group.postings[term]
            words[number, places] += weight * weights
            shared[number, places] += 1
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


def _insight(cluster: Group, words: "Words") -> Insight:
    statements = cluster.statements
    similarity = _similarity(cluster) if len(statements) > 1 else np.ones((1, 1))
    medoid = int(similarity.sum(axis=1).round(6).argmax()) if len(statements) > 2 else 0
    kind, text = statements[medoid].kind, statements[medoid].text
    return Insight(
        id=insight_id(kind, text),
        kind=kind,
        text=text,
        members=tuple(sorted((member for one in statements for member in one.members), key=_member_order)),
        score=max(one.score for one in statements),
        keywords=words.of([one.terms for one in statements], [text for one in statements for text in one.said]),
        survival=_survival(statements, similarity),
    )


def _survival(statements: Sequence[Statement], similarity: Matrix) -> float:
    """Return the share of the interviews without any one of which the insight stands; see the module."""
    said_in = [frozenset(member.interview_id for member in one.members) for one in statements]
    interviews = sorted(frozenset().union(*said_in))
    if len(interviews) < 3:
        return 0.0
    between = similarity - np.diag(np.diag(similarity))
    sums, total = between.sum(axis=1), between.sum()
    only: dict[str, list[int]] = defaultdict(list)
    for at, names in enumerate(said_in):
        if len(names) == 1:
            only[next(iter(names))].append(at)
    stands = 0
    for name in interviews:
        gone = only[name]
        left = len(statements) - len(gone)
        rest = total - 2 * sums[gone].sum() + between[np.ix_(gone, gone)].sum()
        stands += left == 1 or rest >= TUNING.merge_similarity * left * (left - 1) - TINY
    return round(stands / len(interviews), 3)


def _related(
    insights: Sequence[Insight], clusters: Sequence[Sequence[int]], near: Sequence[Mapping[int, float]]
) -> Iterator[Insight]:
    """Yield the insights with those of their kind that are near them, the nearest first."""
    home = {place: number for number, places in enumerate(clusters) for place in places}
    found: list[dict[int, float]] = [{} for _ in insights]
    for place, neighbours in enumerate(near):
        for other, alike in neighbours.items():
            one, two = home[place], home[other]
            if one != two:
                found[one][two] = max(alike, found[one].get(two, 0.0))
                found[two][one] = max(alike, found[two].get(one, 0.0))
    for insight, others in zip(insights, found, strict=True):
        nearest = sorted(others.items(), key=lambda other: (-other[1], insights[other[0]].text))[:MOST_RELATED]
        related = [Related(id=insights[n].id, text=insights[n].text, likeness=round(by, 2)) for n, by in nearest]
        yield insight.model_copy(update={"related": tuple(related)})


class Words:
    """What words are worth among all findings: the rarer the more, but little where only one finding has them."""

    def __init__(self, statements: Sequence[Statement] | Sequence[Finding]) -> None:
        self._frequency = Counter(term for one in statements for term in set(one.terms))
        self._total = len(statements)

    def of(self, terms: Iterable[Iterable[str]], said: Sequence[str]) -> tuple[str, ...]:
        """Return what tells findings with these terms from the others, as it is written in what was said."""
        here = Counter(term for words in terms for term in set(words) - EVERYDAY if not term.isdigit())
        best = sorted(here, key=lambda term: (-here[term] * self._worth(term), term))
        # Some are written nowhere in the quotes, and two may be written alike.
        shown = written(best[: 2 * KEYWORDS], said[:ENOUGH_SAID])
        return tuple(dict.fromkeys(shown.values()))[:KEYWORDS]

    def _worth(self, term: str) -> float:
        frequency = self._frequency[term]
        return round(math.log1p(self._total / max(1, frequency)) * (1.0 if frequency > 1 else ONLY_ONE), 9)
