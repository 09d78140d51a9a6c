"""What participants say that may speak against a finding: candidates for a person to judge.

Two ways, both chosen to be right rather than complete:

* Somebody is pleased with what a pain is about, or already has what a need is about: a sentence that
  the tagger is sure of, near in meaning, with two words in common that few other sentences have.
* Two findings say nearly the same, but one of them denies what the other says.

Candidates are the transcript's own sentences. What is only another opinion, or praise
for another part of the same thing, can be among them. Read by eye in interviews about
AI at work: of 200 that the numbers here were not chosen on, one insight of 2,094 got a
candidate, and that a doubtful one. Where nothing is shown, nothing is proven.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.analysing.findings import telling
from persona_lab.engines.analysing.hearing import Kinds, hear
from persona_lab.engines.gate import quotes
from persona_lab.engines.language import Sentence, language_of, read
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.merge import BLOCK, EVERYDAY, NEGATION, told_apart
from persona_lab.models import CitedQuote, Contradiction, Finding, Insight, InsightMember, Kind, Quote, Transcript

PraiseKind = Literal["delight", "need_met"]

# Of one insight no more are shown.
MOST = 3
# Who uses what hurts others need not be pleased with it, so that speaks against no pain.
OPPOSITE: Mapping[Kind, PraiseKind] = {"pain": "delight", "need": "need_met"}
# How likely a sentence must be to tell of delight, or of a need that is met; and how unlikely to tell of pain or need.
SURE = 0.6
NO_PAIN = 0.12
# How near in meaning, what all findings share aside; and how near two findings of which one denies the other.
ABOUT_THE_SAME = 0.4
SAME_BUT_DENIED = 0.8
SHARED = 2
# A word of more sentences than this share, and than so many, is the study's subject.
COMMON_SHARE = 0.05
COMMON = 5
LEAST_TERMS = 3

DENIED = re.compile(
    r"(?:\b(?:not|never|cannot)|n['’]t)\s+(?:(?:really|always|even|actually|fully|ever)\s+)?(\w+)", re.I
)
DENIED_KOREAN = re.compile(r"(?<![가-힣])(?:안|못)\s|않|지\s?못")


class Praise(Quote):
    """A participant's sentence that says that something goes well, and how; `terms` are its content words."""

    kind: PraiseKind
    terms: tuple[str, ...]


class Praises(NamedTuple):
    """An interview's praises, and their meanings, packed."""

    said: list[Praise]
    meanings: bytes


class _Sentence(NamedTuple):
    """What may speak against a finding, with what it is compared by."""

    interview_id: str
    quote: Praise
    terms: frozenset[str]


def praises(transcript: Transcript) -> Praises:
    """Return what participants are pleased with, or say they have what they need of."""
    heard = hear(transcript)
    # The very sentences that the analysis looks at, so that none is tagged twice.
    places = telling(transcript, heard)
    said, rows = [], []
    for (turn, at), kinds in zip(places, heard.kinds(places), strict=True):
        sentence = heard.sentences[turn][at]
        if kind := _praise(sentence, kinds):
            quote = quotes.slice_of(transcript, transcript.turns[turn], sentence.start, sentence.end)
            said.append(Praise(**quote.model_dump(), kind=kind, terms=tuple(sorted(set(sentence.terms)))))
            rows.append(heard.places[turn][at])
    return Praises(said, vectors.packed(vectors.rounded(heard.meanings[rows])))


def _praise(sentence: Sentence, kinds: Kinds) -> PraiseKind | None:
    if len(set(sentence.terms)) < LEAST_TERMS or sentence.is_question or max(kinds["pain"], kinds["need"]) >= NO_PAIN:
        return None
    return next((kind for kind in OPPOSITE.values() if kinds[kind] >= SURE), None)


def with_contradictions(
    insights: Sequence[Insight],
    findings: Sequence[tuple[InsightMember, Finding]],
    meanings: Sequence[bytes],
    praised: Mapping[str, Praises],
) -> list[Insight]:
    """Return the insights with what may speak against each, the nearest first.

    Args:
        meanings: each finding's vector, packed.
        praised: by interview.
    """
    against: dict[InsightMember, list[Contradiction]] = defaultdict(list)
    for one in (*_pleased(findings, meanings, praised), *_denied(findings, meanings)):
        against[one.against].append(one)
    return [
        insight.model_copy(update={"contradictions": nearest(one for m in insight.members for one in against[m])})
        for insight in insights
    ]


