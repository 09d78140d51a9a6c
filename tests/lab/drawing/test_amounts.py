import math

import pytest

from persona_lab.lab.drawing.amounts import coefficient, percent


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0 %"),
        (0.05, "5 %"),
        (2 / 37, "5.4 %"),
        (1, "100 %"),
        (0.0001, "under 0.1 %"),
        (0.9999, "over 99.9 %"),
        (1.5, "150 %"),
        (math.inf, "more than 100 %"),
        (math.nan, "undefined"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, written: str) -> None:
    assert percent(share) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.492, "0.49"), (-0.09, "-0.09"), (-0.001, "0.00"), (math.nan, "undefined")]
)
def test_a_coefficient_has_two_places(value: float, written: str) -> None:
    assert coefficient(value) == written
