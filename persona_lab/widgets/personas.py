"""A project's personas as cards, true while they are on the screen.

What a page needs travels once as traits, and from then on as changes: a card that
is open stays open, and the focus stays where it is.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from persona_lab.models import Event, Snapshot
from persona_lab.widgets import assets
from persona_lab.widgets.places import OnOpen, open_place
from persona_lab.widgets.readable import Readable
from persona_lab.widgets.trying import problem

if TYPE_CHECKING:
    import pandas as pd

Shown = dict[str, Any]

# What may change a card, or where an interview belongs.
NEWS = (
    "persona:",
    "personas:",
    "axes:",
    "insight:",
    *(f"interview:{what}" for what in ("completed", "updated", "deleted", "restored")),
)


class PersonaCards(Readable):
    """Every persona with what its interviews say, and where each interview belongs.

    Traits (state):
        project_name  str
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        personas      [{id, position, label, title, name, description, place, picture, summary, quotes, traits, words,
                      participants, typical, alike, stale: {en, ko}}], by position; traits and quotes as in a portrait
        interviews    [{id, order, title, persona_id, decided_by, proposed_id, score, evidence}], in order
        revision      int, the number of the newest change that both hold
        can_open      bool, whether quotes lead to the transcript
        can_show      bool, whether there is a button to a persona's findings

        selected      [id], the persona in whose card the focus is, or was last; the page sets it

    Messages to the page:
        {kind: "changed", personas, interviews, gone, revision}  whole ones, new or changed; ids of what is gone
        {kind: "done", id, error}                                what was asked is done; what went wrong, or ""

    Messages from the page:
        {kind: "hello", revision}
        {kind: "propose", id}                                    for all analysed interviews
        {kind: "accept", id, interviews: [id] | null}            null is all that nobody has decided
        {kind: "assign", id, interview, persona: id | null}      null is none of them

        {kind: "open", interview_id, turn, start}
        {kind: "show", persona: id}              somebody wants to see its findings

    `show` may be called from any thread.
    """

    _esm = assets.esm("personas")
    _css = assets.css("base", "personas")

    project_name = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    connection = traitlets.Enum(["live", "reconnecting", "offline"], default_value="live").tag(sync=True)
    personas: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    interviews: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)
    can_open = traitlets.Bool().tag(sync=True)
    can_show = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        project_name: str,
        personas: Sequence[Shown],
        interviews: Sequence[Shown],
        *,
        connection: str = "live",
        locale: str = "en",
        on_propose: Callable[[], None],
        on_accept: Callable[[list[str] | None], None],
        on_assign: Callable[[str, str | None], None],
        on_news: Callable[[], None],
        on_sql: "Callable[[str], pd.DataFrame]",
        static: Callable[[str], tuple[str, str]],
        on_open: OnOpen | None = None,
        on_show: Callable[[str], None] | None = None,
    ) -> None:
        self._on_propose = on_propose
        self._on_accept = on_accept
        self._on_assign = on_assign
        self._on_news = on_news
        self._static = static
        self._on_open = on_open
        self._on_show = on_show
        super().__init__(
            on_sql=on_sql,
            project_name=project_name,
            personas=list(personas),
            interviews=list(interviews),
            connection=connection,
            locale=locale,
            can_open=on_open is not None,
            can_show=on_show is not None,
        )
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def sql(self) -> str:
        return "SELECT * FROM personas ORDER BY position"

    def hear(self, events: Sequence[Event]) -> None:
        """Have the cards brought level where something happened that they show."""
        if any(event.type.startswith(NEWS) for event in events):
            self._on_news()

    def reload(self, snapshot: Snapshot) -> None:
        """Have them brought level, whatever happened."""
        self._on_news()

    def show(self, personas: Sequence[Shown], interviews: Sequence[Shown]) -> None:
        """Make these what is shown, and send the page only what differs."""
        with self.lock:
            changed = [one for one in personas if one not in self.personas]
            moved = [one for one in interviews if one not in self.interviews]
            there = {one["id"] for one in (*personas, *interviews)}
            gone = [one["id"] for one in (*self.personas, *self.interviews) if one["id"] not in there]
            if not (changed or moved or gone):
                return
            revision = self.revision + 1
            self.keep(personas=list(personas), interviews=list(interviews), revision=revision)
            told = {"personas": changed, "interviews": moved, "gone": gone, "revision": revision}
            self.send({"kind": "changed", **told})

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the page asks for."""
        match message:
            case {"kind": "hello", "revision": int(revision)}:
                with self.lock:
                    if revision != self.revision:
                        whole = {"personas": self.personas, "interviews": self.interviews, "gone": []}
                        self.send({"kind": "changed", **whole, "revision": self.revision})
            case {"kind": "propose", "id": int(number)}:
                self._do(number, self._on_propose)
            case {"kind": "accept", "id": int(number), "interviews": list(chosen)}:
                self._do(number, lambda: self._on_accept([str(one) for one in chosen]))
            case {"kind": "accept", "id": int(number), "interviews": None}:
                self._do(number, lambda: self._on_accept(None))
            case {"kind": "assign", "id": int(number), "interview": str(interview), "persona": str() | None as persona}:
                self._do(number, lambda: self._on_assign(interview, persona))
            case {"kind": "show", "persona": str(persona)} if self._on_show is not None:
                self._on_show(persona)
            case _:
                open_place(message, self._on_open)

    def _do(self, number: int, work: Callable[[], None]) -> None:
        """Do it beside the page's other messages: a portrait may have to be made."""

        def done() -> None:
            self.send({"kind": "done", "id": number, "error": problem(work, self.locale)})

        threading.Thread(target=done, daemon=True).start()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        html, text = self._static(self.locale)
        return {**data, "text/plain": text, "text/html": html}, metadata
