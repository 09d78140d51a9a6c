"""The live board: one row per interview, true while it is on the screen.

Rows travel once as a trait, when a page asks for the widget's state, and from
then on as changes. The trait is kept current without being sent, so a second
display, or a page that is loaded again, starts from the present.
"""

import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import anywidget
import traitlets

from persona_lab.errors import InvalidRequest, PersonaLabError
from persona_lab.lab import queries
from persona_lab.lab.drawing import pictures
from persona_lab.lab.incoming import pieces as incoming
from persona_lab.lab.incoming.uploads import Uploads
from persona_lab.widgets import assets, packed
from persona_lab.widgets.readable import Readable, literal
from persona_lab.widgets.trying import told

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
# Does something to interviews, given their ids; returns what went wrong, by id.
ForEach = Callable[[Sequence[str]], Mapping[str, PersonaLabError]]

STATES: Final = ("processing", "analyzing", "completed", "failed")
# What `filter_persona` is for interviews that belong to none.
NO_PERSONA: Final = "none"
# What rows are sorted by, as the tables have it; rows.js does the same with what a page has. In the other direction
# with "-" before it. What has no value comes last either way.
ORDERS: Final = {
    "number": "number",
    "title": "title_order",
    "state": f"list_position([{', '.join(map(literal, STATES))}], status)",
    "time": "updated_at",
    "who": "lower(created_by)",
    "persona": "persona_position",
    "found": "findings",
}


