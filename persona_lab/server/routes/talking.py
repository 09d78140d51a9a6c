"""Questions and answers, and the conversations that they are kept in."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

from persona_lab.errors import ServerError
from persona_lab.models import (
    Conversation,
    MindMap,
)
from persona_lab.server import forms
from persona_lab.server.identity.rights import check_holds
from persona_lab.server.services import Serving
from persona_lab.server.streaming.sse import PartStream
from persona_lab.server.talking import answering, asking, mapping
from persona_lab.store import (
    conversations,
    projects,
)

api = APIRouter(prefix="/api")

STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@api.post("/chat", response_class=Response, responses=STREAMED)
async def chat(serving: Serving, request: Request, body: forms.Question) -> Response:
    """Answer from what participants said; `data:` frames, ended by one `done` or `error`."""
    check_holds(serving.store.identity)
    asked = await asyncio.to_thread(asking.ask, serving, body, user=request.user)
    return PartStream(answering.answered(serving, asked), closing=serving.hub.closing)


@api.post("/interviews/{interview_id}/assist", response_class=Response, responses=STREAMED)
async def assist(serving: Serving, request: Request, interview_id: str, body: forms.AssistantsAction) -> Response:
    """Sum the interview up, list its findings, say what to do or what to ask next; frames as of `/api/chat`."""
    check_holds(serving.store.identity)
    asked = await asyncio.to_thread(asking.assist, serving, interview_id, body.action, user=request.user)
    return PartStream(answering.answered(serving, asked), closing=serving.hub.closing)


@api.post("/chat/summary")
def summarise(serving: Serving, body: forms.ConversationChoice) -> MindMap:
    """A conversation as a mind map, which is kept with it; drawn anew when something was said since."""
    drawn = mapping.draw(serving, body.conversation_id).mind_map
    if drawn is None:
        raise ServerError
    return drawn


@api.post("/chat/{message_id}/stop", status_code=202, responses={204: {"description": "It has ended already."}})
async def stop(serving: Serving, message_id: str, response: Response) -> None:
    """Stop an answer that is being written, and keep what there is of it; 204 where it has ended already."""
    if not await answering.stop(serving, message_id):
        response.status_code = 204


@api.get("/projects/{project_id}/conversations")
def list_conversations(serving: Serving, project_id: str) -> list[Conversation]:
    """The whole team's conversations, the oldest first."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return conversations.of_project(connection, project_id)


@api.get("/conversations/{conversation_id}")
def get_conversation(serving: Serving, conversation_id: str) -> dict[str, Any]:
    """A conversation with its messages in order."""
    with serving.store.reading() as connection:
        return {
            "conversation": conversations.get(connection, conversation_id),
            "messages": conversations.messages(connection, conversation_id),
        }


@api.patch("/conversations/{conversation_id}")
def rename_conversation(serving: Serving, conversation_id: str, body: forms.ConversationChange) -> Conversation:
    with serving.store.writing() as connection:
        return conversations.rename(connection, conversation_id, body.title)


@api.delete("/conversations/{conversation_id}", status_code=204)
def delete_conversation(serving: Serving, conversation_id: str) -> None:
    with serving.store.writing() as connection:
        conversations.delete(connection, conversation_id)
