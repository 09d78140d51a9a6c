"""Whether more interviews would still bring something new.

The method is that of Guest, Namey & Chen (2020), A simple method to assess and
report thematic saturation in qualitative research, PLoS ONE 15(5), e0232076,
doi 10.1371/journal.pone.0232076. What the first interviews (the base) brought is
the measure. Runs of the following ones overlap: after interviews 5 and 6 come 6
and 7. The first run whose new findings are few enough, beside the base's, says
that saturation was reached before it.
"""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing.amounts import percent
from persona_lab.lab.drawing.curves import curves_svg
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

# Of the shuffled orders' curves, these parts lie below the band's lower edge, its middle and its upper edge.
BAND = (0.05, 0.5, 0.95)
# Shares are quotients of whole numbers; two that should be equal may differ in the last bit.
TINY = 1e-12

INTERVIEWS = """
SELECT id, title, coalesce(interview_date, strftime(created_at, '%Y-%m-%d')) AS date
FROM interviews WHERE status = 'completed' ORDER BY date, number
"""
# What people rejected is no information.
HELD = """
SELECT m.interview_id, m.insight_id FROM insight_members m
JOIN merged_insights i ON i.id = m.insight_id WHERE NOT i.is_rejected
"""


class Heard(NamedTuple):
    """What one interview said: its findings as they are, and the insights they were merged into."""

    interview_id: str
    title: str
    date: str
    findings: frozenset[object]
    insights: frozenset[object]


class Settings(NamedTuple):
    """How saturation is measured: `base` and `run` in interviews, `threshold` as a share of the base's findings."""

    base: int
    run: int
    threshold: float
    permutations: int
    seed: int


class Saturation:
    """New findings by interview, and what they say of having heard enough.

    Attributes:
        after: after how many interviews saturation was reached; None while it is not.
        settings: how it was measured.
        reading: the same as one line.
        orders: what other orders of the same interviews would have said, as one line; "" without permutations.
        table: a row for each interview, in order: its `findings` and `insights`, how many insights were
            `new` and all that were `heard` so far; `raw_heard` counts findings before merging;
            `run_new` the new insights of the run that ends here and `new_information` their share of the
            base's; `low`, `middle` and `high` what 5, 50 and 95 % of shuffled orders had heard by then.
    """

    def __init__(self, name: str, interviews: Sequence[Heard], settings: Settings) -> None:
        _check(settings)
        self._name = name
        self.settings = settings
        self._total = len(interviews)
        heard = _heard([one.insights for one in interviews])
        self._runs = _runs(heard, settings)
        self.after = _reached(self._runs, settings)
        self._base_count = heard[min(settings.base, len(heard)) - 1] if heard else 0
        shuffled = _shuffled([one.insights for one in interviews], settings)
        self.table = _table(interviews, heard, self._runs, shuffled, settings)
        self.reading = self._reading()
        self.orders = self._orders(shuffled)

    def _reading(self) -> str:
        base, run, threshold, *_ = self.settings
        terms = f"(base {base}, run {run})"
        if not self._total:
            return "Nothing to say yet: no interview has been analysed."
        if not self._runs:
            there = "there is 1" if self._total == 1 else f"there are {self._total}"
            return f"Too few interviews to say: base {base} and run {run} need {base + run}, and {there}."
        if not self._base_count:
            return f"Nothing to compare with: the first {base} interviews have no findings."
        if self.after is not None:
            later = max(self._runs[self.after - base :])
            again = f" Later runs brought up to {percent(later)} again." if later > threshold + TINY else ""
            return (
                f"Saturated after {_interviews(self.after)} at ≤ {percent(threshold)} new information {terms}.{again}"
            )
        last = f"the last {run} interviews" if run > 1 else "the last interview"
        share = percent(self._runs[-1])
        return f"Not yet: {last} brought {share} new information, more than {percent(threshold)} {terms}."

    def _orders(self, shuffled: "Counts") -> str:
        if not self._runs or not self._base_count or not len(shuffled):
            return ""
        reached = [_reached(_runs(list(map(int, order)), self.settings), self.settings) for order in shuffled]
        ends = sorted(after for after in reached if after is not None)
        if not ends:
            return f"Reached in none of {len(reached):,} shuffled orders."
        low, middle, high = (ends[round(part * (len(ends) - 1))] for part in BAND)
        span = f"after {_interviews(middle)}" + (f" ({low} to {high})" if low != high else "")
        share = percent(len(ends) / len(reached))
        return f"Reached in {share} of {len(reached):,} shuffled orders, at the median {span}."

    def __repr__(self) -> str:
        return "\n".join(line for line in (self.reading, self.orders) if line)

    def _repr_html_(self) -> str:
        lines = f"<p><strong>{escape(self.reading)}</strong></p>"
        lines += f"<p>{escape(self.orders)}</p>" if self.orders else ""
        return lines + (self.figure() if self._total > 1 else "")

    def figure(self) -> str:
        """Return the curves as SVG: insights, findings before merging, and the band of shuffled orders."""
        rows = self.table
        band = None if rows["low"].isna().any() else (rows["low"].tolist(), rows["high"].tolist())
        return curves_svg(
            f"Findings heard by interview: {self._name}",
            self.reading,
            {"findings": rows["raw_heard"].tolist(), "merged": rows["heard"].tolist()},
            band=band,
            mark=self.after,
        )


