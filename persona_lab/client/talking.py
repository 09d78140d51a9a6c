"""Answers as they come, and the conversations they are kept in."""

from collections.abc import AsyncGenerator, Sequence
from urllib.parse import quote

from pydantic import TypeAdapter

from persona_lab.client.asking import READING_TIMEOUT, Asking
from persona_lab.models import AnswerPart, ChatMessage, Conversation, Message, MindMap

_parts: TypeAdapter[AnswerPart] = TypeAdapter(AnswerPart)


class Talking(Asking):
    """The part of the interface that is about questions and answers."""

    def answer(self, project_id: str, messages: Sequence[Message], **about: object) -> AsyncGenerator[AnswerPart]:
        """Ask, and yield the parts of the answer as they come.

        The last part is `Done` or `Broken`; a stream that is cut short raises `ServerUnreachable`.

        Args:
            about: the other fields of the body: `interview_id`, `persona_ids`, `conversation_id`, `without`, `title`.

        Raises:
            InvalidRequest: the question can't be asked, or mentions nobody there is.
            NotFound: there is no such interview or conversation.
        """
        asked = {name: value for name, value in about.items() if value}
        body = {"project_id": project_id, "messages": [message.model_dump() for message in messages], **asked}
        return self._parts("/api/chat", body)

    def assist(self, interview_id: str, action: str) -> AsyncGenerator[AnswerPart]:
        """Have the assistant do something with one interview; see `answer`."""
        return self._parts(f"/api/interviews/{interview_id}/assist", {"action": action})

    async def stop(self, message_id: str) -> None:
        """Stop an answer; one that has ended is none to stop, and no error."""
        await self._ask("POST", f"/api/chat/{quote(message_id, safe='')}/stop")

    async def conversations(self, project_id: str) -> list[Conversation]:
        """Return the whole team's conversations, the oldest first."""
        rows = await self._ask("GET", f"/api/projects/{project_id}/conversations")
        return [Conversation.model_validate(row) for row in rows]

    async def conversation(self, conversation_id: str) -> tuple[Conversation, list[ChatMessage]]:
        """Return a conversation with its messages in order.

        Raises:
            ConversationNotFound: there is none of that id.
        """
        found = await self._ask("GET", f"/api/conversations/{quote(conversation_id, safe='')}")
        return (
            Conversation.model_validate(found["conversation"]),
            [ChatMessage.model_validate(row) for row in found["messages"]],
        )

    async def rename_conversation(self, conversation_id: str, title: str) -> Conversation:
        path = f"/api/conversations/{quote(conversation_id, safe='')}"
        return Conversation.model_validate(await self._ask("PATCH", path, json={"title": title}))

    async def delete_conversation(self, conversation_id: str) -> None:
        await self._ask("DELETE", f"/api/conversations/{quote(conversation_id, safe='')}")

    async def mind_map(self, conversation_id: str) -> MindMap:
        """Return a conversation as a mind map; it is drawn anew when something was said since.

        Raises:
            Conflict: nothing has been answered in it.
            EngineError: it could not be drawn.
        """
        asked = {"conversation_id": conversation_id}
        return MindMap.model_validate(await self._ask("POST", "/api/chat/summary", json=asked, timeout=READING_TIMEOUT))
