"""Answering a question: evidence, engine, gate, what it cost, and the message that is kept however it ends.

An answer is written by a task of its own. Whoever asked only reads along: when they
leave, or may not read the project any more, or somebody stops it, or the server closes,
the task ends, and what was written by then is kept. It isn't finished for the team: nobody
who may ask goes on paying for it, and whoever wants the rest asks again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from persona_lab.discretion import described
from persona_lab.engines.answering import assisting, differing
from persona_lab.engines.base import Engine, Suggested, Tally, context_of
from persona_lab.engines.gate.admitting import admitted_citation
from persona_lab.engines.language import language_of
from persona_lab.errors import Conflict, MessageNotFound, PersonaLabError, ServerError, TooBusy
from persona_lab.jobs.paying import check_budget
from persona_lab.models import (
    Analysis,
    AnswerPart,
    Broken,
    Citation,
    Delta,
    Done,
    Insight,
    Interview,
    MessageState,
    Passage,
    Project,
    Started,
    Transcript,
    Usage,
)
from persona_lab.server.services import Services
from persona_lab.server.talking import suggesting
from persona_lab.server.talking.asking import SUMMARY, Asked, Speaker
from persona_lab.store import conversations, insights, interviews, spending, transcripts
from persona_lab.store.database import Store

log = logging.getLogger(__name__)

# How long the end of an answer may wait for what might be asked next.
SUGGESTED_SECONDS = 3.0
# How soon a server notices that another was asked to stop one of its answers.
HEEDING_SECONDS = 0.3
STOPPED = "It was stopped."
LEFT = "Whoever asked was cut off before its end."
CLOSED = "The server was closed."
LOST = "Whoever asked may not read here any more: their token ended, or their part in the project."


def answered(serving: Services, asked: Asked) -> AsyncGenerator[dict[str, Any]]:
    """Yield the parts of an answer as clients get them, ended by one `done` or `error`."""
    return Writing(serving, asked).parts()


async def stop(serving: Services, message_id: str) -> bool:
    """Stop the answer that this message belongs to; say whether it was being written.

    Raises:
        MessageNotFound: there is no such message, written or being written.
    """
    writing = serving.writings.get(message_id)
    if writing is not None:
        writing.end("stopped", STOPPED)
        return True
    return await asyncio.to_thread(_stop_elsewhere, serving, message_id)


async def heed_others(serving: Services) -> None:
    """Stop what somebody asked another server to stop, until this is cancelled."""
    while True:
        await asyncio.sleep(HEEDING_SECONDS)
        if serving.writings:
            try:
                unwanted = await asyncio.to_thread(_to_be_stopped, serving)
            except PersonaLabError:
                # The database is away; it is asked again.
                continue
            for message_id in unwanted:
                if message_id in serving.writings:
                    serving.writings[message_id].end("stopped", STOPPED)


class Said:
    """One answer as far as it has been written."""

    def __init__(self, speaker: Speaker, message_id: str) -> None:
        self.message_id = message_id
        self.speaker = speaker
        self.text = ""
        self.citations: list[Citation] = []
        self.engine: Engine | None = None
        self.passages: list[Passage] = []
        self.words = self.rejected = 0
        self.used = Usage()
        self.questions: tuple[str, ...] = ()
        self.state: MessageState | None = None
        self.is_kept = False
        # What went wrong, where something did.
        self.fault: PersonaLabError | None = None

    @property
    def persona_id(self) -> str | None:
        return self.speaker.persona_id


class Writing:
    """The answers to one question, one after the other, while they are written."""

    def __init__(self, serving: Services, asked: Asked) -> None:
        self._serving = serving
        self._asked = asked
        # What is written and paid for is kept, though whoever asked has lost their part in the project meanwhile.
        self._house = serving.store.on_behalf_of(serving.store.identity)
        self._parts: asyncio.Queue[AnswerPart | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._said: list[Said] = []
        # How it ends if it is ended: by whom, and what is said of that.
        self._end: tuple[MessageState, str] = ("broken", LEFT)
        # Why whoever asked may read no further.
        self._loss: PersonaLabError | None = None

    async def parts(self) -> AsyncGenerator[dict[str, Any]]:
        """Write, and yield what is written; whoever stops reading ends it."""
        self._task = asyncio.create_task(self._write())
        self._serving.writings.update(dict.fromkeys(self._asked.answers, self))
        watching = asyncio.create_task(self._watch())
        try:
            while (part := await self._parts.get()) is not None:
                # What was written and not yet read when the right was lost isn't read, either.
                if self._loss is None:
                    yield part.model_dump(mode="json")
            if self._loss is not None:
                yield Broken(code=self._loss.code, message=self._loss.message).model_dump(mode="json")
        finally:
            watching.cancel()
            self.end("broken", CLOSED if self._serving.hub.closing.is_set() else LEFT)
            # Until what was written is kept; nobody is told any more.
            await asyncio.wait({self._task})

    def end(self, state: MessageState, note: str) -> None:
        """End it now; what ends by itself, or is being ended, ends as it does."""
        if self._task is not None and not self._task.done() and not self._task.cancelling():
            self._end = (state, note)
            self._task.cancel()

    async def _watch(self) -> None:
        try:
            self._loss = await self._serving.hub.lost(self._serving.store.identity, self._asked.project.id)
            note = LOST
        except Exception as error:
            # Nobody reads on whose right to read can't be watched.
            log.error("an answer could not be watched: %s", described(error))
            self._loss = ServerError()
            note = self._loss.message
        self.end("broken", note)

    async def _write(self) -> None:
        try:
            # Where one of several can't answer, the others still do.
            for speaker in self._asked.speakers:
                await self._answer(speaker, self._assist if self._asked.assistance else self._speak)
            if self._is_compared:
                await self._answer(SUMMARY, self._compare)
            self._parts.put_nowait(self._outcome())
        except asyncio.CancelledError:
            self._parts.put_nowait(self._outcome() if self._is_through else self._done(self._end[0]))
        except PersonaLabError as error:
            # The conversation, or its project, was deleted meanwhile: nothing can be kept in it.
            self._parts.put_nowait(Broken(code=error.code, message=error.message))
        except Exception as error:
            log.error("an answer failed: %s", described(error))
            self._parts.put_nowait(Broken(code=ServerError.code, message=ServerError().message))
        finally:
            self._parts.put_nowait(None)
            for message_id in self._asked.answers:
                self._serving.writings.pop(message_id, None)
            await asyncio.to_thread(self._forget_the_rest)

    async def _answer(self, speaker: Speaker, speak: Callable[[Said], Coroutine[Any, Any, None]]) -> None:
        said = Said(speaker, self._asked.answers[len(self._said)])
        self._said.append(said)
        self._parts.put_nowait(
            Started(
                conversation_id=self._asked.conversation.id,
                message_id=said.message_id,
                persona_id=said.persona_id,
                label=speaker.author,
            )
        )
        try:
            await self._spoken(said, speak)
        except asyncio.CancelledError:
            await self._kept(said, *self._end)
            raise
        except PersonaLabError as error:
            said.fault = error
        except Exception as error:
            log.error("an answer failed: %s", described(error))
            said.fault = ServerError()
        if said.fault is not None:
            await self._kept(said, "broken", said.fault.message)
            return
        if self._is_at_its_end and self._asked.assistance is None:
            said.questions = said.questions or await self._asked_next()
        await self._kept(said, "complete", "")

    @property
    def _answered(self) -> list[Said]:
        """What those who were asked said, without those who could not."""
        return [said for said in self._said[: len(self._asked.speakers)] if said.fault is None]

    @property
    def _is_compared(self) -> bool:
        """Whether several answered, so that it can be said where they differ."""
        return len(self._answered) > 1

    @property
    def _is_at_its_end(self) -> bool:
        """Whether nobody speaks after the one who speaks now."""
        return len(self._said) == len(self._asked.speakers) + self._is_compared

    @property
    def _is_through(self) -> bool:
        """Whether all have ended by themselves."""
        return self._is_at_its_end and all(said.fault or said.state == "complete" for said in self._said)

    async def _asked_next(self) -> tuple[str, ...]:
        """Return what one might ask next; nothing where that takes long, for the answer is there by now."""
        try:
            async with asyncio.timeout(SUGGESTED_SECONDS):
                cited = [citation.quote for said in self._said for citation in said.citations]
                return await suggesting.asked_next(self._serving, self._asked, cited)
        except asyncio.CancelledError:
            # Whoever stops it now has the whole answer.
            return ()
        except Exception as error:
            if not isinstance(error, TimeoutError):
                log.error("nothing could be suggested: %s", described(error))
            return ()

    async def _kept(self, said: Said, state: MessageState, note: str) -> None:
        """Keep the message; whoever ends the answer now comes too late, and waits."""
        said.state = state
        keeping = asyncio.create_task(asyncio.to_thread(self._keep, said, state, note))
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.wait({keeping})
            raise

    async def _spoken(self, said: Said, speak: Callable[[Said], Coroutine[Any, Any, None]]) -> None:
        """Let the engine speak until its end; when this is cancelled, the engine ends in its own time.

        It may have to tell a service elsewhere that it is to stop, and nobody waits for that.
        """
        speaking = asyncio.create_task(speak(said))
        try:
            await asyncio.wait({speaking})
        except asyncio.CancelledError:
            speaking.cancel()
            self._serving.ending.add(speaking)
            speaking.add_done_callback(self._ended)
            raise
        speaking.result()

    def _ended(self, speaking: asyncio.Task[None]) -> None:
        self._serving.ending.discard(speaking)
        if not speaking.cancelled() and (error := speaking.exception()):
            log.warning("an engine that was stopped failed: %s", described(error))

    async def _speak(self, said: Said) -> None:
        project, speaker = self._asked.project, said.speaker
        said.passages = await self._serving.retrieval.evidence(
            project.id,
            self._asked.question,
            speaker.history,
            interview_ids=speaker.interview_ids,
            glossary=project.glossary,
        )
        await asyncio.to_thread(_check_budget, self._serving, project)
        engine = said.engine = self._serving.engines.of(project)
        told = engine.answer(self._asked.question, said.passages, speaker.history, speaker.voice, context_of(project))
        tally: Tally | None = None
        try:
            async with aclosing(told) as parts:
                async for part in parts:
                    if isinstance(part, Tally):
                        tally = part
                    elif isinstance(part, Usage):
                        tally = None
                        await asyncio.to_thread(_spend, self._house, project, engine, part)
                        said.used += part
                    elif isinstance(part, Suggested):
                        said.questions = part.questions
                    else:
                        self._take(said, part)
        finally:
            if tally is not None and tally.usage.calls:
                await asyncio.to_thread(_spend, self._house, project, engine, tally.usage)

    async def _compare(self, said: Said) -> None:
        """Say where the personas' answers agree and differ; all that is cited was let through before."""
        answers = [(one.speaker.voice, one.text, one.citations) for one in self._answered if one.speaker.voice]
        language = language_of(self._asked.question, "")
        said.engine = self._serving.engines.named("local")
        for part in await self._serving.workroom.run_async(differing.differences, answers, language):
            self._put(said, part)

    async def _assist(self, said: Said) -> None:
        """Do what the assistant is asked for; it is made from what was found, and cites nothing else."""
        if self._asked.assistance is None:
            return
        interview_id, action = self._asked.assistance
        interview, analysis, transcript, found = await asyncio.to_thread(_read, self._serving, interview_id)
        said.engine = self._serving.engines.named("local")
        for part in await self._serving.workroom.run_async(
            assisting.assist,
            action,
            analysis,
            transcript,
            context_of(self._asked.project),
            interview_id=interview.id,
            interview_title=interview.title,
            insights=found,
        ):
            self._put(said, part)

    def _take(self, said: Said, part: Delta | Citation) -> None:
        if isinstance(part, Citation):
            # A mark in the text whose citation was rejected stays a mark without a quote.
            part = _admitted(part, said.passages)
            if part.quote.status == "rejected":
                said.rejected += 1
                return
        self._put(said, part)

    def _put(self, said: Said, part: Delta | Citation) -> None:
        if isinstance(part, Citation):
            said.citations.append(part)
        else:
            said.words += len(part.text.split())
            said.text += part.text
        self._parts.put_nowait(part)

    def _keep(self, said: Said, state: MessageState, note: str) -> None:
        with self._house.writing() as connection:
            if not conversations.end_answer(connection, said.message_id):
                # Others took this server for dead, and said that the answer ended.
                return
            conversations.say(
                connection,
                self._asked.conversation,
                role="assistant",
                author=said.speaker.author,
                content=said.text,
                message_id=said.message_id,
                persona_id=said.persona_id,
                citations=said.citations,
                questions=said.questions,
                state=state,
                note=note,
                engine=said.engine.name if said.engine else None,
                model=said.engine.model if said.engine else None,
            )
        said.is_kept = True

    def _forget_the_rest(self) -> None:
        """Let nobody expect the answers that will not come."""
        if rest := set(self._asked.answers) - {said.message_id for said in self._said if said.is_kept}:
            with contextlib.suppress(TooBusy), self._house.writing() as connection:
                for message_id in rest:
                    conversations.end_answer(connection, message_id)

    def _outcome(self) -> Done | Broken:
        """Return the end of what nobody ended: it is broken where not a single one answered."""
        faults = [said.fault for said in self._said if said.fault is not None]
        if faults and not self._answered:
            return Broken(code=faults[0].code, message=faults[0].message)
        return self._done("broken" if faults else "complete")

    def _done(self, state: MessageState) -> Done:
        used = sum((said.used for said in self._said), Usage())
        return Done(
            message_id=self._said[-1].message_id if self._said else "",
            conversation_id=self._asked.conversation.id,
            state=state,
            questions=self._said[-1].questions if self._said else (),
            notes=tuple(f"{said.speaker.author}: {said.fault.message}" for said in self._said if said.fault),
            usage={
                "passages": sum(len(said.passages) for said in self._said),
                "words": sum(said.words for said in self._said),
                "rejected_quotes": sum(said.rejected for said in self._said),
                **used.model_dump(),
            },
        )


