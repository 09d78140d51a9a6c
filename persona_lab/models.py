"""The words of persona_lab: what a project, an interview, a turn, a quote and an event are.

All values are frozen. Offsets are code points in `Transcript.text`, so
`text[turn.start:turn.end] == turn.text` holds for every turn, and likewise for
every quote.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field, computed_field
from pydantic.alias_generators import to_camel

Role = Literal["interviewer", "participant", "other"]
Status = Literal["processing", "analyzing", "completed", "failed"]
Kind = Literal["pain", "need", "takeaway"]
KINDS: tuple[Kind, ...] = ("pain", "need", "takeaway")
# Coders that are no people: what stood coded in the file, and what the engine found.
CODERS_BY_NATURE = ("file", "engine")
JudgementKind = Literal["merge", "split", "rename", "pin", "reject"]
QuoteStatus = Literal["exact", "normalised", "repaired", "rejected"]
TraitName = Literal["age", "job", "experience", "place", "family", "tools", "habit"]
# How a question leads: it suggests the answer, asks only for a nod, takes for granted what nobody has said, or asks
# two things at once.
LeadingKind = Literal["suggests", "tag", "assumes", "double"]
# What the quality of an interview is judged by; an opinion is what an engine says without measuring.
Measure = Literal["answers", "amount", "follow_ups", "leading", "coverage", "opinion"]
PrivateKind = Literal[
    "name", "phone", "email", "address", "resident", "card", "account", "licence", "passport", "title", "mark"
]
# When pseudonyms stand in for what is personal: before anything of it is kept, for engines that go over the network,
# or never.
RedactionSetting = Literal["storage", "network", "off"]
EngineName = Literal["local", "miso", "llm"]
ENGINES: tuple[EngineName, ...] = ("local", "miso", "llm")


def now() -> datetime:
    return datetime.now(UTC)


def _spellings(name: str) -> str | AliasChoices:
    """Return under which names a field is read."""
    return name if to_camel(name) == name else AliasChoices(name, to_camel(name))


class Value(BaseModel):
    """A frozen value that reads snake_case and camelCase and writes snake_case."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=AliasGenerator(validation_alias=_spellings),
        populate_by_name=True,
    )


class Cue(Value):
    """A stretch of a turn that the file timed by itself: offsets as in `Turn`, times in seconds."""

    start: int
    end: int
    time: float
    until: float | None = None


class Turn(Value):
    """What one speaker said before the next one spoke.

    `start` and `end` are code points in the transcript's text; `time` is seconds
    from the beginning of the recording, where the file gives it. `codes` are what
    people had marked the turn with in the file, such as `Pain Point`. `label` is what
    the file calls the speaker, where `speaker` is a name that people gave instead.
    """

    index: int
    speaker: str | None
    label: str | None = None
    role: Role
    text: str
    start: int
    end: int
    time: float | None = None
    codes: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()


class Speaker(Value):
    """Somebody who speaks in an interview: how the file calls them, and what people have corrected.

    `name` and `role` are those that hold now; `turns` counts the turns. `speaker` is
    None for turns that the file gives to nobody.
    """

    speaker: str | None
    name: str | None
    role: Role
    turns: int


class SpeakerCorrection(Value):
    """What people say of the speaker that the file calls `speaker`; None is as the file has it."""

    speaker: str | None
    name: str | None = None
    role: Role | None = None


class Repair(Value):
    """How text was brought back that had been read in a wrong encoding before it was saved.

    `restored` counts the characters that were chosen as the likeliest, because
    their bytes were lost; `lost` is the share of characters that could not be
    brought back, from 0 to 1.
    """

    wrong_encoding: str
    restored: int = 0
    lost: float = 0.0


class Transcript(Value):
    """One interview as text.

    `sha256` is of the raw bytes. `encoding` is how they were read, and `certainty`,
    from 0 to 1, how sure that is. `metadata` is what header lines of the file say
    (date, place, who), `remarks` what a reader of the transcript should know about
    how it was read, in whole sentences.
    """

    text: str
    sha256: str
    format: str
    encoding: str
    certainty: float = 1.0
    repair: Repair | None = None
    metadata: dict[str, str] = {}
    remarks: tuple[str, ...] = ()
    language: str
    turns: tuple[Turn, ...]


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
    facts: dict[str, str] = {}


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


