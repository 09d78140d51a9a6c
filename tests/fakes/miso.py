"""A look-alike of MISO: as strict as the real one may be, and as bad as it may get.

It counts what it was paid for, keeps what it was asked, and refuses whatever the
interface doesn't allow. `fault` makes it misbehave.
"""

import asyncio
import json
import random
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import UploadFile
from starlette.requests import Request

from tests.fakes.serving import Message, Receive, Reset, Send, Serving

ROOT = "/ext/v1"
KEYS = {
    "app-workflow-0123456789": "workflow",
    "app-agent-0123456789": "agent",
    "app-interview-0123456789": "interview",
    "dataset-0123456789": "knowledge",
}
KEY_OF = {app: key for key, app in KEYS.items()}
LIMITS = {
    "context": 50_000,
    "company_name": 200,
    "company_info": 5_000,
    "interview_objective": 5_000,
    "target_audience": 5_000,
    "interview_sections": 5_000,
    "key_takeaways": 5_000,
    "selected_interviewee": 50_000,
    "selected_persona": 50_000,
    "active_generate_image": 20,
}
TYPES = ("interview", "persona", "mindmap", "insight_summary")
STATUS = {"provider_quota_exceeded": 400, "unauthorized": 401, "forbidden": 403, "not_found": 404}
PASSING = ("429", "500", "502 html", "503", "reset", "reset mid-body", "stream cut", "stream stalls", "stream error")
PING = b"event: ping\n\n"
QUERY_LIMIT = 250
# So many pieces of 64 KB, which is more than any client here takes.
ENDLESS = 600


