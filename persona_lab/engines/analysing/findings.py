"""What one interview says: the participants' pains, needs and main points, in their own words.

Nothing is written here that nobody said: a finding's text is the sentence itself
without its fillers, and each quote goes through the gate in `quotes`.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from persona_lab.engines.analysing.cues import (
    Cues,
    is_broken_off,
    is_own,
    is_small_talk,
    points_back,
    weigh,
    whole_thought,
)
from persona_lab.engines.analysing.hearing import Heard, Place
from persona_lab.engines.base import Context
from persona_lab.engines.gate import quotes
from persona_lab.engines.language import Sentence, read, terms
from persona_lab.engines.rules import TUNING, rules
from persona_lab.models import Finding, Kind, Quote, Transcript, Turn

# Cut a long sentence only behind these, so that what is left still stands by itself.
CLAUSE_END = re.compile(
    r"[,;:](?=\s)|\s[–—-](?=\s)|(?<=[고서만데])(?=,?\s)|(?=\s(?:because|but|so that|which|and then)\s)"
)
CLAUSE_MARKS = " ,;:–—-"
CAPITAL = re.compile(r"(?<=[\w,] )[A-Z][\w]+")
NUMBER = re.compile(r"\d")
QUESTION_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Said:
    """A participant's sentence with its place in the interview and what it weighs."""

    turn: Turn
    place: int
    before: Sentence | None
    sentence: Sentence
    after: Sentence | None
    cues: Cues
    terms: frozenset[str]

    @property
    def leans(self) -> bool:
        return points_back(self.sentence, self.before)


@dataclass(slots=True)
class Candidate:
    """A finding in the making: further quotes of the same thing are added to it."""

    said: Said
    text: str
    start: int
    end: int
    score: float
    terms: frozenset[str]
    also: list["Candidate"] = field(default_factory=list)


class Found(NamedTuple):
    """The findings, best first within each kind, and the sentences that sum the interview up."""

    insights: tuple[Finding, ...]
    summary: tuple[Quote, ...]


def find(transcript: Transcript, context: Context, heard: Heard) -> Found:
    """Return the interview's pains, needs and takeaways, and what sums it up."""
    everything = _said(transcript, heard)
    centrality = _centrality(everything, context, transcript.language)
    summary = _summary(everything, centrality)
    return Found(
        insights=tuple(_insights(transcript, everything, centrality)),
        summary=tuple(_quote(transcript, said.turn, said.sentence.start, said.sentence.end) for said in summary),
    )


def _insights(transcript: Transcript, everything: Sequence[Said], centrality: dict[int, float]) -> Iterator[Finding]:
    pains = _ranked([_candidate(said, _pain(said)) for said in everything if _pain(said) >= TUNING.pain_threshold])
    needs = _ranked([_candidate(said, _need(said)) for said in everything if _need(said) >= TUNING.need_threshold])
    taken = [*pains, *needs]
    central = [_candidate(said, centrality[said.place]) for said in everything if _may_be_takeaway(said, centrality)]
    takeaways = _ranked([one for one in central if not any(_alike(one, other) for other in taken)])
    limits: tuple[tuple[Kind, list[Candidate], int], ...] = (
        ("pain", pains, TUNING.pains),
        ("need", needs, TUNING.needs),
        ("takeaway", takeaways, TUNING.takeaways),
    )
    for kind, candidates, limit in limits:
        for candidate in candidates[:limit]:
            yield _finding(transcript, kind, candidate)


def _said(transcript: Transcript, heard: Heard) -> list[Said]:
    """Return what participants said, weighed by cues and by the tagger together."""
    places = telling(transcript, heard)
    return [
        _in_place(transcript.turns[turn], heard.sentences[turn], at, place, likely)
        for place, ((turn, at), likely) in enumerate(zip(places, heard.kinds(places), strict=True))
    ]