class Usage(Value):
    """What work at an engine cost: calls that were answered, and tokens as the engine counts them."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


class Estimate(Usage):
    """What work at an engine will cost, rather too much than too little; `cost` in US dollars, None where unknown."""

    cost: float | None = None


class Spent(Usage):
    """What was paid for at once, for an interview or, without one, for an answer."""

    at: datetime
    interview_id: str | None = None
    run_id: str | None = None
    engine: EngineName
    model: str


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


class InsightMember(Value):
    """One finding that an insight was merged from: `finding` counts from 0 within the interview."""

    interview_id: str
    finding: int


class Contradiction(CitedQuote):
    """What a participant said that may speak against a finding: a candidate, found by a machine, for a person to judge.

    `against` is that finding; `likeness`, up to 1, says how nearly both are about the same.
    """

    against: InsightMember
    likeness: float


class Related(Value):
    """An insight that is near another one and was not merged with it; `likeness` is that of their nearest findings."""

    id: str
    text: str
    likeness: float


class Share(Value):
    """How an insight's support spreads: `support` of `participants` among those whose `by` is `value`."""

    by: str
    value: str
    support: int
    participants: int


class Merge(Value):
    """What merged findings into insights, and the run of each interview that it merged, by interview id."""

    model: str
    rules_hash: str
    runs: dict[str, str]

    def since(self, runs: Mapping[str, str]) -> tuple[str, ...]:
        """Say in sentences how the interviews have changed since.

        Args:
            runs: the run of each interview that is completed now.
        """
        counts = {
            "added": len(runs.keys() - self.runs.keys()),
            "deleted": len(self.runs.keys() - runs.keys()),
            "analysed again": sum(runs[key] != run for key, run in self.runs.items() if key in runs),
        }
        return tuple(
            f"1 interview was {what}." if n == 1 else f"{n:,} interviews were {what}."
            for what, n in counts.items()
            if n
        )


class Insight(Value):
    """A pain, need or takeaway across interviews.

    `support` counts the participants whose words it rests on, `participants`
    all those of the project's completed interviews; `score` is its clearest finding's.
    `keywords` are in dictionary form. `survival` is the share of its interviews of which any
    one could be left out (see `engines.merge`). `judgements` are the ids of what people said
    of it that holds. It is not `is_found` when only a pin keeps it; then `quotes` are the pin's.
    `merge` is what merged it, from which runs of its own interviews.
    """

    id: str
    kind: Kind
    text: str
    members: tuple[InsightMember, ...]
    score: float = 0.0
    keywords: tuple[str, ...] = ()
    survival: float = 0.0
    contradictions: tuple[Contradiction, ...] = ()
    related: tuple[Related, ...] = ()
    is_pinned: bool = False
    is_rejected: bool = False
    is_found: bool = True
    judgements: tuple[str, ...] = ()
    support: int = 0
    participants: int = 0
    spread: tuple[Share, ...] = ()
    quotes: tuple[CitedQuote, ...] = ()
    merge: Merge | None = None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def note(self) -> str:
        """What a reader must know before using it, in a sentence or two."""
        said = ["It rests on one participant."] if self.support == 1 else []
        if not self.is_found:
            said.append("It is pinned, though it is found no more.")
        return " ".join(said)


class Stale(Value):
    """A result that may no longer be true, with the reasons in sentences.

    `id` and `title` are the interview's, or for insights the project's.
    """

    what: Literal["analysis", "insights"]
    id: str
    title: str
    reasons: tuple[str, ...]


class Anchor(CitedQuote):
    """A place in a transcript that a judgement holds on to: evidence of a finding of that kind."""

    kind: Kind


class Judgement(Value):
    """What a person said of an insight, anchored to its evidence; `engines.judging` says what it means.

    `number` counts the project's judgements: of two that contradict each other the higher one holds.
    `text` is the name given; of a pin it is what the insight was called then. `others` are those
    to merge with, or to stay apart from. `newest_interview` is the number of the newest interview
    there was.
    """

    id: str
    number: int
    kind: JudgementKind
    insight_id: str
    insight_kind: Kind
    text: str = ""
    anchors: Annotated[tuple[Anchor, ...], Field(min_length=1)]
    others: tuple[Anchor, ...] = ()
    newest_interview: int
    created_by: str
    created_at: datetime


class Keyword(Value):
    """A word in dictionary form with how many `interviews` and `participants` use it, and how often in all.

    `score` says how much more it is used than elsewhere; `engines.keywords` says how that is measured.
    """

    word: str
    language: str
    count: int
    participants: int
    interviews: tuple[str, ...]
    score: float


class Failure(Value):
    """Why an interview could not be analysed, in words for people, and whether trying again makes sense.

    `can_retry` says whether the same may succeed with nothing changed, neither file nor settings;
    `retry_at` is when that makes sense, where the engine said so.
    """

    code: str
    message: str
    can_retry: bool = True
    retry_at: datetime | None = None


