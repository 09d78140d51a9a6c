"""A study, as a cell holds it: what its parts can do, and asking it."""

from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from persona_lab import models
from persona_lab.errors import InvalidRequest
from persona_lab.lab.bench import Benched
from persona_lab.lab.choosing import Choosing
from persona_lab.lab.drawing import pictures
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.leaving import Leaving
from persona_lab.lab.measuring import trends as trending
from persona_lab.lab.sharing import Sharing
from persona_lab.lab.talking.answer import Answer, Said
from persona_lab.lab.trashing import Trashing

if TYPE_CHECKING:
    import pandas as pd


class Project(Benched, Leaving, Choosing, Sharing, Trashing):
    """A study: its interviews, what they say, whom they are about, and asking them.

    `persona_lab.tour()` shows the first steps; `?` after any of these says more, e.g. `project.ask?`.

    Bring in    upload, upload_rows, upload_text, import_qda, wait
    Widgets     workbench (all together), board, reader, insight_board, personas, chat, monitor
    Tables      interviews, insights, speakers, notes, codes, judgements, conversations, runs, stale, spending;
                sql, tables and duckdb query the local copy; search and keywords find words
    One thing   interview, insight, note, conversation; correct_speakers, uncode and undo mend what was done
    Ask         ask, chat, summary; glossary and company tell the engine what to know
    People      personas, axes, set_axes, rename_axis
    Trust       agreement, coverage, saturation, trends, diff, as_of, compare_engines; refresh makes anew what is stale
    Take along  report, save, export, feed_knowledge
    Kept        trash, history, participant, delete
    Settings    name, change, purpose, engine, fallback, budget, estimate, redaction, redactions, locale
    Team        members, add_member, remove_member, invite, visibility, set_password
    Line        stream, close

    Attributes:
        id: the project's id.
        replica_path: the DuckDB file that `sql` queries.
    """

    def keywords(self, k: int = 20, *, interview: Interview | str | None = None) -> "pd.DataFrame":
        """Return the words that participants use most widely, in dictionary form.

        Args:
            k: how many.
            interview: those that this one uses more than the others instead; a handle, title or id.
        """
        import pandas as pd

        found = self.run(self.api.keywords(self.id, k=k, interview_id=self.id_of(interview)))
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

    def search(self, text: str, k: int = 10, interview: Interview | str | None = None) -> "pd.DataFrame":
        """Return the turns that fit best, best first, with their scores: higher is better, and only their order counts.

        Args:
            text: words, or a question.
            k: how many turns, from 1 to 200.
            interview: search in this one alone; a handle, title or id.
        """
        import pandas as pd

        if not isinstance(text, str) or not text.strip():
            raise InvalidRequest('Say what to look for, e.g. project.search("delivery").')
        found = self.run(self.api.search(self.id, text, k=k, interview_id=self.id_of(interview)))
        columns = ["interview_title", "speaker", "role", "text", "score", "interview_id", "turn"]
        return pd.DataFrame([passage.model_dump() for passage in found], columns=columns)

    def _handle(self, interview: models.Interview) -> Interview:
        return Interview(self, interview)

    def __repr__(self) -> str:
        return f"{self.name}: {pictures.interviews_text(self.rows)}"

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.name)}</h3>{pictures.interviews_html(self.rows)}"