def _admitted(citation: Citation, passages: list[Passage]) -> Citation:
    others = (admitted_citation(one, passages) for one in citation.others)
    return Citation(
        n=citation.n,
        quote=admitted_citation(citation.quote, passages),
        others=tuple(one for one in others if one.status != "rejected"),
    )


def _read(serving: Services, interview_id: str) -> tuple[Interview, Analysis, Transcript, list[Insight]]:
    with serving.store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        analysis = interviews.result(connection, interview_id)
        if analysis is None:
            raise Conflict(f"“{interview.title}” is being analysed again. Wait until it is.")
        found = insights.supported(connection, interview.project_id)
        return interview, analysis, transcripts.get(connection, interview_id), found


def _stop_elsewhere(serving: Services, message_id: str) -> bool:
    with serving.store.writing() as connection:
        if conversations.stop_answer(connection, message_id):
            return True
        if not conversations.is_kept(connection, message_id):
            raise MessageNotFound
        return False


def _to_be_stopped(serving: Services) -> set[str]:
    with serving.store.reading() as connection:
        return conversations.to_be_stopped(connection, list(serving.writings))


def _check_budget(serving: Services, project: Project) -> None:
    with serving.store.reading() as connection:
        if serving.engines.name_for(project) != "local":
            check_budget(connection, project.id)


def _spend(house: Store, project: Project, engine: Engine, usage: Usage) -> None:
    with house.writing() as connection:
        spending.add(connection, project.id, engine=engine.name, model=engine.model, usage=usage)
