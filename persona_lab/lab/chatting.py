"""A conversation on a page: what anybody says in it is shown, and what is typed there is asked."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from persona_lab.lab import locales
from persona_lab.lab.drawing import answer_pictures
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.offering import inner
from persona_lab.lab.talking.asking import Asking, Somebody
from persona_lab.lab.talking.conversation import Conversation
from persona_lab.models import ChatMessage, Event, Message, PersonaRecord, Snapshot, Started
from persona_lab.models import Conversation as Kept

if TYPE_CHECKING:
    from persona_lab.widgets.chat import Chat
    from persona_lab.widgets.places import OnOpen


class Chatting(Asking):
    """The part of a project that shows conversations to go on with."""

    def chat(
        self,
        conversation: Conversation | str | None = None,
        *,
        personas: Somebody | str | Iterable[Somebody | str] | None = (),
        interview: Interview | str | None = None,
        without: Interview | str | None = None,
        locale: str | None = None,
    ) -> "Chat":
        """Return a conversation as a widget: type a question, read its answer as it comes, open its quotes.

        What colleagues ask in the same conversation appears, too. `@P1 @P2` in a question asks these personas.

        Args:
            conversation: go on in this one; a handle, title or id. Else a new one begins with the first question.
            personas: who is asked where a question mentions nobody.
            interview: answer from this one alone; a handle, title or id.
            without: an interview whose words are left out.
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab.
        """
        locale = locales.checked(locale or self.locale)
        known = self.known(conversation)
        about = {
            "interview_id": self.id_of(interview),
            "persona_ids": self.ids_of(personas),
            "without": self.id_of(without),
            "title": known.title if known and known.id is None else None,
        }
        return self.new_room(known.id if known else None, about, locale)[1]

    @inner
    def new_room(
        self, conversation_id: str | None, about: dict[str, Any], locale: str, on_open: "OnOpen | None" = None
    ) -> "tuple[Room, Chat]":
        """Return a widget of the conversation, and what feeds it."""
        room = Room(self, conversation_id, about)
        chat = room.opened(locale, on_open)
        self._background.call(lambda: self._feed.tell(room))
        return room, chat


class Room:
    """One conversation and its widget. It listens to the project as long as the widget is open."""

    def __init__(self, project: Asking, conversation_id: str | None, about: dict[str, Any]) -> None:
        self._project = project
        self._about = about
        self._kept: Kept | None = None
        self._id = conversation_id
        self._chat: Chat

    def opened(self, locale: str, on_open: "OnOpen | None" = None) -> "Chat":
        """Return the widget, with what was said so far."""
        from persona_lab.widgets.chat import Chat

        said: list[ChatMessage] = []
        if self._id is not None:
            self._kept, said = self._project.run(self._project.api.conversation(self._id))
        people = self._project.run(self._project.api.personas(self._project.id))
        self._chat = Chat(
            self._title,
            said,
            people=[_person(one) for one in people],
            locale=locale,
            on_ask=lambda text: self._project.run(self._ask(text)),
            on_stop=lambda message_id: self._project.run(self._project.api.stop(message_id)),
            on_open=on_open,
            on_sql=self._project.sql,
            conversation_id=lambda: self._id,
            static=self._static,
        )
        return self._chat

    @property
    def conversation_id(self) -> str | None:
        """Which conversation it is; None before the first question has been asked."""
        return self._id

    @property
    def comm(self) -> Any:
        return self._chat.comm

    @property
    def connection(self) -> str:
        return str(self._chat.connection)

    @connection.setter
    def connection(self, state: str) -> None:
        self._chat.connection = state

    def hear(self, events: Sequence[Event]) -> None:
        """Show what was said in this conversation, and whom it can be said to."""
        told = [ChatMessage.model_validate(event.data["message"]) for event in events if event.type == "message:added"]
        self._chat.hold([message for message in told if message.conversation_id == self._id])
        for event in events:
            if event.type == "conversation:updated" and event.data["conversation"]["id"] == self._id:
                self._name(Kept.model_validate(event.data["conversation"]))
        if any(event.type.startswith("persona:") for event in events):
            self._people = asyncio.create_task(self._meet())

    def reload(self, snapshot: Snapshot) -> None:
        """Show what was said meanwhile."""
        self._chat.hold([message for message in snapshot.messages if message.conversation_id == self._id])

    async def _ask(self, text: str) -> None:
        """Ask, and show the answer as it comes; what was kept of it is shown whether or not the project hears of it."""
        api = self._project.api
        question = [Message(role="user", content=text)]
        async for part in api.answer(self._project.id, question, conversation_id=self._id, **self._about):
            if isinstance(part, Started) and part.conversation_id != self._id:
                self._id = part.conversation_id
                await self._show()
            self._chat.take(part)
        # An answer that was cut off is kept as such, and says why.
        await self._show()

    async def _show(self) -> None:
        if self._id is not None:
            conversation, said = await self._project.api.conversation(self._id)
            self._name(conversation)
            self._chat.hold(said)

    async def _meet(self) -> None:
        people = await self._project.api.personas(self._project.id)
        self._chat.people = [_person(one) for one in people]

    def _name(self, conversation: Kept) -> None:
        self._kept = conversation
        self._chat.title = self._title

    @property
    def _title(self) -> str:
        return self._kept.title if self._kept else str(self._about["title"] or "")

    def _static(self, messages: Sequence[ChatMessage], _locale: str) -> tuple[str, str]:
        """Return the conversation as HTML and as text, for a notebook that was saved."""
        if self._kept is None:
            return "<p>Nothing has been asked yet.</p>", "Nothing has been asked yet."
        return (
            answer_pictures.conversation_html(self._kept, messages),
            answer_pictures.conversation_text(self._kept, messages),
        )


def _person(persona: PersonaRecord) -> dict[str, str]:
    name = persona.portrait.name if persona.portrait else persona.title
    return {"id": persona.id, "label": persona.label, "name": name}
