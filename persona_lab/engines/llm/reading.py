"""From what a model reported of an interview to what is shown of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple

from persona_lab.engines.analysing.how_might_we import MOST as QUESTIONS
from persona_lab.engines.analysing.profile import MOST as TRAITS
from persona_lab.engines.analysing.profile import NAMES
from persona_lab.engines.gate import presenting
from persona_lab.engines.gate.admitting import quoted_roles
from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.llm import shapes
from persona_lab.engines.workroom import Workroom
from persona_lab.models import KINDS, Finding, HowMightWe, Kind, Quote, Role, Trait, Transcript

QUOTES = 3
# No more of a kind is of use for one interview.
FINDINGS = 12
SUMMARY = 6
# Of so many words at most is a trait.
TRAIT_WORDS = 12
# Findings of two sections that share so much of their words are one.
SAME = 0.6


@dataclass(frozen=True)
class Point:
    """A sentence of the model's that may be shown, with its content words and the quotes it rests on.

    `numbers` are those of the findings it was made of, over all sections.
    """

    text: str
    quotes: tuple[Quote, ...]
    kind: Kind | None = None
    terms: tuple[str, ...] = ()
    numbers: frozenset[int] = frozenset()


class Opening(NamedTuple):
    """A question with the numbers of the findings it rests on."""

    text: str
    numbers: tuple[int, ...]


@dataclass
class Notes:
    """What may be shown of one section, and how many quotes were proposed and not found."""

    summary: list[Point] = field(default_factory=list)
    findings: list[Point] = field(default_factory=list)
    profile: list[Trait] = field(default_factory=list)
    questions: list[Opening] = field(default_factory=list)
    rejected: int = 0

    def __bool__(self) -> bool:
        return bool(self.summary or self.findings)


class Collected(NamedTuple):
    """What all sections together say."""

    insights: tuple[Finding, ...]
    profile: tuple[Trait, ...]
    how_might_we: tuple[HowMightWe, ...]


class Judge:
    """Judges what is reported of one transcript."""

    def __init__(self, transcript: Transcript, workroom: Workroom) -> None:
        self._gate = Gate(transcript)
        self._roles = quoted_roles(transcript)
        self._language = transcript.language
        self._workroom = workroom
        self._numbers = count()
        # Whoever planted an order may have planted the words to quote beside it.
        self._orders = {turn.index for turn in transcript.turns if presenting.holds_order(turn.text)}

    def judge(self, reported: shapes.Notes) -> Notes:
        """Return what of a report may be shown."""
        notes = Notes()
        summary = [self._point(notes, point, None) for point in reported.summary]
        findings = [self._point(notes, finding, finding.kind) for finding in reported.findings]
        passed = iter(self._borne_out([point for point in (*summary, *findings) if point]))
        judged = [point and next(passed) for point in (*summary, *findings)]
        notes.summary = [point for point in judged[: len(summary)] if point]
        shown = judged[len(summary) :]
        notes.findings = [point for point in shown if point]
        notes.profile = [trait for told in reported.profile if (trait := self._trait(notes, told))]
        notes.questions = self._openings(reported.how_might_we, shown)
        return notes

    def _point(self, notes: Notes, claimed: shapes.Point, kind: Kind | None) -> Point | None:
        quotes = self._located(notes, claimed.quotes, self._roles if kind else None)
        text = presenting.presentable(claimed.text)
        if text is None or not quotes:
            return None
        return Point(text, quotes, kind, numbers=frozenset({next(self._numbers)}) if kind else frozenset())

    def _borne_out(self, points: Sequence[Point]) -> list[Point | None]:
        """Return the points that have to do with what they rest on, with their terms; None for the others."""
        asked = [presenting.Point(point.text, " ".join(quote.text for quote in point.quotes)) for point in points]
        judged = self._workroom.run(presenting.judged, asked, self._language)
        return [
            replace(point, terms=one.terms) if one.is_borne_out else None
            for point, one in zip(points, judged, strict=True)
        ]

    def _trait(self, notes: Notes, told: shapes.Told) -> Trait | None:
        """Return the trait if its value stands in one of its quotes, as that has it."""
        quotes = self._located(notes, told.quotes, self._roles)
        value = presenting.presentable(told.value)
        if value is None or len(value.split()) > TRAIT_WORDS:
            return None
        for quote in quotes:
            said = " ".join(quote.text.split())
            at = said.casefold().find(value.casefold())
            if at >= 0 and len(said) == len(said.casefold()):
                return Trait(name=told.name, value=said[at : at + len(value)], quotes=quotes)
        return None

    def _openings(self, asked: Sequence[shapes.Opening], findings: Sequence[Point | None]) -> list[Opening]:
        """Return the questions that rest on findings which are shown, and have to do with them."""
        found: list[tuple[str, list[Point]]] = []
        for one in asked:
            text = presenting.presentable(one.text)
            resting = [findings[n - 1] for n in dict.fromkeys(one.findings) if 1 <= n <= len(findings)]
            shown = [point for point in resting if point]
            if text and text.endswith(("?", "？")) and shown and len(shown) == len(resting):
                found.append((text, shown))
        points = [presenting.Point(text, " ".join(point.text for point in resting)) for text, resting in found]
        judged = self._workroom.run(presenting.judged, points, self._language)
        return [
            Opening(text, tuple(number for point in resting for number in point.numbers))
            for (text, resting), one in zip(found, judged, strict=True)
            if one.is_borne_out
        ]

    def _located(
        self, notes: Notes, proposed: Sequence[shapes.Said], roles: Collection[Role] | None
    ) -> tuple[Quote, ...]:
        """Return the quotes that were said, as they were; those that were not are counted."""
        found: dict[tuple[int, int], Quote] = {}
        for said in proposed[:QUOTES]:
            quote = self._gate.check(Quote(turn=said.turn, start=0, end=0, text=said.words), roles=roles)
            if quote.status == "rejected" or quote.turn in self._orders:
                notes.rejected += 1
            else:
                found.setdefault((quote.start, quote.end), quote)
        return tuple(found.values())


def collected(sections: Sequence[Notes]) -> Collected:
    """Return what the sections say as the interview's: what several say once, the best supported first."""
    merged = _merged(point for notes in sections for point in notes.findings)
    ranked = [point for kind in KINDS for point in _ranked([one for one in merged if one.kind == kind])]
    places = {number: place for place, point in enumerate(ranked) for number in point.numbers}
    return Collected(
        insights=tuple(_findings(ranked)),
        profile=_profile([trait for notes in sections for trait in notes.profile]),
        how_might_we=_questions([one for notes in sections for one in notes.questions], places),
    )


