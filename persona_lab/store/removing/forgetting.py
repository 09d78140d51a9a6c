"""Taking things out of the database for good: their rows, and what was made of them elsewhere.

Each function must be called within one transaction, in the house's name and once somebody has looked whether it may
be done. It ends with the purge's event, see `tombstones`. What it can't reach here is up to the caller: uploaded
files, the record of jobs, and what was compiled from the rows and is kept in memory.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, update

from persona_lab.models import TOMBSTONE, Anchor, TrashKind, now
from persona_lab.store import conversations, events, insights, interviews, pseudonyms, transaction
from persona_lab.store.removing import said as saying
from persona_lab.store.removing import tombstones
from persona_lab.store.removing.said import NamesThem, Said
from persona_lab.store.removing.tombstones import Ids, Wanted
from persona_lab.store.schema import tables as t

# What stands for a title that had words in it which are gone.
UNTITLED = "…"
EMPTIED = "What stood here rested on words that were purged."
# Everything that is of one interview alone, before the interview itself.
OF_INTERVIEW: tuple[Table, ...] = (
    t.parts,
    t.comparisons,
    t.praises,
    t.meanings,
    t.codings,
    t.analyses,
    t.speaker_corrections,
    t.turns,
    t.transcripts,
    t.assignments,
)
# Everything that is of a project, each after what refers to it.
OF_PROJECT: tuple[Table, ...] = (
    t.spending,
    t.insights,
    t.judgements,
    t.axes,
    t.assignments,
    t.notes,
    t.conversations,
    t.personas,
    t.pictures,
    t.invitations,
    t.pseudonyms,
)
# What an interview's analyses leave beside it, each made anew by the next one.
OF_ANALYSES: tuple[Table, ...] = (t.parts, t.praises, t.meanings, t.analyses)
PROJECT_PURGED = "project:purged"
# So much of a project is taken out in one transaction.
INTERVIEWS_AT_ONCE = 25
EVENTS_AT_ONCE = 150
PROJECTS_WORDS = ("name", "purpose", "audience", "method", "description", "company", "company_info")


def interview(connection: Connection, interview_id: str, *, names_them: NamesThem | None = None) -> int:
    """Take an interview out for good, and all that rests on its words; return how many events were purged.

    Args:
        names_them: says of a text whether it names somebody who is erased with it, so that it goes, too.
    """
    project_id = interviews.get(connection, interview_id, even_deleted=True).project_id
    said = saying.of_interview(connection, project_id, interview_id, names_them)
    # It counts no more when others are asked whether they have its words.
    connection.execute(update(t.transcripts).where(t.transcripts.c.interview_id == interview_id).values(text=""))
    touched, gone = words_of(connection, project_id, Part(interview_id), said)
    for name in ("interview_id", "without"):
        column = t.conversations.c[name]
        connection.execute(update(t.conversations).where(column == interview_id).values({name: None}))
    for table in OF_INTERVIEW:
        connection.execute(delete(table).where(table.c.interview_id == interview_id))
    paid = t.spending.c.interview_id == interview_id
    connection.execute(update(t.spending).where(paid).values(interview_id=None, run_id=None))
    connection.execute(delete(t.interviews).where(t.interviews.c.id == interview_id))
    gone |= {"interview": {interview_id}, "assignment": {interview_id}}
    told = {"kind": "interview", "id": interview_id}
    return tombstones.lay(connection, project_id, Wanted({interview_id, *touched}, merged=True), told, gone)


class Part(NamedTuple):
    """An interview that is to go, or what of it is.

    Attributes:
        turns: the turns that go; None is all of them.
        others: turns that stay, but not as they were.
    """

    interview_id: str
    turns: frozenset[int] | None = None
    others: frozenset[int] = frozenset()

    def holds(self, data: Any) -> bool:
        """Say whether something in this JSON stands there, or rests on it."""
        if self.turns is None:
            return self.interview_id in json.dumps(data)
        if isinstance(data, dict):
            is_here = data.get("interview_id") == self.interview_id and data.get("turn") in self.turns | self.others
            return is_here or any(map(self.holds, data.values()))
        return isinstance(data, list) and any(map(self.holds, data))


def words_of(connection: Connection, project_id: str, part: Part, said: Said) -> tuple[set[str], Ids]:
    """Take words out of everything that was made of them, apart from what is the interview's own.

    They must be gone from the transcript already: what else has them is asked of the transcripts there are.

    Returns:
        The ids of what events may have said with these words, and of what is gone, by kind.
    """
    emptied = _conversations(connection, part, said)
    gone: Ids = {
        "conversation": _about(connection, part.interview_id),
        "note": _notes(connection, project_id, part, said),
    }
    _judgements(connection, project_id, part, said)
    # Findings of its other turns are found anew as well, and merged then.
    insights.forget(connection, project_id, part.interview_id)
    portrayed = _portraits(connection, project_id, part, said)
    pseudonyms.forget(connection, project_id, said.text)
    return {*emptied, *portrayed, *gone["conversation"], *gone["note"]}, gone


def conversation(connection: Connection, conversation_id: str) -> int:
    """Take a conversation out for good; return how many events were purged."""
    project_id = _project_of(connection, t.conversations, conversation_id)
    connection.execute(delete(t.messages).where(t.messages.c.conversation_id == conversation_id))
    connection.execute(delete(t.conversations).where(t.conversations.c.id == conversation_id))
    gone = {"conversation": {conversation_id}}
    told = {"kind": "conversation", "id": conversation_id}
    return tombstones.lay(connection, project_id, Wanted({conversation_id}), told, gone)


def note(connection: Connection, note_id: str) -> int:
    """Take a note out for good; replies to it stay, without it. Return how many events were purged."""
    project_id = _project_of(connection, t.notes, note_id)
    _take_notes(connection, {note_id})
    told = {"kind": "note", "id": note_id}
    return tombstones.lay(connection, project_id, Wanted({note_id}), told, {"note": {note_id}})


def persona(connection: Connection, persona_id: str) -> int:
    """Take a persona out for good; what it said stays, by its label. Return how many events were purged."""
    project_id = _project_of(connection, t.personas, persona_id)
    spoken = t.messages.c.persona_id == persona_id
    messages = set(connection.scalars(select(t.messages.c.id).where(spoken)))
    connection.execute(update(t.messages).where(spoken).values(persona_id=None))
    assigned = t.assignments.c.persona_id == persona_id
    connection.execute(update(t.assignments).where(assigned).values(persona_id=None, decided_by=None, decided_at=None))
    sha256 = connection.scalar(select(t.personas.c.picture).where(t.personas.c.id == persona_id))
    connection.execute(delete(t.personas).where(t.personas.c.id == persona_id))
    shown = select(t.personas.c.id).where(t.personas.c.project_id == project_id, t.personas.c.picture == sha256)
    if sha256 is not None and connection.scalar(shown.limit(1)) is None:
        connection.execute(delete(t.pictures).filter_by(project_id=project_id, sha256=sha256))

    def is_its_own(kind: str, data: dict[str, Any]) -> bool:
        return kind.startswith("persona:") and data.get("persona", {}).get("id") == persona_id

    told = {"kind": "persona", "id": persona_id}
    wanted = Wanted(messages, also=is_its_own)
    return tombstones.lay(connection, project_id, wanted, told, {"persona": {persona_id}})


def project(connection: Connection, project_id: str) -> int:
    """Take a project out for good, but for a row that says so and its members; return how many events are purged.

    Nobody can reach anything of it any more. Its interviews, and what its events say, may be a lot, and are left to
    `rest_of_project`.
    """
    transaction.hold(connection, project_id)
    talks = select(t.conversations.c.id).where(t.conversations.c.project_id == project_id)
    connection.execute(delete(t.messages).where(t.messages.c.conversation_id.in_(talks)))
    connection.execute(update(t.notes).where(t.notes.c.project_id == project_id).values(parent_id=None))
    for table in OF_PROJECT:
        connection.execute(delete(table).where(table.c.project_id == project_id))
    count = connection.scalar(select(func.count()).where(_said_in(project_id))) or 0
    blank: dict[str, Any] = dict.fromkeys(PROJECTS_WORDS, "")
    purged = {"purged_at": now().isoformat(), "purged_by": transaction.actor(connection)}
    connection.execute(
        update(t.projects)
        .where(t.projects.c.id == project_id)
        .values(**blank, **purged, glossary=[], password_hash=None)
    )
    events.append(connection, project_id, PROJECT_PURGED, {"project_id": project_id})
    return count


def rest_of_project(connection: Connection, project_id: str) -> bool:
    """Take a piece of what is left of a purged project out; say whether there may be more.

    Nobody else waits for long while a large project goes piece by piece, each in a transaction of its own. Its log
    keeps its numbers and who did something when. Nothing of what was done is left in it.
    """
    transaction.hold(connection, project_id)
    of_project = t.interviews.c.project_id == project_id
    ids = list(connection.scalars(select(t.interviews.c.id).where(of_project).limit(INTERVIEWS_AT_ONCE)))
    # What somebody was still paid for when the project went.
    for table in (t.spending, *OF_INTERVIEW):
        connection.execute(delete(table).where(table.c.interview_id.in_(ids)))
    connection.execute(delete(t.interviews).where(t.interviews.c.id.in_(ids)))
    log = t.events
    said = connection.execute(select(log.c.seq, log.c.type).where(_said_in(project_id)).limit(EVENTS_AT_ONCE)).all()
    for kind in {row.type for row in said}:
        its = log.c.project_id == project_id, log.c.seq.in_([row.seq for row in said if row.type == kind])
        connection.execute(log.update().where(*its).values(type=TOMBSTONE, data=tombstones.stone(kind)))
    return bool(ids or said)


def half_gone(connection: Connection) -> list[str]:
    """Return the purged projects of which something may be left, since nobody came to the end with them."""
    left = or_(
        exists().where(t.interviews.c.project_id == t.projects.c.id),
        exists().where(t.events.c.project_id == t.projects.c.id, _says_something()),
    )
    return list(connection.scalars(select(t.projects.c.id).where(t.projects.c.purged_at.is_not(None), left)))


def _said_in(project_id: str) -> ColumnElement[bool]:
    return and_(t.events.c.project_id == project_id, _says_something())


def _says_something() -> ColumnElement[bool]:
    return t.events.c.type.not_in((TOMBSTONE, PROJECT_PURGED))


OF_KIND: dict[TrashKind, Callable[[Connection, str], int]] = {
    "project": project,
    "persona": persona,
    "conversation": conversation,
    "note": note,
}


def forget(connection: Connection, kind: TrashKind, thing_id: str, *, names_them: NamesThem | None = None) -> int:
    """Take something out of the database for good; return how many events were purged.

    Args:
        names_them: see `interview`.
    """
    if kind == "interview":
        return interview(connection, thing_id, names_them=names_them)
    return OF_KIND[kind](connection, thing_id)


def _project_of(connection: Connection, table: Table, thing_id: str) -> str:
    transaction.hold_of(connection, table, thing_id)
    return str(connection.scalar(select(table.c.project_id).where(table.c.id == thing_id)))


def _about(connection: Connection, interview_id: str) -> set[str]:
    """Remove the conversations that are about the interview alone; return their ids."""
    its = t.conversations.c.interview_id == interview_id
    ids = set(connection.scalars(select(t.conversations.c.id).where(its)))
    connection.execute(delete(t.messages).where(t.messages.c.conversation_id.in_(ids)))
    connection.execute(delete(t.conversations).where(its))
    return ids


def _conversations(connection: Connection, part: Part, said: Said) -> set[str]:
    """Empty conversations from the question on whose answer cites it, or that repeats it; return what changed, by id.

    What is said later may repeat what was cited. The questions that are suggested are made of anybody's words.
    """
    interview = interviews.get(connection, part.interview_id, even_deleted=True)
    of_project = t.conversations.c.project_id == interview.project_id
    # An answer that is being written may rest on it, and is not kept without this row.
    talks = select(t.conversations.c.id).where(of_project)
    connection.execute(
        delete(t.messages).where(t.messages.c.conversation_id.in_(talks), t.messages.c.state == conversations.WRITING)
    )
    rows = connection.execute(
        select(t.messages)
        .join(t.conversations, t.conversations.c.id == t.messages.c.conversation_id)
        .where(of_project, t.messages.c.created_at >= interview.created_at.isoformat())
        .order_by(t.messages.c.conversation_id, t.messages.c.number)
    ).all()
    cut: dict[str, int] = {}
    asked: dict[str, int] = {}
    changed = set()
    for row in rows:
        key = row.conversation_id
        if row.role == "user":
            asked[key] = row.number
        if key not in cut and (part.holds(row.citations) or said.is_repeated_in(row.content)):
            cut[key] = asked.get(key, row.number)
    for row in rows:
        values: dict[str, Any] = {}
        if row.number >= cut.get(row.conversation_id, row.number + 1):
            values = {"content": "", "citations": [], "questions": [], "note": EMPTIED}
        elif row.questions:
            values = {"questions": []}
        if values:
            connection.execute(update(t.messages).where(t.messages.c.id == row.id).values(**values))
            changed.add(row.id)
    kept = t.conversations
    rows = connection.execute(select(kept.c.id, kept.c.title, kept.c.without).where(of_project)).all()
    for row in rows:
        values = {"mind_map": None} if row.id in cut else {}
        if cut.get(row.id) == 1 or said.is_repeated_in(row.title):
            values["title"] = UNTITLED
        if values:
            connection.execute(update(kept).where(kept.c.id == row.id).values(**values))
        if values or row.without == part.interview_id:
            changed.add(row.id)
    return changed


def _notes(connection: Connection, project_id: str, part: Part, said: Said) -> set[str]:
    """Remove the notes at its turns, at what rests on it alone, and those that repeat it; return their ids."""
    rows = connection.execute(select(t.notes).where(t.notes.c.project_id == project_id)).all()
    gone = set()
    for row in rows:
        left = [one for one in row.anchors if not part.holds(one)]
        if (
            _stands_in(part, row.interview_id, row.turn)
            or (row.anchors and not left)
            or (len(left) < len(row.anchors) and row.text in said)
            or said.is_repeated_in(row.text)
        ):
            gone.add(row.id)
        elif len(left) < len(row.anchors):
            connection.execute(update(t.notes).where(t.notes.c.id == row.id).values(anchors=left))
    _take_notes(connection, gone)
    return gone


def _stands_in(part: Part, interview_id: str | None, turn: int | None) -> bool:
    return interview_id == part.interview_id and (part.turns is None or turn in part.turns)


def _take_notes(connection: Connection, ids: set[str]) -> None:
    connection.execute(update(t.notes).where(t.notes.c.parent_id.in_(ids)).values(parent_id=None))
    connection.execute(delete(t.notes).where(t.notes.c.id.in_(ids)))


def _judgements(connection: Connection, project_id: str, part: Part, said: Said) -> None:
    """Let judgements hold on to what is left; those that can't are removed."""
    rows = connection.execute(select(t.judgements).where(t.judgements.c.project_id == project_id)).all()
    for row in rows:
        if not part.holds([row.anchors, row.others]) and not said.is_repeated_in(row.text):
            continue
        its = t.judgements.c.project_id == project_id, t.judgements.c.number == row.number
        anchors, others = (_elsewhere(places, part) for places in (row.anchors, row.others))
        # To merge with nothing, or to stay apart from it, says nothing.
        if not anchors or (row.others and not others):
            connection.execute(delete(t.judgements).where(*its))
            continue
        text = UNTITLED if row.text in said else row.text
        connection.execute(update(t.judgements).where(*its).values(anchors=anchors, others=others, text=text))


def _elsewhere(places: Sequence[dict[str, Any]], part: Part) -> list[dict[str, Any]]:
    kept = [Anchor.model_validate(one) for one in places if not part.holds(one)]
    return [one.model_dump(mode="json") for one in kept]


def _portraits(connection: Connection, project_id: str, part: Part, said: Said) -> set[str]:
    """Remove the portraits that rest on the interview; return the ids of their personas."""
    changed = set()
    for row in connection.execute(select(t.personas).where(t.personas.c.project_id == project_id)).all():
        # All of its findings are made anew, and a portrait is of findings.
        is_its = part.interview_id in json.dumps(row.portrait)
        words = {
            name: ""
            for name in ("title", "description")
            if said.is_repeated_in(told := getattr(row, name)) or ((is_its or part.turns is None) and told in said)
        }
        if not words and not is_its:
            continue
        connection.execute(update(t.personas).where(t.personas.c.id == row.id).values(portrait=None, **words))
        changed.add(row.id)
    return changed
