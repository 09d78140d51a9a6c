"""From what the interview app found to an analysis: claims become findings, line numbers become quotes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.miso.lines import Line, Numbered
from persona_lab.engines.miso.reading import Claim, Interviewed, Stretch
from persona_lab.engines.miso.supporting import rests_on, supports, terms_of
from persona_lab.engines.workroom import Workroom
from persona_lab.models import (
    Analysis,
    Finding,
    HowMightWe,
    Kind,
    Provenance,
    Quality,
    QualityReason,
    Quote,
    Section,
    Trait,
    TraitName,
    Transcript,
    Usage,
)

# What the app says of people that they may have said themselves.
TRAITS: Final[Mapping[str, TraitName]] = {"age_group": "age", "occupation_context": "job"}


class Part(NamedTuple):
    """The lines that were sent together, what was found in them, and what that cost."""

    lines: Sequence[Line]
    found: Interviewed
    usage: Usage = Usage()


def analysis_of(parts: Sequence[Part], transcript: Transcript, workroom: Workroom, provenance: Provenance) -> Analysis:
    """Return one analysis of all parts, its quotes proposed; what several parts found counts once.

    Questions that lead are none of the app's findings, and who says how much the transcript tells by itself.
    """
    gate = Gate(transcript)
    numbered = [(part, Numbered(transcript, part.lines, part.found.script, gate)) for part in parts]
    insights = _insights(numbered, transcript, workroom, gate)
    return Analysis(
        language=transcript.language,
        summary=" ".join(dict.fromkeys(part.found.profile for part in parts if part.found.profile)),
        insights=insights,
        profile=tuple(_profile(parts, transcript, workroom)),
        sections=tuple(_sections(numbered, transcript)),
        quality=_quality(parts),
        how_might_we=tuple(_how_might_we(parts, insights, workroom)),
        usage=sum((part.usage for part in parts), Usage()),
        provenance=provenance,
    )


def _insights(
    numbered: Sequence[tuple[Part, Numbered]], transcript: Transcript, workroom: Workroom, gate: Gate
) -> tuple[Finding, ...]:
    claims: dict[tuple[Kind, str], list[Quote]] = {}
    for part, lines in numbered:
        found: tuple[tuple[Kind, tuple[Claim, ...]], ...] = (("pain", part.found.pains), ("need", part.found.needs))
        for kind, some in found:
            for claim in some:
                _add(claims, kind, claim.text, _evidence(claim, lines, gate))
    takeaways = list(dict.fromkeys(text for part, _ in numbered for text in part.found.takeaways))
    for text, quote in _said(takeaways, transcript, workroom):
        _add(claims, "takeaway", text, [quote])
    told = [(kind, text, quotes) for (kind, text), quotes in claims.items() if quotes]
    words = workroom.run(terms_of, [text for _, text, _ in told], transcript.language) if told else []
    return tuple(
        Finding(kind=kind, text=text, quotes=tuple(quotes), terms=own, score=_score(kind, place, told))
        for place, ((kind, text, quotes), own) in enumerate(zip(told, words, strict=True))
    )


def _profile(parts: Sequence[Part], transcript: Transcript, workroom: Workroom) -> Iterator[Trait]:
    """Yield what somebody said of themselves. Nobody's gender is guessed, nor an age that nobody named."""
    told = {
        (TRAITS[name], value): None
        for part in parts
        for name, value in part.found.demographics.items()
        if name in TRAITS
    }
    quotes = dict(_said([value for _, value in told], transcript, workroom))
    for name, value in told:
        if value in quotes:
            yield Trait(name=name, value=value, quotes=(quotes[value],))


def _sections(numbered: Sequence[tuple[Part, Numbered]], transcript: Transcript) -> Iterator[Section]:
    """Yield the sections in order, each up to where the next begins."""
    places = {turn.index: place for place, turn in enumerate(transcript.turns)}
    starts: dict[int, Stretch] = {}
    for part, lines in numbered:
        for stretch in part.found.sections:
            if line := lines.line(stretch.first):
                starts.setdefault(places[line.turn.index], stretch)
    begins: list[tuple[int, Stretch]] = []
    for place, stretch in sorted(starts.items(), key=lambda one: one[0]):
        # What a section goes on with in the next part is the same section.
        if not begins or begins[-1][1].name != stretch.name:
            begins.append((place, stretch))
    for number, (place, stretch) in enumerate(begins):
        last = begins[number + 1][0] - 1 if number + 1 < len(begins) else len(transcript.turns) - 1
        yield Section(name=stretch.name, first=place if number else 0, last=last, is_main=stretch.is_main)


def _quality(parts: Sequence[Part]) -> Quality | None:
    """Return the app's opinion: of several parts the middle one, for it saw each by itself."""
    told = sorted((part.found.quality_score, part.found.quality_reason) for part in parts if part.found.quality_score)
    if not told:
        return None
    score, text = told[len(told) // 2]
    level = round((score - 1) / 4, 3)
    reasons = (QualityReason(measure="opinion", value=float(score), level=level, text=text),) if text else ()
    return Quality(score=score, reasons=reasons)


def _how_might_we(parts: Sequence[Part], insights: Sequence[Finding], workroom: Workroom) -> Iterator[HowMightWe]:
    questions = list(dict.fromkeys(text for part in parts for text in part.found.how_might_we))
    places = [place for place, finding in enumerate(insights) if finding.kind != "takeaway"]
    if not questions or not places:
        return
    found = workroom.run(rests_on, questions, [insights[place].text for place in places])
    for text, at in zip(questions, found, strict=True):
        if at is not None:
            yield HowMightWe(text=text, findings=(places[at],))


def _add(claims: dict[tuple[Kind, str], list[Quote]], kind: Kind, text: str, quotes: Sequence[Quote]) -> None:
    known = claims.setdefault((kind, " ".join(text.split())), [])
    places = {(quote.start, quote.end) for quote in known}
    known += [quote for quote in quotes if (quote.start, quote.end) not in places]


def _evidence(claim: Claim, numbered: Numbered, gate: Gate) -> list[Quote]:
    """Return the words on the claim's lines; a claim that names none may be a quote itself."""
    if quotes := numbered.quotes(claim.lines, claim.text):
        return quotes
    found = gate.find(claim.text)
    return [found] if found else []


def _said(claims: Sequence[str], transcript: Transcript, workroom: Workroom) -> list[tuple[str, Quote]]:
    """Return each claim with what a participant said that is nearest to it; those without are left out."""
    if not claims:
        return []
    roles = {turn.role for turn in transcript.turns}
    asked = {"participant"} if roles & {"participant", "interviewer"} else roles
    turns = [turn for turn in transcript.turns if turn.role in asked]
    found = workroom.run(supports, claims, [turn.text for turn in turns], transcript.language)
    told: list[tuple[str, Quote]] = []
    for text, stretch in zip(claims, found, strict=True):
        if stretch:
            turn = turns[stretch.text]
            words = turn.text[stretch.start : stretch.end]
            start = turn.start + stretch.start
            told.append((text, Quote(turn=turn.index, start=start, end=start + len(words), text=words)))
    return told


def _score(kind: Kind, place: int, told: Sequence[tuple[Kind, str, list[Quote]]]) -> float:
    """Return 1 for the first of its kind, less for those behind: MISO names the clearest first."""
    same = [at for at, (other, _, _) in enumerate(told) if other == kind]
    return round(1.0 - same.index(place) / len(same), 3)
