"""Who did what: from the log, and from what is written down beside it.

What changes a project is an event, and says who did it. What changes nothing is none, since every reader would be
told: who downloaded a file, looked at what pseudonyms hide, took something along, or had a token made. That is
written down here, by ids alone.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from persona_lab.errors import InvalidRequest
from persona_lab.models import NOBODY, PURGED, TOMBSTONE, Identity, now
from persona_lab.store.schema.tables import audit as table
from persona_lab.store.schema.tables import conversations, interviews, notes, personas, projects, tokens, users
from persona_lab.store.schema.tables import events as log

DOWNLOADED, LOOKED, EXPORTED = "file:downloaded", "redactions:seen", "project:exported"
ERASED = "participant:erased"
TOKEN_MADE, TOKEN_REVOKED, USER_CHANGED = "token:created", "token:revoked", "user:changed"
# Whoever runs the servers, and has no account.
OPERATOR = "the server's operator"
# The longest part of a note that stands for it.
TITLE_CHARACTERS = 80
# How places in the list begin, so that an event comes before what stands beside the log.
EVENT, BESIDE = "0", "1"
NONE_LEFT = 10**12
# Which thing an event is about, and where its id stands, by the event's type or the type's first word.
ABOUT: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "interview": ("interview", (("interview_id",),)),
    "analysis": ("interview", (("interview_id",),)),
    "coding": ("interview", (("interview_id",),)),
    "persona:assigned": ("interview", (("assignment", "interview_id"),)),
    "persona": ("persona", (("persona", "id"), ("persona_id",))),
    "conversation": ("conversation", (("conversation", "id"), ("conversation_id",))),
    "message": ("conversation", (("message", "conversation_id"),)),
    "note": ("note", (("note", "id"), ("note_id",))),
}
TITLES = {
    "project": (projects, projects.c.name),
    "interview": (interviews, interviews.c.title),
    "persona": (personas, personas.c.label),
    "conversation": (conversations, conversations.c.title),
    "note": (notes, func.substr(notes.c.text, 1, TITLE_CHARACTERS)),
    "token": (tokens, tokens.c.name),
    "user": (users, users.c.name),
}


class Done(NamedTuple):
    """Something that was done: `about` is the kind of thing and its id, `seq` None where it is no event."""

    project_id: str | None
    seq: int | None
    at: str
    actor: str | None
    type: str
    about: tuple[str, str] | None
    key: str


def write(
    connection: Connection, identity: Identity, kind: str, *, project_id: str | None = None, about: str = ""
) -> None:
    """Write down what somebody did that is no event; `about` is an id, and never anybody's words."""
    connection.execute(
        table.insert().values(
            id=str(uuid4()),
            company_id=identity.company_id,
            project_id=project_id,
            at=now().isoformat(),
            actor=identity.name,
            type=kind,
            about=about or None,
        )
    )


def write_for_operator(connection: Connection, company_id: str, kind: str, about: str) -> None:
    """Write down what whoever runs the servers did in a company, past all accounts."""
    operator = NOBODY.model_copy(update={"company_id": company_id, "name": OPERATOR})
    write(connection, operator, kind, about=about)


def page(
    connection: Connection,
    where: "Where",
    *,
    after: str = "",
    actor: str | None = None,
    kind: str | None = None,
    limit: int = 200,
) -> tuple[list[Done], str | None]:
    """Return what was done, oldest first, and after what to ask again; None at the end.

    Args:
        actor: only what this person did.
        kind: only what is of this kind, the first word of its type, such as "interview".

    Raises:
        InvalidRequest: nobody gave out that `after`.
    """
    at, key = _place(after)
    found = [
        *_events(connection, where, at, key, actor, kind, limit + 1),
        *_beside(connection, where, at, key, actor, kind, limit + 1),
    ]
    found.sort(key=lambda one: (one.at, one.key))
    shown = found[:limit]
    following = f"{shown[-1].at}~{shown[-1].key}" if len(found) > limit else None
    return shown, following


class Where(NamedTuple):
    """Whose deeds: those in a project, or in all that a company has and beside them."""

    company_id: str
    project_id: str | None = None


def titles(connection: Connection, done: Iterable[Done]) -> dict[tuple[str, str], str]:
    """Return what the things are called that there still are, by kind and id."""
    wanted: dict[str, set[str]] = {}
    for one in done:
        if one.about is not None:
            wanted.setdefault(one.about[0], set()).add(one.about[1])
    found = {}
    for kind, ids in wanted.items():
        if kind in TITLES:
            rows, title = TITLES[kind]
            for row in connection.execute(select(rows.c.id, title.label("title")).where(rows.c.id.in_(ids))):
                found[kind, row.id] = row.title
    return found