class Board(Readable):
    """Every interview of a project: its state, its error, what there is to know of it, and what can be done with it.

    `sql` gives the rows that are shown, filtered and sorted as they are on the page, with the columns of
    `project.interviews`; `selection` those of them that are selected.

    Traits (state):
        project_name  str
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        rows          packed as `packed` does it: [{id, title, status, stage, error: {code, message} | None,
                      added_at, changed_at, started_at?, language, encoding, certainty, remarks: [str], turns,
                      participants, pains, needs, takeaways, created_by, order,
                      persona: {id, label, title, position} | None, decided_by, decided_at}]
        revision      int, the number of the newest change that `rows` holds
        can_retry     bool, whether failed rows have a Retry button
        can_upload    bool, whether files can be dropped here or chosen
        can_delete    bool, whether interviews can be deleted
        can_open      bool, whether there is a reader to open an interview in; see `on_open`
        opens_beneath bool, whether that is beneath the board; then `reader` is the widget, None while none is open
        limit_bytes   int, how large a file may be
        filter_text   str, shown is what has it in title, uploader or persona; "" is all
        filter_states [state], shown are those; [] is all
        filter_persona  str, shown are those of the persona with this id; "" is all, "none" those that belong to none
        sort          one of `ORDERS`, with "-" before it the other way round
        deleted       [{id, title}], what was deleted last, as long as it can be taken back; then what was before it

    Messages to the page:
        {kind: "rows", rows, removed, revision}      what changed; numbered without gaps
        {kind: "all", revision}                      the answer to "hello" when the page has missed something;
                                                     the rows are in the message's buffer, packed
        {kind: "notice", notice, n, title, id?}      "added", "completed", "failed", or "error" with its words as title
        {kind: "file", id, held}                     so many bytes of the file are here; send what follows
        {kind: "file", id, known, refused}           the file has been dealt with: each a list of [filename, words]
        {kind: "details", id, details}               what else is known of an interview: {filename, size_bytes, date,
                                                     summary, quality, reasons: [str], sections: [{name, first, last}]}

    Messages from the page:
        {kind: "hello", revision}                    what the page holds
        {kind: "retry", id}                          somebody pressed Retry
        {kind: "file", id, name, size, offset, title?}  a piece of a file is in the message's buffer, from `offset`
                                                     on; with a title it is text that was pasted
        {kind: "details", id}                        somebody looks at an interview closely
        {kind: "open", id}                           somebody wants to read it
        {kind: "close"}                              somebody has read what is beneath the board
        {kind: "delete", ids}                        take these out of the project
        {kind: "restore"}                            bring back what is in `deleted`

    The time of a row in flight counts from `started_at`, or `changed_at` without it.
    `update` and `notify` may be called from any thread.
    """

    _esm = assets.esm("board")
    _css = assets.css("base", "board")

    project_name = traitlets.Unicode().tag(sync=True)
    locale = traitlets.Enum(["en", "ko"], default_value="en").tag(sync=True)
    connection = traitlets.Enum(["live", "reconnecting", "offline"], default_value="live").tag(sync=True)
    rows: traitlets.List[Row] = traitlets.List().tag(sync=True, to_json=lambda rows, _widget: packed.pack(rows))
    revision = traitlets.Int().tag(sync=True)
    can_retry = traitlets.Bool().tag(sync=True)
    can_upload = traitlets.Bool().tag(sync=True)
    can_delete = traitlets.Bool().tag(sync=True)
    can_open = traitlets.Bool().tag(sync=True)
    opens_beneath = traitlets.Bool().tag(sync=True)
    reader = anywidget.WidgetTrait().tag(sync=True)
    limit_bytes = traitlets.Int(incoming.LIMIT_BYTES).tag(sync=True)
    filter_text = traitlets.Unicode().tag(sync=True)
    filter_states: traitlets.List[str] = traitlets.List(traitlets.Enum(STATES)).tag(sync=True)
    filter_persona = traitlets.Unicode().tag(sync=True)
    sort = traitlets.Enum([*ORDERS, *(f"-{name}" for name in ORDERS)], default_value="number").tag(sync=True)
    deleted: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        project_name: str,
        rows: Sequence[Row],
        *,
        connection: str = "live",
        locale: str = "en",
        on_retry: Callable[[str], None] | None = None,
        on_file: Callable[[str, bytes], Uploads] | None = None,
        on_text: Callable[[str, bytes], Uploads] | None = None,
        on_details: Callable[[str], Mapping[str, Any]] | None = None,
        on_delete: ForEach | None = None,
        on_restore: ForEach | None = None,
        on_open: Callable[[str], None] | None = None,
        on_sql: "Callable[[str], pd.DataFrame] | None" = None,
    ) -> None:
        self._by_id: dict[str, Row] = {}
        # What was deleted, the last last; the page shows that in `deleted`.
        self._deletions: list[list[dict[str, str]]] = []
        self._on_retry = on_retry
        self._on_file = on_file
        self._on_text = on_text
        self._on_details = on_details
        self._on_delete = on_delete
        self._on_restore = on_restore
        self._on_open = on_open
        self._incoming = incoming.Incoming()
        super().__init__(
            on_sql=on_sql or _no_tables,
            project_name=project_name,
            rows=list(rows),
            connection=connection,
            locale=locale,
            can_retry=on_retry is not None,
            can_upload=on_file is not None,
            can_delete=on_delete is not None,
            can_open=on_open is not None,
        )
        self.on_msg(lambda _widget, content, buffers: self.receive(content, buffers))

    @property
    def sql(self) -> str:
        """The query whose rows are shown, in their order."""
        wanted = []
        if text := self.filter_text.strip():
            wanted.append(f"contains(words, {literal(unicodedata.normalize('NFC', text.lower()))})")
        if self.filter_states:
            wanted.append(f"status IN ({', '.join(map(literal, self.filter_states))})")
        if self.filter_persona:
            known = self.filter_persona != NO_PERSONA
            wanted.append(f"persona_id = {literal(self.filter_persona)}" if known else "persona_id IS NULL")
        order = ORDERS[self.sort.removeprefix("-")] + (" DESC" if self.sort.startswith("-") else "")
        return "\n".join(
            [
                f"SELECT {queries.INTERVIEW_COLUMNS}",
                "FROM interview_list",
                *([f"WHERE {' AND '.join(wanted)}"] if wanted else []),
                f"ORDER BY {order} NULLS LAST, number",
            ]
        )

    @property
    def on_open(self) -> Callable[[str], None] | None:
        """What opens an interview, given its id, in a reader; the button for it is there as long as something does."""
        return self._on_open

    @on_open.setter
    def on_open(self, on_open: Callable[[str], None] | None) -> None:
        self._on_open = on_open
        self.can_open = on_open is not None

    def open_beneath(self, reader_of: "Callable[[str], anywidget.AnyWidget]") -> None:
        """Have interviews opened beneath the board from now on, each in the widget that is returned for its id."""

        def show(interview_id: str) -> None:
            self.reader = reader_of(interview_id)

        self.opens_beneath = True
        # Beside the page's other messages: a reader may take a second to make.
        self.on_open = lambda interview_id: _beside(lambda: self._ask(show, interview_id))

    def update(self, rows: Sequence[Row], removed: Sequence[str] = ()) -> None:
        """Add or replace `rows`, take away those whose ids are in `removed`, and send the page only that."""
        if not rows and not removed:
            return
        # Sent within the lock: two threads can't hand over their changes in the wrong order.
        with self.lock:
            self._by_id.update((row["id"], row) for row in rows)
            for gone in removed:
                self._by_id.pop(gone, None)
            self.keep(rows=list(self._by_id.values()), revision=self.revision + 1)
            self.send({"kind": "rows", "rows": list(rows), "removed": list(removed), "revision": self.revision})
            if not set(self.selected).isdisjoint(removed):
                self.selected = [key for key in self.selected if key in self._by_id]

    def bring_to(self, rows: Sequence[Row]) -> None:
        """Make these the rows, and send the page only what differs."""
        with self.lock:
            wanted = {row["id"] for row in rows}
            changed = [row for row in rows if self._by_id.get(row["id"]) != row]
            self.update(changed, [held for held in self._by_id if held not in wanted])

    def notify(self, text_kind: Literal["added", "completed", "failed", "error"], n: int = 1, title: str = "") -> None:
        """Say for a few seconds that something happened. Notices of one kind add up while they are on show."""
        self.send({"kind": "notice", "notice": text_kind, "n": n, "title": title})

    def receive(self, message: dict[str, Any], buffers: Sequence[memoryview] = ()) -> None:
        """Do what the page asks for."""
        match message:
            case {"kind": "hello", "revision": int(revision)}:
                self._answer_hello(revision)
            case {"kind": "retry", "id": str(interview_id)}:
                self._ask(self._on_retry, interview_id)
            case {"kind": "open", "id": str(interview_id)}:
                self._ask(self._on_open, interview_id)
            case {"kind": "close"}:
                self.reader = None
            case {"kind": "file", "id": str(file_id), "name": str(name), "size": int(size), "offset": int(offset)}:
                piece = incoming.Piece(name, size, offset, b"".join(buffers))
                self._take(file_id, piece, message.get("title"))
            case {"kind": "details", "id": str(interview_id)} if self._on_details is not None:
                _beside(lambda: self._tell_details(interview_id))
            case {"kind": "delete", "ids": list(ids)}:
                _beside(lambda: self._delete([str(key) for key in ids]))
            case {"kind": "restore"}:
                _beside(self._restore)

    @traitlets.observe("rows")
    def _index_rows(self, change: Any) -> None:
        if not self.is_keeping:
            self._by_id = {row["id"]: row for row in change["new"]}

    def _answer_hello(self, revision: int) -> None:
        with self.lock:
            if revision != self.revision:
                self.send({"kind": "all", "revision": self.revision}, [packed.pack(self.rows)])

    def _ask(self, work: Callable[[str], None] | None, interview_id: str) -> None:
        if work is None:
            return
        try:
            work(interview_id)
        except Exception as error:
            words = told(error, self.locale)
            self.send({"kind": "notice", "notice": "error", "n": 1, "title": words, "id": interview_id})

    def _tell_details(self, interview_id: str) -> None:
        def tell(key: str) -> None:
            if self._on_details is not None:
                self.send({"kind": "details", "id": key, "details": dict(self._on_details(key))})

        self._ask(tell, interview_id)

    def _delete(self, ids: Sequence[str]) -> None:
        there = [{"id": key, "title": self._by_id[key]["title"]} for key in ids if key in self._by_id]
        failed = self._do(self._on_delete, [one["id"] for one in there])
        if done := [one for one in there if one["id"] not in failed]:
            with self.lock:
                self._deletions.append(done)
                self.deleted = done

    def _restore(self) -> None:
        with self.lock:
            last = self._deletions.pop() if self._deletions else []
            self.deleted = self._deletions[-1] if self._deletions else []
        self._do(self._on_restore, [one["id"] for one in last])

    @traitlets.observe("deleted")
    def _forget(self, change: Any) -> None:
        if not change["new"]:
            self._deletions.clear()

    def _do(
        self, work: Callable[[Sequence[str]], Mapping[str, PersonaLabError]] | None, ids: Sequence[str]
    ) -> set[str]:
        """Have it done to these interviews; say what went wrong, and return the ids of those it went wrong with."""
        if work is None or not ids:
            return set(ids)
        try:
            failed: Mapping[str, Exception] = work(ids)
        except Exception as error:
            failed = dict.fromkeys(ids, error)
        for words in dict.fromkeys(told(error, self.locale) for error in failed.values()):
            self.notify("error", title=words)
        return set(failed)

    def _take(self, file_id: str, piece: incoming.Piece, title: str | None) -> None:
        take = self._on_file if title is None else self._on_text
        if take is None:
            return
        known: list[list[str]] = []
        refused: list[list[str]] = []
        try:
            held = self._incoming.take(file_id, piece)
            if isinstance(held, int):
                self.send({"kind": "file", "id": file_id, "held": held})
                return
            uploads = take(title or piece.name, held)
            known = [[one.filename, one.interview.title] for one in uploads.known]
            refused = [[one.filename, one.why(self.locale)] for one in uploads.refused]
        except Exception as error:
            refused = [[piece.name, told(error, self.locale).removeprefix(f"{piece.name}: ")]]
        self.send({"kind": "file", "id": file_id, "known": known, "refused": refused})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        rows = self.rows
        static = {
            "text/plain": pictures.interviews_text(rows, locale=self.locale),
            "text/html": pictures.interviews_html(rows, locale=self.locale),
        }
        return {**data, **static}, metadata


def _beside(work: Callable[[], None]) -> None:
    """Do it beside the page's other messages: the server may take its time."""
    threading.Thread(target=work, daemon=True).start()


def _no_tables(_query: str) -> "pd.DataFrame":
    raise InvalidRequest("This board belongs to no project, so there are no tables to read. Use project.board().")
