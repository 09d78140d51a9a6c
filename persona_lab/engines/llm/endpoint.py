"""One endpoint's model, asked to fill in a form or to write freely."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, PromptedOutput, ToolOutput
from pydantic_ai.messages import ModelMessage, ModelRequest, SystemPromptPart, UserPromptPart
from pydantic_ai.settings import ModelSettings

from persona_lab.engines.llm.asking import FormRefused, Known, Meter, SettingRefused, TooLong
from persona_lab.engines.llm.client import client, http_client, hush, model
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.faults import fault_of, not_understood
from persona_lab.engines.llm.filling import REPORT, Filling
from persona_lab.engines.llm.patience import Patience
from persona_lab.engines.llm.writing import Writing
from persona_lab.errors import PersonaLabError

# A form that came back wrong is sent back with the reason so often.
ASKED_AGAIN = 2
# With it, and a temperature of 0, most servers answer the same each time.
SEED = 7
GREETING = "Say OK."
UNUSABLE = "in a form that can't be used"

Shape = TypeVar("Shape", bound=BaseModel)


class Endpoint:
    """An open endpoint; use it in the event loop in which it was opened.

    An EngineError that it raises may drag along what was sent; whoever shows or logs it makes a new one of its message.
    """

    def __init__(self, config: LlmConfig, known: Known, opened_client: AsyncOpenAI) -> None:
        self._config = config
        self._known = known
        self._client = opened_client
        self._patience = Patience(config)

    async def fill_in(self, shape: type[Shape], instructions: str, data: str, meter: Meter) -> Shape:
        """Return the form as the model filled it in from `data`.

        Raises:
            EngineError: it could not be had.
            TooLong: the data, or the answer, is more than the model can take.
        """
        while True:
            form = self._known.form
            try:
                filled = await self._filled(shape, instructions, data, meter)
            except FormRefused:
                if self._known.lower(form):
                    continue
            except SettingRefused as refused:
                if self._known.without(refused.name):
                    continue
            else:
                self._known.is_proven = True
                return filled
            raise not_understood(UNUSABLE)

    async def write(self, instructions: str, data: str, meter: Meter) -> AsyncGenerator[str]:
        """Yield what the model writes, piece by piece. Once it has begun, nothing is tried again.

        Raises:
            EngineError: it could not be had, or broke off.
            TooLong: the data is more than the model can take.
        """
        messages: list[ModelMessage] = [ModelRequest(parts=[SystemPromptPart(instructions), UserPromptPart(data)])]
        writing = await self._begun(messages, meter)
        try:
            async with contextlib.aclosing(writing.pieces(self._config.call_seconds)) as pieces:
                async for piece in pieces:
                    yield piece
            meter.count(writing.usage.input_tokens, writing.usage.output_tokens)
        except Exception as error:
            raise self._meant(error) from None
        finally:
            await writing.close()

    async def greet(self, meter: Meter) -> None:
        """Ask for a word, to see whether address, key and model are right.

        Raises:
            EngineError: they aren't, or nobody answers.
        """
        messages: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart(GREETING)])]
        try:
            with contextlib.suppress(TooLong):
                await (await self._begun(messages, meter)).close()
        except Exception as error:
            raise self._meant(error) from None

    async def _filled(self, shape: type[Shape], instructions: str, data: str, meter: Meter) -> Shape:
        form = self._known.form
        output: Any = ToolOutput(shape, name=REPORT) if form == "tool" else PromptedOutput(shape)
        filling = Filling(model(self._config, self._client, form), self._patience, meter, self._known, shape)
        agent = Agent(
            filling, output_type=output, instructions=instructions, retries={"output": ASKED_AGAIN}, name="persona_lab"
        )
        try:
            result = await agent.run(data, model_settings=self._settings())
        except Exception as error:
            raise self._meant(error) from None
        filled: Shape = result.output
        return filled

    async def _begun(self, messages: list[ModelMessage], meter: Meter) -> Writing:
        """Return an answer of which the first piece is there."""

        async def attempt() -> Writing:
            meter.begin()
            return await Writing.begun(model(self._config, self._client, "text"), messages, self._settings())

        while True:
            try:
                return await self._patience.call(attempt)
            except SettingRefused as refused:
                if not self._known.without(refused.name):
                    raise not_understood(UNUSABLE) from None
            except FormRefused:
                raise not_understood(UNUSABLE) from None

    def _meant(self, error: Exception) -> Exception:
        """Return what an error means; those that say so themselves as they are."""
        if isinstance(error, (PersonaLabError, TooLong, FormRefused, SettingRefused)):
            return error
        fault = fault_of(error, self._config)
        return error if fault is None else fault.error

    def _settings(self) -> ModelSettings:
        settings = ModelSettings(max_tokens=self._config.answer_tokens, temperature=0.0, seed=SEED)
        for name in self._known.refused_settings:
            settings.pop("max_tokens" if name == "max_completion_tokens" else name, None)  # type: ignore[misc]  # a typed dict knows its keys only
        return settings


@contextlib.asynccontextmanager
async def opened(config: LlmConfig, known: Known) -> AsyncGenerator[Endpoint]:
    """Open the endpoint for one interview or one answer."""
    hush()
    async with http_client(config) as http:
        yield Endpoint(config, known, client(config, http))
