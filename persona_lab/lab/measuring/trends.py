"""What is said more, or less, as time goes on: the share of each month's or week's interviews that say it.

Only interviews whose date is known count; how many are left out is said. When an
interview was uploaded says nothing about when it was held.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing.curves import curves_svg
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

Every = Literal["month", "week"]
Of = Literal["insight", "kind", "keyword"]
OF: Final[tuple[Of, ...]] = ("insight", "kind", "keyword")
# More curves than this can't be told apart without colours.
DRAWN: Final = 3
NAME_LENGTH: Final = 14
COLUMNS: Final = [*("period", "what", "said", "interviews", "share", "id")]

DATES = "SELECT id, interview_date FROM interviews WHERE status = 'completed' ORDER BY number"
HELD: Final[Mapping[str, str]] = {
    "insight": """
        SELECT DISTINCT i.id, i.text, w.interview_id
        FROM insights i JOIN insight_words w ON w.insight_id = i.id
    """,
    "kind": "SELECT DISTINCT kind, kind, interview_id FROM findings",
}


class Thing(NamedTuple):
    """What a trend is of: its id, what it is called, and the interviews that say it."""

    id: str
    name: str
    interviews: frozenset[str]


class Trends:
    """Shares of interviews over time.

    Attributes:
        reading: what it rests on, in a line or two: how many interviews, and how many without a date.
        table: a row for each period and thing, those of most interviews first: `said` of the period's
            `interviews` say it, which is `share`, from 0 to 1; periods without interviews have none.
    """

    def __init__(self, name: str, things: Sequence[Thing], dates: Mapping[str, str | None], every: Every) -> None:
        self._name = name
        self._every = every
        held: dict[str, set[str]] = defaultdict(set)
        for interview_id, written in dates.items():
            day = _day(written)
            if day is not None:
                held[_period(day, every)].add(interview_id)
        self._periods = _without_gaps(sorted(held), every)
        self._held = held
        dated = frozenset().union(*held.values()) if held else frozenset()
        ordered = sorted(things, key=lambda one: (-len(one.interviews & dated), one.name, one.id))
        self._things = [one for one in ordered if one.interviews & dated]
        self.table = self._table()
        self.reading = _reading(len(dates), len(dated), len(held), every)

    def _table(self) -> "pd.DataFrame":
        import pandas as pd

        rows = []
        for one in self._things:
            for period in self._periods:
                there = self._held.get(period, set())
                said = len(one.interviews & there)
                share = said / len(there) if there else None
                rows.append((period, one.name, said, len(there), share, one.id))
        return pd.DataFrame(rows, columns=COLUMNS).astype({"share": float})

    def __repr__(self) -> str:
        return self.reading

    def _repr_html_(self) -> str:
        line = f"<p><strong>{escape(self.reading)}</strong></p>"
        return line + (self.figure() if len(self._held) > 1 and self._things else "")

    def figure(self) -> str:
        """Return the first few as SVG, in per cent of each period's interviews.

        Raises:
            InvalidRequest: there is nothing to draw.
        """
        if not self._things:
            raise InvalidRequest(f"There is nothing to draw. {self.reading}")
        periods = [period for period in self._periods if self._held.get(period)]
        curves: dict[str, list[float]] = {}
        for one in reversed(self._things[:DRAWN]):
            shares = [100 * len(one.interviews & self._held[period]) / len(self._held[period]) for period in periods]
            curves[_short(one.name, curves)] = shares
        title = f"Per cent of each {self._every}’s interviews: {self._name}"
        about = "; ".join(one.name for one in self._things[:DRAWN])
        axis = f"{self._every}s, % of interviews"
        return curves_svg(title, f"{self.reading} {about}", curves, labels=periods, axis=axis)


def measure(name: str, replica: Replica, of: Of, every: Every, keywords: Sequence[Thing] = ()) -> Trends:
    """Return the trends of insights, kinds of findings, or the keywords that are given."""
    if of == "keyword":
        things = list(keywords)
    else:
        held: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key, text, interview_id in replica.rows(HELD[of]):
            held[key, text].add(interview_id)
        things = [Thing(key, text, frozenset(ids)) for (key, text), ids in held.items()]
    return Trends(name, things, dict(replica.rows(DATES)), every)


def check(of: object, every: object) -> None:
    """Refuse what there are no trends of.

    Raises:
        InvalidRequest: the message says what there is.
    """
    if of not in OF:
        raise InvalidRequest(f"of is {of!r}; there are trends of 'insight', 'kind' and 'keyword'.")
    if every not in ("month", "week"):
        raise InvalidRequest(f"every is {every!r}; it is 'month' or 'week'.")


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat((written or "")[:10])
    except ValueError:
        return None


def _period(day: date, every: Every) -> str:
    """Return "2026-03", or the Monday that the week began with."""
    return f"{day:%Y-%m}" if every == "month" else (day - timedelta(days=day.weekday())).isoformat()


def _without_gaps(periods: Sequence[str], every: Every) -> list[str]:
    if not periods:
        return []
    found = [periods[0]]
    while found[-1] < periods[-1]:
        # The first of a month and 31 days is in the next one.
        begin = date.fromisoformat(f"{found[-1]}-01" if every == "month" else found[-1])
        found.append(_period(begin + timedelta(days=31 if every == "month" else 7), every))
    return found


def _short(name: str, taken: Mapping[str, object]) -> str:
    short = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1].rstrip()}…"
    return short if short not in taken else f"{short} ({len(taken) + 1})"


def _reading(total: int, dated: int, periods: int, every: Every) -> str:
    if not total:
        return "Nothing to say yet: no interview has been analysed."
    without = total - dated
    left_out = f" {_interviews(without)} without a date {'is' if without == 1 else 'are'} left out." if without else ""
    if not dated:
        return 'No interview has a date. Say when one was held: project.interview("…").date = "2026-03-02".'
    if periods == 1:
        return f"{_interviews(dated)} of one {every}: no trend to see.{left_out}"
    return f"{_interviews(dated)} in {periods} {every}s.{left_out}"


def _interviews(count: int) -> str:
    return "1 interview" if count == 1 else f"{count} interviews"
