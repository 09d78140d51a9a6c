"""Conversations are kept and announced in one transaction, message by message."""

import threading

import pytest

from persona_lab.errors import ConversationNotFound
from persona_lab.models import ChatMessage, Conversation, Event, MindMap
from persona_lab.store import conversations, events, personas, projects, snapshots
from persona_lab.store.database import Store


def begun(store: Store, project_id: str, title: str = "Why do they leave?") -> Conversation:
    with store.writing() as connection:
        return conversations.make(connection, project_id, title=title, user="mina")


def say(store: Store, conversation: Conversation, content: str = "Why?") -> ChatMessage:
    with store.writing() as connection:
        return conversations.say(connection, conversation, role="user", author="mina", content=content)


def newest(store: Store, project_id: str) -> Event:
    with store.reading() as connection:
        return events.after(connection, project_id, 0, 1000)[-1]


def test_a_conversation_and_its_messages_are_announced_whole(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    event = newest(store, project_id)
    assert (event.type, event.data) == (
        "conversation:added",
        {"conversation": conversation.model_dump(mode="json")},
    )
    message = say(store, conversation)
    event = newest(store, project_id)
    assert (event.type, event.data) == ("message:added", {"message": message.model_dump(mode="json")})
    with store.reading() as connection:
        assert conversations.messages(connection, conversation.id) == [message]


def test_messages_that_come_at_once_have_numbers_of_their_own(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    threads = [threading.Thread(target=say, args=(store, conversation, str(n))) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    with store.reading() as connection:
        kept = conversations.messages(connection, conversation.id)
    assert [message.number for message in kept] == list(range(1, 13))
    assert {message.content for message in kept} == {str(n) for n in range(12)}


def test_a_new_title_is_announced_and_the_same_is_no_news(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    for _ in range(2):
        with store.writing() as connection:
            conversations.rename(connection, conversation.id, "Leaving")
    with store.reading() as connection:
        kinds = [event.type for event in events.after(connection, project_id, 0, 1000)]
        assert conversations.get(connection, conversation.id).title == "Leaving"
    assert kinds.count("conversation:updated") == 1


def test_a_mind_map_is_kept_with_its_conversation(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    drawn = MindMap(title="Leaving", root="Payment", messages=2)
    with store.writing() as connection:
        conversations.draw(connection, conversation.id, drawn)
    with store.reading() as connection:
        assert conversations.get(connection, conversation.id).mind_map == drawn
    assert newest(store, project_id).data["conversation"]["mind_map"]["title"] == "Leaving"


def test_what_was_deleted_is_gone_with_what_was_said_in_it(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    say(store, conversation)
    with store.writing() as connection:
        conversations.delete(connection, conversation.id)
    assert newest(store, project_id).data == {"conversation_id": conversation.id}
    with store.reading() as connection:
        snapshot = snapshots.take(connection, project_id, epoch=store.epoch)
        assert conversations.of_project(connection, project_id) == []
    assert (snapshot.conversations, snapshot.messages) == ((), ())
    for change in (conversations.delete, conversations.get):
        with pytest.raises(ConversationNotFound), store.writing() as connection:
            change(connection, conversation.id)
    with pytest.raises(ConversationNotFound):
        say(store, conversation)


def test_a_snapshot_carries_conversations_and_messages(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    message = say(store, conversation)
    with store.reading() as connection:
        snapshot = snapshots.take(connection, project_id, epoch=store.epoch)
    assert [one.id for one in snapshot.conversations] == [conversation.id]
    assert snapshot.messages == (message,)


def test_a_deleted_projects_conversations_are_not_there(store: Store, project_id: str) -> None:
    conversation = begun(store, project_id)
    with store.writing() as connection:
        projects.delete(connection, project_id, epoch=store.epoch)
    with pytest.raises(ConversationNotFound), store.reading() as connection:
        conversations.get(connection, conversation.id)


def test_a_title_is_one_line_of_the_question() -> None:
    assert conversations.titled("What\nstops   people?") == "What stops people?"
    assert conversations.titled("a" * 200) == "a" * 79 + "…"


def test_questions_that_nobody_answers_any_more_are_answered_once_with_why(store: Store, project_id: str) -> None:
    """Those with an answer, of whichever kind, and those in deleted conversations are left alone."""
    with store.writing() as connection:
        persona = personas.add(connection, project_id, user="mina", label="Busy parent")
        told = {
            about: conversations.make(connection, project_id, title=about, user="mina", persona_ids=ids)
            for about, ids in (("answered", ()), ("open", ()), ("persona", (persona.id,)), ("deleted", ()))
        }
        for conversation in told.values():
            conversations.say(connection, conversation, role="user", author="mina", content="Why?")
        conversations.say(connection, told["answered"], role="assistant", author="project", content="Because.")
        conversations.delete(connection, told["deleted"].id)
    before = newest(store, project_id).seq
    for _ in range(2):
        with store.writing() as connection:
            conversations.answer_left_open(connection, "It ended.")
    with store.reading() as connection:
        news = events.after(connection, project_id, before, 100)
        kept = [conversations.messages(connection, conversation.id)[-1] for conversation in told.values()]
    assert [event.type for event in news] == ["message:added"] * 2
    assert [(one.author, one.persona_id, one.state, one.note) for one in kept] == [
        ("project", None, "complete", ""),
        ("project", None, "broken", "It ended."),
        ("Busy parent", persona.id, "broken", "It ended."),
        ("mina", None, "complete", ""),
    ]