def _place(after: str) -> tuple[str, str]:
    at, mark, key = after.partition("~")
    if after and not (mark and at and key):
        raise InvalidRequest("after: give what `next` of the page before says.")
    return at, key


def _events(
    connection: Connection, where: Where, at: str, key: str, actor: str | None, kind: str | None, limit: int
) -> list[Done]:
    # What stands beside the log comes after the events of the same moment.
    seq, project_id = (int(key[1:13]), key[13:]) if key.startswith(EVENT) else (NONE_LEFT if key else 0, "")
    later = and_(log.c.at == at, or_(log.c.seq > seq, and_(log.c.seq == seq, log.c.project_id > project_id)))
    query = select(log.c.project_id, log.c.seq, log.c.at, log.c.actor, log.c.type).where(
        _of(where, log.c.project_id), or_(log.c.at > at, later)
    )
    if actor is not None:
        query = query.where(log.c.actor == actor)
    if kind is not None:
        was = and_(log.c.type == TOMBSTONE, log.c.data["was"].as_string().startswith(f"{kind}:", autoescape=True))
        query = query.where(or_(log.c.type.startswith(f"{kind}:", autoescape=True), was))
    rows: list[Any] = list(connection.execute(query.order_by(log.c.at, log.c.seq, log.c.project_id).limit(limit)))
    more = _more(connection, rows)
    return [
        Done(row.project_id, row.seq, row.at, row.actor, *more[row], key=f"{EVENT}{row.seq:012d}{row.project_id}")
        for row in rows
    ]


def _more(connection: Connection, rows: Sequence[Any]) -> dict[Any, tuple[str, tuple[str, str] | None]]:
    """Return what each event was, purged or not, and what it is about."""
    found: dict[Any, tuple[str, tuple[str, str] | None]] = {
        row: (row.type, ("project", row.project_id)) for row in rows
    }
    # Only where it is asked for is an event's data read, which may be long.
    by_rule: dict[tuple[str, tuple[tuple[str, ...], ...]], list[Any]] = {}
    for row in rows:
        rule = ABOUT.get(row.type) or ABOUT.get(row.type.partition(":")[0])
        if rule is not None:
            by_rule.setdefault(rule, []).append(row)
    for (kind, paths), some in by_rule.items():
        for row, ids in _read(connection, some, [_at(path) for path in paths]):
            about = next((one for one in ids if one), None)
            found[row] = (row.type, (kind, about) if about else None)
    for row, (was,) in _read(connection, [row for row in rows if row.type == TOMBSTONE], [_at(("was",))]):
        found[row] = (was or row.type, None)
    purges = [row for row in rows if row.type == PURGED]
    for row, (thing, its_id) in _read(connection, purges, [_at(("kind",)), _at(("id",))]):
        found[row] = (row.type, (thing or "project", its_id or ""))
    return found


def _read(
    connection: Connection, rows: Sequence[Any], columns: Sequence[ColumnElement[Any]]
) -> Iterable[tuple[Any, list[str | None]]]:
    by_key = {(row.project_id, row.seq): row for row in rows}
    for project_id in {row.project_id for row in rows}:
        seqs = [row.seq for row in rows if row.project_id == project_id]
        its = select(log.c.seq, *columns).where(log.c.project_id == project_id, log.c.seq.in_(seqs))
        for seq, *values in connection.execute(its):
            yield by_key[project_id, seq], values


def _at(path: tuple[str, ...]) -> ColumnElement[Any]:
    found: ColumnElement[Any] = log.c.data[path].as_string()
    return found


def _beside(
    connection: Connection, where: Where, at: str, key: str, actor: str | None, kind: str | None, limit: int
) -> list[Done]:
    newest = key.removeprefix(BESIDE) if key.startswith(BESIDE) else ""
    its = table.c.company_id == where.company_id
    if where.project_id is not None:
        its = and_(its, table.c.project_id == where.project_id)
    query = select(table).where(its, or_(table.c.at > at, and_(table.c.at == at, table.c.id > newest)))
    if actor is not None:
        query = query.where(table.c.actor == actor)
    if kind is not None:
        query = query.where(table.c.type.startswith(f"{kind}:", autoescape=True))
    return [
        Done(
            row.project_id,
            None,
            row.at,
            row.actor,
            row.type,
            _beside_about(row),
            key=f"{BESIDE}{row.id}",
        )
        for row in connection.execute(query.order_by(table.c.at, table.c.id).limit(limit))
    ]


def _beside_about(row: Any) -> tuple[str, str] | None:
    if row.about:
        return ("interview" if row.type == DOWNLOADED else row.type.partition(":")[0], row.about)
    return ("project", row.project_id) if row.project_id else None


def _of(where: Where, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if where.project_id is not None:
        return column == where.project_id
    return column.in_(select(projects.c.id).where(projects.c.company_id == where.company_id))