def telling(transcript: Transcript, heard: Heard) -> list[Place]:
    """Return where participants say something: what is no courtesy and has two content words."""
    return [
        (turn.index, at)
        for turn in participant_turns(transcript)
        for at, sentence in enumerate(heard.sentences[turn.index])
        if not is_small_talk(sentence) and len(set(sentence.terms)) >= 2
    ]


def _in_place(turn: Turn, sentences: Sequence[Sentence], at: int, place: int, tags: Mapping[str, float]) -> Said:
    """Return a sentence between the one before and the one after."""
    sentence = sentences[at]
    before = sentences[at - 1] if at else None
    after = sentences[at + 1] if at + 1 < len(sentences) else None
    return Said(turn, place, before, sentence, after, _weighed(sentence, tags), frozenset(sentence.terms))


def _weighed(sentence: Sentence, likely: Mapping[str, float]) -> Cues:
    """Return the cues' weights, more where the tagger agrees and less where it doesn't."""
    cues = weigh(sentence)
    share = QUESTION_SHARE if sentence.is_question else 1.0
    pain, need = (share * TUNING.tag_weight * (likely[kind] - TUNING.tag_middle) for kind in ("pain", "need"))
    return Cues(max(0.0, cues.pain + pain), max(0.0, cues.need + need))


def participant_turns(transcript: Transcript) -> list[Turn]:
    """Return the turns to quote from: all of them where nobody is known as a participant or an interviewer."""
    participants = [turn for turn in transcript.turns if turn.role == "participant"]
    if participants or any(turn.role == "interviewer" for turn in transcript.turns):
        return participants
    return list(transcript.turns)


def _pain(said: Said) -> float:
    """Return the pain's score, or 0 where the sentence is rather a need."""
    return _weight(said, said.cues.pain) if said.cues.pain > said.cues.need else 0.0


def _need(said: Said) -> float:
    return _weight(said, said.cues.need) if said.cues.need >= said.cues.pain else 0.0


def _weight(said: Said, cue: float) -> float:
    """Return the cue's weight, less where little is said, or leaning on others, or broken off; more for one's own."""
    content = min(1.0, 0.55 + 0.09 * len(said.terms))
    own = 1.1 if is_own(said.sentence) else 1.0
    leaning = 0.85 if said.leans else 1.0
    whole = 0.5 if is_broken_off(said.sentence) else 1.0
    return cue * content * own * leaning * whole


def _may_be_takeaway(said: Said, centrality: dict[int, float]) -> bool:
    sentence = said.sentence
    if sentence.is_question or said.leans or not 5 <= len(said.terms) <= 40:
        return False
    return centrality[said.place] > 0 and max(said.cues) < TUNING.pain_threshold


def _centrality(everything: Sequence[Said], context: Context, language: str) -> dict[int, float]:
    """Return how near each sentence is to what the whole interview, and the study, is about."""
    if not everything:
        return {}
    frequency = Counter(term for said in everything for term in said.terms)
    index = {term: number for number, term in enumerate(sorted(frequency))}
    weight = np.array([math.log1p(frequency[term]) for term in index])
    purpose = set(terms(f"{context.purpose}\n{context.audience}", language)) if context.purpose else set()
    centroid = np.zeros(len(index))
    rows = [np.array(sorted(index[term] for term in said.terms)) for said in everything]
    for row in rows:
        centroid[row] += weight[row] / np.linalg.norm(weight[row])
    centroid /= np.linalg.norm(centroid)
    scores = {}
    for said, row in zip(everything, rows, strict=True):
        near = float(centroid[row] @ weight[row] / np.linalg.norm(weight[row]))
        scores[said.place] = near * _substance(said) * (1 + 0.1 * min(3, len(purpose & said.terms)))
    return scores


def _substance(said: Said) -> float:
    """Return how well the sentence stands by itself: concrete, one's own, neither a scrap nor a flood."""
    text = said.sentence.text
    size = len(said.terms)
    length = min(1.0, size / 8) * (1.0 if size <= 22 else 22 / size)
    concrete = 1 + 0.1 * bool(NUMBER.search(text)) + 0.05 * min(2, len(CAPITAL.findall(text)))
    own = 1.15 if is_own(said.sentence) else 1.0
    lean = 0.6 if said.leans else 1.0
    question = 0.3 if said.sentence.is_question else 1.0
    return length * concrete * own * lean * question


