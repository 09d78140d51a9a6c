"""A conversation as a mind map: drawn by the project's engine, counted, and kept with the conversation."""

from uuid import uuid4

from persona_lab.errors import Conflict
from persona_lab.jobs.paying import Errand
from persona_lab.models import Conversation
from persona_lab.server.services import Services
from persona_lab.store import conversations, projects


def draw(serving: Services, conversation_id: str) -> Conversation:
    """Return the conversation with its mind map, drawn anew unless nothing was said since.

    Raises:
        ConversationNotFound: there is no such conversation.
        Conflict: nothing has been answered in it.
        EngineError: the map could not be made.
    """
    # Who asks for it twice at once gets, and pays for, one.
    with serving.drawing[conversation_id]:
        return _drawn(serving, conversation_id)


def _drawn(serving: Services, conversation_id: str) -> Conversation:
    with serving.store.reading() as connection:
        conversation = conversations.get(connection, conversation_id)
        messages = conversations.messages(connection, conversation_id)
        project = projects.get(connection, conversation.project_id, epoch=serving.store.epoch)
    if not any(message.role == "assistant" for message in messages):
        raise Conflict("Nothing has been answered in this conversation yet.")
    if conversation.mind_map is not None and conversation.mind_map.messages == len(messages):
        return conversation
    engine = serving.engines.of(project)
    run = Errand(serving.store, run_id=str(uuid4()), project_id=project.id, engine=engine.name, model=engine.model)
    mind_map = engine.mind_map(conversation, messages, run)
    with serving.store.writing() as connection:
        return conversations.draw(connection, conversation_id, mind_map)
