"""Notes in a study: at turns and insights, with replies; everybody's, live."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from persona_lab import models
from persona_lab.errors import NoteNotFound
from persona_lab.lab.insights import notes as noted
from persona_lab.lab.insights.notes import Note
from persona_lab.lab.offering import inner
from persona_lab.lab.study import Study

if TYPE_CHECKING:
    import pandas as pd


class Noting(Study):
    """The part of a project that keeps notes."""

    @property
    def notes(self) -> "pd.DataFrame":
        """A row for each note: place, the words there, text, by whom, when; replies are beneath what they answer.

        `interview.note(…)` and `insight.note(…)` write one, `note(id)` holds one to reply to.
        """
        return self.notes_at()

    def note(self, note_id: str) -> Note:
        """Return one note, to reply to it, or to edit or delete one's own; `notes` has the ids.

        Raises:
            NoteNotFound: there is none of that id.
        """
        found = next((one for one in self.run(self.api.notes(self.id)) if one.id == note_id), None)
        if found is None:
            raise NoteNotFound
        return Note(self, found)

    @inner
    def notes_at(self, **where: str) -> "pd.DataFrame":
        """Return the notes at an `interview_id` or an `insight_id`, or all."""
        self._level()
        return noted.frame(self._replica, self.run(self.api.notes(self.id, **where)))

    @inner
    def known_notes(self, *, interview_id: str = "", insight_id: str = "") -> list[models.Note]:
        """Return the notes at one of these that are known here, without asking the server."""
        query = noted.OF_INTERVIEW if interview_id else noted.OF_INSIGHT
        return noted.known(self._replica, self.id, query, interview_id or insight_id)

    @inner
    def write_note(self, note: Mapping[str, object]) -> Note:
        """Send a note, and return it when this project's own copy has it, too."""
        made = self.run(self.api.add_note(self.id, note))
        self._level()
        return Note(self, made)
