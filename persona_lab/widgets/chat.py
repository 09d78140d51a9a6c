"""A conversation with the interviews, or with personas, as the whole team has it.

The page is told of messages as they are kept, whoever wrote them, and of an
answer's parts as they come, gathered so that it is drawn at most twenty times a
second however fast a model writes.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from persona_lab.models import AnswerPart, ChatMessage, Citation, Delta, Done, Started
from persona_lab.widgets import assets
from persona_lab.widgets.places import OnOpen, open_place
from persona_lab.widgets.readable import Readable, literal
from persona_lab.widgets.trying import problem

if TYPE_CHECKING:
    import pandas as pd

GATHERED_SECONDS = 0.05
Shown = dict[str, Any]


class Chat(Readable):
    """What was said in a conversation, and a place to go on with it.

    Traits (state):
        title         str
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        people        [{id, label, name}], personas that can be mentioned as @label
        messages      [ChatMessage as JSON], by number
        limit         int, the longest question in characters
        can_open      bool, whether quotes lead to the transcript

        selected      [id], the message in which the focus is, or was last; the page sets it

    Messages to the page:
        {kind: "messages", messages}                   these were kept, new or changed
        {kind: "started", message_id, persona_id, label}
        {kind: "parts", message_id, text, citations}   an answer grows by so much
        {kind: "ended", message_id, state}             its whole comes with "messages"
        {kind: "asked", error}                         the question has been dealt with; what went wrong, or ""

    Messages from the page:
        {kind: "hello", known: int}                    how many messages the page has
        {kind: "ask", text}
        {kind: "stop", message_id}
        {kind: "open", interview_id, turn, start}

    `hold` and `take` may be called from any thread.
    """

    _esm = assets.esm("chat")
    _css = assets.css("base", "chat")

    title = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    connection = traitlets.Enum(["live", "reconnecting", "offline"], default_value="live").tag(sync=True)
    people: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    messages: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    limit = traitlets.Int(4000).tag(sync=True)
    can_open = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        title: str,
        messages: Sequence[ChatMessage],
        *,
        people: Sequence[Shown] = (),
        connection: str = "live",
        locale: str = "en",
        on_ask: Callable[[str], None],
        on_stop: Callable[[str], None],
        on_open: OnOpen | None = None,
        on_sql: "Callable[[str], pd.DataFrame]",
        conversation_id: Callable[[], str | None],
        static: Callable[[Sequence[ChatMessage], str], tuple[str, str]],
    ) -> None:
        self._held = {message.id: message for message in messages}
        self._gathered: dict[str, tuple[list[str], list[Citation]]] = {}
        self._current = ""
        self._timer: threading.Timer | None = None
        self._on_ask = on_ask
        self._on_stop = on_stop
        self._on_open = on_open
        self._static = static
        self._conversation_id = conversation_id
        super().__init__(
            on_sql=on_sql,
            title=title,
            messages=self._in_order(),
            people=list(people),
            connection=connection,
            locale=locale,
            can_open=on_open is not None,
        )
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def sql(self) -> str:
        kept = self._conversation_id()
        # Nothing has been asked yet.
        where = f"conversation_id = {literal(kept)}" if kept else "false"
        return f"SELECT * FROM messages WHERE {where} ORDER BY number"  # noqa: S608 - the literal is quoted

    def hold(self, messages: Sequence[ChatMessage]) -> None:
        """Show these messages, in place of those of the same ids."""
        with self.lock:
            new = [message for message in messages if self._held.get(message.id) != message]
            if not new:
                return
            self._held.update((message.id, message) for message in new)
            self.keep(messages=self._in_order())
            self._flush()
            self.send({"kind": "messages", "messages": [message.model_dump(mode="json") for message in new]})

    def take(self, part: AnswerPart) -> None:
        """Let the answer grow by a part; parts of different answers don't mix, since each begins with `Started`."""
        with self.lock:
            match part:
                case Started():
                    self._flush()
                    self._current = part.message_id
                    self.send({"kind": "started", **part.model_dump(exclude={"type", "conversation_id"})})
                case Delta() | Citation():
                    self._gather(part)
                case Done():
                    self._flush()
                    self.send({"kind": "ended", "message_id": part.message_id, "state": part.state})

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the page asks for."""
        match message:
            case {"kind": "hello", "known": int(known)}:
                with self.lock:
                    if known != len(self._held):
                        self.send({"kind": "messages", "messages": self._in_order()})
            case {"kind": "ask", "text": str(text)}:
                # The answer comes in on the connection's thread; this one must stay free for "stop".
                threading.Thread(target=self._ask, args=(text,), daemon=True).start()
            case {"kind": "stop", "message_id": str(message_id)}:
                problem(lambda: self._on_stop(message_id), self.locale)
            case _:
                open_place(message, self._on_open)

    def _ask(self, text: str) -> None:
        error = problem(lambda: self._on_ask(text), self.locale)
        with self.lock:
            self._flush()
            self.send({"kind": "asked", "error": error})

    def _in_order(self) -> list[Shown]:
        return [message.model_dump(mode="json") for message in sorted(self._held.values(), key=lambda one: one.number)]

    def _gather(self, part: Delta | Citation) -> None:
        texts, citations = self._gathered.setdefault(self._current, ([], []))
        if isinstance(part, Delta):
            texts.append(part.text)
        else:
            citations.append(part)
        if self._timer is None:
            self._timer = threading.Timer(GATHERED_SECONDS, self._flush)
            self._timer.daemon = True
            self._timer.start()

    def _flush(self) -> None:
        with self.lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            gathered, self._gathered = self._gathered, {}
            for message_id, (texts, citations) in gathered.items():
                shown = [citation.model_dump(mode="json", exclude={"type"}) for citation in citations]
                self.send({"kind": "parts", "message_id": message_id, "text": "".join(texts), "citations": shown})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        html, text = self._static(sorted(self._held.values(), key=lambda one: one.number), self.locale)
        return {**data, "text/plain": text, "text/html": html}, metadata
