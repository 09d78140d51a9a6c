"""The engine that asks a language model."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

from persona_lab.discretion import described
from persona_lab.engines.answering import mind_maps
from persona_lab.engines.answering.answers import NOTHING, composed
from persona_lab.engines.answering.conversing import talk_of
from persona_lab.engines.answering.summing_up import ranked
from persona_lab.engines.base import UNTOLD, Alone, Context, Portrayer, Run, Suggested, Tally
from persona_lab.engines.cancelling import unless_cancelled
from persona_lab.engines.gate.citing import Citing
from persona_lab.engines.language import language_of
from persona_lab.engines.llm import estimating, instructions, overview, portraying
from persona_lab.engines.llm.asking import CutOff, Known, Meter, TooLong
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.mapping import Mapping
from persona_lab.engines.llm.parts import CUT_OFF, SMALLER, Interview
from persona_lab.engines.llm.tokens import tokens_in
from persona_lab.engines.personas import wording
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood, EngineError, EngineRefused
from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    Conversation,
    Delta,
    Estimate,
    Insight,
    Message,
    MindMap,
    Passage,
    Portrait,
    Summary,
    Transcript,
    Usage,
    Voice,
)

log = logging.getLogger(__name__)

# Of the model's context, this part is for passages.
PASSAGES = 0.5
PASSAGE_CHARACTERS = 2_000
TOO_LONG = (
    "The conversation is too long for the language model. Ask in a new one, or set PERSONA_LAB_LLM_CONTEXT_TOKENS."
)
PORTRAIT_TOO_LONG = (
    "The persona's quotes are too long for the language model. Set PERSONA_LAB_LLM_CONTEXT_TOKENS to what it can take."
)


class LlmEngine:
    """Asks a language model, and shows of what it says only what participants bear out.

    `endpoint`, with the libraries it needs, is loaded with the first call.
    """

    name = "llm"
    is_remote = True

    def __init__(self, config: LlmConfig, workroom: Workroom) -> None:
        self.model = config.model
        self.prompt_hash = instructions.prompt_hash()
        self.portrayer = Portrayer(self.name, self.model, instructions.portrait_hash())
        self._config = config
        self._workroom = workroom
        self._known = Known()

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        try:
            return asyncio.run(unless_cancelled(self._analysed(transcript, context, run), run))
        except Exception as error:
            failure = _alone(error)
        # Outside of the clause: what the first error drags along may hold the transcript.
        raise failure

    def estimate(self, transcripts: Iterable[Transcript], context: Context) -> Estimate:
        """Return what `analyse` will cost for all of them, rather too much than too little."""
        return estimating.estimate(transcripts, context, self._config)

    def cost(self, usage: Usage) -> float | None:
        """Return what so much costs, in US dollars; None where the price isn't known."""
        return estimating.cost(self._config, usage.input_tokens, usage.output_tokens)

    def check(self) -> str:
        try:
            seconds = asyncio.run(self._greeted())
        except Exception as error:
            failure = _alone(error)
        else:
            return f"{self.model} at {self._config.shown_url} answers, in {seconds:.1f} seconds."
        raise failure

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation | Tally | Usage | Suggested]:
        language = language_of(question, "")
        if lead := composed(language, voice):
            yield Delta(text=lead)
        if not passages:
            yield Delta(text=NOTHING[language])
            return
        fitting = self._fitting(passages)
        failure: EngineError = EngineRefused(TOO_LONG)
        yield (tally := Tally(tokens_in))
        for shown in (fitting, fitting[: -(-len(fitting) // SMALLER)]):
            try:
                async with contextlib.aclosing(
                    self._answered(question, shown, history, voice, context, tally)
                ) as parts:
                    async for part in parts:
                        yield part
            except TooLong:
                continue
            except Exception as error:
                failure = _alone(error)
                break
            return
        raise failure

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        talk = talk_of(messages)
        if not talk.said:
            # There is nothing to group, and nothing to pay for.
            return mind_maps.framed(conversation, messages, talk, [], talk.language)
        try:
            return asyncio.run(unless_cancelled(self._mapped(conversation, messages, run), run))
        except CutOff:
            failure: EngineError = AnswerNotUnderstood(CUT_OFF)
        except TooLong:
            failure = EngineRefused(TOO_LONG)
        except Exception as error:
            failure = _alone(error)
        raise failure

    def summarise(self, insights: Sequence[Insight], run: Run) -> Summary:
        try:
            return asyncio.run(unless_cancelled(self._summed_up(insights, run), run))
        except TooLong:
            failure: EngineError = EngineRefused(TOO_LONG)
        except Exception as error:
            failure = _alone(error)
        raise failure

    def portray(self, portrait: Portrait, run: Run) -> Portrait:
        if not wording.quotes_of(portrait):
            # There is nothing to write of, and nothing to pay for.
            return wording.written_by(portrait, self.portrayer)
        try:
            return asyncio.run(unless_cancelled(self._portrayed(portrait, run), run))
        except CutOff:
            failure: EngineError = AnswerNotUnderstood(CUT_OFF)
        except TooLong:
            failure = EngineRefused(PORTRAIT_TOO_LONG)
        except Exception as error:
            failure = _alone(error)
        raise failure

    async def _portrayed(self, portrait: Portrait, run: Run) -> Portrait:
        from persona_lab.engines.llm.endpoint import opened

        meter = _meter(run)
        try:
            async with opened(self._config, self._known) as endpoint:
                return await portraying.portrait_of(
                    portrait,
                    run,
                    by=self.portrayer,
                    config=self._config,
                    endpoint=endpoint,
                    meter=meter,
                    workroom=self._workroom,
                )
        finally:
            meter.write_off()

    async def _summed_up(self, insights: Sequence[Insight], run: Run) -> Summary:
        from persona_lab.engines.llm.endpoint import opened

        meter = _meter(run)
        passages = self._fitting(overview.passages_of(ranked(insights)[: overview.FINDINGS]))
        try:
            async with opened(self._config, self._known) as endpoint:
                return await overview.summary(
                    insights,
                    passages,
                    run,
                    model=self.model,
                    endpoint=endpoint,
                    meter=meter,
                    workroom=self._workroom,
                )
        finally:
            meter.write_off()

    async def _mapped(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        from persona_lab.engines.llm.endpoint import opened

        meter = _meter(run)
        try:
            async with opened(self._config, self._known) as endpoint:
                mapping = Mapping(run, config=self._config, endpoint=endpoint, meter=meter, workroom=self._workroom)
                return await mapping.mind_map(conversation, messages)
        finally:
            meter.write_off()

    async def _answered(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None,
        context: Context,
        tally: Tally,
    ) -> AsyncGenerator[Delta | Citation | Usage]:
        from persona_lab.engines.llm.endpoint import opened

        language = language_of(question, "")
        meter = _meter(Alone("answer"))
        told = instructions.with_study(instructions.answering(language, voice), context, language)
        data = instructions.question(question, passages, history, language, voice)
        async with (
            opened(self._config, self._known) as endpoint,
            contextlib.aclosing(endpoint.write(told, data, meter)) as written,
            contextlib.aclosing(_counted(written, tally, f"{told}\n{data}")) as counted,
            contextlib.aclosing(Citing(passages, language, self._workroom).cited(counted)) as cited,
        ):
            async for part in cited:
                yield part
        if (used := meter.take()).calls:
            # Some endpoints don't say what they took.
            yield used if used.input_tokens or used.output_tokens else tally.usage

    async def _greeted(self) -> float:
        """Return how long the model took to say something."""
        from persona_lab.engines.llm.endpoint import opened

        begun = time.monotonic()
        async with opened(self._config, self._known) as endpoint:
            await endpoint.greet(_meter(Alone("check")))
        return time.monotonic() - begun

    async def _analysed(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        from persona_lab.engines.llm.endpoint import opened

        meter = _meter(run)
        try:
            async with opened(self._config, self._known) as endpoint:
                return await Interview(
                    transcript,
                    context,
                    run,
                    config=self._config,
                    endpoint=endpoint,
                    meter=meter,
                    workroom=self._workroom,
                ).analysis()
        finally:
            meter.write_off()

    def _fitting(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the best passages, as many as the model can read at once."""
        left = PASSAGES * self._config.context_tokens
        found: list[Passage] = []
        for whole in passages:
            passage = whole.model_copy(update={"text": whole.text[:PASSAGE_CHARACTERS]})
            left -= tokens_in(passage.text)
            if left < 0 and found:
                break
            found.append(passage)
        return found


async def _counted(written: AsyncIterator[str], tally: Tally, sent: str) -> AsyncGenerator[str]:
    async for piece in written:
        tally.count(sent, piece)
        yield piece


def _meter(run: Run) -> Meter:
    return Meter(run.go_on, run.spent)


def _alone(error: Exception) -> EngineError:
    """Return the same error with nothing but its message; of an unexpected one, not even that."""
    if isinstance(error, EngineError):
        return type(error)(error.message, retry_seconds=error.retry_seconds)
    log.error("the language model engine failed: %s", described(error))
    return EngineError("Something unexpected happened between here and the language model. The server's log says more.")
