"""One interview to read: who said what and when, and beside it what was found, coded and noted there.

All of it is state, so a page that is loaded again starts from the present. The turns travel packed, and again
only when one of them changed; what stands beside them is small, and goes each kind by itself.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import traitlets

from persona_lab.models import Event, Snapshot
from persona_lab.widgets import assets, packed
from persona_lab.widgets.readable import Readable, literal
from persona_lab.widgets.trying import problem

Shown = dict[str, Any]
Places = Sequence[Mapping[str, int]]

TURNS = """
SELECT t.index, t.speaker, t.role, t.time, t.text, s.name AS section, t.start, t."end", t.interview_id
FROM turns t
LEFT JOIN sections s ON s.interview_id = t.interview_id AND t.index BETWEEN s.first AND s.last
WHERE {conditions}
ORDER BY t.index
"""


class Reader(Readable):
    """The turns of an interview, its sections, findings, codes and notes, and a way to find, code and note.

    Traits (state):
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        interview     {id, title, state: "loading" | "processing" | "analyzing" | "completed" | "failed" | "deleted",
                      error: {en, ko}, language, date, redacted: bool, remarks: [str],
                      back: {id, title, turn} | None, the interview and turn from which this one was opened}
        turns         packed as `packed` does it: [{index, speaker, role, time: seconds | None, start, text}]
        sections      [{name, first, last, is_main}], by turn
        findings      [{id, kind, text, insight, support, participants, note, is_pinned, is_rejected,
                      quotes: [{turn, start, end, text}],
                      others: [{interview_id, interview_title, speaker, turn, text}]}]; `others` are what
                      other interviews say to the same effect, `insight` is what all of it is called together
        codes         [{id, turn, start, end, text, code, coder, note}], by place
        notes         [{id, turn, depth, text, by, at}], each followed by its replies
        at            {turn: int | None, n}, where to go; `n` counts how often that was asked
        user          str, who may take back codes and notes
        can_write     bool, whether codes and notes can be given
        revision      int, the number of the newest change
        selected      [str], the numbers of the turns that are chosen on the page
        find          str, what is looked for on the page
        only_found    bool, whether only turns that say so are shown

    Messages to the page:
        {kind: "done", id, error}                    what was asked is done; what went wrong, or ""

    Messages from the page:
        {kind: "hello", revision}                    what the page holds
        {kind: "code", id, code, places: [{turn, start, end}]}
        {kind: "note", id, text, turn}
        {kind: "uncode", id, coding}                 take back a code
        {kind: "unnote", id, note}                   take back a note
        {kind: "open", id, interview, turn, from}    show another interview from this turn on; `from` is where one was

    Offsets are code points in the transcript's text, as everywhere; a page's own strings count otherwise. `show` may
    be called from any thread. `sql` has a row for each turn that is shown, once the interview has been analysed:
    the project's copy has no turns of it before that.
    """

    _esm = assets.esm("reader")
    _css = assets.css("base", "reader")

    key: ClassVar[str] = "index"

    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    connection = traitlets.Enum(["live", "reconnecting", "offline"], default_value="live").tag(sync=True)
    # traitlets.Dict takes its types in annotations only, and not when the program runs.
    interview: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    turns: traitlets.List[Shown] = traitlets.List().tag(sync=True, to_json=lambda turns, _widget: packed.pack(turns))
    sections: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    findings: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    codes: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    notes: traitlets.List[Shown] = traitlets.List().tag(sync=True)
    at: "traitlets.Dict[str, Any]" = traitlets.Dict({"turn": None, "n": 0}).tag(sync=True)
    user = traitlets.Unicode().tag(sync=True)
    can_write = traitlets.Bool().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)
    find = traitlets.Unicode().tag(sync=True)
    only_found = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        interview: Shown,
        *,
        locale: str = "en",
        user: str = "",
        on_code: Callable[[str, Places], None] | None = None,
        on_note: Callable[[str, int], None] | None = None,
        on_uncode: Callable[[str], None] | None = None,
        on_unnote: Callable[[str], None] | None = None,
        on_open: Callable[[str, int, int | None], None] | None = None,
        on_news: Callable[[Sequence[Event] | None], None] = lambda _events: None,
        static: Callable[["Reader"], tuple[str, str]],
        **traits: Any,
    ) -> None:
        self._on_code = on_code
        self._on_note = on_note
        self._on_uncode = on_uncode
        self._on_unnote = on_unnote
        self._on_open = on_open
        self._on_news = on_news
        self._static = static
        super().__init__(interview=interview, locale=locale, user=user, can_write=on_code is not None, **traits)
        self.on_msg(lambda _widget, content, _buffers: self.receive(content))

    @property
    def sql(self) -> str:
        """The query whose rows are the turns that are shown: all, or those that say what is looked for."""
        conditions = [f"t.interview_id = {literal(self.interview['id'])}"]
        if self.only_found and self.find.strip():
            conditions.append(f"contains(lower(nfc_normalize(t.text)), lower(nfc_normalize({literal(self.find)})))")
        return TURNS.format(conditions="\n  AND ".join(conditions)).strip()

    def hear(self, events: Sequence[Event]) -> None:
        """Have what these events may have changed brought level."""
        self._on_news(events)

    def reload(self, snapshot: Snapshot) -> None:
        """Have all of it brought level."""
        self._on_news(None)

    def show(self, **parts: Any) -> None:
        """Make these traits what is shown; the page is sent those that differ."""
        with self.lock:
            changed = {name: part for name, part in parts.items() if getattr(self, name) != part}
            if not changed:
                return
            # Together: marks without the turns they stand in would be nowhere.
            with self.hold_sync():
                for name, part in changed.items():
                    setattr(self, name, part)
                self.revision += 1

    def go(self, turn: int | None) -> None:
        """Go to a turn on every page; None is where each is."""
        with self.lock:
            self.at = {"turn": turn, "n": self.at["n"] + 1}

    def read(self, interview_id: str, turn: int = 0) -> None:
        """Show another interview, from this turn on: `board.on_open = reader.read`.

        Raises:
            InterviewNotFound: it is not there any more.
        """
        if self._on_open is not None:
            self._on_open(interview_id, turn, None)

    def receive(self, message: Mapping[str, Any]) -> None:
        """Do what the page asks for."""
        match message:
            case {"kind": "hello", "revision": int(revision)}:
                with self.lock:
                    if revision != self.revision:
                        self.send_state()
            case {"kind": "code", "id": int(number), "code": str(code), "places": list(places)}:
                self._do(number, self._on_code, code, _places(places))
            case {"kind": "note", "id": int(number), "text": str(text), "turn": int(turn)}:
                self._do(number, self._on_note, text, turn)
            case {"kind": "uncode", "id": int(number), "coding": str(coding_id)}:
                self._do(number, self._on_uncode, coding_id)
            case {"kind": "unnote", "id": int(number), "note": str(note_id)}:
                self._do(number, self._on_unnote, note_id)
            case {"kind": "open", "id": int(number), "interview": str(other), "turn": int(turn), "from": int(left)}:
                self._do(number, self._on_open, other, turn, left)

    def _do(self, number: int, work: Callable[..., None] | None, *about: Any) -> None:
        """Do it beside the page's other messages: the server may take its time."""

        def done() -> None:
            error = problem(lambda: work(*about), self.locale) if work else ""
            self.send({"kind": "done", "id": number, "error": error})

        threading.Thread(target=done, daemon=True).start()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        html, text = self._static(self)
        return {**data, "text/plain": text, "text/html": html}, metadata


def _places(places: Iterable[Any]) -> list[dict[str, int]]:
    return [{name: int(place[name]) for name in ("turn", "start", "end")} for place in places]