def nearest(found: Iterator[Contradiction]) -> tuple[Contradiction, ...]:
    """Return the nearest ones, each sentence once."""
    kept: dict[tuple[str, int, int], Contradiction] = {}
    for one in sorted(found, key=lambda one: (-one.likeness, one.text, one.interview_id, one.start)):
        kept.setdefault((one.interview_id, one.start, one.end), one)
    return tuple(kept.values())[:MOST]


def _pleased(
    findings: Sequence[tuple[InsightMember, Finding]], meanings: Sequence[bytes], praised: Mapping[str, Praises]
) -> Iterator[Contradiction]:
    wishes = [at for at, (_, finding) in enumerate(findings) if finding.kind != "takeaway"]
    said = [
        _Sentence(interview_id, praise, frozenset(praise.terms) - EVERYDAY)
        for interview_id, its in sorted(praised.items())
        for praise in its.said
    ]
    if not wishes or not said:
        return
    terms = [frozenset(findings[at][1].terms) - EVERYDAY for at in wishes]
    rare = _rare([*terms, *(one.terms for one in said)])
    rows = vectors.unpacked(
        b"".join([*(meanings[at] for at in wishes), *(praised[key].meanings for key in sorted(praised))])
    )
    texts = [*(findings[at][1].text for at in wishes), *(one.quote.text for one in said)]
    apart = told_apart(rows, np.array([language_of(text, "") == "ko" for text in texts]))
    own, others = apart[: len(wishes)], apart[len(wishes) :]
    for number, there, near in _pairs(own, others, ABOUT_THE_SAME):
        member, finding = findings[wishes[number]]
        one = said[there]
        if (
            one.quote.kind == OPPOSITE[finding.kind]
            and len(terms[number] & one.terms & rare) >= SHARED
            and not _is_own(member, finding, one)
        ):
            yield _contradiction(member, one.interview_id, one.quote, near)


def _denied(findings: Sequence[tuple[InsightMember, Finding]], meanings: Sequence[bytes]) -> Iterator[Contradiction]:
    denying = [at for at, (_, finding) in enumerate(findings) if len(NEGATION.findall(finding.text)) == 1]
    plain = [at for at, (_, finding) in enumerate(findings) if not NEGATION.search(finding.text)]
    if not denying or not plain:
        return
    rows = vectors.unpacked(b"".join(meanings))
    for number, other, near in _pairs(rows[denying], rows[plain], SAME_BUT_DENIED):
        (member, finding), (against, said) = findings[denying[number]], findings[plain[other]]
        if _denies(finding, said):
            yield _contradiction(against, member.interview_id, finding.quotes[0], near)
            yield _contradiction(member, against.interview_id, said.quotes[0], near)


def _denies(finding: Finding, said: Finding) -> bool:
    """Whether the word that is denied is one that the other says."""
    shared = set(finding.terms) & set(said.terms)
    if len(shared - EVERYDAY) < SHARED:
        return False
    if language_of(finding.text, "") == "ko":
        return DENIED_KOREAN.search(finding.text) is not None
    found = DENIED.search(finding.text)
    return found is not None and any(term in shared for one in read(found[1], "en") for term in one.terms)


def _pairs(rows: vectors.Vectors, others: vectors.Vectors, least: float) -> Iterator[tuple[int, int, float]]:
    for first in range(0, len(rows), BLOCK):
        near: NDArray[np.float64] = vectors.likeness(rows[first : first + BLOCK], others)
        for here, there in np.argwhere(near >= least):
            yield first + int(here), int(there), float(near[here, there])


def _rare(said: Sequence[frozenset[str]]) -> frozenset[str]:
    frequency = Counter(term for terms in said for term in terms)
    most = max(COMMON, COMMON_SHARE * len(said))
    return frozenset(term for term, count in frequency.items() if count <= most)


def _is_own(member: InsightMember, finding: Finding, one: _Sentence) -> bool:
    """Whether the sentence is among the finding's own quotes."""
    if one.interview_id != member.interview_id:
        return False
    return any(quote.start < one.quote.end and one.quote.start < quote.end for quote in finding.quotes)


def _contradiction(against: InsightMember, interview_id: str, quote: Quote, likeness: float) -> Contradiction:
    cited = CitedQuote(interview_id=interview_id, **quote.model_dump(include=set(Quote.model_fields)))
    return Contradiction(**cited.model_dump(), against=against, likeness=round(likeness, 2))