class Refused(Exception):
    """What was sent is not what the interface takes."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Call:
    """One call as it came in."""

    method: str
    path: str
    app: str
    body: Any


@dataclass
class Told:
    """A fault that was asked for, and how often it is still to be had; None is for ever."""

    name: str
    times: int | None
    path: str


@dataclass
class Base:
    """A knowledge base."""

    name: str
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class FakeMiso:
    """The look-alike; a context manager. `url` is what a client is given."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        # Runs and answers that were paid for.
        self.paid = 0
        self.paid_for: list[str] = []
        # What goes wrong with interviews that have these words in them, and with what is asked of their runs.
        self.fault_of: dict[str, str] = {}
        self.stopped: list[str] = []
        self.answer = "카드를 다시 입력해야 한다고 합니다. [1]"
        self.outputs: Callable[[Mapping[str, str]], Any] = outputs_of
        self.limits = dict(LIMITS)
        self.suggestions: list[str] | None = ["왜 그렇게 느끼셨나요?"]
        # What comes instead of the usual events of a chat answer, where a test says so.
        self.chat_events: list[Any] | None = None
        # So many looks at a document or a run until it is over.
        self.looks = 2
        self.runs: dict[str, dict[str, Any]] = {}
        self.chats: dict[str, list[dict[str, Any]]] = {}
        self.bases: dict[str, Base] = {}
        self._told: list[Told] = []
        self._unreliable: tuple[float, random.Random] | None = None
        self._lock = threading.Lock()
        self._serving = Serving(self._app)
        self.url = self._serving.url

    def __enter__(self) -> "FakeMiso":
        self._serving.__enter__()
        return self

    def __exit__(self, *some: object) -> None:
        self._serving.__exit__(*some)

    def fault(self, name: str, *, times: int | None = None, path: str = "") -> None:
        """Misbehave from now on, in calls whose path has `path` in it; `times` often, or for ever."""
        with self._lock:
            self._told.append(Told(name, times, path))

    def behave(self) -> None:
        """Misbehave no longer."""
        self._told.clear()
        self.fault_of.clear()
        self._unreliable = None

    def be_unreliable(self, share: float, *, seed: int) -> None:
        """Let this share of all calls fail, each in one of the ways that pass."""
        self._unreliable = (share, random.Random(seed))  # noqa: S311 - no secret

    def count(self, path: str, method: str = "") -> int:
        """Return how many calls there were to this path."""
        return sum(path in call.path and method in ("", call.method) for call in self.calls)

    def last(self, path: str) -> Any:
        return next(call.body for call in reversed(self.calls) if path in call.path)

    # What follows runs in the server's thread.

    def _fault(self, path: str) -> str:
        with self._lock:
            for told in self._told:
                if told.path in path and told.times != 0:
                    if told.times is not None:
                        told.times -= 1
                    return told.name
            if self._unreliable and self._unreliable[1].random() < self._unreliable[0]:
                return self._unreliable[1].choice(PASSING)
        return ""

    async def _app(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = request.url.path
        fault = self._fault(path) if path != f"{ROOT}/params" else self._fault_of_params()
        try:
            app = self._admitted(request, path)
            body = await _body(request)
            self.calls.append(Call(request.method, path, app, body))
            fault = fault or self._fault_of(path, body)
            if fault and await self._failed(fault, send):
                return
            await self._answered(request, path.removeprefix(ROOT), app, body, fault, send)
        except Refused as error:
            told = {"code": error.code, "message": error.message, "status": error.status}
            await _respond(send, error.status, told)

    def _fault_of(self, path: str, body: Any) -> str:
        run = self.runs.get(path.rpartition("/")[2])
        text = run["text"] if run else _text(body) if path.endswith("/workflows/run") else ""
        return next((fault for words, fault in self.fault_of.items() if words in text), "")

    def _fault_of_params(self) -> str:
        """Only what is meant for it concerns the question for an app's inputs."""
        with self._lock:
            return next((told.name for told in self._told if told.path == "/params"), "")

    def _admitted(self, request: Request, path: str) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key not in KEYS:
            raise Refused(401, "unauthorized", f"Access token is invalid: {key}")
        app = KEYS[key]
        if not path.startswith(ROOT + "/"):
            raise Refused(404, "not_found", "Not found.")
        tail = path.removeprefix(ROOT)
        if tail.startswith("/datasets") != (app == "knowledge"):
            raise Refused(403, "forbidden", "This key is for something else.")
        if tail.startswith("/workflows") and app != "workflow":
            raise Refused(400, "not_workflow_app", "Please check if your app mode matches the right API route.")
        if tail.startswith(("/chat", "/messages", "/conversations")) and app == "workflow":
            raise Refused(400, "not_chat_app", "Please check if your app mode matches the right API route.")
        return app

    async def _failed(self, fault: str, send: Send) -> bool:
        """Do what a fault is that doesn't look at what was asked; say whether that was all."""
        name, _, code = fault.partition(" ")
        if fault == "429 retry-after":
            await _respond(send, 429, _error("too_many_requests", 429), {"retry-after": "3600"})
        elif fault == "429 soon":
            await _respond(send, 429, _error("too_many_requests", 429), {"retry-after": "0"})
        elif fault == "502 html":
            await _respond(send, 502, "<html><h1>502 Bad Gateway</h1></html>", {"content-type": "text/html"})
        elif fault == "redirect":
            await _respond(send, 307, "", {"location": "http://127.0.0.2:9/ext/v1/workflows/run"})
        elif fault == "hang":
            await asyncio.sleep(600)
        elif fault == "reset":
            raise Reset
        elif fault == "html":
            await _respond(send, 200, "<html>Sign in</html>", {"content-type": "text/html"})
        elif name.isdigit():
            await _respond(send, int(name), _error(code if code != "unknown" else "", int(name)))
        else:
            return False
        return True

    async def _answered(self, request: Request, path: str, app: str, body: Any, fault: str, send: Send) -> None:
        if app == "knowledge":
            status, told = self._knowledge(request, path.removeprefix("/datasets"), body)
            await _respond(send, status, told)
            return
        user = request.query_params.get("user") if request.method == "GET" else (body or {}).get("user")
        _want(isinstance(user, str) and user, "Arg user must be provided.")
        if path == "/workflows/run" and request.method == "POST":
            await self._run(body, fault, send)
        elif path == "/chat" and request.method == "POST":
            await self._chat(body, fault, send)
        else:
            await _respond(send, *self._small(request.method, path, body, request.query_params))

    async def _run(self, body: dict[str, Any], fault: str, send: Send) -> None:
        inputs = _inputs(body)
        kind = inputs.get("preprocess_type")
        _want(kind in TYPES, "preprocess_type is required in input form")
        for name, text in inputs.items():
            if isinstance(text, str):
                _want(len(text) <= self.limits.get(name, 10**9), f"{name} in input form is too long: {text[:50]}")
        self.paid += 1
        self.paid_for.append(_text(body))
        run_id, task_id = str(uuid4()), str(uuid4())
        ended = _run_of(run_id, _bent(self.outputs(inputs), fault), fault)
        self.runs[run_id] = {**ended, "looks": self.looks, "text": _text(body)}
        if body["mode"] == "blocking" or fault == "plain json":
            whole = {"task_id": task_id, "workflow_run_id": run_id, "data": ended}
            await _send_json(send, ended if fault == "flat" else whole, fault)
            return
        common = {"task_id": task_id, "workflow_run_id": run_id}
        events: list[Any] = [
            {"event": "workflow_started", **common, "data": {"id": run_id, "inputs": inputs}},
            PING,
            {"event": "node_started", **common, "data": {"id": str(uuid4()), "node_type": "llm", "index": 1}},
            {"event": "text_chunk", **common, "data": {"text": "…"}},
            _node(common),
        ]
        last = {"event": "workflow_finished", **common, **(ended if fault == "flat" else {"data": ended})}
        await self._stream(send, events, last, fault)

    async def _chat(self, body: dict[str, Any], fault: str, send: Send) -> None:
        _inputs(body)
        _want(isinstance(body.get("query"), str) and body["query"].strip(), "query is required")
        for file in body.get("files") or []:
            _check_file(file)
        conversation = body.get("conversation_id") or ""
        if conversation:
            _want(_is_uuid(conversation), "conversation_id is not a valid uuid.")
            if conversation not in self.chats:
                raise Refused(404, "not_found", "Conversation Not Exists.")
        else:
            conversation = str(uuid4())
        self.paid += 1
        message, task = str(uuid4()), str(uuid4())
        row = {"id": message, "query": body["query"], "answer": self.answer, "created_at": 1750000000 + self.paid}
        self.chats.setdefault(conversation, []).append(row)
        common = {"conversation_id": conversation, "message_id": message, "created_at": 1750000003, "task_id": task}
        usage = {"prompt_tokens": 200, "completion_tokens": 50, "total_tokens": 250, "total_price": "0.0008010"}
        metadata = {"usage": usage, "retriever_resources": []}
        if body["mode"] == "blocking":
            whole = {**common, "event": "message", "id": message, "answer": self.answer, "metadata": metadata}
            await _send_json(send, whole, fault)
            return
        thought = {"event": "agent_thought", **common, "id": str(uuid4()), "position": 1, "thought": "…"}
        events: list[Any] = [
            {**thought, "tool": "knowledge_search;web", "tool_input": "{}", "observation": ""},
            {**thought, "tool": "knowledge_search;web", "observation": "{}"},
            {"event": "agent_message", **common, "answer": ""},
            PING,
            *({"event": "agent_message", **common, "answer": piece} for piece in _pieces(self.answer)),
            {"event": "message_replace", **common, "answer": self.answer},
        ]
        if self.chat_events is not None:
            events = [{**common, **one} if isinstance(one, dict) else one for one in self.chat_events]
        last = {"event": "message_end", **common, "id": message, "metadata": metadata}
        await self._stream(send, events, last, fault)

    async def _stream(self, send: Send, events: list[Any], last: dict[str, Any], fault: str) -> None:
        """Send the events and the last one, in the way the fault wants it."""
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream; charset=utf-8")],
            }
        )
        async for piece in _framed(events, last, fault):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _small(self, method: str, path: str, body: Any, query: Mapping[str, str]) -> tuple[int, Any]:
        """Answer what costs nothing."""
        parts = path.strip("/").split("/")
        if method == "GET" and parts[:2] == ["workflows", "run"]:
            run = self.runs.get(parts[2])
            if run is None:
                raise Refused(404, "not_found", "Workflow run not found.")
            run["looks"] -= 1
            told = {name: value for name, value in run.items() if name not in ("looks", "text")}
            return 200, told if run["looks"] < 0 else {**told, "status": "running", "outputs": None}
        if method == "POST" and parts[-1] == "stop":
            self.stopped.append(parts[-2])
            return 200, {"result": "success"}
        if method == "GET" and path == "/params":
            fields = [
                {"paragraph": {"type": "paragraph", "variable": name, "required": False, "max_length": most}}
                for name, most in self.limits.items()
            ]
            return 200, {"opening_statement": "", "user_input_form": fields}
        if method == "GET" and parts[0] == "messages" and parts[-1] == "suggest-questions":
            if self.suggestions is None:
                raise Refused(400, "bad_request", "Suggested Questions Is Disabled.")
            return 200, {"result": "success", "data": self.suggestions}
        if method == "GET" and path == "/messages":
            return 200, self._messages(query)
        if method == "GET" and path == "/conversations":
            return 200, self._conversations(query)
        if parts[0] == "conversations" and parts[1] in self.chats:
            if method == "POST" and parts[-1] == "rename":
                _want(isinstance(body.get("name"), str), "name is required")
                return 200, {"id": parts[1], "name": body["name"]}
            if method == "DELETE":
                del self.chats[parts[1]]
                return 200, {"result": "success"}
        if method == "POST" and path == "/files/upload":
            file = body.get("file")
            if not isinstance(file, dict) or not file["size"]:
                raise Refused(400, "no_file_uploaded", "Please upload your file.")
            if file["name"].endswith(".exe"):
                raise Refused(415, "unsupported_file_type", "File type not allowed.")
            return 201, {"id": str(uuid4()), **file, "created_at": 1750000001}
        raise Refused(404, "not_found", "The requested URL was not found on the server.")

    def _messages(self, query: Mapping[str, str]) -> dict[str, Any]:
        rows, most = self.chats.get(query["conversation_id"], []), min(int(query.get("limit", 20)), 2)
        if "first_id" in query:
            rows = rows[: next(at for at, row in enumerate(rows) if row["id"] == query["first_id"])]
        return {"limit": most, "has_more": len(rows) > most, "data": rows[-most:]}

    def _conversations(self, query: Mapping[str, str]) -> dict[str, Any]:
        names, most = list(self.chats), min(int(query.get("limit", 20)), 2)
        first = names.index(query["last_id"]) + 1 if query.get("last_id") else 0
        page = [{"id": one, "name": "", "created_at": 1750000000, "updated_at": 1750000001} for one in names[first:]]
        return {"limit": most, "has_more": len(page) > most, "data": page[:most]}

    def _knowledge(self, request: Request, path: str, body: Any) -> tuple[int, Any]:
        method, parts = request.method, path.strip("/").split("/")
        if path == "" and method == "POST":
            _want(isinstance(body.get("name"), str) and body["name"], "name is required")
            _want(body.get("permission") in ("only_me", "all_team_members"), "permission is wrong")
            self.bases[new := str(uuid4())] = Base(body["name"])
            return 200, {"id": new, "name": body["name"], "provider": "vendor"}
        if path == "" and method == "GET":
            rows = [{"id": one, "name": base.name} for one, base in self.bases.items()]
            return 200, _page(rows, request.query_params)
        base = self.bases.get(parts[0])
        if base is None:
            raise Refused(404, "not_found", "Dataset not found.")
        if len(parts) == 1 and method == "DELETE":
            del self.bases[parts[0]]
            return 204, None
        if parts[1:] == ["docs"]:
            return 200, _page([self._looked_at(one) for one in base.documents.values()], request.query_params)
        if parts[1:] == ["search"]:
            return 200, _searched(base, body)
        if parts[1:] == ["docs", "text"]:
            return 200, self._document(base, str(uuid4()), body, is_new=True)
        if len(parts) == 4 and parts[3] == "status":
            rows = [one for one in base.documents.values() if one["batch"] == parts[2]]
            return 200, {"data": [self._looked_at(one) for one in rows]}
        document = base.documents.get(parts[2])
        if document is None:
            raise Refused(404, "not_found", "Document not found.")
        if len(parts) == 3 and method == "DELETE":
            del base.documents[parts[2]]
            return 200, {"result": "success"}
        if parts[3:] == ["text"] and method == "PUT":
            return 200, self._document(base, parts[2], body, is_new=False)
        return self._segments(base, document, method, parts[4:], body)

    def _document(self, base: Base, new: str, body: dict[str, Any], *, is_new: bool) -> dict[str, Any]:
        _want(isinstance(body.get("name"), str) and isinstance(body.get("text"), str), "name and text are required")
        if is_new:
            _want(body.get("indexing_type") == "high_quality", "indexing_type is required")
            _want(body.get("process_rule", {}).get("mode") in ("automatic", "custom"), "process_rule is required")
        name = body["name"] if body["name"].endswith(".txt") else body["name"] + ".txt"
        document = {"id": new, "name": name, "batch": str(uuid4()), "indexing_status": "waiting", "looks": self.looks}
        base.documents[new] = document
        texts = [text.strip() for text in body["text"].split("###") if text.strip()]
        base.texts[new] = [{"id": str(uuid4()), "document_id": new, "content": text} for text in texts]
        return {"document": document, "batch": document["batch"]}

    def _looked_at(self, document: dict[str, Any]) -> dict[str, Any]:
        """Each look brings indexing on."""
        document["looks"] -= 1
        if document["looks"] < 0 and document["indexing_status"] != "error":
            document["indexing_status"] = "error" if "broken" in document["name"] else "completed"
        elif document["indexing_status"] != "completed":
            document["indexing_status"] = "indexing"
        return document

    def _segments(
        self, base: Base, document: dict[str, Any], method: str, rest: list[str], body: Any
    ) -> tuple[int, Any]:
        if document["indexing_status"] != "completed":
            raise Refused(404, "not_found", "Document is not completed.")
        texts = base.texts[document["id"]]
        if method == "POST":
            if not isinstance(body.get("segments"), list):
                return 400, {"error": "Segments is required"}
            new = [
                {"id": str(uuid4()), "document_id": document["id"], "content": one["content"]}
                for one in body["segments"]
            ]
            texts += new
            return 200, {"data": new, "doc_form": "text_model"}
        if method == "GET":
            return 200, {"data": texts, "doc_form": "text_model"}
        found = next((one for one in texts if one["id"] == rest[0]), None)
        if found is None:
            raise Refused(404, "not_found", "Segment not found.")
        if method == "DELETE":
            texts.remove(found)
            return 200, {"result": "success"}
        found["content"] = body["segment"]["content"]
        return 200, {"data": found}


