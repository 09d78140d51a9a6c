"""From what a model reported of an interview to what is shown of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from persona_lab.engines.admitting import quoted_roles
from persona_lab.engines.llm import judging, shapes
from persona_lab.engines.quotes import Gate
from persona_lab.engines.workroom import Workroom
from persona_lab.models import KINDS, Finding, Kind, Quote, Role, Transcript

QUOTES = 3
# No more of a kind is of use for one interview.
FINDINGS = 12
SUMMARY = 6
# Findings of two sections that share so much of their words are one.
SAME = 0.6


@dataclass(frozen=True)
class Point:
    """A sentence of the model's that may be shown, with its content words and the quotes it rests on."""

    text: str
    terms: tuple[str, ...]
    quotes: tuple[Quote, ...]
    kind: Kind | None = None


@dataclass
class Notes:
    """What may be shown of one section, and how many quotes were proposed and not found."""

    summary: list[Point] = field(default_factory=list)
    findings: list[Point] = field(default_factory=list)
    rejected: int = 0

    def __bool__(self) -> bool:
        return bool(self.summary or self.findings)


class Judge:
    """Judges what is reported of one transcript."""

    def __init__(self, transcript: Transcript, workroom: Workroom) -> None:
        self._gate = Gate(transcript)
        self._roles = quoted_roles(transcript)
        # Whoever planted an order may have planted the words to quote beside it.
        self._orders = {turn.index for turn in transcript.turns if judging.holds_order(turn.text)}
        self._language = transcript.language
        self._workroom = workroom

    def judge(self, reported: shapes.Notes) -> Notes:
        """Return what of a report may be shown."""
        notes = Notes()
        proposed: list[tuple[shapes.Point, Kind | None]] = [
            *((point, None) for point in reported.summary),
            *((finding, finding.kind) for finding in reported.findings),
        ]
        points: list[Point] = []
        for claimed, kind in proposed:
            quotes, rejected = self._located(claimed.quotes, self._roles if kind else None)
            notes.rejected += rejected
            text = judging.presentable(claimed.text)
            if text and quotes:
                points.append(Point(text, (), quotes, kind))
        asked = [judging.Point(point.text, " ".join(quote.text for quote in point.quotes)) for point in points]
        for point, judged in zip(points, self._workroom.run(judging.judged, asked, self._language), strict=True):
            if judged.is_borne_out:
                found = Point(point.text, judged.terms, point.quotes, point.kind)
                (notes.findings if point.kind else notes.summary).append(found)
        return notes

    def _located(
        self, proposed: Sequence[shapes.Said], roles: Collection[Role] | None
    ) -> tuple[tuple[Quote, ...], int]:
        """Return the quotes that were said, as they were, and how many of those proposed were not."""
        found: dict[tuple[int, int], Quote] = {}
        rejected = 0
        for said in proposed[:QUOTES]:
            quote = self._gate.check(Quote(turn=said.turn, start=0, end=0, text=said.words), roles=roles)
            if quote.status == "rejected" or quote.turn in self._orders:
                rejected += 1
            else:
                found.setdefault((quote.start, quote.end), quote)
        return tuple(found.values()), rejected


def findings(sections: Iterable[Notes]) -> tuple[Finding, ...]:
    """Return the sections' findings as the interview's: those of several sections once, best supported first."""
    merged: list[Point] = []
    for point in (point for notes in sections for point in notes.findings):
        place = next((at for at, other in enumerate(merged) if _is_same(point, other)), None)
        if place is None:
            merged.append(point)
        else:
            merged[place] = _joined(merged[place], point)
    return tuple(finding for kind in KINDS for finding in _ranked([one for one in merged if one.kind == kind], kind))


def _ranked(points: list[Point], kind: Kind) -> list[Finding]:
    ranked = sorted(points, key=lambda point: -len(point.quotes))[:FINDINGS]
    return [
        Finding(
            kind=kind,
            text=point.text,
            quotes=point.quotes,
            terms=point.terms,
            score=round(len(point.quotes) + 1 - place / len(ranked), 3),
        )
        for place, point in enumerate(ranked)
    ]


def _is_same(one: Point, other: Point) -> bool:
    if one.kind != other.kind:
        return False
    shared, every = set(one.terms) & set(other.terms), set(one.terms) | set(other.terms)
    return one.text == other.text or (bool(every) and len(shared) >= SAME * len(every))


def _joined(one: Point, other: Point) -> Point:
    quotes = {(quote.start, quote.end): quote for quote in (*one.quotes, *other.quotes)}
    return Point(one.text, one.terms, tuple(quotes.values()), one.kind)


def in_sentences(points: Iterable[Point]) -> str:
    """Return the points as one text."""
    return " ".join(point.text if point.text[-1] in ".!?。" else f"{point.text}." for point in points)
