"""A model that is tried again after passing faults, counted, and read tolerantly where it fills in a form."""

import json
from dataclasses import replace

from pydantic import BaseModel
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from persona_lab.engines.llm.asking import FormRefused, Known, Meter
from persona_lab.engines.llm.faults import check_end
from persona_lab.engines.llm.loose import json_object
from persona_lab.engines.llm.patience import Patience

# What the tool is called whose arguments are the form.
REPORT = "report"


class Filling(WrapperModel):
    """The model as it fills in one form."""

    def __init__(
        self, wrapped: OpenAIChatModel, patience: Patience, meter: Meter, known: Known, shape: type[BaseModel]
    ) -> None:
        super().__init__(wrapped)
        self._patience = patience
        self._meter = meter
        self._known = known
        self._shape = shape

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        async def attempt() -> ModelResponse:
            self._meter.begin()
            response = await self.wrapped.request(messages, model_settings, model_request_parameters)
            self._meter.count(response.usage.input_tokens, response.usage.output_tokens)
            return response

        response = await self._patience.call(attempt)
        check_end(response)
        wants_tool = bool(model_request_parameters.output_tools)
        return self._as_tool_call(response) if wants_tool else self._as_text(response)

    def _as_tool_call(self, response: ModelResponse) -> ModelResponse:
        """Return the response as one call of the form's tool, also where it was written out as text."""
        call = next((part for part in response.parts if isinstance(part, ToolCallPart)), None)
        if call is None:
            written = self._object(_text(response))
            if written is None:
                if self._known.is_proven:
                    return response
                raise FormRefused
            return replace(response, parts=[ToolCallPart(tool_name=REPORT, args=written)])
        args = call.args_as_json_str()
        named = ToolCallPart(tool_name=REPORT, args=self._object(args) or args, tool_call_id=call.tool_call_id)
        return replace(response, parts=[named])

    def _as_text(self, response: ModelResponse) -> ModelResponse:
        written = self._object(_text(response))
        return response if written is None else replace(response, parts=[TextPart(written)])

    def _object(self, text: str) -> str | None:
        """Return the form's JSON in the text, also from within an object that holds nothing else."""
        found = json_object(text)
        if found is None:
            return None
        fields = json.loads(found)
        known = self._shape.model_fields.keys()
        if len(fields) == 1 and not fields.keys() & known:
            inner = next(iter(fields.values()))
            fields = inner if isinstance(inner, dict) else fields
        if fields.keys() & known:
            # All fields are lists; one that is left out has nothing in it.
            fields = {**{name: [] for name in known}, **fields}
        return json.dumps(fields, ensure_ascii=False)


def _text(response: ModelResponse) -> str:
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))
