"""What may go wrong at an engine over the network, in one vocabulary for all look-alikes.

A look-alike is told a fault's name; what an engine must make of it stands beside
it, so that tests and the table in the documentation read the same list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

EngineName = Literal["miso", "llm"]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    `code` is that of the error an engine must end with, None where it must cope; `codes` has the engines for which
    it is another one. `only` names the engines that the fault is possible at.
    """

    name: str
    title: str
    code: str | None
    codes: Mapping[EngineName, str | None] = field(default_factory=dict)
    only: tuple[EngineName, ...] = ("miso", "llm")

    def code_for(self, engine: EngineName) -> str | None:
        return self.codes.get(engine, self.code)


# For ever: whoever meets these on every call must end with the code.
LASTING = (
    Fault("401", "the key is wrong", "engine_key_refused"),
    Fault("403", "the key may not do that", "engine_key_refused"),
    Fault("404", "there is nothing at this address", "engine_refused"),
    Fault("400 invalid_param", "an input is missing or wrong", "engine_refused", only=("miso",)),
    Fault("400 app_unavailable", "the app is not set up", "engine_refused", only=("miso",)),
    Fault("400 provider_not_initialize", "the app's model has no credentials", "engine_refused", only=("miso",)),
    Fault("400 provider_quota_exceeded", "the model's quota is used up", "engine_unavailable", only=("miso",)),
    Fault("400 model_currently_not_support", "the model is not available", "engine_unavailable", only=("miso",)),
    Fault("400 completion_request_error", "the model's call failed", "engine_unavailable", only=("miso",)),
    Fault("400 workflow_request_error", "the workflow could not be run", "engine_unavailable", only=("miso",)),
    Fault("400 not_workflow_app", "the key is of an app that is no workflow", "engine_key_refused", only=("miso",)),
    Fault("400 not_chat_app", "the key is of an app that does not chat", "engine_key_refused", only=("miso",)),
    Fault("400 unknown", "refused for a reason nobody knows", "engine_refused"),
    Fault("400 content_filter", "a content filter objects to the request", "engine_refused", only=("llm",)),
    Fault("429 insufficient_quota", "the account has no credit left", "engine_refused", only=("llm",)),
    Fault("429", "too much at once, nothing said of when to come back", "engine_busy"),
    Fault("429 retry-after", "too much at once, come back in an hour", "engine_busy"),
    Fault("500", "a fault of the service", "engine_unavailable"),
    Fault("502 html", "a gateway's page instead of an answer", "engine_unavailable"),
    Fault("503", "the service is down", "engine_unavailable"),
    Fault("redirect", "the address leads to another host", "engine_refused"),
    Fault("hang", "no answer at all", "engine_timed_out"),
    Fault("reset", "the line breaks before the answer", "engine_unavailable"),
    Fault("reset mid-body", "the line breaks in the middle of the answer", "engine_unavailable"),
    Fault("endless", "an answer without end", "answer_not_understood"),
    Fault("stream error", "an error in the middle of the stream", "engine_unavailable"),
    Fault("stream cut", "the stream ends before its end", "engine_unavailable"),
    Fault("stream stalls", "the stream falls silent", "engine_timed_out"),
    Fault("stream never ends", "pings without end", "engine_timed_out", only=("miso",)),
    Fault("stream damaged", "a frame that is no JSON", "answer_not_understood"),
    Fault("status failed", "an answer that says it failed", "engine_unavailable", only=("miso",)),
    Fault("status stopped", "an answer that says it was stopped", "engine_unavailable", only=("miso",)),
    Fault("all empty", "an answer that finds nothing at all", "answer_not_understood", only=("miso",)),
    Fault("outputs null", "an answer without a result", "answer_not_understood"),
    Fault("prose", "prose instead of JSON", "answer_not_understood"),
    Fault("truncated output", "a result cut off at the model's limit", "answer_not_understood"),
    Fault("wrong types", "every field of another type", "answer_not_understood"),
    Fault("html", "a page instead of an answer, with status 200", "answer_not_understood"),
    Fault("truncated json", "JSON that breaks off", "answer_not_understood", only=("miso",)),
    Fault("half an answer", "an answer that ends early, by its own length", "answer_not_understood", only=("llm",)),
    Fault("all invented", "nothing but evidence that nobody said", "answer_not_understood", only=("llm",)),
    Fault("declines", "the model won't", "engine_refused", only=("llm",)),
    Fault("filtered", "a content filter takes the answer away", "engine_refused", only=("llm",)),
)

# What an engine has to cope with, whether it is a fault or merely unusual.
BEARABLE = (
    Fault("slow drip", "a byte at a time", None),
    Fault("split characters", "pieces cut within characters", None),
    Fault("crlf", "lines that end with CR LF", None),
    Fault("pings", "pings without data between the frames", None),
    Fault("duplicates", "frames that come twice, and an end that does", None),
    Fault("escaped", "every character beyond ASCII escaped", None),
    Fault("unended", "no blank line behind the last frame", None),
    Fault("comments", "comments, ids, unknown events and [DONE]", None),
    Fault("plain json", "JSON although a stream was asked for", None, only=("miso",)),
    Fault("flat", "the result flat instead of nested", None, only=("miso",)),
    Fault("as text", "JSON as text", None, only=("miso",)),
    Fault("fenced", "JSON in a fence", None),
    Fault("double-encoded", "JSON text in JSON text in JSON text", None, only=("miso",)),
    Fault("prose around", "JSON with prose around it", None),
    Fault("below a key", "the result below another key", None, only=("miso",)),
    Fault("one missing", "one field missing, another null", None, only=("miso",)),
    Fault("invented quotes", "evidence that nobody said", None),
)


def of(engine: EngineName, some: tuple[Fault, ...]) -> list[Fault]:
    return [fault for fault in some if engine in fault.only]
