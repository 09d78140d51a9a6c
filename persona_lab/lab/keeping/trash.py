"""The trash of a study, or of the lab: what was deleted, by whom, and bringing it back."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from persona_lab.errors import InvalidRequest
from persona_lab.models import Purged, Trashed

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["kind", "title", "deleted_by", "deleted_at", "can_restore", "id"]
SHOWN = 50
WORDS = {
    "en": {
        "title": "Trash",
        "empty": "The trash is empty.",
        "kind": "What",
        "name": "Name",
        "by": "Deleted by",
        "at": "At",
        "more": "and {n:,} more",
        "mine": "",
        "not mine": "only who deleted it or an admin may bring it back",
        "project": "Project",
        "interview": "Interview",
        "persona": "Persona",
        "conversation": "Conversation",
        "note": "Note",
        "sure": "This removes “{title}” for good: its words, its file, and what rests on them, for everybody. "
        "Nothing brings it back. If that is what you want: purge({which!r}, sure=True).",
        "sure of all": "This removes all {n:,} things in the trash for good, for everybody. Nothing brings them back. "
        "If that is what you want: purge(sure=True).",
        "none": "There is nothing named “{which}” in the trash. It holds: {there}.",
        "several": "{n} things in the trash are named “{which}”. Say which by its id: {there}.",
    },
    "ko": {
        "title": "휴지통",
        "empty": "휴지통이 비어 있습니다.",
        "kind": "종류",
        "name": "이름",
        "by": "삭제한 사람",
        "at": "삭제한 때",
        "more": "외 {n:,}개",
        "mine": "",
        "not mine": "삭제한 사람이나 관리자만 되돌릴 수 있습니다",
        "project": "프로젝트",
        "interview": "인터뷰",
        "persona": "페르소나",
        "conversation": "대화",
        "note": "메모",
        "sure": "“{title}”의 말과 파일, 그로부터 나온 결과가 모두에게서 영구히 사라지며 되돌릴 수 없습니다. "
        "그래도 지우려면 purge({which!r}, sure=True)라고 하세요.",
        "sure of all": "휴지통에 있는 {n:,}개가 모두에게서 영구히 사라지며 되돌릴 수 없습니다. "
        "그래도 지우려면 purge(sure=True)라고 하세요.",
        "none": "휴지통에 “{which}”이라는 것이 없습니다. 있는 것: {there}.",
        "several": "휴지통에 “{which}”이라는 것이 {n}개 있습니다. id로 고르세요: {there}.",
    },
}


class Keeper(Protocol):
    """Whose trash it is."""

    locale: str

    def trashed(self) -> list[Trashed]: ...

    def restore_trashed(self, one: Trashed) -> None: ...

    def purge_trashed(self, one: Trashed) -> Purged: ...


class Trash:
    """What was deleted and can be brought back, as it was when it was asked for.

    `restore("Mina")` brings something back, `purge("Mina", sure=True)` removes it for good; both take a title, an id
    or a number in the list, from 0.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._found = keeper.trashed()

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each thing: kind, title, deleted_by, deleted_at, can_restore, id; the latest first."""
        import pandas as pd

        return pd.DataFrame([one.model_dump(include=set(COLUMNS)) for one in self._found], columns=COLUMNS)

    def restore(self, which: str | int) -> None:
        """Bring something back, for everybody: an interview with its analysis, a conversation with what was said.

        A persona comes back with those of its interviews that belong to nobody now.

        Raises:
            InvalidRequest: there is no such thing in the trash, or several.
            Forbidden: somebody else deleted it, and you don't administer the project.
            Conflict: something else stands in its place.
        """
        one = self._named(which)
        self._keeper.restore_trashed(one)
        self._found.remove(one)

    def purge(self, which: str | int | None = None, *, sure: bool = False) -> list[Purged]:
        """Remove something for good, or everything in the trash, for everybody and beyond recall.

        Its rows, its file, what its events said, and what rests on its words are gone: quotes in insights and
        portraits, the answers that cite it and what was asked for them, notes at its turns. Insights are merged
        again without it. What can't be reached, such as files that people downloaded, is said in `remains` of what
        is returned.

        Args:
            which: a title, an id or a number in the list; None is everything.
            sure: without it nothing is done but saying what would be.

        Raises:
            InvalidRequest: nobody said that they are sure; or there is no such thing in the trash.
            Forbidden: you don't administer the project.
            Conflict: it is being analysed still.
        """
        words = self._words
        if which is None:
            if not sure:
                raise InvalidRequest(words["sure of all"].format(n=len(self._found)))
            # What stands at something else that is purged goes with it.
            wanted = sorted(self._found, key=lambda one: one.kind != "interview")
        else:
            wanted = [self._named(which)]
            if not sure:
                raise InvalidRequest(words["sure"].format(title=wanted[0].title, which=which))
        purged = []
        for one in wanted:
            if any(left.id == one.id for left in self._keeper.trashed()):
                purged.append(self._keeper.purge_trashed(one))
        self._found = self._keeper.trashed()
        return purged

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Trashed]:
        return iter(self._found)

    @property
    def _words(self) -> dict[str, str]:
        return WORDS[self._keeper.locale]

    def _named(self, which: str | int) -> Trashed:
        if isinstance(which, int) and -len(self._found) <= which < len(self._found):
            return self._found[which]
        fitting = [one for one in self._found if which in (one.id, one.title)]
        if len(fitting) == 1:
            return fitting[0]
        there = ", ".join(f"“{one.title}”" for one in self._found) or "–"
        if fitting:
            ids = ", ".join(one.id for one in fitting)
            raise InvalidRequest(self._words["several"].format(n=len(fitting), which=which, there=ids))
        raise InvalidRequest(self._words["none"].format(which=which, there=there))

    def _rows(self) -> list[Sequence[str]]:
        words = self._words
        return [
            (
                words[one.kind],
                one.title,
                one.deleted_by or "–",
                f"{one.deleted_at:%Y-%m-%d %H:%M}",
                words["mine" if one.can_restore else "not mine"],
            )
            for one in self._found[:SHOWN]
        ]

    def __repr__(self) -> str:
        words = self._words
        if not self._found:
            return words["empty"]
        lines = [f"{words['title']} ({len(self._found):,})"]
        lines += [f"  {' · '.join(part for part in row if part)}" for row in self._rows()]
        return "\n".join([*lines, *self._more()])

    def _repr_html_(self) -> str:
        words = self._words
        if not self._found:
            return f"<p>{escape(words['empty'])}</p>"
        head = "".join(f'<th scope="col">{escape(words[key])}</th>' for key in ("kind", "name", "by", "at"))
        body = "".join(
            "<tr>" + "".join(f'<td dir="auto">{escape(part)}</td>' for part in row) + "</tr>" for row in self._rows()
        )
        more = "".join(f"<p>{escape(line)}</p>" for line in self._more())
        caption = f"<caption>{escape(words['title'])} ({len(self._found):,})</caption>"
        return f"<table>{caption}<thead><tr>{head}<td></td></tr></thead><tbody>{body}</tbody></table>{more}"

    def _more(self) -> list[str]:
        left = len(self._found) - SHOWN
        return [self._words["more"].format(n=left)] if left > 0 else []


def frame(deeds: Sequence[Any]) -> "pd.DataFrame":
    """Return who did what as a table, oldest first."""
    import pandas as pd

    columns = ["at", "actor", "words", "type", "kind", "title", "id", "seq"]
    rows = [
        {
            **one.model_dump(include={"at", "actor", "words", "type", "seq"}),
            **(one.about.model_dump() if one.about else {"kind": None, "id": None, "title": None}),
        }
        for one in deeds
    ]
    made = pd.DataFrame(rows, columns=columns)
    made["seq"] = made["seq"].astype("Int64")
    return made
