"""What was said and is to go: whether somebody's words about it repeat it."""

import json
import re
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, select

from persona_lab.models import Masked
from persona_lab.store.schema import tables as t

# A word that says something: shorter ones stand everywhere.
_WORD = re.compile(r"[가-힣]{2,}|\w{4,}")
_ANY_WORD = re.compile(r"\w+")
# So many words in a row are quoted, where nobody else said them so.
QUOTED = 4
# Whether a text names somebody.
NamesThem = Callable[[str], bool]


class Said:
    """Words that are to go, to look into; they are compared with what the project's transcripts have by then.

    Args:
        pieces: all that is said, by people or by engines of it.
        names_them: says of a text whether it names somebody who is to go.
        turns: what participants say in it.

    Attributes:
        text: all of it.
    """

    def __init__(
        self,
        connection: Connection,
        project_id: str,
        pieces: Iterable[str],
        *,
        names_them: NamesThem | None = None,
        turns: Iterable[str] = (),
    ) -> None:
        self.text = " ".join(pieces)
        self._said = _plain(self.text)
        self._names_them = names_them
        self._runs = {run for turn in turns for run in _runs(turn)}
        self._connection, self._project_id = connection, project_id

    def __contains__(self, words: str) -> bool:
        """Say whether it repeats them: as a whole, or in a word that nobody else has."""
        plain = _plain(words)
        return bool(plain) and (plain in self._said or any(map(self._is_their_own, set(_WORD.findall(plain)))))

    def is_repeated_in(self, words: str) -> bool:
        """Say whether it names who is to go, or quotes them, of words that need not be about them at all.

        A single word doesn't count: anybody may use it.
        """
        if self._names_them is not None and self._names_them(words):
            return True
        return any(self._is_gone(run) for run in _runs(words) if run in self._runs)

    def _is_their_own(self, word: str) -> bool:
        return word in self._said and self._is_gone(word)

    def _is_gone(self, words: str) -> bool:
        """Say whether no transcript of the project has the words."""
        others = (
            select(t.transcripts.c.interview_id)
            .join(t.interviews, t.interviews.c.id == t.transcripts.c.interview_id)
            .where(
                t.interviews.c.project_id == self._project_id,
                t.transcripts.c.text.icontains(words, autoescape=True),
            )
        )
        return self._connection.scalar(others.limit(1)) is None


def of_interview(
    connection: Connection, project_id: str, interview_id: str, names_them: NamesThem | None = None
) -> Said:
    """Return all that is said in an interview, and by engines of it."""
    text = connection.scalar(select(t.transcripts.c.text).where(t.transcripts.c.interview_id == interview_id))
    found = connection.scalars(select(t.analyses.c.result).where(t.analyses.c.interview_id == interview_id))
    pieces = [text or "", *(json.dumps(one, ensure_ascii=False) for one in found)]
    asked = t.turns.c.interview_id == interview_id, t.turns.c.role == "participant"
    turns = connection.scalars(select(t.turns.c.text).where(*asked))
    return Said(connection, project_id, pieces, names_them=names_them, turns=turns)


def by_participant(connection: Connection, project_id: str, masked: Masked, names_them: NamesThem) -> Said:
    """Return what somebody said in an interview, and what they are called there."""
    return Said(connection, project_id, masked.said, names_them=names_them, turns=masked.said)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _runs(text: str) -> list[str]:
    """Return every few words in a row, as they are written."""
    plain = _plain(text)
    places = [word.span() for word in _ANY_WORD.finditer(plain)]
    return [plain[places[at][0] : places[at + QUOTED - 1][1]] for at in range(len(places) - QUOTED + 1)]