def _candidate(said: Said, score: float) -> Candidate:
    start, end = whole_thought(said.before, said.sentence, said.after, TUNING.finding_letters * 2)
    known, text = said.terms, said.sentence.text
    if said.before and start == said.before.start:
        known |= frozenset(said.before.terms)
        text = said.turn.text[start : said.sentence.end]
    return Candidate(said, plain(text, said.sentence), start, end, score, known)


def _bare(candidate: Candidate) -> Candidate:
    """Return the candidate without the sentences around it."""
    said = candidate.said
    text = plain(said.sentence.text, said.sentence)
    return Candidate(said, text, said.sentence.start, said.sentence.end, candidate.score, said.terms)


def _ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates best first, with those that say the same put into the best of them."""
    kept: list[Candidate] = []
    for ranked in sorted(candidates, key=lambda one: (-one.score, one.said.place)):
        candidate = _bare(ranked) if any(_overlap(one, ranked) for one in kept) else ranked
        same = next((one for one in kept if _alike(one, candidate)), None)
        if same is None:
            kept.append(candidate)
        elif not _overlap(same, candidate):
            same.also.append(candidate)
    return kept


def _alike(one: Candidate, other: Candidate) -> bool:
    if _overlap(one, other):
        return True
    shared = len(one.terms & other.terms)
    return shared >= 3 and shared / min(len(one.terms), len(other.terms)) >= TUNING.same_thing


def _overlap(one: Candidate, other: Candidate) -> bool:
    return one.said.turn.index == other.said.turn.index and one.start < other.end and other.start < one.end


def _finding(transcript: Transcript, kind: Kind, candidate: Candidate) -> Finding:
    spans = [candidate, *candidate.also[:3]]
    return Finding(
        kind=kind,
        text=candidate.text,
        quotes=tuple(_quote(transcript, one.said.turn, one.start, one.end) for one in spans),
        terms=tuple(sorted(candidate.terms)),
        score=round(candidate.score, 3),
    )


def _quote(transcript: Transcript, turn: Turn, start: int, end: int) -> Quote:
    return quotes.slice_of(transcript, turn, start, end)


def plain(text: str, sentence: Sentence) -> str:
    """Return what was said without the fillers before it, cut at a clause where it is long."""
    text = " ".join(text.split())
    opening = rules(sentence.language).opening
    while (found := opening.match(text)) and len(text) - found.end() > 15:
        text = text[found.end() :]
    text = _shortened(text, sentence)
    return text[:1].upper() + text[1:]


def _shortened(text: str, sentence: Sentence) -> str:
    limit = TUNING.finding_letters
    if len(text) <= limit:
        return text
    ends = [found.start() for found in CLAUSE_END.finditer(text) if limit * 0.35 <= found.start() <= limit]
    strongest = max(weigh(sentence))
    for end in reversed(ends):
        # The clause that makes it a pain or a need must not be the one that is cut off.
        part = read(text[:end], sentence.language)
        if max((max(weigh(one)) for one in part), default=0.0) >= 0.6 * strongest:
            return f"{text[:end].rstrip(CLAUSE_MARKS)} …"
    return text


def _summary(everything: Sequence[Said], centrality: dict[int, float]) -> list[Said]:
    """Return two to four central sentences that differ, in the order they were said."""
    chosen: list[Said] = []
    for said in sorted(everything, key=lambda one: (-centrality[one.place], one.place)):
        if len(said.sentence.text) > TUNING.summary_letters or said.leans or said.sentence.is_question:
            continue
        if all(len(said.terms & other.terms) <= 0.4 * min(len(said.terms), len(other.terms)) for other in chosen):
            chosen.append(said)
        if len(chosen) == (4 if len(everything) > 20 else 2):
            break
    return sorted(chosen, key=lambda one: one.place)
