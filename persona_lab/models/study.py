"""A project, its interviews, and what becomes of them."""

from datetime import datetime
from typing import Any, Literal

from persona_lab.models.analysis import Analysis, QuoteStatus
from persona_lab.models.conversation import ChatMessage, Conversation
from persona_lab.models.identity import Visibility
from persona_lab.models.insight import Insight, Judgement, Merge
from persona_lab.models.note import Note
from persona_lab.models.persona import Assignment, Axis, Persona
from persona_lab.models.spending import EngineName
from persona_lab.models.transcript import RedactionSetting
from persona_lab.models.values import Value

Status = Literal["processing", "analyzing", "completed", "failed"]

# Coders that are no people: what stood coded in the file, and what the engine found.
CODERS_BY_NATURE = ("file", "engine")


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
    `redacted`: then pseudonyms stand in all that is kept of it, once it has been read. Where it is `masked`,
    somebody who took part was erased from it, and the file is gone.
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
    masked: bool = False
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
    words of the trade, each with what it means. Where it is `public`, the whole company may read it.
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
    visibility: Visibility = "private"
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
    """What was begun anew: the interviews that are analysed again, or else only the merging of their findings.

    `portraits` are the ids of the personas whose portraits are made again, after both.
    """

    interviews: tuple[Interview, ...]
    merging: bool
    portraits: tuple[str, ...] = ()


class InterviewRecord(Value):
    """An interview with its result, as a snapshot carries it."""

    interview: Interview
    result: Analysis | None = None


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
    axes: tuple[Axis, ...] = ()
    personas: tuple[Persona, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    messages: tuple[ChatMessage, ...] = ()
    notes: tuple[Note, ...] = ()
