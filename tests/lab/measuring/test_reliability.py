"""The coefficients give what the papers that define them give."""

import math

import krippendorff
import pytest
from hypothesis import given
from hypothesis import strategies as some

from persona_lab.lab.measuring.reliability import cohens_kappa, krippendorffs_alpha, raw_agreement


def from_table(rows: list[list[int]]) -> tuple[list[int], list[int]]:
    """Return the two coders' values that a table of counts stands for."""
    cells = [(a, b) for a, row in enumerate(rows) for b, count in enumerate(row) for _ in range(count)]
    return [a for a, _ in cells], [b for _, b in cells]


def spread(line: str) -> list[str | None]:
    """Return the values of one coder, a letter each; `*` was not judged."""
    return [None if value == "*" else value for value in line.split()]


# Cohen, J. (1960), A coefficient of agreement for nominal scales: the tables of 200 subjects and three categories.


def test_cohens_example_of_moderate_agreement() -> None:
    one, other = from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert raw_agreement([one, other]) == pytest.approx(0.70)
    assert round(cohens_kappa(one, other), 3) == 0.492


def test_cohens_example_of_less_than_chance() -> None:
    one, other = from_table([[50, 26, 24], [24, 4, 32], [6, 30, 4]])
    assert raw_agreement([one, other]) == pytest.approx(0.29)
    assert round(cohens_kappa(one, other), 2) == -0.09


# Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability: examples A, B and C.


def test_krippendorffs_example_of_binary_data() -> None:
    meg, owen = spread("0 1 0 0 0 0 0 0 1 0"), spread("1 1 1 0 0 1 0 0 0 0")
    assert round(krippendorffs_alpha([meg, owen]), 3) == 0.095
    assert raw_agreement([meg, owen]) == pytest.approx(0.6)


def test_krippendorffs_example_of_nominal_data() -> None:
    ben, gerry = spread("a a b b d c c c e d d a"), spread("b a b b b c c c e d d d")
    assert round(krippendorffs_alpha([ben, gerry]), 3) == 0.692


def test_krippendorffs_example_of_four_coders_and_values_that_are_missing() -> None:
    coders = [
        spread("1 2 3 3 2 1 4 1 2 * * *"),
        spread("1 2 3 3 2 2 4 1 2 5 * 3"),
        spread("* 3 3 3 2 3 4 2 2 5 1 *"),
        spread("1 2 3 3 2 4 4 1 2 5 1 *"),
    ]
    assert round(krippendorffs_alpha(coders), 3) == 0.743


@given(some.lists(some.lists(some.sampled_from([None, 0, 1, 2]), min_size=8, max_size=8), min_size=2, max_size=4))
def test_alpha_is_that_of_another_implementation(coders: list[list[int | None]]) -> None:
    ours = krippendorffs_alpha(coders)
    units = [[value for value in unit if value is not None] for unit in zip(*coders, strict=True)]
    if math.isnan(ours):
        assert len({value for unit in units if len(unit) > 1 for value in unit}) < 2
        return
    counts = [[unit.count(value) for value in (0, 1, 2)] for unit in units]
    assert ours == pytest.approx(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


@given(some.lists(some.tuples(some.booleans(), some.booleans()), min_size=1, max_size=30))
def test_for_two_coders_who_say_the_same_both_are_one(
    judged: list[tuple[bool, bool]],
) -> None:
    one, other = [a for a, _ in judged], [b for _, b in judged]
    kappa, alpha = cohens_kappa(one, other), krippendorffs_alpha([one, other])
    assert math.isnan(kappa) or -1 <= kappa <= 1
    if one == other and not math.isnan(kappa):
        assert (kappa, alpha) == (1, 1)


# Undefined


@pytest.mark.parametrize("value", [True, False, "price"])
def test_without_variation_nothing_can_be_said_beyond_chance(value: object) -> None:
    same = [value] * 5
    assert math.isnan(cohens_kappa(same, same))
    assert math.isnan(krippendorffs_alpha([same, same]))
    assert raw_agreement([same, same]) == 1


def test_one_coder_who_varies_is_enough_for_a_value() -> None:
    assert cohens_kappa([1, 1, 0], [1, 1, 1]) == 0


@pytest.mark.parametrize("coders", [[[], []], [[1, None], [None, 1]], [[1, 2, 3]], []])
def test_where_nothing_was_judged_twice_there_is_no_agreement(coders: list[list[int | None]]) -> None:
    assert math.isnan(raw_agreement(coders))
    assert math.isnan(krippendorffs_alpha(coders))


def test_kappa_of_coders_who_judged_different_units_is_undefined() -> None:
    assert math.isnan(cohens_kappa([1, None], [None, 1]))
