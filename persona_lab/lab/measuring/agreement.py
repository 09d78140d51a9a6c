"""Whether coders, people or not, see the same in the same turns.

The grid has a row for each turn, coded or not, since leaving a turn uncoded is a
judgement too. A person has judged the interviews in which they coded something,
the engine all it has analysed, the file those that came with codes; what a coder
has not judged, or has no such code for, is missing, not "no".
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, get_args

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing.amounts import coefficient, percent
from persona_lab.lab.insights.coding import EVERY_CODE
from persona_lab.lab.measuring.reliability import Values, cohens_kappa, krippendorffs_alpha, raw_agreement
from persona_lab.models import KINDS, Role
from persona_lab.replica import Replica

# Code names to compare, or what each name is to count as: {"Pain Point": "pain"}.
Codes = str | Iterable[str] | Mapping[str, str]

ALL = "all codes"
NO_OVERLAP = "No turn was judged by two coders who both have this code."
NO_VARIATION = "All say the same of every turn, so there is nothing beyond chance to measure: κ and α are undefined."
NO_SHARED = 'These coders have no code in common. Count theirs as one: agreement(codes={"Pain Point": "pain"}).'

TURNS = """
SELECT i.id, i.title, t.index, t.speaker, t.text, t.start, t."end", lag(t.text) OVER w
FROM turns t JOIN interviews i ON i.id = t.interview_id
WHERE i.status = 'completed'
WINDOW w AS (PARTITION BY i.id ORDER BY t.index)
QUALIFY list_contains(?, t.role)
ORDER BY i.number, t.index
"""
GIVEN = f"SELECT interview_id, turn, code, coder FROM ({EVERY_CODE})"  # noqa: S608 - its parts are our own


class Unit(NamedTuple):
    """A turn of the grid, with what was said before it."""

    interview_id: str
    interview: str
    turn: int
    speaker: str | None
    text: str
    start: int
    end: int
    before: str | None


class Given(NamedTuple):
    """A code that a coder gave to something in a turn."""

    interview_id: str
    turn: int
    code: str
    coder: str


class Figures(NamedTuple):
    """How far coders agree on one code, or on all together."""

    code: str
    turns: int
    agreement: float
    prevalence: float
    kappa: float
    alpha: float
    remark: str


class PairFigures(NamedTuple):
    """The same of two coders alone."""

    coder: str
    other: str
    code: str
    turns: int
    agreement: float
    prevalence: float
    other_prevalence: float
    kappa: float
    remark: str


class Disagreement(NamedTuple):
    """A turn that some coded so and others, who judged it too, did not."""

    interview: str
    turn: int
    speaker: str | None
    code: str
    coded_by: str
    not_coded_by: str
    text: str
    before: str | None
    start: int
    end: int
    interview_id: str


class Agreement:
    """How far coders agree, code by code and overall.

    Attributes:
        coders: who is compared.
        reading: the main result as one line.
        figures: the rows of `table` as they are.
        table: a row for each code, and one for all together, where two coders are alike in a turn only
            if they gave it the very same codes: `turns` that two or more have judged, raw `agreement`,
            `prevalence` (the share of judgements that gave the code), Cohen's `kappa` (NaN unless the
            coders are two), Krippendorff's `alpha`, and a `remark` where these are undefined (NaN).
        pairs: the same for each pair of coders, with the prevalence of both.
        disagreements: a row for each turn and code on which they differ: who gave it, who didn't, the
            turn's text, what was said `before`, and the place.
    """

    def __init__(self, name: str, coders: Sequence[str], figures: "Computed") -> None:
        import pandas as pd

        self._name = name
        self.coders = list(coders)
        self.figures = figures.codes
        self._pairs = figures.pairs
        self._disagreements = figures.disagreements
        self.table = pd.DataFrame(self.figures, columns=list(Figures._fields))
        self.pairs = pd.DataFrame(self._pairs, columns=list(PairFigures._fields))
        self.disagreements = pd.DataFrame(self._disagreements, columns=list(Disagreement._fields))
        self.reading = _reading(coders, self.figures, len(self._disagreements))

    def __repr__(self) -> str:
        lines = [self.reading]
        for row in self.figures:
            kappa = f"κ {coefficient(row.kappa)}, " if len(self.coders) == 2 else ""
            said = f"agreement {percent(row.agreement)}, prevalence {percent(row.prevalence)}"
            remark = f". {row.remark}" if row.remark else ""
            lines.append(f"  {row.code}: {row.turns} turns, {said}, {kappa}α {coefficient(row.alpha)}{remark}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # The picture knows these classes by name, so it is imported late.
        from persona_lab.lab.drawing.agreement_picture import agreement_html

        return agreement_html(self._name, self.reading, self.figures, self._pairs, self._disagreements)


class Computed(NamedTuple):
    """All figures of one comparison."""

    codes: list[Figures]
    pairs: list[PairFigures]
    disagreements: list[Disagreement]


def measure(
    name: str,
    replica: Replica,
    *,
    coders: str | Iterable[str] | None = None,
    codes: Codes | None = None,
    roles: str | Iterable[str] = "participant",
) -> Agreement:
    """Return the agreement of these coders, or of all there are, on the turns of these roles.

    Raises:
        InvalidRequest: there is no such coder, code or role; the message lists those there are.
    """
    wanted = _listed(roles)
    for role in wanted:
        if role not in get_args(Role):
            raise _unknown("role", role, get_args(Role))
    units = [Unit(*row) for row in replica.rows(TURNS, [wanted])]
    given = [Given(*row) for row in replica.rows(GIVEN)]
    analysed = {key for (key,) in replica.rows("SELECT interview_id FROM analyses")}
    return compare(name, units, given, analysed, coders=coders, codes=codes)


def compare(
    name: str,
    units: Sequence[Unit],
    given: Sequence[Given],
    analysed: set[str],
    *,
    coders: str | Iterable[str] | None = None,
    codes: Codes | None = None,
) -> Agreement:
    """Return the agreement on a grid; see `measure`.

    Args:
        analysed: the interviews that the engine has judged.
    """
    everybody = sorted({one.coder for one in given} | ({"engine"} if analysed else set()), key=_person_first)
    chosen = everybody if coders is None else _chosen(coders, everybody)
    given = [one for one in given if one.coder in chosen]
    names = _names(codes, given, chosen)
    grid = _Grid(units, given, analysed, chosen, names)
    if len(chosen) < 2:
        return Agreement(name, chosen, Computed([], [], []))
    listed = sorted(set(names.values()), key=str.casefold)
    rows = [grid.overall(), *(grid.figures(code) for code in listed)]
    pairs = [grid.pair(*pair, code) for pair in combinations(chosen, 2) for code in [None, *listed]]
    return Agreement(name, chosen, Computed(rows, pairs, grid.disagreements(listed)))


class _Grid:
    """Who said what of each turn."""

    def __init__(
        self,
        units: Sequence[Unit],
        given: Sequence[Given],
        analysed: set[str],
        coders: Sequence[str],
        names: Mapping[str, str],
    ) -> None:
        self._units = units
        self._coders = coders
        self._judged = {coder: {one.interview_id for one in given if one.coder == coder} for coder in coders}
        if "engine" in coders:
            self._judged["engine"] = analysed
        self._said: dict[tuple[str, int, str], set[str]] = {}
        # People may give any code; of the others it is known which they have.
        self._has: dict[str, set[str]] = {coder: set(names.values()) for coder in coders}
        self._has |= {coder: set() for coder in coders if coder in ("engine", "file")}
        if "engine" in coders:
            self._has["engine"] = {names[key] for kind in KINDS if (key := _key(kind)) in names}
        for one in given:
            code = names.get(_key(one.code))
            if code is not None:
                self._said.setdefault((one.interview_id, one.turn, one.coder), set()).add(code)
                self._has[one.coder].add(code)

    def values(self, coder: str, code: str) -> list[bool | None]:
        """Return for each turn whether the coder gave it the code; None where they have not judged."""
        if code not in self._has[coder]:
            return [None] * len(self._units)
        return [code in said if (said := self._of(unit, coder)) is not None else None for unit in self._units]

    def sets(self, coder: str, codes: set[str]) -> list[frozenset[str] | None]:
        """Return for each turn which of the codes the coder gave it."""
        found = [self._of(unit, coder) for unit in self._units]
        return [None if said is None else frozenset(said & codes) for said in found]

    def overall(self) -> Figures:
        shared = self._shared(self._coders)
        if not shared:
            nothing = float("nan")
            return Figures(ALL, 0, nothing, nothing, nothing, nothing, NO_SHARED)
        columns = [self.sets(coder, shared) for coder in self._coders]
        every = set().union(*self._has.values())
        remark = f"Of the codes that all of them have: {', '.join(sorted(shared))}." if shared < every else ""
        return _figures(ALL, columns, remark)

    def figures(self, code: str) -> Figures:
        columns = {coder: self.values(coder, code) for coder in self._coders if code in self._has[coder]}
        never = [coder for coder, values in columns.items() if False in values and True not in values]
        return _figures(code, list(columns.values()), f"Never given by {', '.join(never)}." if never else "")

    def pair(self, coder: str, other: str, code: str | None) -> PairFigures:
        """Return the figures of two coders, on one code or on all that both have."""
        one: Values
        two: Values
        if code is None:
            shared = self._shared((coder, other))
            one, two = self.sets(coder, shared), self.sets(other, shared)
            if not shared:
                one = two = [None] * len(self._units)
        else:
            one, two = self.values(coder, code), self.values(other, code)
        both = [(a, b) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
        kappa = cohens_kappa(one, two)
        remark = "" if kappa == kappa else NO_VARIATION if both else NO_OVERLAP
        shares = (_prevalence([[a for a, _ in both]]), _prevalence([[b for _, b in both]]))
        return PairFigures(coder, other, code or ALL, len(both), raw_agreement([one, two]), *shares, kappa, remark)

    def disagreements(self, codes: Sequence[str]) -> list[Disagreement]:
        columns = {code: {coder: self.values(coder, code) for coder in self._coders} for code in codes}
        found = []
        for at, unit in enumerate(self._units):
            for code in codes:
                judged = {coder: values[at] for coder, values in columns[code].items() if values[at] is not None}
                if len(set(judged.values())) > 1:
                    by = ", ".join(coder for coder, gave in judged.items() if gave)
                    rest = ", ".join(coder for coder, gave in judged.items() if not gave)
                    place = (unit.interview, unit.turn, unit.speaker, code, by, rest, unit.text, unit.before)
                    found.append(Disagreement(*place, unit.start, unit.end, unit.interview_id))
        return found

    def _of(self, unit: Unit, coder: str) -> set[str] | None:
        if unit.interview_id not in self._judged[coder]:
            return None
        return self._said.get((unit.interview_id, unit.turn, coder), set())

    def _shared(self, coders: Iterable[str]) -> set[str]:
        return set.intersection(*(self._has[coder] for coder in coders))


def _figures(code: str, columns: Sequence[Values], remark: str = "") -> Figures:
    columns = _judged_twice(columns)
    turns = len(columns[0]) if columns else 0
    alpha = krippendorffs_alpha(columns)
    if not turns:
        remark = NO_OVERLAP
    elif alpha != alpha:
        remark = NO_VARIATION
    kappa = cohens_kappa(*columns) if len(columns) == 2 else float("nan")
    return Figures(code, turns, raw_agreement(columns), _prevalence(columns), kappa, alpha, remark)


def _judged_twice(columns: Sequence[Values]) -> list[Values]:
    """Return the columns with only those turns that two or more have judged: agreement is about no others."""
    units = [unit for unit in zip(*columns, strict=True) if sum(value is not None for value in unit) > 1]
    return [[unit[at] for unit in units] for at in range(len(columns))]


def _prevalence(columns: Sequence[Values]) -> float:
    """Return the share of judgements that gave a code: that are neither False nor an empty set."""
    judged = [value for column in columns for value in column if value is not None]
    return sum(map(bool, judged)) / len(judged) if judged else float("nan")


def _names(codes: Codes | None, given: Sequence[Given], coders: Sequence[str]) -> dict[str, str]:
    """Return what each code, in one spelling, is to be called; codes that are not to be compared are left out."""
    there: dict[str, str] = {}
    given_names = sorted(" ".join(one.code.split()) for one in given)
    for code in [*(KINDS if "engine" in coders else ()), *given_names]:
        there.setdefault(_key(code), code)
    if codes is None:
        return there
    wanted = codes if isinstance(codes, Mapping) else {code: code for code in _listed(codes)}
    for code in wanted:
        if _key(code) not in there:
            raise _unknown("code", code, there.values())
    called = {_key(name): name for name in wanted.values()}
    # What others are counted as is compared too, where somebody gave it.
    own = {key: name for key, name in called.items() if key in there}
    return own | {_key(code): called[_key(name)] for code, name in wanted.items()}


def _key(code: str) -> str:
    """Return a code in one spelling: people write “Price ” and “price” and mean the same."""
    return " ".join(code.split()).casefold()


def _person_first(coder: str) -> tuple[int, str]:
    return ("file", "engine").index(coder) + 1 if coder in ("file", "engine") else 0, coder


def _listed(names: str | Iterable[str]) -> list[str]:
    if not isinstance(names, Iterable):
        raise InvalidRequest(f"{names!r} names nobody and nothing. Give a name, or several, such as ['pain'].")
    return [names] if isinstance(names, str) else list(names)


def _chosen(coders: str | Iterable[str], everybody: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(_listed(coders)))
    for coder in wanted:
        if coder not in everybody:
            raise _unknown("coder", coder, everybody)
    return wanted


def _unknown(kind: str, name: str, there: Iterable[str]) -> InvalidRequest:
    listed = ", ".join(there)
    return InvalidRequest(
        f"There is no {kind} “{name}”. " + (f"There are: {listed}." if listed else "Nobody has coded anything yet.")
    )


def _reading(coders: Sequence[str], figures: Sequence[Figures], disagreements: int) -> str:
    if not coders:
        return "Nothing to compare yet: nobody has coded anything."
    if len(coders) == 1:
        return (
            f"Only {coders[0]} has coded so far, and agreement takes two. "
            'Code what you see: project.interview("…").code("pain", turn=3).'
        )
    who = f"{', '.join(coders[:-1])} and {coders[-1]}"
    overall = figures[0]
    if not overall.turns:
        return f"{who}: {overall.remark}"
    kappa = f"κ {coefficient(overall.kappa)}, " if len(coders) == 2 else ""
    turns = "1 turn" if overall.turns == 1 else f"{overall.turns:,} turns"
    differ = "1 disagreement" if disagreements == 1 else f"{disagreements:,} disagreements"
    return (
        f"{who} agree on {percent(overall.agreement)} of what they judged in {turns} "
        f"({kappa}α {coefficient(overall.alpha)}); {differ}."
    )
