"""Things that events carry whole: the newest word on each is all there is to say of it.

An event that holds a `note` replaces the note of that id, one that holds `notes` each
of them; `note:deleted` takes it away by its `note_id`, and a purge by the ids that it names. An event that holds `axes`
replaces them all.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from persona_lab.models import (
    PURGED,
    Assignment,
    Axis,
    ChatMessage,
    Conversation,
    Event,
    Note,
    Persona,
    Snapshot,
    Value,
)

Row = dict[str, Any]

_QUOTE = {
    "interview_id": "VARCHAR",
    "turn": "INTEGER",
    "start": "INTEGER",
    "end": "INTEGER",
    "text": "VARCHAR",
    "status": "VARCHAR",
}


class Rows(NamedTuple):
    """A table of a kind of thing: its columns, which of them holds the thing's id, and the rows of one."""

    columns: dict[str, str]
    key: str
    of: Callable[[Any], Iterable[Row]]


class Kept(NamedTuple):
    """A kind of thing.

    Attributes:
        name: what events call one of them; all of them at once, where `is_list`.
        plural: what a snapshot calls them.
        id: which attribute tells one from the others.
        within: the kind of thing they are part of, and go with: each has its id as `{within}_id`, as their rows do.
    """

    name: str
    plural: str
    model: type[Value]
    id: str
    tables: dict[str, Rows]
    is_list: bool = False
    within: str = ""


class Held:
    """What a batch of events leaves of one kind of thing.

    Attributes:
        there: the things that were added or changed, by id.
        touched: the ids of all that were added, changed or taken away.
        emptied: the ids of what was taken away with all that was within.
        is_all: whether `there` is all there are.
    """

    def __init__(self) -> None:
        self.there: dict[str, Value] = {}
        self.touched: set[str] = set()
        self.emptied: set[str] = set()
        self.is_all = False

    def load(self, kept: Kept, snapshot: Snapshot) -> None:
        self._replace(kept, getattr(snapshot, kept.plural))

    def take(self, kept: Kept, event: Event) -> None:
        told = event.data.get(kept.name)
        if kept.is_list:
            if told is not None:
                self._replace(kept, [kept.model.model_validate(one) for one in told])
            return
        # Several at once come back with what they went with.
        for one in [*event.data.get(kept.plural, []), *([told] if told is not None else [])]:
            value = kept.model.model_validate(one)
            key = getattr(value, kept.id)
            # Anew at the end, so that the order is the same however the events come in batches.
            self.there.pop(key, None)
            self.there[key] = value
            self.touched.add(key)
        for key in _gone(event, kept.name):
            self.there.pop(key, None)
            self.touched.add(key)
        for gone in _gone(event, kept.within):
            self.there = {key: one for key, one in self.there.items() if getattr(one, f"{kept.within}_id") != gone}
            self.emptied.add(gone)

    def _replace(self, kept: Kept, values: Iterable[Value]) -> None:
        self.there = {getattr(value, kept.id): value for value in values}
        self.is_all = True


def _gone(event: Event, kind: str) -> list[str]:
    """Return the ids of the things of a kind that an event takes away."""
    if event.type == PURGED:
        return list(event.data["gone"].get(kind, []))
    return [event.data[f"{kind}_id"]] if event.type == f"{kind}:deleted" else []


def _whole(value: Value) -> Iterator[Row]:
    yield value.model_dump(mode="json")


def _axes(axis: Axis) -> Iterator[Row]:
    for one in axis.types:
        yield {
            "axis": axis.key,
            "axis_name": axis.name,
            "type": one.key,
            "type_name": one.name,
            "description": one.description,
        }


def _persona(persona: Persona) -> Iterator[Row]:
    portrait = persona.portrait.model_dump(mode="json") if persona.portrait else {}
    told = {name: portrait.get(name) for name in ("name", "summary", "participants", "medoid", "spread", "engine")}
    yield {**persona.model_dump(mode="json"), **told, "headline": portrait.get("title")}


def _traits(persona: Persona) -> Iterator[Row]:
    for number, trait in enumerate(persona.portrait.traits if persona.portrait else ()):
        yield {"persona_id": persona.id, "trait": number, **trait.model_dump(mode="json")}


def _trait_quotes(persona: Persona) -> Iterator[Row]:
    for number, trait in enumerate(persona.portrait.traits if persona.portrait else ()):
        for is_against, quotes in ((False, trait.quotes), (True, trait.against)):
            for quote in quotes:
                yield {"persona_id": persona.id, "trait": number, "is_against": is_against, **quote.model_dump()}


def _words(persona: Persona) -> Iterator[Row]:
    for word in persona.portrait.words if persona.portrait else ():
        yield {"persona_id": persona.id, **word.model_dump()}


def _assignment(assignment: Assignment) -> Iterator[Row]:
    row = assignment.model_dump(mode="json")
    proposal = row.pop("proposal") or {}
    yield {
        **row,
        "proposed_persona_id": proposal.get("persona_id"),
        "score": proposal.get("score"),
        "model": proposal.get("model"),
    }


