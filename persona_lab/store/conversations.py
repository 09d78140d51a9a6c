"""Conversations and what was said in them, seen by the whole team.

A message is kept once and never changed. Numbers follow the order of keeping: an answer
that took longer than the one after it stands behind that one. While an answer is written
there is a note of it and of the process that writes it, so that others can have it
stopped, or say that it ended with that process.
"""

import contextlib
from collections.abc import Collection
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, select

from persona_lab.errors import ConversationNotFound
from persona_lab.models import (
    SUMMARY_AUTHOR,
    ChatMessage,
    Citation,
    Conversation,
    MessageState,
    MindMap,
    Speaking,
    now,
)
from persona_lab.store import events, transaction
from persona_lab.store.schema.tables import conversations as table
from persona_lab.store.schema.tables import messages as said
from persona_lab.store.schema.tables import projects

TITLE_CHARACTERS = 80
# The state of an answer that a process writes. Nobody is shown it.
WRITING = "writing"


def new_id() -> str:
    return str(uuid4())


def titled(question: str) -> str:
    """Return what a conversation that begins with this question is called."""
    line = " ".join(question.split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1].rstrip()}…"


def make(
    connection: Connection,
    project_id: str,
    *,
    title: str,
    persona_ids: Collection[str] = (),
    interview_id: str | None = None,
    without: str | None = None,
    user: str,
) -> Conversation:
    """Begin a conversation and announce it."""
    at = now()
    conversation = Conversation(
        id=new_id(),
        project_id=project_id,
        title=title,
        persona_ids=tuple(persona_ids),
        interview_id=interview_id,
        without=without,
        created_by=user,
        created_at=at,
        updated_at=at,
    )
    connection.execute(table.insert().values(**conversation.model_dump(mode="json")))
    _announce(connection, "conversation:added", conversation)
    return conversation


def get(connection: Connection, conversation_id: str) -> Conversation:
    """Return the conversation.

    Raises:
        ConversationNotFound: there is none of that id, or it or its project was deleted.
    """
    transaction.hold_of(connection, table, conversation_id)
    row = connection.execute(_ALIVE.where(table.c.id == conversation_id)).first()
    if row is None:
        raise ConversationNotFound
    return _conversation(row)


def of_project(connection: Connection, project_id: str) -> list[Conversation]:
    """Return the project's conversations, the oldest first."""
    rows = connection.execute(_ALIVE.where(table.c.project_id == project_id).order_by(table.c.created_at, table.c.id))
    return [_conversation(row) for row in rows]


def rename(connection: Connection, conversation_id: str, title: str) -> Conversation:
    """Give the conversation another title and announce that; the same title again is no news.

    Raises:
        ConversationNotFound: there is none.
    """
    known = get(connection, conversation_id)
    return known if known.title == title else _change(connection, known, title=title)


def draw(connection: Connection, conversation_id: str, mind_map: MindMap) -> Conversation:
    """Keep what the conversation comes to, and announce it.

    Raises:
        ConversationNotFound: there is none.
    """
    return _change(connection, get(connection, conversation_id), mind_map=mind_map.model_dump(mode="json"))


def delete(connection: Connection, conversation_id: str) -> None:
    """Take the conversation away and announce that.

    Raises:
        ConversationNotFound: there is none, or it was deleted before.
    """
    known = get(connection, conversation_id)
    connection.execute(table.update().where(table.c.id == known.id).values(**transaction.deleted(connection)))
    events.append(connection, known.project_id, "conversation:deleted", {"conversation_id": known.id})


def restore(connection: Connection, conversation_id: str) -> Conversation:
    """Bring a deleted conversation back, with all that was said in it, and announce that; see `trash.get`."""
    connection.execute(table.update().where(table.c.id == conversation_id).values(**transaction.RESTORED))
    known = get(connection, conversation_id)
    told = {
        "conversation": known.model_dump(mode="json"),
        "messages": [one.model_dump(mode="json") for one in messages(connection, conversation_id)],
    }
    events.append(connection, known.project_id, "conversation:restored", told)
    return known


def say(
    connection: Connection,
    conversation: Conversation,
    *,
    role: Speaking,
    author: str,
    content: str,
    message_id: str | None = None,
    persona_id: str | None = None,
    citations: Collection[Citation] = (),
    questions: Collection[str] = (),
    state: MessageState = "complete",
    note: str = "",
    engine: str | None = None,
    model: str | None = None,
) -> ChatMessage:
    """Keep a message behind the conversation's others, and announce it.

    Raises:
        ConversationNotFound: the conversation was deleted meanwhile.
    """
    get(connection, conversation.id)
    newest = connection.scalar(select(func.max(said.c.number)).where(said.c.conversation_id == conversation.id))
    message = ChatMessage(
        id=message_id or new_id(),
        conversation_id=conversation.id,
        number=(newest or 0) + 1,
        role=role,
        author=author,
        persona_id=persona_id,
        content=content,
        citations=tuple(citations),
        questions=tuple(questions),
        state=state,
        note=note,
        engine=engine,
        model=model,
        created_at=now(),
    )
    row = message.model_dump(mode="json")
    connection.execute(said.insert().values(**row))
    events.append(connection, conversation.project_id, "message:added", {"message": row})
    return message