def measure(name: str, replica: Replica, settings: Settings) -> Saturation:
    """Return the saturation of all completed interviews, by the date of the interview or else of its upload."""
    found: dict[str, tuple[set[object], set[object]]] = {}
    for key, kind, text in replica.rows("SELECT interview_id, kind, text FROM findings"):
        found.setdefault(key, (set(), set()))[0].add((kind, text))
    for key, insight in replica.rows(HELD):
        found.setdefault(key, (set(), set()))[1].add(insight)
    none: tuple[set[object], set[object]] = (set(), set())
    heard = [
        Heard(key, title, date, *map(frozenset, found.get(key, none))) for key, title, date in replica.rows(INTERVIEWS)
    ]
    return Saturation(name, heard, settings)


def _check(settings: Settings) -> None:
    base, run, threshold, permutations, _ = settings
    for name, value, least in (("base", base, 1), ("run", run, 1), ("permutations", permutations, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidRequest(f"{name} is {value!r}; it counts from {least}.")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InvalidRequest(f"threshold is {threshold!r}; it is a share from 0 to 1, such as 0.05.")


def _interviews(count: int) -> str:
    return "1 interview" if count == 1 else f"{count} interviews"


def _heard(said: Sequence[frozenset[object]]) -> list[int]:
    """Return how many different things had been said by the end of each interview."""
    known: set[object] = set()
    counts = []
    for things in said:
        known |= things
        counts.append(len(known))
    return counts


def _runs(heard: Sequence[int], settings: Settings) -> list[float]:
    """Return the new information of each run: the first begins after the base, each next one interview later."""
    base, run = settings.base, settings.run
    starts = range(base, len(heard) - run + 1)
    return [_share(heard[start + run - 1] - heard[start - 1], heard[base - 1]) for start in starts]


def _share(new: int, base: int) -> float:
    return new / base if base else float("inf")


def _reached(runs: Sequence[float], settings: Settings) -> int | None:
    """Return after how many interviews the first run begins that brings no more than the threshold."""
    within = (settings.base + n for n, share in enumerate(runs) if share <= settings.threshold + TINY)
    return next(within, None)


def _shuffled(said: Sequence[frozenset[object]], settings: Settings) -> "Counts":
    """Return for each shuffled order how much had been heard by the end of each interview."""
    import numpy as np

    holders: dict[object, list[int]] = {}
    for at, things in enumerate(said):
        for thing in things:
            holders.setdefault(thing, []).append(at)
    # What was said where, thing after thing, so that the first place of each is one minimum.
    groups = list(holders.values())
    where = np.array([at for group in groups for at in group], dtype=np.int64)
    begins = np.cumsum([0, *map(len, groups)])[:-1]
    random = np.random.default_rng(settings.seed)
    counts = np.zeros((settings.permutations if said else 0, len(said)), dtype=np.int64)
    for row in counts:
        order = random.permutation(len(said))
        if len(where):
            first = np.minimum.reduceat(order[where], begins)
            row[:] = np.bincount(first, minlength=len(said)).cumsum()
    return counts


def _table(
    interviews: Sequence[Heard], heard: Sequence[int], runs: Sequence[float], shuffled: "Counts", settings: Settings
) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    raw = _heard([one.findings for one in interviews])
    edges: Any = np.quantile(shuffled, BAND, axis=0) if len(shuffled) else np.full((3, len(interviews)), np.nan)
    first = settings.base + settings.run - 1
    rows = [
        {
            "interview": one.title,
            "date": one.date,
            "findings": len(one.findings),
            "insights": len(one.insights),
            "new": heard[at] - (heard[at - 1] if at else 0),
            "heard": heard[at],
            "raw_heard": raw[at],
            "run_new": heard[at] - heard[at - settings.run] if at >= first else None,
            "new_information": runs[at - first] if at >= first else np.nan,
            "low": edges[0][at],
            "middle": edges[1][at],
            "high": edges[2][at],
            "interview_id": one.interview_id,
        }
        for at, one in enumerate(interviews)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"run_new": "Int64"})


COLUMNS = [
    *("interview", "date", "findings", "insights", "new", "heard", "raw_heard", "run_new", "new_information"),
    *("low", "middle", "high", "interview_id"),
]
