"""The live board: one row per interview, true while it is on the screen.

Rows travel once as a trait, when a page asks for the widget's state, and from
then on as changes. The trait is kept current without being sent, so a second
display, or a page that is loaded again, starts from the present.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal

import traitlets

from persona_lab.errors import PersonaLabError
from persona_lab.lab.drawing import pictures
from persona_lab.lab.incoming import pieces as incoming
from persona_lab.lab.incoming.uploads import Uploads
from persona_lab.widgets import assets, packed
from persona_lab.widgets.quiet import Quiet

Row = dict[str, Any]

log = logging.getLogger(__name__)


class Board(Quiet):
    """Every interview of a project, its state, its error, and a way to try again.

    Traits (state):
        project_name  str
        locale        "en" | "ko"
        connection    "live" | "reconnecting" | "offline"
        rows          packed as `packed` does it: [{id, title, status, stage, error: {code, message} | None,
                      added_at, changed_at, started_at?, language, encoding, certainty, remarks: [str], turns,
                      participants, pains, needs, takeaways, created_by, order}]
        revision      int, the number of the newest change that `rows` holds
        can_retry     bool, whether failed rows have a Retry button
        can_upload    bool, whether files can be dropped here or chosen
        limit_bytes   int, how large a file may be

    Messages to the page:
        {kind: "rows", rows, removed, revision}      what changed; numbered without gaps
        {kind: "all", revision}                      the answer to "hello" when the page has missed something;
                                                     the rows are in the message's buffer, packed
        {kind: "notice", notice, n, title, id?}      "added", "completed", "failed", or "error" with its words as title
        {kind: "file", id, held}                     so many bytes of the file are here; send what follows
        {kind: "file", id, known, refused}           the file has been dealt with: each a list of [filename, words]

    Messages from the page:
        {kind: "hello", revision}                    what the page holds
        {kind: "retry", id}                          somebody pressed Retry
        {kind: "file", id, name, size, offset}       a piece of a file is in the message's buffer, from `offset` on

    Rows are sorted by `order`. The time of a row in flight counts from `started_at`, or `changed_at` without it.
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
    limit_bytes = traitlets.Int(incoming.LIMIT_BYTES).tag(sync=True)

    def __init__(
        self,
        project_name: str,
        rows: Sequence[Row],
        *,
        connection: str = "live",
        locale: str = "en",
        on_retry: Callable[[str], None] | None = None,
        on_file: Callable[[str, bytes], Uploads] | None = None,
    ) -> None:
        self._by_id: dict[str, Row] = {}
        self._on_retry = on_retry
        self._on_file = on_file
        self._incoming = incoming.Incoming()
        super().__init__(
            project_name=project_name,
            rows=list(rows),
            connection=connection,
            locale=locale,
            can_retry=on_retry is not None,
            can_upload=on_file is not None,
        )
        self.on_msg(lambda _widget, content, buffers: self.receive(content, buffers))

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
                self._retry(interview_id)
            case {"kind": "file", "id": str(file_id), "name": str(name), "size": int(size), "offset": int(offset)}:
                self._take(file_id, incoming.Piece(name, size, offset, b"".join(buffers)))

    @traitlets.observe("rows")
    def _index_rows(self, change: Any) -> None:
        if not self.is_keeping:
            self._by_id = {row["id"]: row for row in change["new"]}

    def _answer_hello(self, revision: int) -> None:
        with self.lock:
            if revision != self.revision:
                self.send({"kind": "all", "revision": self.revision}, [packed.pack(self.rows)])

    def _retry(self, interview_id: str) -> None:
        if self._on_retry is None:
            return
        try:
            self._on_retry(interview_id)
        except Exception as error:
            log.debug("Retry of %s failed", interview_id, exc_info=True)
            self.send({"kind": "notice", "notice": "error", "n": 1, "title": _words(error), "id": interview_id})

    def _take(self, file_id: str, piece: incoming.Piece) -> None:
        if self._on_file is None:
            return
        known: list[list[str]] = []
        refused: list[list[str]] = []
        try:
            held = self._incoming.take(file_id, piece)
            if isinstance(held, int):
                self.send({"kind": "file", "id": file_id, "held": held})
                return
            uploads = self._on_file(piece.name, held)
            known = [[one.filename, one.interview.title] for one in uploads.known]
            refused = [[one.filename, one.reason] for one in uploads.refused]
        except Exception as error:
            log.debug("%s was not taken", piece.name, exc_info=True)
            refused = [[piece.name, _words(error).removeprefix(f"{piece.name}: ")]]
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


def _words(error: Exception) -> str:
    return error.message if isinstance(error, PersonaLabError) else f"{type(error).__name__}: {error}"
