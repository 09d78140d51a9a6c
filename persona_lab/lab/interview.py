"""One interview, as a cell holds it."""

from html import escape
from typing import TYPE_CHECKING

from persona_lab import models
from persona_lab.lab import coding, pictures, redactions
from persona_lab.lab.rows import Row
from persona_lab.lab.runs import RUNS
from persona_lab.lab.speakers import Names, Roles, changes
from persona_lab.models import Analysis, Coding, Transcript

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.answer import Answer
    from persona_lab.lab.coverage import Coverage
    from persona_lab.lab.project import Project


class Interview:
    """A handle on one interview; what it tells is asked from the server when it is asked here."""

    def __init__(self, project: "Project", interview: models.Interview) -> None:
        self._project = project
        self.id = interview.id
        self.title = interview.title
        self.filename = interview.filename
        self._as_given: Row = interview.model_dump(mode="json")

    @property
    def status(self) -> str:
        """`processing`, `analyzing`, `completed` or `failed`."""
        return self._record().interview.status

    @property
    def error(self) -> str | None:
        """Why it failed and what to do, None when it hasn't."""
        error = self._record().interview.error
        return None if error is None else error.message

    @property
    def result(self) -> Analysis | None:
        """The analysis, None before there is one."""
        return self._record().result

    @property
    def transcript(self) -> Transcript:
        """The text and its turns.

        Raises:
            InterviewNotFound: the file has not been read yet.
        """
        return self._project.run(self._project.api.transcript(self.id))

    @property
    def speakers(self) -> "pd.DataFrame":
        """A row for each speaker; see `Project.speakers`."""
        return self._project.speakers_of([self.id])

    def correct_speakers(self, names: Names | None = None, *, roles: Roles | None = None) -> "pd.DataFrame":
        """Correct who speaks here, e.g. `correct_speakers({"Speaker 1": "Anna"}, roles={"Speaker 1": "interviewer"})`.

        See `Project.correct_speakers`. Somebody who does not speak here is an error that says who does.
        """
        self._project.run(self._project.api.correct_speakers(self.id, changes(names, roles)))
        return self.speakers

    @property
    def runs(self) -> "pd.DataFrame":
        """A row for each analysis of it there ever was; `project.diff` compares two. See `Project.runs`."""
        return self._project.sql(RUNS, [self.id, self.id])

    def code(
        self,
        code: str,
        *,
        turn: int | None = None,
        start: int | None = None,
        end: int | None = None,
        text: str | None = None,
        coder: str | None = None,
        note: str = "",
    ) -> Coding:
        """Code a turn, or a span within one, e.g. `code("price", turn=3)` or `code("price", text="far too dear")`.

        Args:
            code: what you call it.
            turn: the turn's number; all of it, unless a span is given.
            start: where the span begins in the transcript's text.
            end: where it ends.
            text: the span by its words, found as quotes are.
            coder: who judged, when that isn't you.
            note: what else there is to say.

        Raises:
            InvalidRequest: there is no such place, or the words are said in several turns.
            Conflict: the interview has not been read.
        """
        asked = coding.request(code, turn, start, end, text, coder, note)
        return self._project.run(self._project.api.add_coding(self.id, asked))

    def uncode(self, coding_id: str) -> None:
        """Take back a coding; see `Project.uncode`."""
        self._project.uncode(coding_id)

    def codes(self, *, others: bool = False, coder: str | None = None) -> "pd.DataFrame":
        """Return a row for each code that you gave here; see `Project.codes`."""
        return self._project.codes_of(self.id, others=others, coder=coder)

    def coverage(self) -> "Coverage":
        """Say what part of what participants said here no finding uses; see `Project.coverage`."""
        return self._project.coverage_of(self.id)

    def redactions(self) -> "pd.DataFrame":
        """Return what engines that go over the network don't get to see of it; see `Project.redactions`."""
        found = self._project.run(self._project.api.redactions(self._project.id))
        return redactions.frame([row for row in found if row.interview_id == self.id])

    def ask(self, question: str) -> "Answer":
        """Answer from this interview alone; see `Project.ask`."""
        return self._project.ask(question, interview=self)

    def retry(self) -> None:
        """Analyse an interview again that failed, or whose findings are from an earlier run.

        Raises:
            Conflict: it is neither.
        """
        self._project.run(self._project.api.retry(self.id))

    def delete(self) -> None:
        """Take the interview and its findings out of the project; `restore` brings them back."""
        self._project.run(self._project.api.delete_interview(self.id))

    def restore(self) -> None:
        self._project.run(self._project.api.restore_interview(self.id))

    def _record(self) -> models.InterviewRecord:
        return self._project.run(self._project.api.interview(self.id))

    @property
    def _row(self) -> Row:
        """What is known here at this moment, without asking the server."""
        return self._project.row(self.id) or self._as_given

    def __repr__(self) -> str:
        row = self._row
        about = ", ".join(part for part in (pictures.state_text(row), pictures.reading_text(row)) if part)
        return "\n  ".join([f"<Interview {self.title!r}: {about}>", *row["remarks"]])

    def _repr_html_(self) -> str:
        row = self._row
        remarks = "".join(f"<li>{escape(remark)}</li>" for remark in row["remarks"])
        about = " · ".join(part for part in (pictures.state_text(row), pictures.reading_text(row)) if part)
        listed = f"<ul>{remarks}</ul>" if remarks else ""
        return f'<p dir="auto"><strong>{escape(row["title"])}</strong> {escape(about)}</p>{listed}'
