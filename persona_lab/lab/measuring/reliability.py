"""How far coders agree, beyond what chance would give.

Values are nominal: any two are alike or not. None stands for a unit that a coder
has not judged. Where a coefficient is undefined it is NaN.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations

# What one coder said of each unit, in the order of the units.
Values = Sequence[Hashable | None]


def raw_agreement(coders: Sequence[Values]) -> float:
    """Return the share of pairs of judgements of the same unit that are alike."""
    pairs = [one == other for unit in _units(coders) for one, other in combinations(unit, 2)]
    return sum(pairs) / len(pairs) if pairs else math.nan


def cohens_kappa(one: Values, other: Values) -> float:
    """Return Cohen's κ of two coders, over the units that both have judged.

    NaN when there are none, or when both gave one and the same value to all.

    Source: Cohen, J. (1960), A coefficient of agreement for nominal scales,
    Educational and Psychological Measurement 20, 37-46.
    """
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    if not both:
        return math.nan
    n = len(both)
    observed = sum(a == b for a, b in both) / n
    ones, others = Counter(a for a, _ in both), Counter(b for _, b in both)
    # Whole numbers, so that "all by chance" is found exactly.
    expected = sum(count * others[value] for value, count in ones.items())
    if expected == n * n:
        return math.nan
    chance = expected / (n * n)
    return (observed - chance) / (1 - chance)


def krippendorffs_alpha(coders: Sequence[Values]) -> float:
    """Return Krippendorff's α for nominal values, any number of coders, and values that are missing.

    NaN when no unit was judged twice, or when all that were have one and the same value.

    Source: Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability,
    https://repository.upenn.edu/asc_papers/43.
    """
    units = [Counter(unit) for unit in _units(coders)]
    totals: Counter[Hashable] = Counter()
    for unit in units:
        totals.update(unit)
    n = totals.total()
    unlike_by_chance = n * n - sum(count * count for count in totals.values())
    if not unlike_by_chance:
        return math.nan
    unlike = math.fsum(
        (unit.total() ** 2 - sum(count * count for count in unit.values())) / (unit.total() - 1) for unit in units
    )
    return 1 - (n - 1) * unlike / unlike_by_chance


def _units(coders: Sequence[Values]) -> list[list[Hashable]]:
    """Return the values of each unit that has at least two."""
    units = [[value for value in unit if value is not None] for unit in zip(*coders, strict=True)]
    return [unit for unit in units if len(unit) > 1]
