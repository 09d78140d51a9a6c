"""Conversations are kept and announced in one transaction, message by message."""

import threading

import pytest

from persona_lab.errors import ConversationNotFound
from persona_lab.models import SUMMARY_AUTHOR, ChatMessage, Conversation, Event, MindMap
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


def test_answers_of_a_process_that_is_gone_are_ended_once_with_why(store: Store, project_id: str) -> None:
    """Those that ended before, those of another process, and those in deleted conversations are left alone."""
    with store.writing() as connection:
        persona = personas.add(connection, project_id, user="mina", label="Busy parent")
        told = {
            about: conversations.make(connection, project_id, title=about, user="mina")
            for about in ("answered", "open", "another's", "deleted")
        }
        for about, conversation in told.items():
            conversations.say(connection, conversation, role="user", author="mina", content="Why?")
            for author, persona_id in (("project", None), ("Busy parent", persona.id)):
                conversations.begin_answer(
                    connection,
                    conversation,
                    f"{about}: {author}",
                    author=author,
                    persona_id=persona_id,
                    process_id="another" if about == "another's" else "gone",
                )
        for author in ("project", "Busy parent"):
            assert conversations.end_answer(connection, f"answered: {author}")
        conversations.say(connection, told["answered"], role="assistant", author="project", content="Because.")
        conversations.delete(connection, told["deleted"].id)
    before = newest(store, project_id).seq
    for _ in range(2):
        with store.writing() as connection:
            conversations.end_left_open(connection, "gone", "It ended.")
    with store.reading() as connection:
        news = events.after(connection, project_id, before, 100)
        kept = {about: conversations.messages(connection, one.id)[1:] for about, one in told.items()}
    assert [event.type for event in news] == ["message:added"] * 2
    assert [one.content for one in kept["answered"]] == ["Because."]
    assert {(one.id, one.author, one.persona_id, one.state, one.note) for one in kept["open"]} == {
        ("open: project", "project", None, "broken", "It ended."),
        ("open: Busy parent", "Busy parent", persona.id, "broken", "It ended."),
    }
    assert (kept["another's"], kept["deleted"]) == ([], [])


def test_a_summary_is_broken_off_only_if_those_it_sums_up_have_spoken(store: Store, project_id: str) -> None:
    with store.writing() as connection:
        told = {
            about: conversations.make(connection, project_id, title=about, user="mina")
            for about in ("during", "before")
        }
        for about, conversation in told.items():
            for author in ("Nurse", SUMMARY_AUTHOR) if about == "before" else (SUMMARY_AUTHOR,):
                conversations.begin_answer(
                    connection, conversation, f"{about}: {author}", author=author, process_id="gone"
                )
        conversations.end_left_open(connection, "gone", "It ended.")
        kept = {about: conversations.messages(connection, one.id) for about, one in told.items()}
        assert not conversations.end_answer(connection, f"before: {SUMMARY_AUTHOR}")
    assert {about: [one.author for one in said] for about, said in kept.items()} == {
        "during": [SUMMARY_AUTHOR],
        "before": ["Nurse"],
    }


def test_an_answer_that_is_written_can_be_stopped_by_whoever_sees_its_conversation(
    store: Store, project_id: str
) -> None:
    with store.writing() as connection:
        conversation = conversations.make(connection, project_id, title="Why", user="mina")
        conversations.say(connection, conversation, role="user", author="mina", content="Why?")
        conversations.begin_answer(connection, conversation, "first", author="project", process_id="here")
        conversations.begin_answer(connection, conversation, "second", author="project", process_id="here")
    with store.writing() as connection:
        assert conversations.stop_answer(connection, "first")
        assert not conversations.stop_answer(connection, "nobody's")
    with store.reading() as connection:
        assert conversations.to_be_stopped(connection, ["first", "second"]) == {"first"}
        assert len(conversations.messages(connection, conversation.id)) == 1
        assert len(conversations.messages_of_project(connection, project_id)) == 1
        assert not conversations.is_kept(connection, "first")
    with store.writing() as connection:
        assert conversations.end_answer(connection, "first")
        assert not conversations.end_answer(connection, "first")
        kept = conversations.say(
            connection, conversation, role="assistant", author="project", content="So.", message_id="first"
        )
        assert (kept.number, conversations.stop_answer(connection, "first")) == (2, False)
