"""One interview, as a cell holds it."""

import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from persona_lab import models, original
from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.lab.drawing import pictures
from persona_lab.lab.following.rows import Row
from persona_lab.lab.insights import coding, notes
from persona_lab.lab.insights.notes import Note
from persona_lab.lab.interviews import analysed, redactions
from persona_lab.lab.interviews.analysed import Part
from persona_lab.lab.interviews.runs import RUNS
from persona_lab.lab.interviews.speakers import Names, Roles, changes
from persona_lab.lab.offering import Offering
from persona_lab.models import ASSISTANT, Action, Analysis, Coding, Transcript

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.measuring.coverage import Coverage
    from persona_lab.lab.project import Project
    from persona_lab.lab.talking.answer import Answer
    from persona_lab.widgets.reader import Reader


class Interview(Offering):
    """A handle on one interview; what it tells is asked from the server when it is asked here.

    Attributes:
        id: the interview's id.
        filename: what the file was called.
    """

    def __init__(self, project: "Project", interview: models.Interview) -> None:
        self._project = project
        self.id = interview.id
        self.filename = interview.filename
        self._title = interview.title
        self._as_given: Row = interview.model_dump(mode="json")
        self._is_made = True

    @property
    def title(self) -> str:
        """What the interview is called. Set it to call it otherwise, for everybody.

        Raises:
            InvalidRequest: it is empty, or has more than 200 characters.
        """
        return self._title

    @title.setter
    def title(self, title: str) -> None:
        self._title = self._project.run(self._project.api.change_interview(self.id, title=title)).title

    @property
    def status(self) -> str:
        """`processing`, `analyzing`, `completed` or `failed`."""
        return self._record().interview.status

    @property
    def date(self) -> str | None:
        """When the interview was held, such as "2026-03-02"; None where nobody has said so. Set it to say so."""
        return self._record().interview.interview_date

    @date.setter
    def date(self, day: str | datetime.date | None) -> None:
        self._project.run(self._project.api.change_interview(self.id, interview_date=_day(day)))

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
    def profile(self) -> Part:
        """What the participant says of themselves, each trait with its quote."""
        return analysed.profile(self._analysed())

    @property
    def session(self) -> Part:
        """What the transcript tells of the talk: date, place, duration, who says how much, the file's header."""
        return analysed.session(self._analysed())

    @property
    def sections(self) -> Part:
        """The interview in sections by topic, with the turns of each."""
        return analysed.sections(self._analysed(), self.transcript)

    @property
    def quality(self) -> Part:
        """How much the interview is worth as a source, from 1 to 5, with the reasons."""
        return analysed.quality(self._analysed())

    @property
    def questions(self) -> Part:
        """How-might-we questions, each with the findings it rests on."""
        return analysed.how_might_we(self._analysed())

    @property
    def leading_questions(self) -> Part:
        """Questions of the interviewer that lead, and why."""
        return analysed.leading_questions(self._analysed())

    def export(self) -> original.Output:
        """Return the analysis in the form of the original's interview workflow, ready for JSON; lines are turns + 1.

        Raises:
            Conflict: the interview has not been analysed.
        """
        record = self._record()
        return original.output(record.interview, self._analysed(record), self.transcript, topic=self._project.purpose)

    def to_text(self) -> str:
        """Return the talk in the original's cleaned form: a turn a line, `[00:01:02] Mina: …`, and nothing else.

        Times stand where the file gives them, names as they are corrected; runs of white space are one space.

        Raises:
            InterviewNotFound: the file has not been read yet.
        """
        return original.cleaned_text(self.transcript)

    @property
    def transcript(self) -> Transcript:
        """The text and its turns.

        Raises:
            InterviewNotFound: the file has not been read yet.
        """
        return self._project.run(self._project.api.transcript(self.id))

    def reader(self, *, locale: str | None = None, turn: int | None = None, others: bool = False) -> "Reader":
        """Return it as a live widget to read, to look for words in, to code and to note; see `Project.reader`."""
        return self._project.reader(self, locale=locale, turn=turn, others=others)

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

    def note(self, text: str, turn: int | None = None, *, said: str | None = None) -> Note:
        """Write a note at a turn, for all who work here, e.g. `note("Ask again", turn=3)`.

        Args:
            text: up to 20,000 characters.
            turn: the turn's number.
            said: words of the turn instead, found as quotes are.

        Raises:
            InvalidRequest: it says nothing or too much, there is no such turn, or several say these words.
            Conflict: the interview has not been read.
        """
        return self._project.write_note(notes.request(text, self.id, turn, said))

    @property
    def notes(self) -> "pd.DataFrame":
        """A row for each note at its turns; see `Project.notes`."""
        return self._project.notes_at(interview_id=self.id)

    def coverage(self) -> "Coverage":
        """Say what part of what participants said here no finding uses; see `Project.coverage`."""
        return self._project.coverage_of(self.id)

    def redactions(self) -> "pd.DataFrame":
        """Return what engines that go over the network don't get to see of it; see `Project.redactions`."""
        found = self._project.run(self._project.api.redactions(self._project.id))
        return redactions.frame([row for row in found if row.interview_id == self.id])

    def ask(self, question: str, **about: Any) -> "Answer":
        """Answer from this interview alone; see `Project.ask` for what may be said besides."""
        return self._project.ask(question, interview=self, **about)

    def assist(self, action: Action = "summary") -> "Answer":
        """Have it summed up, its findings listed, or what to do or to ask next said; each sentence with its quote.

        Raises:
            Conflict: the interview has not been analysed.
        """
        words = ASSISTANT["ko" if self._row["language"] == "ko" else "en"]
        if action not in words:
            raise InvalidRequest(f"{action!r} is nothing the assistant does. It does: {', '.join(words)}.")
        wanted = f"{words[action]}: {self.title}"
        return self._project.answered(wanted, self._project.api.assist(self.id, action))

    def retry(self) -> None:
        """Analyse an interview again that failed, or whose findings are from an earlier run.

        Raises:
            Conflict: it is neither.
        """
        self._project.run(self._project.api.retry(self.id))

    def analyse(self, engine: str | None = None) -> None:
        """Analyse it again; `project.wait()` waits for it. Its result stays until the new one is there.

        Args:
            engine: another one than the project's makes an analysis beside it, to be compared:
                `project.compare_engines()`.

        Raises:
            EngineNotSetUp: the engine lacks settings.
            Conflict: it is being analysed already.
        """
        self._project.run(self._project.api.analyse(self.id, engine))

    def cancel(self) -> None:
        """End the analyses of it that are under way; `retry` starts again.

        Raises:
            Conflict: there are none.
        """
        self._project.run(self._project.api.cancel(self.id))

    def delete(self) -> None:
        """Take the interview and its findings out of the project; `restore` brings them back."""
        self._project.run(self._project.api.delete_interview(self.id))

    def restore(self) -> None:
        """Bring it back after `delete`, with its analysis.

        Raises:
            InterviewNotFound: its project has been deleted.
        """
        self._project.run(self._project.api.restore_interview(self.id))

    def _analysed(self, record: models.InterviewRecord | None = None) -> Analysis:
        result = (record or self._record()).result
        if result is None:
            raise Conflict(f"{self.title!r} has not been analysed yet. project.wait() waits until it is.")
        return result

    def _record(self) -> models.InterviewRecord:
        return self._project.run(self._project.api.interview(self.id))

    @property
    def _row(self) -> Row:
        """What is known here at this moment, without asking the server."""
        return self._project.row(self.id) or self._as_given

    @property
    def _brief(self) -> str:
        return self._project.brief(self.id)

    def __repr__(self) -> str:
        row = self._row
        about = ", ".join(part for part in (pictures.state_text(row), pictures.reading_text(row), self._brief) if part)
        written = notes.text(self._project.known_notes(interview_id=self.id))
        error = pictures.error_text(row, locale=self._project.locale)
        said = [*([error] if error else []), *row["remarks"]]
        return "\n  ".join([f"<Interview {self.title!r}: {about}>", *said, *written])

    def _repr_html_(self) -> str:
        row = self._row
        error = pictures.error_text(row, locale=self._project.locale)
        remarks = "".join(f"<li>{escape(said)}</li>" for said in (error, *row["remarks"]) if said)
        about = " · ".join(part for part in (pictures.state_text(row), pictures.reading_text(row), self._brief) if part)
        listed = f"<ul>{remarks}</ul>" if remarks else ""
        written = notes.html(self._project.known_notes(interview_id=self.id))
        return f'<p dir="auto"><strong>{escape(row["title"])}</strong> {escape(about)}</p>{listed}{written}'


def _day(given: object) -> str | None:
    """Return a day as it is sent; a time stands for its day.

    Raises:
        InvalidRequest: it is none.
    """
    if given is None:
        return None
    try:
        if isinstance(given, datetime.datetime):
            return given.date().isoformat()
        if isinstance(given, datetime.date):
            return given.isoformat()
        return datetime.date.fromisoformat(str(given)).isoformat()
    except ValueError:
        raise InvalidRequest(f'interview_date: {given} is no day. Write it as interview.date = "2026-03-02".') from None
