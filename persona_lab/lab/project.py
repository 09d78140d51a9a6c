"""A study, as a cell holds it: what its parts can do, and asking it."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from persona_lab import models
from persona_lab.client.api import Api
from persona_lab.errors import NoteNotFound
from persona_lab.lab.background import Background
from persona_lab.lab.bench import Benched
from persona_lab.lab.drawing import pictures
from persona_lab.lab.following.feed import Feed
from persona_lab.lab.insights import insight as judged
from persona_lab.lab.insights import notes as noted
from persona_lab.lab.insights.insight import Insight
from persona_lab.lab.insights.notes import Note
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.measuring import trends as trending
from persona_lab.lab.talking.answer import Answer, Said
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd


from persona_lab.lab.choosing import Choosing
from persona_lab.lab.leaving import Leaving


class Project(Benched, Leaving, Choosing):
    """A study and its local copy.

    Attributes:
        id: the project's id.
        name: its name.
        replica_path: the DuckDB file that `sql` queries.
    """

    def __init__(self, api: Api, background: Background, project: models.Project, replica: Replica, feed: Feed) -> None:
        super().__init__(api, background, project, replica, feed)
        self._asked: Counter[str] = Counter()
        self._asking = threading.Lock()

    def insight(self, text_or_id: str) -> Insight:
        """Return one insight, by its id or its text, or words that no other insight says.

        Raises:
            InsightNotFound: there is none, or there are several.
        """
        known = self.run(self.api.insights(self.id, rejected=True))
        found = next((one for one in known if one.id == text_or_id), None) or judged.chosen(known, text_or_id)
        return Insight(self, found or self.run(self.api.insight(self.id, text_or_id)))

    def insight_of(self, judgement: models.Judgement) -> Insight:
        """Return the insight that a judgement holds for.

        Raises:
            InsightNotFound: it holds for none at the moment.
        """
        known = self.run(self.api.insights(self.id, rejected=True))
        found = next((one for one in known if judgement.id in one.judgements), None)
        return Insight(self, found or self.run(self.api.insight(self.id, judgement.insight_id)))

    @property
    def judgements(self) -> "pd.DataFrame":
        """A row for each thing that people said of insights and did not take back, the oldest first."""
        return self.judgements_of(None)

    def judgements_of(self, judgement_ids: Iterable[str] | None) -> "pd.DataFrame":
        """Return the same of these alone."""
        wanted = None if judgement_ids is None else list(judgement_ids)
        return self.sql(judged.JUDGEMENTS, [wanted, wanted])

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

    def notes_at(self, **where: str) -> "pd.DataFrame":
        """Return the notes at an `interview_id` or an `insight_id`, or all."""
        self._level()
        return noted.frame(self._replica, self.run(self.api.notes(self.id, **where)))

    def known_notes(self, *, interview_id: str = "", insight_id: str = "") -> list[models.Note]:
        """Return the notes at one of these that are known here, without asking the server."""
        query = noted.OF_INTERVIEW if interview_id else noted.OF_INSIGHT
        return noted.known(self._replica, self.id, query, interview_id or insight_id)

    def write_note(self, note: Mapping[str, object]) -> Note:
        """Send a note, and return it when this project's own copy has it, too."""
        made = self.run(self.api.add_note(self.id, note))
        self._level()
        return Note(self, made)

    def keywords(self, k: int = 20, *, interview: Interview | str | None = None) -> "pd.DataFrame":
        """Return the words that participants use most widely, in dictionary form.

        Args:
            k: how many.
            interview: those that this one uses more than the others instead; a handle, title or id.
        """
        import pandas as pd

        one = self.interview(interview) if isinstance(interview, str) else interview
        found = self.run(self.api.keywords(self.id, k=k, interview_id=one.id if one else None))
        rows = [{**word.model_dump(), "interviews": len(word.interviews)} for word in found]
        return pd.DataFrame(rows, columns=["word", "language", "participants", "interviews", "count", "score"])

    def trends(self, of: trending.Of = "insight", *, every: trending.Every = "month", k: int = 10) -> trending.Trends:
        """Say what is said more, or less, as time goes on, by the dates of the interviews: `.table`, a figure.

        Args:
            of: "insight", "kind" of finding, or "keyword".
            every: "month" or "week".
            k: of how many keywords.

        Raises:
            InvalidRequest: there are no such trends.
        """
        trending.check(of, every)
        self._level()
        words = self.run(self.api.keywords(self.id, k=k, interview_id=None)) if of == "keyword" else []
        things = [trending.Thing(word.word, word.word, frozenset(word.interviews)) for word in words]
        return trending.measure(self.name, self._replica, of, every, things)

    def summary(self) -> Answer:
        """Say what the findings come to together, by the project's engine, and show it with the quotes it rests on.

        The local engine lists the best supported, each with how many say so and a quote; MISO's cites nothing.

        Raises:
            Conflict: there are no findings.
            EngineError: the engine could not write it.
        """
        made = self.run(self.api.summary(self.id))
        asked = f"What {made.findings:,} finding{'' if made.findings == 1 else 's'} say together"
        note = None if made.citations else f"Written by {made.engine}, without quotes: compare it with the findings."
        said = [Said("summary", text=made.text, citations=list(made.citations))]
        answer = Answer(
            asked, said, is_complete=True, note=note, key=sha256(f"{self.name} {asked}".encode()).hexdigest()[:8]
        )
        answer.show()
        return answer

    def search(self, text: str, k: int = 10, interview: Interview | None = None) -> "pd.DataFrame":
        """Return the `k` turns that fit best, best first, with their scores."""
        import pandas as pd

        found = self.run(self.api.search(self.id, text, k=k, interview_id=interview.id if interview else None))
        columns = ["interview_title", "speaker", "role", "text", "score", "interview_id", "turn"]
        return pd.DataFrame([passage.model_dump() for passage in found], columns=columns)

    def _handle(self, interview: models.Interview) -> Interview:
        return Interview(self, interview)

    def __repr__(self) -> str:
        return f"{self.name}: {pictures.interviews_text(self.rows)}"

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.name)}</h3>{pictures.interviews_html(self.rows)}"