def begin_answer(
    connection: Connection,
    conversation: Conversation,
    message_id: str,
    *,
    author: str,
    persona_id: str | None = None,
    process_id: str,
) -> None:
    """Note that a process writes an answer; nobody sees it before it has ended.

    Those that are written count downwards from zero, out of the way of what was said.
    """
    transaction.hold(connection, conversation.project_id)
    lowest = connection.scalar(select(func.min(said.c.number)).where(said.c.conversation_id == conversation.id))
    row: dict[str, Any] = {
        "id": message_id,
        "conversation_id": conversation.id,
        "number": min(lowest or 0, 0) - 1,
        "role": "assistant",
        "author": author,
        "persona_id": persona_id,
        "content": "",
        "citations": [],
        "questions": [],
        "state": WRITING,
        "note": "",
        "process_id": process_id,
        "created_at": now().isoformat(),
    }
    connection.execute(said.insert().values(**row))


def end_answer(connection: Connection, message_id: str) -> bool:
    """Take the note away that an answer is written; say whether there was one: else somebody has ended it."""
    return bool(connection.execute(said.delete().where(said.c.id == message_id, _BEING_WRITTEN)).rowcount)


def stop_answer(connection: Connection, message_id: str) -> bool:
    """Ask whichever process writes the answer to stop; say whether it is being written."""
    wanted = said.update().where(said.c.id == message_id, _BEING_WRITTEN).values(stopping=True)
    return bool(connection.execute(wanted).rowcount)


def to_be_stopped(connection: Connection, message_ids: Collection[str]) -> set[str]:
    """Return those of these answers that somebody wants stopped."""
    return set(connection.scalars(select(said.c.id).where(said.c.id.in_(message_ids), _BEING_WRITTEN, said.c.stopping)))


def end_left_open(connection: Connection, process_id: str, note: str) -> None:
    """Say of each answer that this process was writing that it ended early; announce that. The process is gone."""
    left = connection.execute(
        select(said).where(said.c.process_id == process_id, _BEING_WRITTEN).order_by(said.c.created_at, said.c.id)
    ).all()
    unfinished = {row.conversation_id for row in left if row.author != SUMMARY_AUTHOR}
    for row in left:
        if not end_answer(connection, row.id):
            continue
        if row.author == SUMMARY_AUTHOR and row.conversation_id in unfinished:
            # It would have been written after the others.
            continue
        with contextlib.suppress(ConversationNotFound):
            say(
                connection,
                get(connection, row.conversation_id),
                role="assistant",
                author=row.author,
                persona_id=row.persona_id,
                message_id=row.id,
                content="",
                state="broken",
                note=note,
            )


def messages(connection: Connection, conversation_id: str) -> list[ChatMessage]:
    """Return what was said in a conversation, in order."""
    kept = select(said).where(said.c.conversation_id == conversation_id, ~_BEING_WRITTEN)
    rows = connection.execute(kept.order_by(said.c.number))
    return [_message(row) for row in rows]


def messages_of_project(connection: Connection, project_id: str) -> list[ChatMessage]:
    """Return what was said in all of a project's conversations that are there, in the order of saying."""
    alive = select(table.c.id).where(table.c.project_id == project_id, table.c.deleted_at.is_(None))
    rows = connection.execute(
        select(said)
        .where(said.c.conversation_id.in_(alive), ~_BEING_WRITTEN)
        .order_by(said.c.created_at, said.c.number)
    )
    return [_message(row) for row in rows]


def is_kept(connection: Connection, message_id: str) -> bool:
    """Say whether there is such a message."""
    return connection.scalar(select(said.c.id).where(said.c.id == message_id, ~_BEING_WRITTEN)) is not None


_BEING_WRITTEN = said.c.state == WRITING
_ALIVE = (
    select(*[column for column in table.c if column.name not in ("deleted_at", "deleted_by")])
    .join(projects, projects.c.id == table.c.project_id)
    .where(table.c.deleted_at.is_(None), projects.c.deleted_at.is_(None))
)


def _change(connection: Connection, known: Conversation, **values: Any) -> Conversation:
    changed = {**values, "updated_at": now().isoformat()}
    connection.execute(table.update().where(table.c.id == known.id).values(**changed))
    conversation = get(connection, known.id)
    _announce(connection, "conversation:updated", conversation)
    return conversation


def _announce(connection: Connection, kind: str, conversation: Conversation) -> None:
    events.append(connection, conversation.project_id, kind, {"conversation": conversation.model_dump(mode="json")})


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation.model_validate(dict(row._mapping))


def _message(row: Row[Any]) -> ChatMessage:
    return ChatMessage.model_validate(dict(row._mapping))
