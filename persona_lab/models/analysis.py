"""What an engine makes of one interview."""

from typing import Annotated, Literal

from pydantic import Field

from persona_lab.models.spending import Usage
from persona_lab.models.transcript import RedactionSetting, Role, SpeakerCorrection
from persona_lab.models.values import Value

Kind = Literal["pain", "need", "takeaway"]

KINDS: tuple[Kind, ...] = ("pain", "need", "takeaway")

QuoteStatus = Literal["exact", "normalised", "repaired", "rejected"]

TraitName = Literal["age", "job", "experience", "place", "family", "tools", "habit"]

# How a question leads: it suggests the answer, asks only for a nod, takes for granted what nobody has said, or asks
# two things at once.
LeadingKind = Literal["suggests", "tag", "assumes", "double"]

# What the quality of an interview is judged by; an opinion is what an engine says without measuring.
Measure = Literal["answers", "amount", "follow_ups", "leading", "coverage", "opinion"]


class Quote(Value):
    """A span of one turn: always the transcript's own words, never an engine's."""

    turn: int
    start: int
    end: int
    text: str
    status: QuoteStatus = "exact"


class CitedQuote(Quote):
    """A quote that says which interview it comes from and who said it."""

    interview_id: str
    interview_title: str = ""
    speaker: str | None = None


class Finding(Value):
    """A pain, need or takeaway of one interview, with the quotes it rests on.

    `terms` are its content words in dictionary form; findings of different
    interviews are merged by them. `score` says how clearly it is one, and orders
    findings of a kind made by the same engine; it has no unit.
    """

    kind: Kind
    text: str
    quotes: Annotated[tuple[Quote, ...], Field(min_length=1)]
    terms: tuple[str, ...] = ()
    score: float = 0.0


class Trait(Value):
    """What a participant said of themselves: `value` in their own words, with the quotes it rests on."""

    name: TraitName
    value: str
    quotes: Annotated[tuple[Quote, ...], Field(min_length=1)]


class Section(Value):
    """A stretch of an interview about one topic, turns `first` to `last`, both included.

    The sections of an interview follow each other without gap. `is_main` says whether
    more is in it than greetings.
    """

    name: str
    first: int
    last: int
    terms: tuple[str, ...] = ()
    is_main: bool = True


class LeadingQuestion(Value):
    """A question of the interviewer that leads: its words, how it leads, and why in a sentence."""

    kind: LeadingKind
    why: str
    quote: Quote


class QualityReason(Value):
    """One part of the quality: `value` as measured, its `level` from 0 (worst) to 1, and both in a sentence."""

    measure: Measure
    value: float
    level: float
    text: str


class Quality(Value):
    """How much an interview is worth as a source, from 1 to 5, and why."""

    score: Annotated[int, Field(ge=1, le=5)]
    reasons: tuple[QualityReason, ...] = ()


class HowMightWe(Value):
    """A question that opens up a need, with the `findings` it rests on, counted from 0 within the interview."""

    text: str
    findings: Annotated[tuple[int, ...], Field(min_length=1)]


class Talk(Value):
    """How much one role says: turns, words, and the share of all words from 0 to 1."""

    role: Role
    turns: int
    words: int
    share: float


class Session(Value):
    """What the transcript itself tells of the talk; `facts` are what the file's header says, as it is written there.

    `duration_seconds` is known where the file gives times. `participants` counts those who are asked.
    """

    date: str | None = None
    place: str | None = None
    duration_seconds: float | None = None
    participants: int = 0
    turns: int = 0
    words: int = 0
    talk: tuple[Talk, ...] = ()
    facts: dict[str, str] = Field(default_factory=dict)


class Provenance(Value):
    """What made a result, so that it can be made again.

    Beside the transcript an engine is given the project's purpose, audience and method
    (`context_hash`), and people's edits: who speaks as `speakers` corrects it, and what
    `redaction` hides from it. None is what a result of before these were kept doesn't tell. `instead_of`
    says which engine could not do it, and why, where the local one stepped in.
    """

    engine: str
    model: str
    prompt_hash: str
    transcript_sha256: str
    run_id: str
    context_hash: str | None = None
    redaction: RedactionSetting | None = None
    speakers: tuple[SpeakerCorrection, ...] | None = None
    instead_of: str | None = None


class Analysis(Value):
    """What an engine made of one interview. Engines of older versions left out what has a default here.

    Of `proposed_quotes` the gate let through all but `rejected_quotes`, which are shown nowhere. `usage` is what
    it has cost, the parts that earlier attempts had paid for included.
    """

    language: str
    summary: str
    summary_quotes: tuple[Quote, ...] = ()
    insights: tuple[Finding, ...] = ()
    profile: tuple[Trait, ...] = ()
    session: Session | None = None
    sections: tuple[Section, ...] = ()
    leading_questions: tuple[LeadingQuestion, ...] = ()
    quality: Quality | None = None
    how_might_we: tuple[HowMightWe, ...] = ()
    proposed_quotes: int = 0
    rejected_quotes: int = 0
    usage: Usage = Usage()
    provenance: Provenance

    @property
    def rejected_share(self) -> float | None:
        """Which share of the proposed quotes was rejected, from 0 to 1; None where none was proposed."""
        return self.rejected_quotes / self.proposed_quotes if self.proposed_quotes else None