def outputs_of(inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return what an app would make of these inputs: of an interview's answers every other is a pain or a need."""
    kind = inputs["preprocess_type"]
    if kind == "persona":
        return _persona(inputs["selected_interviewee"], inputs["selected_persona"])
    if kind == "mindmap":
        points = [{"content": "카드를 다시 입력한다", "quote": "다시 입력해야 해요", "relevance": "높음"}]
        topics = [
            {
                "id": "problems",
                "title": "문제",
                "color": "#f00",
                "subtopics": [{"title": "결제", "content_items": points}],
            }
        ]
        root = {"text": "결제", "subtitle": "왜 떠나는가"}
        return {"result": json.dumps({"title": "결제", "summary": "…", "root_node": root, "main_topics": topics})}
    if kind == "insight_summary":
        return {"result": "결제가 느리다는 말이 많다."}
    return _interview(inputs["context"])


def _persona(interviewee: str, persona: str) -> dict[str, Any]:
    """Return a persona of what an interviewee says, in their words, behind what was known of it."""
    detail = json.loads(interviewee)["interviewee_detail"][0]
    before = json.loads(persona)["persona_summary"] if persona else ""
    said = [words for some in detail.values() for words in some]
    return {
        "persona_summary": f"{before} {said[0]}".strip(),
        "persona_style": "차분함",
        "painpoints": ", ".join(words.replace(",", "") for words in detail.get("painpoint", [])),
        "needs": ", ".join(words.replace(",", "") for words in detail.get("need", [])),
        "insight": said[-1],
        "insight_quote": f"“{said[-1]}” (상황)",
        "thumbnail": json.dumps({"imageUrl": "https://images.example/p.png"}),
    }


def _interview(context: str) -> dict[str, Any]:
    lines = context.split("\n")
    script, answers = [], []
    for number, line in enumerate(lines, start=1):
        label, _, said = line.partition(": ")
        is_answer = label.startswith(("답변", "Answer"))
        script.append(
            {
                "id": [number],
                "speaker": "answer" if is_answer else "question",
                "category": None,
                "cleaned_sentence": re.sub(r"\b(?:um|uh|Well),? ", "", said),
            }
        )
        if is_answer and len(said) > 20:
            answers.append((number, said))
    pains = [{"description": f"It bothers them: {said[:40]}", "evidence": [n]} for n, said in answers[::2]]
    needs = [{"description": f"They need: {said[:40]}", "evidence": [n]} for n, said in answers[1::2]]
    profile = {"profile_summary": "A monthly shopper.", "demographics": {"age_group": "30대", "gender": "여성"}}
    return {
        "cleaned_script": script,
        "session_info": [{"session_date": "2025-03-02", "interview_topic": "Checkout"}],
        "interviewee_profile": [profile],
        "interview_quality_assessment": [{"overall_quality": {"score": 4, "assessment": "Long answers."}}],
        "key_takeaways": [answers[0][1]] if answers else ["Nothing was said."],
        "primary_pain_points": pains,
        "primary_needs": needs,
        "hmw_questions": [{"hmw_questions": "How might we make paying quicker?"}],
        "script_sections": [
            {"sector_name": "Paying", "start_line": 1, "end_line": len(lines), "is_main_content": True}
        ],
        "ai_persona_match": "P2",
    }


def _bent(outputs: Any, fault: str) -> Any:
    """Return the outputs in the form that the fault gives them."""
    text = json.dumps(outputs, ensure_ascii=False)
    match fault:
        case "all empty":
            return {name: "" if at % 2 else [] for at, name in enumerate(outputs)}
        case "outputs null" | "status failed" | "status stopped":
            return None
        case "prose":
            return {"result": "The interviewee was [rather] unhappy with {paying}, and said so."}
        case "truncated output":
            return {"result": text[: len(text) * 2 // 3]}
        case "wrong types":
            return {name: at if at % 2 else True for at, name in enumerate(outputs)}
        case "as text":
            return {name: json.dumps(one, ensure_ascii=False) for name, one in outputs.items()}
        case "fenced":
            return {"result": f"```json\n{text}\n```"}
        case "double-encoded":
            return {"result": json.dumps(json.dumps(text))}
        case "prose around":
            return {"text": f"Here it is [as asked]:\n\n{text}\n\nAnything else? [1] {{}}"}
        case "below a key":
            return {"output": [{"interview": outputs}]}
        case "one missing":
            return {
                name: None if name == "key_takeaways" else one
                for name, one in outputs.items()
                if name != "ai_persona_match"
            }
        case "invented quotes" if "persona_summary" in outputs:
            return {**outputs, "insight_quote": "“I adore the loyalty card” (never)", "needs": "a yacht in Norway"}
        case "invented quotes" if "result" in outputs:
            return {"result": str(outputs["result"]).replace("다시 입력해야 해요", "저는 요트가 좋아요")}
        case "invented quotes":
            invented = {"description": "They hate it.", "evidence": [9999]}
            return {**outputs, "primary_pain_points": [invented, *outputs["primary_pain_points"]]}
    return outputs


def _run_of(run_id: str, outputs: Any, fault: str) -> dict[str, Any]:
    status = {"status failed": "failed", "status stopped": "stopped"}.get(fault, "succeeded")
    error = "Run failed: 카드가 느려요 is no JSON" if status == "failed" else None
    return {
        "id": run_id,
        "workflow_id": "e4",
        "status": status,
        "outputs": outputs,
        "error": error,
        "elapsed_time": 0.1,
        "total_tokens": 9120,
        "total_steps": 5,
        "created_at": 1750000001,
        "finished_at": "2025-06-15T15:07:23Z",
    }


def _node(common: Mapping[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 9000, "completion_tokens": 120, "total_tokens": 9120}
    data = {"id": str(uuid4()), "node_type": "llm", "status": "succeeded", "process_data": {"usage": usage}}
    return {"event": "node_finished", **common, "data": data}


async def _framed(events: list[Any], last: dict[str, Any], fault: str) -> AsyncIterator[bytes]:
    """Yield the stream, piece by piece, in the way the fault wants it."""
    if fault == "comments":
        yield b": hello\nid: 7\nretry: 1000\n\n"
        events = [*events, {"event": "surprise", "answer": "not part of it"}]
    for event in events:
        frame = _frame(event, fault)
        for _ in range(2 if fault == "duplicates" and _may_come_twice(event) else 1):
            for piece in _cut(frame, fault):
                yield piece
                if fault == "slow drip":
                    await asyncio.sleep(0)
        if fault == "pings":
            yield PING * 3
    match fault:
        case "reset mid-body":
            yield b'data: {"event": "node_st'
            raise Reset
        case "stream cut":
            yield b'data: {"event": "node_st'
            return
        case "stream stalls":
            await asyncio.sleep(600)
        case "stream never ends":
            while True:
                yield PING
                await asyncio.sleep(0.05)
        case "stream error":
            told = {"code": "completion_request_error", "message": "The model failed on 카드", "status": 400}
            yield _frame({"event": "error", **told}, fault)
            return
        case "stream damaged":
            yield b'data: {"event": "node_started", "data": {"id": \n\n'
        case "endless":
            for _ in range(ENDLESS):
                yield b"data: " + b"x" * 2**16 + b"\n\n"
    frame = _frame(last, fault)
    if fault == "truncated json":
        frame = frame[: len(frame) // 2] + b"\n\n"
    frame = frame.rstrip(b"\n") if fault == "unended" else frame
    for piece in _cut(frame, fault):
        yield piece
    if fault == "duplicates":
        yield _frame({**last, "answer": "another end"}, fault)
    if fault == "comments":
        yield b"data: [DONE]\n\n"


def _may_come_twice(event: Any) -> bool:
    """A piece of text that comes twice can't be told from one that was said twice."""
    return event is PING or event.get("event") not in ("agent_message", "message")


def _frame(event: Any, fault: str) -> bytes:
    if isinstance(event, bytes):
        return event
    text = f"data: {json.dumps(event, ensure_ascii=fault == 'escaped')}\n\n"
    return (text.replace("\n", "\r\n") if fault == "crlf" else text).encode("utf-8", "surrogatepass")


def _cut(frame: bytes, fault: str) -> Iterator[bytes]:
    size = {"slow drip": 1, "split characters": 5, "crlf": 7}.get(fault, len(frame) or 1)
    if fault == "slow drip" and len(frame) > 400:
        # A byte at a time would take long; what is cut where matters, not how much.
        yield frame[: len(frame) - 100]
        frame = frame[len(frame) - 100 :]
    for at in range(0, len(frame), size):
        yield frame[at : at + size]


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), 3):
        yield text[at : at + 3]


async def _send_json(send: Send, told: Any, fault: str) -> None:
    content = json.dumps(told, ensure_ascii=fault == "escaped").encode()
    match fault:
        case "reset mid-body":
            await _begin(send)
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            raise Reset
        case "truncated json" | "stream cut" | "stream damaged":
            await _respond(send, 200, content[: len(content) // 2].decode("utf-8", "replace"))
        case "stream stalls" | "stream never ends":
            await asyncio.sleep(600)
        case "stream error":
            await _respond(send, 400, _error("completion_request_error", 400))
        case "endless":
            await _begin(send)
            for _ in range(ENDLESS):
                await send({"type": "http.response.body", "body": b" " * 2**16, "more_body": True})
        case _:
            await _respond(send, 200, told)


async def _begin(send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _respond(send: Send, status: int, told: Any, headers: Mapping[str, str] | None = None) -> None:
    content = b"" if told is None else told.encode() if isinstance(told, str) else json.dumps(told).encode()
    sent = {"content-type": "application/json", "content-length": str(len(content)), **(headers or {})}
    encoded = [(name.encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})


async def _body(request: Request) -> Any:
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data; boundary="):
        async with request.form() as form:
            return {
                name: {"name": one.filename, "size": len(await one.read())} if isinstance(one, UploadFile) else one
                for name, one in form.items()
            }
    content = await request.body()
    if not content:
        return None
    _want(kind.startswith("application/json"), "Did not attempt to load JSON data")
    try:
        told = json.loads(content)
    except ValueError:
        raise Refused(400, "invalid_param", "Failed to decode JSON object") from None
    _want(isinstance(told, dict), "the body must be an object")
    return told


def _text(body: Any) -> str:
    """Return the transcript, or the interviewee, that a call brings along, if it does."""
    inputs = body.get("inputs") if isinstance(body, dict) else None
    return str(inputs.get("context", inputs.get("selected_interviewee", ""))) if isinstance(inputs, dict) else ""


def _inputs(body: Any) -> dict[str, Any]:
    _want(isinstance(body, dict), "a body is required")
    inputs = body.get("inputs")
    _want(isinstance(inputs, dict), "inputs is required")
    _want(body.get("mode") in ("blocking", "streaming"), "mode is required")
    _want(body.get("response_mode", body["mode"]) == body["mode"], "response_mode is not mode")
    for name, value in inputs.items():
        if isinstance(value, dict):
            _check_file(value)
        else:
            _want(isinstance(value, str), f"{name} in input form must be a string")
    return inputs


def _check_file(file: Any) -> None:
    _want(isinstance(file, dict), "a file must be an object")
    _want(file.get("type") in ("document", "image", "audio", "video", "custom"), "type of file is wrong")
    method = file.get("transfer_method")
    _want(method in ("local_file", "remote_url"), "transfer_method is wrong")
    _want(bool(file.get("upload_file_id" if method == "local_file" else "url")), "the file is missing")


def _searched(base: Base, body: dict[str, Any]) -> dict[str, Any]:
    query = body.get("query")
    _want(isinstance(query, str) and 0 < len(query) <= QUERY_LIMIT, "query must have 1 to 250 characters")
    words = set(query.split())
    found = [
        {"segment": {**one, "document": {"id": key, "name": base.documents[key]["name"]}}, "score": shared / len(words)}
        for key, texts in base.texts.items()
        if base.documents[key]["indexing_status"] == "completed"
        for one in texts
        if (shared := len(words & set(re.findall(r"\w+", one["content"]))))
    ]
    found.sort(key=lambda one: -one["score"])
    most = body.get("retrieval_model", {}).get("top_k", 2)
    return {"query": {"content": query}, "records": found[:most]}


def _page(rows: list[Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Pages of two, whatever is asked for, so that more than one is there."""
    page, most = int(query.get("page", 1)), 2
    first = (page - 1) * most
    return {
        "data": rows[first : first + most],
        "has_more": len(rows) > first + most,
        "limit": most,
        "total": len(rows),
        "page": page,
    }


def _want(is_right: Any, message: str) -> None:
    if not is_right:
        raise Refused(400, "invalid_param", message)


def _error(code: str, status: int) -> dict[str, Any]:
    # The real one repeats what it was sent, and so must nobody who hears it.
    return {"code": code, "message": "Bearer app-workflow-0123456789 카드를 다시 입력 is wrong", "status": status}


def _is_uuid(told: str) -> bool:
    try:
        UUID(told)
    except ValueError:
        return False
    return True