class Interview(Value):
    """One transcript and what came of it.

    `sha256` and `size_bytes` are of the file as it was uploaded, also where it is
    `redacted`: then pseudonyms stand in all that is kept of it, once it has been read.
    """

    id: str
    project_id: str
    number: int
    title: str
    filename: str
    status: Status
    stage: str
    error: Failure | None = None
    attempt: int = 1
    sha256: str
    size_bytes: int
    redacted: bool = False
    format: str | None = None
    encoding: str | None = None
    certainty: float | None = None
    remarks: tuple[str, ...] = ()
    language: str | None = None
    turns: int | None = None
    participants: int | None = None
    interview_date: str | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None


class Project(Value):
    """A study. `seq` is the number of its newest event, `epoch` the log it belongs to.

    `engine` analyses and answers, None is the server's own; with `fallback` the local one steps in where it
    can't. `budget` is how many tokens engines may use for it in all, None as many as they want. `glossary` is
    words of the trade, each with what it means.
    """

    id: str
    name: str
    purpose: str = ""
    audience: str = ""
    method: str = ""
    description: str = ""
    company: str = ""
    company_info: str = ""
    glossary: tuple[str, ...] = ()
    redaction: RedactionSetting = "network"
    engine: EngineName | None = None
    fallback: bool = False
    budget: int | None = None
    seq: int = 0
    epoch: str = ""
    created_at: datetime
    updated_at: datetime


class Event(Value):
    """One change of a project; `seq` counts 1, 2, 3 … without gaps."""

    seq: int
    type: str
    at: datetime
    data: dict[str, Any]


class Coding(Value):
    """A code that somebody gave to a turn, or to a span within one; offsets as in `Quote`.

    `coder` is who judged, which need not be who typed it in. `status` says how the
    words were found, where the span was given by its words.
    """

    id: str
    interview_id: str
    turn: int
    start: int
    end: int
    text: str
    status: QuoteStatus = "exact"
    code: str
    coder: str
    note: str = ""
    created_at: datetime


class Refreshed(Value):
    """What was begun anew: the interviews that are analysed again, or else only the merging of their findings."""

    interviews: tuple[Interview, ...]
    merging: bool


class InterviewRecord(Value):
    """An interview with its result, as a snapshot carries it."""

    interview: Interview
    result: Analysis | None = None


class TranscriptRecord(Value):
    """A transcript with the id and number of its interview, as pages of them carry it."""

    interview_id: str
    number: int
    transcript: Transcript


class Snapshot(Value):
    """A whole project as it was when event `seq` of log `epoch` was the newest."""

    epoch: str
    seq: int
    project: Project
    interviews: tuple[InterviewRecord, ...]
    insights: tuple[Insight, ...]
    merge: Merge | None = None
    codings: tuple[Coding, ...] = ()
    judgements: tuple[Judgement, ...] = ()


class Passage(Value):
    """A turn found for a question, best first, with the score it was found by."""

    interview_id: str
    interview_title: str
    turn: int
    speaker: str | None
    role: Role
    text: str
    start: int
    score: float


class Original(Value):
    """Something personal that needs a pseudonym.

    `key` tells it from others of its kind, however it is written; `word` is what its pseudonym is called.
    """

    kind: PrivateKind
    key: str
    original: str
    word: str


class Pseudonym(Value):
    """What stands for an original in everything that leaves the machine, such as `[Name1]`.

    Never put one into an event, a snapshot or a log: it holds what it hides.
    """

    kind: PrivateKind
    key: str
    original: str
    pseudonym: str


class Redaction(Value):
    """What one interview says of a person or thing that a pseudonym stands for.

    `start`..`end` is the first place in the transcript as it is kept, `context` the words around it, `turn` its
    turn, None outside of all turns.
    """

    interview_id: str
    interview_title: str
    kind: PrivateKind
    original: str
    pseudonym: str
    count: int
    turn: int | None
    start: int
    end: int
    context: str


class Message(Value):
    """One thing said in a conversation with the workbench."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=20_000)]


class Delta(Value):
    """A piece of an answer's text."""

    type: Literal["delta"] = "delta"
    text: str


class Citation(Value):
    """The quote that `[n]` in the answer's text stands for."""

    type: Literal["citation"] = "citation"
    n: int
    quote: CitedQuote


class Done(Value):
    """The answer is complete."""

    type: Literal["done"] = "done"
    message_id: str
    conversation_id: str
    usage: dict[str, int] = {}


class Broken(Value):
    """The answer ended early; what came before stands."""

    type: Literal["error"] = "error"
    code: str
    message: str


AnswerPart = Annotated[Delta | Citation | Done | Broken, Field(discriminator="type")]
