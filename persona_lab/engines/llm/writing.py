"""An answer that is being written."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from typing import Self

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelMessage, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
from pydantic_ai.models import StreamedResponse
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from persona_lab.engines.llm.faults import check_end, not_understood


class Writing:
    """An answer that is being written."""

    def __init__(self, stack: contextlib.AsyncExitStack, stream: StreamedResponse) -> None:
        self._stack = stack
        self._stream = stream
        self._texts = _texts(stream)
        self._first = ""

    @classmethod
    async def begun(cls, model: OpenAIChatModel, messages: list[ModelMessage], settings: ModelSettings) -> Self:
        stack = contextlib.AsyncExitStack()
        try:
            stream = await stack.enter_async_context(model_request_stream(model, messages, model_settings=settings))
            writing = cls(stack, stream)
            writing._first = await anext(writing._texts, "")
            if not writing._first:
                check_end(stream.get())
                raise not_understood("with nothing")
        except BaseException:
            await stack.aclose()
            raise
        return writing

    @property
    def usage(self) -> RequestUsage:
        return self._stream.get().usage

    async def pieces(self, seconds: float) -> AsyncGenerator[str]:
        """Yield the pieces, for at most so many seconds in all that are waited for the model."""
        left = seconds
        piece = self._first
        while piece:
            yield piece
            began = time.monotonic()
            async with asyncio.timeout(left):
                piece = await anext(self._texts, "")
            left -= time.monotonic() - began
        check_end(self._stream.get(), even_cut=False)

    async def close(self) -> None:
        # What can still go wrong with an answer that has been read, or given up, concerns nobody.
        with contextlib.suppress(Exception):
            await self._texts.aclose()
        with contextlib.suppress(Exception):
            await self._stack.aclose()


async def _texts(stream: StreamedResponse) -> AsyncGenerator[str]:
    async for event in stream:
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart) and event.part.content:
            yield event.part.content
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta) and event.delta.content_delta:
            yield event.delta.content_delta
