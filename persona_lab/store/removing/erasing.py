"""Taking one participant out of a study for good, where others speak beside them.

An interview in which nobody else is interviewed goes as a whole, as any other that is purged. In one with others their
turns are masked, and what was made of the interview is made anew. See `forgetting` for what a caller has to do.
"""

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, and_, cast, delete, or_, select, update

from persona_lab.models import Masked
from persona_lab.store import codings, interviews, meanings, speakers, transcripts
from persona_lab.store.removing import said as saying
from persona_lab.store.removing import tombstones
from persona_lab.store.removing.forgetting import OF_ANALYSES, Part, words_of
from persona_lab.store.removing.said import NamesThem, Said
from persona_lab.store.removing.tombstones import Wanted
from persona_lab.store.schema import tables as t

# What quotes others of the interview by its title, with what a row is known by.
QUOTING = (
    (t.messages, ("citations",), ("id",)),
    (t.conversations, ("mind_map",), ("id",)),
    (t.notes, ("anchors",), ("id",)),
    (t.judgements, ("anchors", "others"), ("project_id", "number")),
)


class TookPart(NamedTuple):
    """An interview in which somebody took part.

    Attributes:
        labels: what its file calls them.
        called: what people have corrected that to.
        turns: how many turns are theirs.
        is_alone: whether nobody else is interviewed in it.
        is_deleted: whether it is in the trash.
    """

    interview_id: str
    labels: frozenset[str]
    called: frozenset[str]
    turns: int
    is_alone: bool
    is_deleted: bool


class Indexed(NamedTuple):
    """What a masked transcript is searched by: content words, and vectors with who made them."""

    terms: list[list[str]]
    meanings: bytes
    sentences: list[bytes]
    made_by: str


def took_part(connection: Connection, project_id: str, name: str) -> list[TookPart]:
    """Return the interviews in which somebody of that name, or label, took part, those in the trash as well."""
    rows = connection.execute(
        select(t.interviews.c.id, t.interviews.c.deleted_at)
        .join(t.transcripts, t.transcripts.c.interview_id == t.interviews.c.id)
        .where(t.interviews.c.project_id == project_id)
        .order_by(t.interviews.c.number)
    ).all()
    found = []
    for row in rows:
        people = [one for one in speakers.of(connection, row.id) if one.role == "participant"]
        theirs = [one for one in people if name in (one.name, one.speaker) and one.speaker]
        if theirs:
            labels = frozenset(one.speaker for one in theirs if one.speaker)
            called = frozenset(one.name for one in theirs if one.name)
            turns = sum(one.turns for one in theirs)
            is_alone = len(theirs) == len(people)
            found.append(TookPart(row.id, labels, called, turns, is_alone, row.deleted_at is not None))
    return found


class Erased(NamedTuple):
    """What is to be masked of an interview, and what becomes of what it is called.

    Attributes:
        labels: what its file calls them.
        names_them: says of a text whether it names them.
    """

    labels: frozenset[str]
    masked: Masked
    indexed: Indexed
    title: str
    filename: str
    names_them: NamesThem


def mask(connection: Connection, interview_id: str, erased: Erased) -> int:
    """Put the masked transcript in place of the interview's, and take out all that rests on what is gone.

    What was found in it is gone until the interview has been analysed again, which is the caller's to begin.

    Returns:
        How many events were purged.
    """
    masked, indexed = erased.masked, erased.indexed
    before = interviews.get(connection, interview_id, even_deleted=True)
    project_id = before.project_id
    transcripts.mask(connection, interview_id, masked.transcript, indexed.terms)
    said = saying.by_participant(connection, project_id, masked, erased.names_them)
    part = Part(interview_id, masked.turns, masked.named)
    touched, gone = words_of(connection, project_id, part, said)
    gone["coding"] = _codings(connection, interview_id, masked, said)
    touched |= _proposals(connection, project_id, interview_id)
    if erased.title != before.title:
        _retitle(connection, interview_id, erased.title)
    for table in OF_ANALYSES:
        connection.execute(delete(table).where(table.c.interview_id == interview_id))
    meanings.save(connection, interview_id, "turns", made_by=indexed.made_by, vectors=indexed.meanings)
    meanings.save_sentences(connection, interview_id, indexed.sentences, made_by=indexed.made_by)
    speakers.forget(connection, interview_id, erased.labels)
    interviews.was_masked(
        connection,
        interview_id,
        title=erased.title,
        filename=erased.filename,
        remarks=masked.transcript.remarks,
    )
    told = {"kind": "participant", "id": interview_id}
    count = tombstones.lay(connection, project_id, Wanted({interview_id, *touched}, merged=True), told, gone)
    # The events that said who else was corrected are gone with the others.
    speakers.retell(connection, interview_id)
    return count


def _codings(connection: Connection, interview_id: str, masked: Masked, said: Said) -> set[str]:
    """Remove the codings at turns that are gone, and those that repeat them; return their ids."""
    gone = set()
    for one in codings.of_interview(connection, interview_id):
        words = masked.transcript.text[one.start : one.end]
        if one.turn in masked.turns or said.is_repeated_in(one.code) or said.is_repeated_in(one.note):
            gone.add(one.id)
        elif words != one.text:
            connection.execute(update(t.codings).where(t.codings.c.id == one.id).values(text=words))
    connection.execute(delete(t.codings).where(t.codings.c.id.in_(gone)))
    return gone


def _proposals(connection: Connection, project_id: str, interview_id: str) -> set[str]:
    """Take back the personas that were proposed for the interview, or by its words; return whose they were."""
    table, changed = t.assignments, set()
    for row in connection.execute(select(table).where(table.c.project_id == project_id)).all():
        is_its = row.interview_id == interview_id or interview_id in json.dumps(row.proposal)
        if row.proposal is not None and is_its:
            its = table.c.interview_id == row.interview_id
            connection.execute(update(table).where(its).values(proposal=None))
            changed.add(row.interview_id)
    return changed


def _retitle(connection: Connection, interview_id: str, title: str) -> None:
    """Put the new title into whatever quotes what others said in the interview."""
    for table, columns, keys in QUOTING:
        quotes = or_(*(cast(table.c[name], Text).contains(interview_id) for name in columns))
        for row in connection.execute(select(table).where(quotes)).all():
            values = {name: _retitled(row._mapping[name], interview_id, title) for name in columns}
            its = and_(*(table.c[key] == row._mapping[key] for key in keys))
            connection.execute(update(table).where(its).values(**values))


def _retitled(data: Any, interview_id: str, title: str) -> Any:
    if isinstance(data, list):
        return [_retitled(one, interview_id, title) for one in data]
    if not isinstance(data, dict):
        return data
    told = {key: _retitled(one, interview_id, title) for key, one in data.items()}
    if told.get("interview_id") == interview_id and "interview_title" in told:
        told["interview_title"] = title
    return told
