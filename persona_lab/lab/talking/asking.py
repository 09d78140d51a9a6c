"""Asking a project, an interview or personas: the answer grows in the cell, and is kept for the whole team."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from persona_lab.errors import ConversationNotFound, InvalidRequest, PersonaLabError
from persona_lab.lab.drawing import live
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.offering import inner
from persona_lab.lab.study import Study
from persona_lab.lab.talking.answer import Answer
from persona_lab.lab.talking.conversation import CONVERSATIONS, Conversation, titled
from persona_lab.models import AnswerPart, Message

if TYPE_CHECKING:
    import pandas as pd

# How long a cell that was interrupted lets the server say that it has stopped.
STOP_SECONDS = 2.0
# What is longer need not be sent to be refused.
LONGEST = 20_000
HALF = re.compile(r"[\ud800-\udfff]")

Parts = AsyncGenerator[AnswerPart]


class Somebody(Protocol):
    """Whoever can be asked: a persona as a cell holds it."""

    id: str


class Asking(Study):
    """The part of a project that answers questions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked: Counter[str] = Counter()
        self._asking = threading.Lock()

    def ask(
        self,
        question: str,
        *,
        interview: Interview | str | None = None,
        personas: Somebody | str | Iterable[Somebody | str] | None = (),
        without: Interview | str | None = None,
        conversation: Conversation | str | None = None,
        on_part: Callable[[AnswerPart], None] | None = None,
    ) -> Answer:
        """Answer from what participants said; the answer grows in the cell.

        Every sentence is a participant's own, with a numbered quote, or says that
        the interviews don't tell. `@P1 @P2` in the question asks these personas,
        each from its own interviews, and says where they differ.

        Args:
            interview: answer from this one alone; a handle, title or id.
            personas: who is asked: personas, their labels or ids.
            without: an interview whose words are left out.
            conversation: go on in this one; a handle, title or id. Else a new one begins.
            on_part: called with each part as it comes, on the connection's thread.

        Raises:
            InvalidRequest: the question is empty or too long, or mentions nobody there is.
        """
        if not isinstance(question, str) or not question.strip():
            raise InvalidRequest(
                'The question is empty. Ask what you want to know, e.g. project.ask("What annoys people?").'
            )
        if len(question) > LONGEST:
            raise InvalidRequest(f"The question has {len(question):,} characters. Ask one thing, in a few sentences.")
        if HALF.search(question):
            raise InvalidRequest("The question has half a character in it, which no text has. Write it anew.")
        known = self.known(conversation)
        parts = self.api.answer(
            self.id,
            [Message(role="user", content=question)],
            interview_id=self.id_of(interview),
            persona_ids=self.ids_of(personas),
            without=self.id_of(without),
            conversation_id=known.id if known else None,
            title=known.title if known and known.id is None else None,
        )
        answer = self.answered(question, parts, on_part)
        if known is not None and known.id is None:
            known.id = answer.conversation_id
        return answer

    @inner
    def answered(self, question: str, parts: Parts, on_part: Callable[[AnswerPart], None] | None = None) -> Answer:
        """Let an answer grow in the cell, and return it when it has ended, however that was."""
        answer = Answer(question, key=self._key(question), going_on=self._go_on)
        try:
            with live.Live() as shown:

                def take(part: AnswerPart) -> None:
                    answer.take(part)
                    shown.show(lambda: (answer.html(state="streaming"), answer.text))
                    if on_part is not None:
                        on_part(part)

                self.run(self._read(parts, answer, take))
        except KeyboardInterrupt:
            answer.end("You interrupted it.")
        except PersonaLabError as error:
            if not answer.text:
                raise
            answer.end(error.message)
        answer.show()
        return answer

    def conversation(self, title_or_id: str | None = None) -> Conversation:
        """Return a conversation to go on with, or a new one, of that title if one is given.

        A new one is there for the others when the first question has been asked in it.

        Raises:
            ConversationNotFound: several have that title.
            InvalidRequest: that can't be a title.
        """
        if title_or_id is None:
            return Conversation(self, None, None)
        title_or_id = titled(title_or_id)
        known = self.run(self.api.conversations(self.id))
        found = [one for one in known if one.id == title_or_id] or [one for one in known if one.title == title_or_id]
        if len(found) > 1:
            raise ConversationNotFound(
                f"{len(found)} conversations are called “{title_or_id}”. `project.conversations` has their ids."
            )
        return Conversation(self, found[0].id, found[0].title) if found else Conversation(self, None, title_or_id)

    @property
    def conversations(self) -> "pd.DataFrame":
        """A row for each conversation of the team, the newest last."""
        return self.sql(CONVERSATIONS)

    def _go_on(self, question: str, conversation_id: str) -> Answer:
        return self.ask(question, conversation=Conversation(self, conversation_id, None))

    @inner
    def id_of(self, interview: Interview | str | None) -> str | None:
        if interview is None:
            return None
        if isinstance(interview, Interview):
            return interview.id
        if not isinstance(interview, str):
            raise InvalidRequest(f"{_shown(interview)} is no interview. Give a handle, a title or an id.")
        return self.interview(interview).id

    @inner
    def ids_of(self, personas: Somebody | str | Iterable[Somebody | str] | None) -> list[str]:
        if personas is None:
            return []
        several = personas if isinstance(personas, Iterable) and not isinstance(personas, str) else [personas]
        ids: list[Any] = [one if isinstance(one, str) else getattr(one, "id", one) for one in several]
        if strange := [one for one in ids if not isinstance(one, str) or not one.strip()]:
            raise InvalidRequest(f"{_shown(strange[0])} is no persona. Give personas, their labels or ids.")
        return ids

    @inner
    def known(self, conversation: Conversation | str | None) -> Conversation | None:
        """Return the conversation that is meant, of this project."""
        if conversation is None or isinstance(conversation, str):
            return conversation if conversation is None else self.conversation(conversation)
        if not isinstance(conversation, Conversation):
            raise InvalidRequest(f"{_shown(conversation)} is no conversation. Give a handle, a title or an id.")
        if not conversation.is_of(self.id):
            raise ConversationNotFound("That conversation is another project's. Ask that project, or begin a new one.")
        return conversation

    async def _read(self, parts: Parts, answer: Answer, take: Callable[[AnswerPart], None]) -> None:
        """Take the parts until they end; when this is cancelled, have the server stop before the line is cut."""

        async def read() -> None:
            async with aclosing(parts):
                async for part in parts:
                    take(part)

        reading = asyncio.create_task(read())
        try:
            await asyncio.shield(reading)
        except asyncio.CancelledError:
            with suppress(PersonaLabError, TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    if answer.message_id:
                        await self.api.stop(answer.message_id)
                        await asyncio.wait({reading})
            reading.cancel()
            await asyncio.wait({reading})
            raise

    def _key(self, question: str) -> str:
        """Return what tells this answer from others on the page, and is the same when the notebook is run again."""
        with self._asking:
            self._asked[question] += 1
            return sha256(f"{self.name}\n{question}\n{self._asked[question]}".encode()).hexdigest()[:8]


def _shown(given: object) -> str:
    return repr(given)[:60]
