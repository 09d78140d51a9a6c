"""Shares, coefficients and times as people write them."""

import math


def percent(share: float) -> str:
    """Return "5 %", "5.4 %", or "undefined" for NaN; what isn't nothing or all never looks so."""
    if math.isnan(share):
        return "undefined"
    if share == math.inf:
        return "more than 100 %"
    rounded = round(100 * share, 1)
    if rounded == 0 < share:
        return "under 0.1 %"
    if rounded == 100 and share < 1:
        return "over 99.9 %"
    return f"{rounded:g} %"


def coefficient(value: float) -> str:
    """Return "0.49", or "undefined" for NaN."""
    # Adding nothing takes the sign from a rounded -0.00.
    return "undefined" if math.isnan(value) else f"{round(value, 2) + 0:.2f}"


def counted(forms: tuple[str, str], n: int) -> str:
    """Return "1 quote" or "3 quotes"."""
    return forms[0] if n == 1 else forms[1].format(n=f"{n:,}")


def clock(seconds: float | None) -> str:
    """Return a time of a recording as 1:02:03 or 2:03; "" where there is none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