def _citations(message: ChatMessage) -> Iterator[Row]:
    for citation in message.citations:
        for is_other, quotes in ((False, (citation.quote,)), (True, citation.others)):
            for quote in quotes:
                yield {
                    "message_id": message.id,
                    "conversation_id": message.conversation_id,
                    "n": citation.n,
                    "is_other": is_other,
                    **quote.model_dump(),
                }


KEPT = (
    Kept(
        "axes",
        "axes",
        Axis,
        "key",
        {
            "axes": Rows(
                {
                    "axis": "VARCHAR",
                    "axis_name": "VARCHAR",
                    "type": "VARCHAR",
                    "type_name": "VARCHAR",
                    "description": "VARCHAR",
                },
                "axis",
                _axes,
            )
        },
        is_list=True,
    ),
    Kept(
        "persona",
        "personas",
        Persona,
        "id",
        {
            "personas": Rows(
                {
                    "id": "VARCHAR",
                    "position": "INTEGER",
                    "label": "VARCHAR",
                    "title": "VARCHAR",
                    "description": "VARCHAR",
                    "place": "JSON",
                    "name": "VARCHAR",
                    "headline": "VARCHAR",
                    "summary": "VARCHAR",
                    "participants": "INTEGER",
                    "medoid": "VARCHAR",
                    "spread": "DOUBLE",
                    "engine": "VARCHAR",
                    "created_by": "VARCHAR",
                    "created_at": "TIMESTAMP",
                    "updated_at": "TIMESTAMP",
                },
                "id",
                _persona,
            ),
            "persona_traits": Rows(
                {
                    "persona_id": "VARCHAR",
                    "trait": "INTEGER",
                    "kind": "VARCHAR",
                    "text": "VARCHAR",
                    "support": "INTEGER",
                    "participants": "INTEGER",
                    "score": "DOUBLE",
                },
                "persona_id",
                _traits,
            ),
            "persona_quotes": Rows(
                {"persona_id": "VARCHAR", "trait": "INTEGER", "is_against": "BOOLEAN", **_QUOTE},
                "persona_id",
                _trait_quotes,
            ),
            "persona_words": Rows(
                {"persona_id": "VARCHAR", "word": "VARCHAR", "participants": "INTEGER", "score": "DOUBLE"},
                "persona_id",
                _words,
            ),
        },
    ),
    Kept(
        "assignment",
        "assignments",
        Assignment,
        "interview_id",
        {
            "assignments": Rows(
                {
                    "interview_id": "VARCHAR",
                    "persona_id": "VARCHAR",
                    "decided_by": "VARCHAR",
                    "decided_at": "TIMESTAMP",
                    "proposed_persona_id": "VARCHAR",
                    "score": "DOUBLE",
                    "model": "VARCHAR",
                },
                "interview_id",
                _assignment,
            )
        },
    ),
    Kept(
        "conversation",
        "conversations",
        Conversation,
        "id",
        {
            "conversations": Rows(
                {
                    "id": "VARCHAR",
                    "title": "VARCHAR",
                    "persona_ids": "VARCHAR[]",
                    "interview_id": "VARCHAR",
                    "without": "VARCHAR",
                    "created_by": "VARCHAR",
                    "created_at": "TIMESTAMP",
                    "updated_at": "TIMESTAMP",
                },
                "id",
                _whole,
            )
        },
    ),
    Kept(
        "message",
        "messages",
        ChatMessage,
        "id",
        {
            "messages": Rows(
                {
                    "id": "VARCHAR",
                    "conversation_id": "VARCHAR",
                    "number": "INTEGER",
                    "role": "VARCHAR",
                    "author": "VARCHAR",
                    "persona_id": "VARCHAR",
                    "content": "VARCHAR",
                    "questions": "VARCHAR[]",
                    "state": "VARCHAR",
                    "note": "VARCHAR",
                    "engine": "VARCHAR",
                    "model": "VARCHAR",
                    "created_at": "TIMESTAMP",
                },
                "id",
                _whole,
            ),
            "citations": Rows(
                {
                    "message_id": "VARCHAR",
                    "conversation_id": "VARCHAR",
                    "n": "INTEGER",
                    "is_other": "BOOLEAN",
                    "interview_title": "VARCHAR",
                    "speaker": "VARCHAR",
                    **_QUOTE,
                },
                "message_id",
                _citations,
            ),
        },
        within="conversation",
    ),
    Kept(
        "note",
        "notes",
        Note,
        "id",
        {
            "notes": Rows(
                {
                    "id": "VARCHAR",
                    "interview_id": "VARCHAR",
                    "turn": "INTEGER",
                    "insight_id": "VARCHAR",
                    "parent_id": "VARCHAR",
                    "text": "VARCHAR",
                    "created_by": "VARCHAR",
                    "created_at": "TIMESTAMP",
                    "updated_at": "TIMESTAMP",
                },
                "id",
                _whole,
            )
        },
        within="interview",
    ),
)

KEPT_TABLES = {table: rows.columns for kept in KEPT for table, rows in kept.tables.items()}
