"""Notes in a cell: what people wrote beside turns and insights, with the replies beneath."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

from persona_lab import models
from persona_lab.errors import InvalidRequest
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.noting import Noting

COLUMNS = ["place", "quote", "text", "by", "at", "reply_to", "interview_id", "turn", "insight_id", "id"]
PLACE_LENGTH = 60
TURNS = """
SELECT i.id, t.index, i.title, t.speaker, t.text
FROM interviews i LEFT JOIN turns t ON t.interview_id = i.id WHERE i.id IN (SELECT unnest(?))
"""
INSIGHTS = "SELECT id, text FROM merged_insights WHERE id IN (SELECT unnest(?))"
OF_INTERVIEW = """
SELECT id, interview_id, turn, insight_id, parent_id, text, created_by, created_at, updated_at
FROM notes WHERE interview_id = ? ORDER BY turn, created_at, id
"""
OF_INSIGHT = OF_INTERVIEW.replace("interview_id = ?", "insight_id = ?")


class Note:
    """A handle on one note.

    Attributes:
        id, text, by, at: what was written, by whom and when, as of the last time it was asked or changed here.
    """

    def __init__(self, project: "Noting", note: models.Note) -> None:
        self._project = project
        self._take(note)

    def _take(self, note: models.Note) -> None:
        self.id, self.text, self.by, self.at = note.id, note.text, note.created_by, note.created_at

    def reply(self, text: str) -> "Note":
        """Answer it, whoever wrote it; the reply stands where it stands.

        Raises:
            NoteNotFound: it was deleted.
        """
        return self._project.write_note({"text": said(text), "parent_id": self.id})

    def edit(self, text: str) -> "Note":
        """Say it in other words.

        Raises:
            NotYours: somebody else wrote it.
            NoteNotFound: it was deleted.
        """
        self._take(self._project.run(self._project.api.change_note(self.id, said(text))))
        return self

    def delete(self) -> None:
        """Take it away for everybody; replies to it stay, for others wrote them.

        Raises:
            NotYours: somebody else wrote it.
            NoteNotFound: it was deleted before.
        """
        self._project.run(self._project.api.delete_note(self.id))

    def __repr__(self) -> str:
        return f"<Note by {self.by}: {self.text!r}>"

    def _repr_html_(self) -> str:
        return f'<p dir="auto">{escape(self.text)} <small>{escape(self.by)}</small></p>'


class Placed(NamedTuple):
    """A note in its thread: how many notes it stands beneath, and whether the one that it answers is gone."""

    note: models.Note
    depth: int
    is_orphan: bool


def threads(notes: Iterable[models.Note]) -> Iterator[Placed]:
    """Yield the notes, each followed by the replies to it; what answers a note that is gone stands by itself."""
    listed = list(notes)
    there = {note.id for note in listed}
    replies: dict[str | None, list[models.Note]] = {}
    for note in listed:
        replies.setdefault(note.parent_id if note.parent_id in there else None, []).append(note)
    # Last in, first out; a thread may be deeper than Python would recurse.
    waiting = [(note, 0) for note in reversed(replies.get(None, []))]
    while waiting:
        note, depth = waiting.pop()
        yield Placed(note, depth, note.parent_id is not None and depth == 0)
        waiting += [(reply, depth + 1) for reply in reversed(replies.get(note.id, []))]


def frame(replica: Replica, notes: Sequence[models.Note]) -> "pd.DataFrame":
    """Return a row for each note, replies beneath what they answer."""
    import pandas as pd

    turns: dict[tuple[str, int], tuple[str, str]] = {}
    titles: dict[str, str] = {}
    for interview_id, turn, title, speaker, text in replica.rows(TURNS, [[n.interview_id for n in notes]]):
        titles[interview_id] = title
        turns[interview_id, turn] = (speaker or "", text)
    names = dict(replica.rows(INSIGHTS, [[note.insight_id for note in notes]]))
    rows = []
    for note, depth, is_orphan in threads(notes):
        if note.interview_id is not None and note.turn is not None:
            place = f"{titles.get(note.interview_id, 'an interview')}, turn {note.turn}"
            quote = turns.get((note.interview_id, note.turn), ("", ""))[1]
        else:
            place = f"insight: {_short(names[note.insight_id])}" if note.insight_id in names else "an insight of before"
            quote = note.anchors[0].text if note.anchors else ""
        rows.append(
            {
                **note.model_dump(include={"text", "interview_id", "turn", "insight_id", "id"}),
                "place": "↳ " * depth + place + (" (to a note that was deleted)" if is_orphan else ""),
                "quote": quote,
                "by": note.created_by,
                "at": note.created_at,
                "reply_to": note.parent_id,
            }
        )
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.astype({"turn": "Int64"})


def known(replica: Replica, project_id: str, query: str, place: str) -> list[models.Note]:
    """Return the notes at a place that are known here, without asking the server.

    Args:
        query: `OF_INTERVIEW` or `OF_INSIGHT`.
        place: its id.
    """
    columns = ("id", "interview_id", "turn", "insight_id", "parent_id", "text", "created_by")
    return [
        models.Note(
            project_id=project_id, **dict(zip(columns, row, strict=False)), created_at=row[7], updated_at=row[8]
        )
        for row in replica.rows(query, [place])
    ]


def html(notes: Sequence[models.Note], *, title: str = "Notes") -> str:
    """Return the notes as a list, replies indented; nothing where there are none."""
    if not notes:
        return ""
    items = []
    for note, depth, is_orphan in threads(notes):
        place = f"turn {note.turn}: " if note.turn is not None and not depth else ""
        gone = " <small>(to a note that was deleted)</small>" if is_orphan else ""
        items.append(
            f'<li dir="auto">{"↳ " * depth}{place}{_lines(note.text)} '
            f"<small>{escape(note.created_by)}, {note.created_at.date().isoformat()}</small>{gone}</li>"
        )
    return f"<p>{escape(title)}</p>\n<ul>\n" + "\n".join(items) + "\n</ul>"


def text(notes: Sequence[models.Note]) -> list[str]:
    """Return the notes as lines of text."""
    return [
        f"{'↳ ' * depth}{f'turn {note.turn}: ' if note.turn is not None and not depth else ''}"
        f"{_short(note.text)} ({note.created_by})"
        for note, depth, _ in threads(notes)
    ]


def said(words: object) -> str:
    """Return what is to be written.

    Raises:
        InvalidRequest: it is no text, or an empty one.
    """
    if not isinstance(words, str) or not words.strip():
        raise InvalidRequest('The note is empty. Write what there is to say, e.g. interview.note("Ask again", turn=3).')
    return words


def request(words: object, interview_id: str, turn: int | None, at_words: str | None) -> Mapping[str, Any]:
    """Return what to send for a note at a turn.

    Raises:
        InvalidRequest: it says nothing, or of no turn.
    """
    if turn is None and at_words is None:
        raise InvalidRequest(
            'Say at which turn: interview.note("Ask again", turn=3), or interview.note("Ask again", said="too dear").'
        )
    # Numbers out of a DataFrame are numpy's, which JSON doesn't know.
    given = {"turn": int(turn) if isinstance(turn, SupportsIndex) else turn, "said": at_words}
    return {
        "text": said(words),
        "interview_id": interview_id,
        **{key: value for key, value in given.items() if value is not None},
    }


def _lines(words: str) -> str:
    return "<br>".join(escape(words).splitlines())


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= PLACE_LENGTH else flat[: PLACE_LENGTH - 1] + "…"
