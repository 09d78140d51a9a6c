"""The words of persona_lab: what a project, an interview, a turn, a quote and an event are.

All values are frozen. Offsets are code points in `Transcript.text`, so
`text[turn.start:turn.end] == turn.text` holds for every turn, and likewise for
every quote.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Role = Literal["interviewer", "participant", "other"]
Status = Literal["processing", "analyzing", "completed", "failed"]
Kind = Literal["pain", "need", "takeaway"]
KINDS: tuple[Kind, ...] = ("pain", "need", "takeaway")
# Coders that are no people: what stood coded in the file, and what the engine found.
CODERS_BY_NATURE = ("file", "engine")
QuoteStatus = Literal["exact", "normalised", "repaired", "rejected"]
PrivateKind = Literal[
    "name", "phone", "email", "address", "resident", "card", "account", "licence", "passport", "title", "mark"
]
# When pseudonyms stand in for what is personal: before anything of it is kept, for engines that go over the network,
# or never.
RedactionSetting = Literal["storage", "network", "off"]


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
    interview_title: str
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


class Provenance(Value):
    """What made a result, so that it can be made again.

    Beside the transcript an engine is given the project's purpose, audience and method
    (`context_hash`), and people's edits: who speaks as `speakers` corrects it, and what
    `redaction` hides from it. None is what a result of before these were kept doesn't tell.
    """

    engine: str
    model: str
    prompt_hash: str
    transcript_sha256: str
    run_id: str
    context_hash: str | None = None
    redaction: RedactionSetting | None = None
    speakers: tuple[SpeakerCorrection, ...] | None = None


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


class Analysis(Value):
    """What an engine made of one interview.

    Of `proposed_quotes` the gate let through all but `rejected_quotes`, which are shown nowhere.
    """

    language: str
    summary: str
    summary_quotes: tuple[Quote, ...] = ()
    insights: tuple[Finding, ...] = ()
    proposed_quotes: int = 0
    rejected_quotes: int = 0
    provenance: Provenance

    @property
    def rejected_share(self) -> float | None:
        """Which share of the proposed quotes was rejected, from 0 to 1; None where none was proposed."""
        return self.rejected_quotes / self.proposed_quotes if self.proposed_quotes else None


class InsightMember(Value):
    """One finding that an insight was merged from: `finding` counts from 0 within the interview."""

    interview_id: str
    finding: int


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
    `merge` is what merged it, from which runs of its own interviews.
    """

    id: str
    kind: Kind
    text: str
    members: tuple[InsightMember, ...]
    score: float = 0.0
    support: int = 0
    participants: int = 0
    quotes: tuple[CitedQuote, ...] = ()
    merge: Merge | None = None


class Stale(Value):
    """A result that may no longer be true, with the reasons in sentences.

    `id` and `title` are the interview's, or for insights the project's.
    """

    what: Literal["analysis", "insights"]
    id: str
    title: str
    reasons: tuple[str, ...]


class Failure(Value):
    """Why an interview could not be analysed, in words for people, and whether trying again makes sense.

    `retry_at` is when it does, where the engine said so.
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
    """A study. `seq` is the number of its newest event, `epoch` the log it belongs to."""

    id: str
    name: str
    purpose: str = ""
    audience: str = ""
    method: str = ""
    description: str = ""
    redaction: RedactionSetting = "network"
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
