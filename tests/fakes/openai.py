"""A look-alike of an OpenAI-compatible endpoint on a real socket, strict in what it takes and faulty on command."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self

from tests.fakes import models
from tests.fakes.serving import Message, Receive, Reset, Send, Serving
from tests.fakes.tokenising import tokens_of

KEY = "sk-look-alike-key"
MODEL = "look-alike-1"

KNOWN = {
    "model", "messages", "stream", "stream_options", "temperature", "seed", "max_tokens", "max_completion_tokens",
    "tools", "tool_choice", "response_format", "parallel_tool_calls", "n",
}  # fmt: skip
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
# Faults that end in an answer of the usual form, with something wrong in it.
IN_ANSWER = {
    "prose", "wrong types", "outputs null", "invented quotes", "all invented", "declines", "filtered", "duplicates",
    "fenced", "prose around", "truncated output", "escaped",
}  # fmt: skip
IN_STREAM = {
    "stream error", "stream cut", "stream stalls", "stream damaged", "reset mid-body", "slow drip", "split characters",
    "crlf", "pings", "duplicates", "escaped", "unended", "comments", "slowly",
    "silent on usage",
}  # fmt: skip
# Between two pieces of an answer that comes "slowly".
PAUSE_SECONDS = 0.02
PROSE = "Of course! The participant seems to be quite unhappy about several things."

Json = dict[str, Any]


class OpenAiLookAlike:
    """The endpoint. `url` is its base URL; `calls` the bodies of the calls so far, `input_tokens` … what it billed.

    Args:
        forms: how it lets forms be filled in: of `tool` and `json`; asked otherwise it answers 400.
        refuses: settings that its model doesn't take.
        context_tokens: what its model can read.
    """

    def __init__(
        self,
        *,
        key: str | None = KEY,
        forms: tuple[str, ...] = ("tool", "json"),
        refuses: tuple[str, ...] = (),
        context_tokens: int = 1_000_000,
    ) -> None:
        self.key = key
        self.forms = forms
        self.refuses = refuses
        self.context_tokens = context_tokens
        self.model: models.Model = models.honest
        self.writer: Callable[[str], str] = models.writing
        self.calls: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.queries: list[str] = []
        self.times: list[float] = []
        self.answered = self.input_tokens = self.output_tokens = 0
        self.paid_for: list[str] = []
        # What goes wrong in calls that bring along these words.
        self.fault_of: dict[str, str] = {}
        # When whoever read a slow answer went away before its end.
        self.left: list[float] = []
        self._faults: list[str] = []
        self._always: str | None = None
        self._serving = Serving(self._app)
        self.url = f"{self._serving.url}/v1"

    def __enter__(self) -> Self:
        self._serving.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._serving.__exit__(*error)

    def fail(self, *names: str) -> None:
        """Do these things wrong in the next calls, one each; "" is nothing wrong."""
        self._faults += names

    def always(self, name: str | None) -> None:
        """Do this wrong in each call."""
        self._always = name

    async def _app(self, scope: Message, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            await _error(send, 401, "invalid_api_key", f"Incorrect API key: {headers.get('authorization')}.")
        elif (scope["method"], scope["path"]) == ("GET", "/v1/models"):
            await _json(send, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        elif (scope["method"], scope["path"]) == ("POST", "/v1/chat/completions"):
            self.times.append(time.monotonic())
            self.headers.append(headers)
            self.queries.append(scope["query_string"].decode())
            await self._chat(json.loads(body), receive, send)
        else:
            await _error(send, 404, None, "Not Found")

    async def _chat(self, call: Json, receive: Receive, send: Send) -> None:
        self.calls.append(call)
        fault = (self._faults.pop(0) or None) if self._faults else self._always or self._fault_of(call)
        if wrong := self._wrong(call):
            await _error(send, *wrong)
        elif call.get("stream") and (fault is None or fault in IN_STREAM or fault in IN_ANSWER):
            await self._stream(call, fault or "", receive, send)
        elif fault is None or fault in IN_ANSWER:
            await self._answer(call, fault, send)
        else:
            await self._bad(call, fault, send)

    def _fault_of(self, call: Json) -> str | None:
        text = _data(call)
        return next((fault for words, fault in self.fault_of.items() if words in text), None)

    def _wrong(self, call: Json) -> tuple[int, str | None, str, str | None] | None:
        """Return status, code, message and parameter of what a real server would refuse."""
        if unknown := call.keys() - KNOWN:
            return 400, "unknown_parameter", f"Unknown parameter: {sorted(unknown)[0]}", sorted(unknown)[0]
        if call["model"] != MODEL:
            return 404, "model_not_found", f"The model `{call['model']}` does not exist", None
        for name in self.refuses:
            if name in call:
                return 400, "unsupported_parameter", f"Unsupported parameter: '{name}'.", name
        for message in call["messages"]:
            if message["role"] not in ("system", "user", "assistant", "tool"):
                return 400, "invalid_role", f"no role {message['role']}", "messages"
            if not isinstance(message.get("content"), str) and not message.get("tool_calls"):
                return 400, "invalid_content", "content must be a string", "messages"
        if call.get("tools") and "tool" not in self.forms:
            return 400, None, f"{MODEL} does not support tools", None
        if call.get("response_format") and "json" not in self.forms:
            return 400, None, "response_format is not supported", "response_format"
        for tool in call.get("tools", ()):
            assert tool["type"] == "function"
            assert tool["function"]["parameters"]["type"] == "object"
        if (tokens := _prompt_tokens(call)) > self.context_tokens:
            said = f"This model's maximum context length is {self.context_tokens} tokens, not {tokens}: {_data(call)}"
            return 400, "context_length_exceeded", said, "messages"
        return None

    async def _answer(self, call: Json, fault: str | None, send: Send) -> None:
        message, reason = self._message(call, fault)
        choice = {"index": 0, "message": message, "finish_reason": reason}
        answer = {**_head("chat.completion"), "choices": [choice], "usage": self._bill(call, message)}
        await _whole(send, 200, json.dumps(answer, ensure_ascii=fault == "escaped").encode(), "application/json")

    def _message(self, call: Json, fault: str | None) -> tuple[Json, str]:
        message: Json = {"role": "assistant", "content": None, "refusal": None}
        match fault:
            case "declines":
                return {**message, "refusal": f"I can't help with that: {_data(call)[:200]}"}, "stop"
            case "filtered":
                return {**message, "content": ""}, "content_filter"
            case "outputs null":
                return message, "stop"
            case "prose":
                return {**message, "content": PROSE}, "stop"
        if not _wants_form(call):
            return {**message, "content": self.writer(_data(call))}, "stop"
        text = json.dumps(self._report(_data(call), fault), ensure_ascii=False)
        if fault == "fenced":
            return {**message, "content": f"```json\n{text}\n```"}, "stop"
        if fault == "prose around":
            return {**message, "content": f'Here is "it": {text} Anything else {{or}} more?'}, "stop"
        if fault == "truncated output" or len(text.encode()) > 4 * _most(call):
            return {**message, "content": text[: len(text) // 2]}, "length"
        if not call.get("tools"):
            return {**message, "content": text}, "stop"
        name = call["tools"][0]["function"]["name"]
        calls = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": text}}
            for n in range(2 if fault == "duplicates" else 1)
        ]
        return {**message, "tool_calls": calls}, "tool_calls"

    def _report(self, data: str, fault: str | None) -> models.Report:
        report = self.model(data)
        invented = models.inventing(data)
        match fault:
            case "all invented":
                return invented
            case "invented quotes":
                return {
                    name: [*some, *invented[name]] if isinstance(some, list) else some for name, some in report.items()
                }
            case "wrong types":
                return {name: str(some) for name, some in report.items()}
        return report

    def _whole_answer(self, call: Json) -> bytes:
        message, reason = self._message(call, None)
        choice = {"index": 0, "message": message, "finish_reason": reason}
        answer = {**_head("chat.completion"), "choices": [choice], "usage": self._bill(call, message)}
        return json.dumps(answer, ensure_ascii=False).encode()

    def _bill(self, call: Json, message: Json) -> Json:
        read, written = _prompt_tokens(call), tokens_of(json.dumps(message, ensure_ascii=False))
        self.answered += 1
        self.paid_for.append(_data(call))
        self.input_tokens += read
        self.output_tokens += written
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    async def _stream(self, call: Json, fault: str, receive: Receive, send: Send) -> None:
        message, reason = self._message(call, fault)
        usage = self._bill(call, message)
        text, refusal = message["content"] or "", message["refusal"]
        end = "\r\n" if fault == "crlf" else "\n"
        deltas: list[Json] = [{"role": "assistant", "content": ""}]
        deltas += (
            [{"refusal": refusal}] if refusal else [{"content": text[at : at + 7]} for at in range(0, len(text), 7)]
        )
        deltas.append({})
        await _begin(send, 200, {"content-type": "text/event-stream"})
        for n, delta in enumerate(deltas):
            if n == len(deltas) - 3 and await self._broken(fault, send):
                return
            if fault in ("pings", "comments"):
                await _part(send, f": ping{end}{end}".encode())
            if fault == "comments":
                await _part(send, f"id: {n}{end}retry: 10{end}".encode())
            if fault == "slowly" and await _is_left(receive):
                self.left.append(time.monotonic())
                return
            last = reason if n == len(deltas) - 1 else None
            await self._event(send, {"choices": [{"index": 0, "delta": delta, "finish_reason": last}]}, end, fault)
        if (call.get("stream_options") or {}).get("include_usage") and fault != "silent on usage":
            await self._event(send, {"choices": [], "usage": usage}, end, fault)
        ends = [f"data: [DONE]{end}" if fault == "unended" else f"data: [DONE]{end}{end}"]
        await _part(send, "".join(ends * (2 if fault == "duplicates" else 1)).encode(), more=False)

    async def _event(self, send: Send, value: Json, end: str, fault: str) -> None:
        chunk = json.dumps({**_head("chat.completion.chunk"), **value}, ensure_ascii=fault == "escaped")
        event = f"data: {chunk}{end}{end}".encode()
        if fault not in ("split characters", "slow drip"):
            await _part(send, event)
            return
        for at in range(len(event)):
            await _part(send, event[at : at + 1])
            await asyncio.sleep(0)

    async def _broken(self, fault: str, send: Send) -> bool:
        """Break the stream here, if that is the fault."""
        match fault:
            case "stream error":
                error = {"message": "The server had an error", "type": "server_error", "code": None}
                await _part(send, f"data: {json.dumps({'error': error})}\n\n".encode(), more=False)
            case "stream damaged":
                await _part(send, b'data: {"choices": [{"index": 0, "del\n\n', more=False)
            case "stream cut":
                await _part(send, b"", more=False)
            case "stream stalls":
                await asyncio.sleep(3600)
            case "reset mid-body":
                raise Reset
            case _:
                return False
        return True

    async def _bad(self, call: Json, fault: str, send: Send) -> None:
        # Servers echo what they were sent; none of it may come out at our end.
        echo = _data(call)[:300]
        match fault:
            case "400 unknown":
                await _error(send, 400, "invalid_request_error", f"Invalid request: {echo}")
            case "400 content_filter":
                said = f"The response was filtered due to the content management policy: {echo}"
                await _error(send, 400, "content_filter", said)
            case "401":
                await _error(send, 401, "invalid_api_key", f"Incorrect API key provided: {self.key}. {echo}")
            case "403":
                await _error(send, 403, None, f"Project does not have access: {echo}")
            case "404":
                await _error(send, 404, "model_not_found", f"The model does not exist: {echo}")
            case "429" | "429 soon" | "429 retry-after":
                after = {"429 soon": {"retry-after": "1"}, "429 retry-after": {"retry-after": "3600"}}.get(fault, {})
                await _error(send, 429, "rate_limit_exceeded", f"Rate limit reached: {echo}", headers=after)
            case "429 insufficient_quota":
                await _error(send, 429, "insufficient_quota", "You exceeded your current quota")
            case "500" | "503":
                await _error(send, int(fault), "server_error", f"The server had an error: {echo}")
            case "502 html":
                await _whole(send, 502, HTML, "text/html")
            case "html":
                await _whole(send, 200, HTML, "text/html")
            case "redirect":
                await _begin(send, 307, {"location": "http://127.0.0.1:9/elsewhere", "content-length": "0"})
                await _part(send, b"", more=False)
            case "hang":
                await asyncio.sleep(3600)
            case "endless":
                await _begin(send, 200, {"content-type": "application/json"})
                # Servers that never end do so for somebody else's memory; this one needs no more than shows it.
                for _ in range(64):
                    await _part(send, b" " * 1_000_000)
                    await asyncio.sleep(0.002)
            case "slow drip":
                await _begin(send, 200, {"content-type": "application/json"})
                whole = self._whole_answer(call)
                for at in range(len(whole)):
                    await _part(send, whole[at : at + 1], more=at + 1 < len(whole))
            case "reset":
                raise Reset
            case "reset mid-body" | "half an answer":
                whole = self._whole_answer(call)
                half = whole[: len(whole) // 2]
                length = len(whole) if fault == "reset mid-body" else len(half)
                await _begin(send, 200, {"content-type": "application/json", "content-length": str(length)})
                await _part(send, half, more=fault == "reset mid-body")
                if fault == "reset mid-body":
                    raise Reset
            case _:
                raise AssertionError(f"no fault {fault}")


async def _is_left(receive: Receive) -> bool:
    """Wait for a moment; say whether the reader went away meanwhile."""
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            return (await receive())["type"] == "http.disconnect"
    except TimeoutError:
        return False


def _most(call: Json) -> int:
    return int(call.get("max_tokens") or call.get("max_completion_tokens") or 10**9)


def _data(call: Json) -> str:
    """Return the message that holds the data: the first of the user's."""
    return next(str(message["content"]) for message in call["messages"] if message["role"] == "user")


def _wants_form(call: Json) -> bool:
    told = " ".join(str(message["content"]) for message in call["messages"] if message["role"] == "system")
    return bool(call.get("tools") or call.get("response_format") or '"properties"' in told)


def _prompt_tokens(call: Json) -> int:
    said = tokens_of(" ".join(json.dumps(message, ensure_ascii=False) for message in call["messages"]))
    return said + tokens_of(json.dumps(call.get("tools", ""), ensure_ascii=False))


def _head(kind: str) -> Json:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": MODEL}


async def _begin(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _part(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _whole(send: Send, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
    await _begin(send, status, {"content-type": kind, "content-length": str(len(body)), **(headers or {})})
    await _part(send, body, more=False)


async def _json(send: Send, value: Json, status: int = 200, headers: dict[str, str] | None = None) -> None:
    await _whole(send, status, json.dumps(value, ensure_ascii=False).encode(), "application/json", headers)


async def _error(
    send: Send,
    status: int,
    code: str | None,
    message: str,
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": message, "type": kind, "param": param, "code": code}
    await _json(send, {"error": error}, status, headers)
