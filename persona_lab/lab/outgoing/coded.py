"""A study as a REFI-QDA project: who saw what in which words, people and engines apart.

A source is an interview's text with line feeds as its line endings. Codes are what people gave, under the names they
gave them, and the insights, under their kinds, with their quotes as an engine's codings. Notes are memos, an
interview is a case with what is known of it, a persona a set of interviews. Every GUID follows from what it stands
for, so the same study gives the same file, and so does one that such a file was read into.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from persona_lab.models import (
    KINDS,
    Axis,
    Insight,
    Interview,
    InterviewRecord,
    Kind,
    PersonaRecord,
    Snapshot,
    Transcript,
)
from persona_lab.models import Note as Written
from persona_lab.refi import positions, words
from persona_lab.refi.words import guid

GROUPS: Final[Mapping[Kind, str]] = {"pain": "Pains", "need": "Needs", "takeaway": "Takeaways"}
# What makes the user of a file a machine of ours, whose codes come by themselves wherever its text is analysed.
ENGINE_ID: Final = "persona_lab:engine"
FILE_ID: Final = "persona_lab:file"
FILE: Final = "uploaded file"
DATE: Final = "Interview date"
NAME_LENGTH: Final = 80


@dataclass(frozen=True)
class Study:
    """What of a project goes into the file."""

    snapshot: Snapshot
    insights: Sequence[Insight]
    transcripts: Mapping[str, Transcript]
    personas: Sequence[PersonaRecord] = ()
    notes: Sequence[Written] = ()


def project(study: Study) -> words.Project:
    """Return the study as the standard sees it."""
    its = _Users()
    notes = _Notes(its)
    codes = _insights(study.insights, notes, study.notes) + _peoples(study)
    sources, cases = [], []
    guids: dict[str, str] = {}
    alike: Counter[str] = Counter()
    for record in study.snapshot.interviews:
        transcript = study.transcripts.get(record.interview.id)
        if transcript is None:
            continue
        text, place = positions.with_line_feeds(transcript.text)
        sha256 = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        key = guid("source", sha256, alike[sha256])
        alike[sha256] += 1
        guids[record.interview.id] = key
        spans = _Spans(key, text, place, its, notes)
        _given(spans, study, record, transcript)
        interview = record.interview
        user = its.person(interview.created_by)
        sources.append(words.Source(key, interview.title, text, spans.selections(), user, interview.created_at))
        cases.append(words.Case(guid("case", key), interview.title, _values(interview, study), (key,)))
    return words.Project(
        name=study.snapshot.project.name,
        description=study.snapshot.project.purpose,
        at=study.snapshot.project.created_at,
        users=tuple(its.users.values()),
        codes=codes,
        sources=tuple(sources),
        notes=tuple(notes.notes.values()),
        cases=tuple(cases),
        groups=tuple(_group(persona, guids) for persona in study.personas),
    )


class _Users:
    """Who coded or wrote anything, each once."""

    def __init__(self) -> None:
        self.users: dict[str, words.User] = {}

    def person(self, name: str) -> str:
        return self._of(name, "")

    def engine(self, record: InterviewRecord | None) -> str:
        made_by = record.result.provenance if record and record.result else None
        return self._of(f"{made_by.engine} ({made_by.model})" if made_by else "engine", ENGINE_ID)

    def file(self) -> str:
        return self._of(FILE, FILE_ID)

    def _of(self, name: str, its_id: str) -> str:
        key = guid("user", name)
        self.users.setdefault(key, words.User(key, name, its_id))
        return key


class _Notes:
    """What people wrote, each with a GUID of its place, its words and its writer."""

    def __init__(self, users: _Users) -> None:
        self._users = users
        self.notes: dict[str, words.Note] = {}

    def add(self, place: str, text: str, by: str, at: datetime | None, *, name: str = "Note") -> str:
        key = guid("note", place, by, text)
        self.notes.setdefault(key, words.Note(key, name, text, self._users.person(by), at))
        return key


@dataclass
class _Span:
    codings: dict[str, words.Coding] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


class _Spans:
    """The places of one source that anything is said of, each once, with all that is said of it."""

    def __init__(self, source: str, text: str, place: positions.Place, users: _Users, notes: _Notes) -> None:
        self._source, self._text, self._place = source, text, place
        self.users, self.notes = users, notes
        self._spans: defaultdict[tuple[int, int], _Span] = defaultdict(_Span)

    def code(self, start: int, end: int, code: str, user: str, at: datetime | None = None, note: str = "") -> None:
        span, its = self._of(start, end)
        key = guid("coding", span, code, user)
        notes = (self.notes.add(key, note, self.users.users[user].name, at),) if note else ()
        its.codings.setdefault(key, words.Coding(key, code, user, at, notes))

    def note(self, start: int, end: int, written: Written) -> None:
        span, its = self._of(start, end)
        name = "Reply" if written.parent_id else "Note"
        its.notes[self.notes.add(span, written.text, written.created_by, written.created_at, name=name)] = None

    def selections(self) -> tuple[words.Selection, ...]:
        return tuple(
            words.Selection(
                guid=self._guid(start, end),
                start=start,
                end=end,
                name=" ".join(self._text[start:end].split())[:NAME_LENGTH],
                codings=tuple(sorted(span.codings.values(), key=lambda one: one.guid)),
                notes=tuple(span.notes),
            )
            for (start, end), span in sorted(self._spans.items())
        )

    def _of(self, start: int, end: int) -> tuple[str, _Span]:
        start, end = self._place(start), self._place(end)
        return self._guid(start, end), self._spans[start, end]

    def _guid(self, start: int, end: int) -> str:
        return guid("selection", self._source, start, end)


def code_guid(name: str) -> str:
    """Return the GUID of a code that people gave."""
    return guid("code", name)


def insight_guid(insight: Insight) -> str:
    return guid("insight", insight.kind, insight.text)


def _insights(insights: Sequence[Insight], notes: _Notes, written: Iterable[Written]) -> tuple[words.Code, ...]:
    its: defaultdict[str, list[Written]] = defaultdict(list)
    for note in written:
        its[note.insight_id or ""].append(note)
    groups = []
    for kind in KINDS:
        found: dict[str, words.Code] = {}
        for insight in insights:
            if insight.kind == kind:
                key = insight_guid(insight)
                told = f"{insight.support} of {insight.participants} participants."
                said = tuple(notes.add(key, one.text, one.created_by, one.created_at) for one in its[insight.id])
                description = " ".join(part for part in (told, insight.note) if part)
                found.setdefault(key, words.Code(key, insight.text, description, notes=said))
        if found:
            groups.append(
                words.Code(guid("kind", kind), GROUPS[kind], is_codable=False, children=tuple(found.values()))
            )
    return tuple(groups)


def _peoples(study: Study) -> tuple[words.Code, ...]:
    given = {coding.code for coding in study.snapshot.codings}
    given |= {code for transcript in study.transcripts.values() for turn in transcript.turns for code in turn.codes}
    return tuple(words.Code(code_guid(name), name) for name in sorted(given))


def _given(spans: _Spans, study: Study, record: InterviewRecord, transcript: Transcript) -> None:
    """Put all that anybody says of the interview in its place."""
    its_id = record.interview.id
    for coding in study.snapshot.codings:
        if coding.interview_id == its_id:
            user = spans.users.person(coding.coder)
            spans.code(coding.start, coding.end, code_guid(coding.code), user, coding.created_at, coding.note)
    for turn in transcript.turns:
        for name in turn.codes:
            spans.code(turn.start, turn.end, code_guid(name), spans.users.file())
    for insight in study.insights:
        for quote in insight.quotes:
            if quote.interview_id == its_id:
                spans.code(quote.start, quote.end, insight_guid(insight), spans.users.engine(record))
    turns = {turn.index: turn for turn in transcript.turns}
    for note in study.notes:
        if note.interview_id == its_id and note.turn in turns:
            spans.note(turns[note.turn].start, turns[note.turn].end, note)


def _values(interview: Interview, study: Study) -> dict[str, str]:
    axes: Sequence[Axis] = study.snapshot.axes
    values = {DATE: interview.interview_date or "", "Language": interview.language or ""}
    for persona in study.personas:
        if interview.id in persona.interview_ids:
            values["Persona"] = persona.label
            for axis in axes:
                its = {one.key: one.name for one in axis.types}
                values[axis.name] = its.get(persona.place.get(axis.key, ""), "")
    return {name: value for name, value in values.items() if value}


def _group(persona: PersonaRecord, guids: Mapping[str, str]) -> words.Group:
    about = persona.description or (persona.portrait.summary if persona.portrait else "")
    members = tuple(guids[key] for key in persona.interview_ids if key in guids)
    return words.Group(guid("set", persona.label, *members), persona.label, about, members)