def in_sentences(points: Iterable[Point]) -> str:
    """Return the points as one text."""
    return " ".join(point.text if point.text[-1] in ".!?。" else f"{point.text}." for point in points)


def _merged(points: Iterable[Point]) -> list[Point]:
    merged: list[Point] = []
    for point in points:
        place = next((at for at, other in enumerate(merged) if _is_same(point, other)), None)
        if place is None:
            merged.append(point)
        else:
            merged[place] = _joined(merged[place], point)
    return merged


def _is_same(one: Point, other: Point) -> bool:
    if one.kind != other.kind:
        return False
    shared, every = set(one.terms) & set(other.terms), set(one.terms) | set(other.terms)
    return one.text == other.text or (bool(every) and len(shared) >= SAME * len(every))


def _joined(one: Point, other: Point) -> Point:
    quotes = {(quote.start, quote.end): quote for quote in (*one.quotes, *other.quotes)}
    return replace(one, quotes=tuple(quotes.values()), numbers=one.numbers | other.numbers)


def _ranked(points: list[Point]) -> list[Point]:
    return sorted(points, key=lambda point: -len(point.quotes))[:FINDINGS]


def _findings(ranked: Sequence[Point]) -> Iterable[Finding]:
    for place, point in enumerate(ranked):
        if point.kind:
            # Earlier is better where as many quotes bear it out.
            score = round(len(point.quotes) + 1 - place / len(ranked), 3)
            yield Finding(kind=point.kind, text=point.text, quotes=point.quotes, terms=point.terms, score=score)


def _profile(told: Sequence[Trait]) -> tuple[Trait, ...]:
    """Return the traits in the order of their names, each once, the first where there can be few."""
    found: dict[tuple[str, str], Trait] = {}
    for trait in told:
        found.setdefault((trait.name, trait.value.casefold()), trait)
    return tuple(
        trait for name in NAMES for trait in [one for one in found.values() if one.name == name][: TRAITS[name]]
    )


def _questions(asked: Sequence[Opening], places: dict[int, int]) -> tuple[HowMightWe, ...]:
    """Return the questions of which each finding is still there, once each."""
    found: dict[str, HowMightWe] = {}
    for one in asked:
        resting = dict.fromkeys(places.get(number, -1) for number in one.numbers)
        if -1 not in resting:
            found.setdefault(one.text, HowMightWe(text=one.text, findings=tuple(resting)))
    return tuple(found.values())[:QUESTIONS]
