"""Interviews that belong together by what their participants say, not by what they were asked.

Two interviews are alike when their participants use the same rare words, and mean the same. Both are
measured from the middle of what is said in their language, so that Korean and English ones don't part
by language alone. There are as many groups as come out the most alike when one in five interviews
is left out; where none do, all belong together.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from persona_lab.engines.analysing.cues import is_small_talk, points_back
from persona_lab.engines.language import Sentence
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.keywords import EVERYDAY
from persona_lab.engines.personas import clusters
from persona_lab.engines.personas.clusters import Labels, Rows
from persona_lab.engines.personas.told import Told
from persona_lab.engines.personas.typical import typical_words
from persona_lab.models import CitedQuote, Group, Grouping, TypicalWord

MODEL = "grouping-1"

# From so many interviews on, the number of groups can be found out.
ENOUGH = 6
MOST_GROUPS = 8
# A group that is found, not asked for, has at least so many interviews.
LEAST_SIZE = 2
SAMPLES = 20
SAMPLE_SHARE = 0.8
# Groupings of samples that agree by this are a structure, not chance (Hennig 2007, doi 10.1016/j.csda.2006.11.025).
STABLE = 0.75
# What a mean over the samples is uncertain by.
AS_GOOD = 0.02
# A word that more than this share uses is what the study is about; one that fewer use is somebody's own.
COMMON_SHARE = 0.5
LEAST_USERS = 3
# The directions in which words set interviews apart the most.
DIRECTIONS = 5
# A language with fewer interviews has no middle of its own.
OWN_MIDDLE = 3
QUOTES = 3
# Typical sentences are looked for in so many of the turns nearest to the group's middle.
NEAR_TURNS = 12
LETTERS = (40, 300)
LEAST_TERMS = 5


def group(interviews: Sequence[Told], *, count: int | None = None) -> Grouping:
    """Return a proposal how the interviews belong together, whatever order they come in.

    Args:
        count: how many groups to make; without it the number is found.
    """
    told = sorted((one for one in interviews if one.turns), key=lambda one: one.content)
    silent = len(interviews) - len(told)
    if not told:
        return Grouping(groups=(), model=MODEL, note="There is no interview in which a participant says anything.")
    rows = _rows(told)
    most = min(MOST_GROUPS, len(told) // (2 * LEAST_SIZE)) if count is None else min(count, len(told))
    numbers = range(2, most + 1) if count is None else [most]
    tried = {number: clusters.kmeans(rows, number) for number in numbers}
    stability = {number: _stability(rows, labels, number) for number, labels in tried.items()}
    chosen = most if count is not None else _chosen(len(told), tried, stability)
    labels = tried.get(chosen, np.zeros(len(told), np.int64))
    return Grouping(
        groups=_groups(told, rows, labels, stability.get(chosen, 1.0)),
        stability={number: round(value, 3) for number, value in stability.items()},
        model=MODEL,
        note=" ".join(_notes(len(told), silent, count, chosen, stability)),
    )


def typical_interview(interviews: Sequence[Told]) -> tuple[str | None, float]:
    """Return the id of the interview nearest to all the others, None without any, and how far they are spread."""
    told = sorted((one for one in interviews if one.turns), key=lambda one: one.content)
    if not told:
        return None, 0.0
    apart = _apart(_unit(np.array([_meant(one).sum(axis=0) for one in told])))
    return told[int(apart.argmin())].interview_id, _spread(apart)


def _apart(rows: Rows) -> Rows:
    """Return how far each row is from the middle of all: half its squared distance, which is at most 2."""
    apart: Rows = (((rows - rows.mean(axis=0)) ** 2).sum(axis=1) / 2).round(9)
    return apart


def _spread(apart: Rows) -> float:
    return round(float(apart.mean().clip(0.0, 1.0)), 3)


def _rows(told: Sequence[Told]) -> Rows:
    """Return one row for each interview: what its words and its meaning set it apart by, each of length 1."""
    languages = [one.language for one in told]
    meant = _unit(np.array([_meant(one).sum(axis=0) for one in told]))
    return np.hstack([_unit(_centred(meant, languages)), _unit(_directions(_words(told), languages))]).round(6)


def _words(told: Sequence[Told]) -> Rows:
    """Return which words each uses, weighed by how rare they are; how often tells rather who talks much."""
    used = [{term for turn in one.turns for term in turn.terms if not term.isdigit()} - EVERYDAY for one in told]
    users = Counter(term for terms in used for term in terms)
    least = min(LEAST_USERS, max(1, len(told) // 2))
    telling = sorted(term for term, n in users.items() if least <= n <= max(least, COMMON_SHARE * len(told)))
    place = {term: at for at, term in enumerate(telling)}
    found = np.zeros((len(told), len(telling)))
    for row, terms in enumerate(used):
        for term in terms & place.keys():
            found[row, place[term]] = math.log(len(told) / users[term])
    return _unit(found)


def _directions(rows: Rows, languages: Sequence[str]) -> Rows:
    """Return the rows in the few directions in which they differ most."""
    if not rows.shape[1]:
        return np.zeros((len(rows), 1))
    left, sizes, _ = np.linalg.svd(_unit(_centred(rows, languages)), full_matrices=False)
    found: Rows = left[:, :DIRECTIONS] * sizes[:DIRECTIONS]
    return found


def _centred(rows: Rows, languages: Sequence[str]) -> Rows:
    """Return the rows from the middle of their language, or of all where it has few."""
    centred: Rows = rows - rows.mean(axis=0)
    for language in set(languages):
        own = [at for at, one in enumerate(languages) if one == language]
        if len(own) >= OWN_MIDDLE:
            centred[own] = rows[own] - rows[own].mean(axis=0)
    return centred


def _unit(rows: Rows) -> Rows:
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    unit: Rows = rows / np.where(lengths > 1e-9, lengths, 1.0)
    return unit


def _stability(rows: Rows, labels: Labels, number: int) -> float:
    """Return how alike the grouping is to those of samples, on average (adjusted Rand index)."""
    chance = np.random.default_rng(number)
    size = max(number, min(len(rows) - 1, round(SAMPLE_SHARE * len(rows))))
    agreed = []
    for _ in range(SAMPLES):
        sample = np.sort(chance.permutation(len(rows))[:size])
        agreed.append(clusters.agreement(labels[sample], clusters.kmeans(rows[sample], number, starts=3)))
    return float(np.mean(agreed))


def _chosen(size: int, tried: dict[int, Labels], stability: dict[int, float]) -> int:
    """Return the most stable number of groups, of those as good the largest; 1 where none is stable."""
    if size < ENOUGH:
        return 1
    fit = [n for n, value in stability.items() if value >= STABLE and np.bincount(tried[n]).min() >= LEAST_SIZE]
    best = max((stability[n] for n in fit), default=0.0)
    return max((n for n in fit if stability[n] >= best - AS_GOOD), default=1)


def _notes(size: int, silent: int, count: int | None, chosen: int, stability: dict[int, float]) -> list[str]:
    said = []
    if silent:
        said.append(f"{silent} in which no participant says anything {'was' if silent == 1 else 'were'} left out.")
    if count is not None:
        if chosen < count:
            said.append(f"There are only {chosen} interviews for {count} groups.")
        elif count > 1 and stability[chosen] < STABLE:
            said.append(f"{count} groups were asked for; they come out otherwise when interviews are left out.")
    elif size < ENOUGH:
        said.append(f"With fewer than {ENOUGH} interviews all are taken together.")
    elif chosen == 1:
        said.append("All belong together: no groups came out the same when interviews were left out.")
    return said


def _groups(told: Sequence[Told], rows: Rows, labels: Labels, stability: float) -> tuple[Group, ...]:
    sure = clusters.sureness(rows, labels)
    first = {one.interview_id: at for at, one in enumerate(told)}
    groups = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        members, others = (
            [told[at] for at in own.tolist()],
            [told[at] for at in np.flatnonzero(labels != label).tolist()],
        )
        words = typical_words(members, others)
        apart = _apart(rows[own])
        groups.append(
            Group(
                interview_ids=tuple(one.interview_id for one in members),
                medoid=members[int(apart.argmin())].interview_id,
                spread=_spread(apart),
                stability=round(max(0.0, stability), 3),
                sureness=tuple(round(float(value), 3) for value in sure[own]),
                words=words,
                quotes=_typical(members, others, words),
            )
        )
    return tuple(sorted(groups, key=lambda one: (-len(one.interview_ids), first[one.interview_ids[0]])))


def _typical(members: Sequence[Told], others: Sequence[Told], words: Sequence[TypicalWord]) -> tuple[CitedQuote, ...]:
    """Return sentences near to the group's middle and far from the others', at most one of each interview."""
    middle = _middle(members)
    if others:
        middle = middle - _middle(others)
    near = sorted(
        (-round(float(likeness), 6), at, number)
        for at, one in enumerate(members)
        for number, likeness in enumerate(_meant(one) @ middle)
    )
    best: dict[int, tuple[float, CitedQuote]] = {}
    for less, at, number in near[: NEAR_TURNS * QUOTES]:
        one, turn = members[at], members[at].turns[number]
        for sentence in _telling(one.sentences(turn)):
            weight = -less * (1 + sum(typical.word.lower() in sentence.text.lower() for typical in words))
            if at not in best or weight > best[at][0]:
                best[at] = weight, one.quote(turn, sentence.start, sentence.end)
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(quote for _, (_, quote) in ranked[:QUOTES])


def _telling(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences that stand by themselves and say something."""
    for before, sentence in zip([None, *sentences], sentences, strict=False):
        if (
            LETTERS[0] <= len(sentence.text) * (2 if sentence.language == "ko" else 1) <= LETTERS[1]
            and len(set(sentence.terms)) >= LEAST_TERMS
            and not (sentence.is_question or is_small_talk(sentence) or points_back(sentence, before))
        ):
            yield sentence


def _middle(interviews: Sequence[Told]) -> Rows:
    middle: Rows = np.mean([_meant(one).mean(axis=0) for one in interviews], axis=0)
    return middle


def _meant(one: Told) -> Rows:
    return _unit(vectors.unpacked(one.meanings).astype(np.float64))
