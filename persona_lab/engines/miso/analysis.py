"""From what the interview app found to an analysis: claims become findings, line numbers become quotes."""

from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines.miso.lines import Line, Numbered
from persona_lab.engines.miso.reading import Claim, Interviewed
from persona_lab.engines.miso.supporting import supports, terms_of
from persona_lab.engines.quotes import Gate
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Analysis, Finding, Kind, Provenance, Quote, Transcript


class Part(NamedTuple):
    """The lines that were sent together, and what was found in them."""

    lines: Sequence[Line]
    found: Interviewed


def analysis_of(parts: Sequence[Part], transcript: Transcript, workroom: Workroom, provenance: Provenance) -> Analysis:
    """Return one analysis of all parts, its quotes proposed; what several parts found counts once."""
    gate = Gate(transcript)
    claims: dict[tuple[Kind, str], list[Quote]] = {}
    for part in parts:
        numbered = Numbered(transcript, part.lines, part.found.script, gate)
        found: tuple[tuple[Kind, tuple[Claim, ...]], ...] = (("pain", part.found.pains), ("need", part.found.needs))
        for kind, some in found:
            for claim in some:
                _add(claims, kind, claim.text, _evidence(claim, numbered, gate))
    for text, quotes in _takeaways(parts, transcript, workroom):
        _add(claims, "takeaway", text, quotes)
    told = [(kind, text, quotes) for (kind, text), quotes in claims.items() if quotes]
    words = workroom.run(terms_of, [text for _, text, _ in told], transcript.language) if told else []
    return Analysis(
        language=transcript.language,
        summary=" ".join(dict.fromkeys(part.found.profile for part in parts if part.found.profile)),
        insights=tuple(
            Finding(kind=kind, text=text, quotes=tuple(quotes), terms=own, score=_score(kind, place, told))
            for place, ((kind, text, quotes), own) in enumerate(zip(told, words, strict=True))
        ),
        provenance=provenance,
    )


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


def _takeaways(parts: Sequence[Part], transcript: Transcript, workroom: Workroom) -> list[tuple[str, list[Quote]]]:
    """Return each takeaway with the participant's sentence nearest in meaning, if one is near."""
    texts = list(dict.fromkeys(text for part in parts for text in part.found.takeaways))
    if not texts:
        return []
    roles = {turn.role for turn in transcript.turns}
    asked = {"participant"} if roles & {"participant", "interviewer"} else roles
    turns = [turn for turn in transcript.turns if turn.role in asked]
    found = workroom.run(supports, texts, [turn.text for turn in turns], transcript.language)
    told: list[tuple[str, list[Quote]]] = []
    for text, stretch in zip(texts, found, strict=True):
        if stretch:
            turn = turns[stretch.text]
            words = turn.text[stretch.start : stretch.end]
            start = turn.start + stretch.start
            told.append((text, [Quote(turn=turn.index, start=start, end=start + len(words), text=words)]))
    return told


def _score(kind: Kind, place: int, told: Sequence[tuple[Kind, str, list[Quote]]]) -> float:
    """Return 1 for the first of its kind, less for those behind: MISO names the clearest first."""
    same = [at for at, (other, _, _) in enumerate(told) if other == kind]
    return round(1.0 - same.index(place) / len(same), 3)
