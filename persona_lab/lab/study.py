"""What every part of a project rests on: its connection, its local copy, and bringing the two level."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from persona_lab import models
from persona_lab.client.api import Api
from persona_lab.errors import InterviewNotFound, InvalidRequest, PersonaLabError, QueryError, ServerUnreachable
from persona_lab.lab import locales, queries
from persona_lab.lab.background import Background
from persona_lab.lab.drawing import reasons
from persona_lab.lab.following import rows as board_rows
from persona_lab.lab.following.feed import Feed
from persona_lab.lab.following.stream_log import STREAM_LOG
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.offering import Offering, inner
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd


Result = TypeVar("Result")

# How long a question about the present waits for the replica to reach it.
LEVEL_SECONDS = 10.0


class Study(Offering, ABC):
    """A project's connection and local copy."""

    def __init__(self, api: Api, background: Background, project: models.Project, replica: Replica, feed: Feed) -> None:
        self.api = api
        self.id = project.id
        self._name = project.name
        self._locale = "en"
        self.replica_path = replica.path
        self._background = background
        self._replica = replica
        self._feed = feed
        background.start(feed.run())
        self.is_closed = False
        self._is_made = True

    @abstractmethod
    def _handle(self, interview: models.Interview) -> Interview:
        """Return what a cell holds of an interview."""

    @property
    @inner
    def rows(self) -> list[board_rows.Row]:
        """The interviews as the board shows them at this moment, in the order of uploading."""
        return sorted(self._feed.rows.values(), key=lambda row: row["order"])

    @inner
    def row(self, interview_id: str) -> board_rows.Row | None:
        """Return one interview as the board shows it at this moment, if it is there."""
        return self._feed.rows.get(interview_id)

    def interview(self, title_or_id: str) -> Interview:
        """Return one interview by its title or id.

        Raises:
            InterviewNotFound: there is none, or several have that title.
        """
        self._level()
        found = [row for row in self._feed.rows.values() if title_or_id in (row["id"], row["title"])]
        if len(found) != 1:
            many = "no interview" if not found else f"{len(found)} interviews"
            raise InterviewNotFound(f"{many} named “{title_or_id}”. `project.interviews` lists titles and ids.")
        return self._handle(self.run(self.api.interview(found[0]["id"])).interview)

    @inner
    def told_of_export(self) -> None:
        """Have it written down in the history that something was taken along; offline that is not possible."""
        with contextlib.suppress(PersonaLabError):
            self.run(self.api.tell_export(self.id))

    def sql(self, query: str, parameters: list[object] | None = None) -> "pd.DataFrame":
        """Run SQL on the project's DuckDB copy; tables and views: see `project.tables`.

        `stream_log` is `project.stream.log` as it is now.

        Args:
            query: one SELECT, or COPY (SELECT …) TO 'file.parquet'.
            parameters: a value for each `?` in it: `sql("SELECT text FROM turns WHERE speaker = ?", ["Mina"])`.

        Raises:
            QueryError: DuckDB can't run it; the message says why.
        """
        if not isinstance(query, str):
            raise QueryError("A query is a text in SQL. `project.tables` lists the tables for it.")
        self._level()
        beside = self._feed.log.tables() if STREAM_LOG in query.lower() else {}
        return self._replica.frame(query, parameters, beside=beside)

    @property
    def tables(self) -> "pd.DataFrame":
        """The tables and views that `sql` can query, with their columns."""
        return self._replica.frame(queries.TABLES, beside=self._feed.log.tables())

    @property
    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """The open DuckDB connection."""
        self._level()
        return self._replica.connection

    @property
    def name(self) -> str:
        """What the project is called; `lab.project(name)` opens it. Set it to call it otherwise, for everybody.

        Raises:
            InvalidRequest: it is empty, or has more than 200 characters.
        """
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = self.run(self.api.change_project(self.id, name=name)).name

    @property
    def locale(self) -> str:
        """`"en"` or `"ko"`, the language of labels where a call names none; see `Lab.locale`.

        Raises:
            InvalidRequest: when it is set to a language that there are no labels in.
        """
        return self._locale

    @locale.setter
    def locale(self, locale: str) -> None:
        self._locale = locales.checked(locale)

    @property
    def purpose(self) -> str:
        """What the study wants to know, as far as it is known here. Set it to say so; `change` says more at once."""
        return "".join(purpose for (purpose,) in self._replica.rows("SELECT purpose FROM project"))

    @purpose.setter
    def purpose(self, purpose: str) -> None:
        self.run(self.api.change_project(self.id, purpose=purpose))

    def close(self) -> None:
        """End following the project and close its DuckDB file."""
        self.is_closed = True
        self._background.run(self._feed.end())
        self._replica.close()

    @inner
    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        if self.is_closed:
            work.close()
            raise self._closed()
        try:
            return self._background.run(work)
        except PersonaLabError as error:
            error.local = reasons.of_error(error, self.locale)
            raise

    @inner
    def chosen(self, interviews: "Interview | str | Iterable[Interview | str]") -> list[Interview]:
        """Return the interviews that are meant: handles, titles or ids, one or several.

        Raises:
            InvalidRequest: that is none.
            InterviewNotFound: there is none of that title or id.
        """
        if isinstance(interviews, Interview | str):
            interviews = [interviews]
        elif not isinstance(interviews, Iterable):
            raise InvalidRequest(f"{interviews!r} is no interview. Give a handle, a title or an id.")
        several = list(interviews)
        return [one if isinstance(one, Interview) else self.interview(one) for one in several]

    def _closed(self) -> InvalidRequest:
        return InvalidRequest(f"“{self.name}” was closed here. Open it again: lab.project({self.name!r}).")

    def _level(self, level: Callable[[int, float], bool] | None = None) -> None:
        """Bring the replica up to the project as it is now, so that a cell sees what the one before it did."""
        if self.is_closed:
            # Nothing follows it any more, so waiting would be in vain.
            raise self._closed()
        try:
            project = self.run(self.api.get_project(self.id))
        except ServerUnreachable as error:
            print(f"Offline, so this is the project as of event {self._feed.seq}. {error.message}")
            return
        is_its = self._feed.is_of(project.epoch, LEVEL_SECONDS)
        if not (is_its and (level or self._feed.level)(project.seq, LEVEL_SECONDS)):
            reason = self._feed.connection.reason
            print(f"This is the project as of event {self._feed.seq}; the newest is {project.seq}. {reason}")
