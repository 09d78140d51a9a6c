"""A conversation as a mind map: drawn by the project's engine, counted, and kept with the conversation."""

from persona_lab.engines.base import Run
from persona_lab.errors import Conflict
from persona_lab.jobs.paying import check_budget
from persona_lab.models import Conversation, Project, Usage
from persona_lab.server.services import Services
from persona_lab.store import conversations, projects, spending


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
    mind_map = engine.mind_map(conversation, messages, Paid(serving, project, engine.name, engine.model))
    with serving.store.writing() as connection:
        return conversations.draw(connection, conversation_id, mind_map)


class Paid(Run):
    """One go at it: nothing of it is kept but what it cost."""

    id = "mind-map"

    def __init__(self, serving: Services, project: Project, engine: str, model: str) -> None:
        self._serving = serving
        self._project = project
        self._engine = engine
        self._model = model

    def kept(self, key: str) -> str | None:
        return None

    def keep(self, key: str, part: str, usage: Usage) -> None:
        self.spent(usage)

    def spent(self, usage: Usage) -> None:
        with self._serving.store.writing() as connection:
            spending.add(connection, self._project.id, engine=self._engine, model=self._model, usage=usage)

    def go_on(self) -> None:
        if self._engine != "local":
            with self._serving.store.reading() as connection:
                check_budget(connection, self._project.id)
