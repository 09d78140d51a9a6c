"""Looking at a project's interviews, as widgets and as tables."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from persona_lab.errors import PersonaLabError
from persona_lab.lab import locales, queries
from persona_lab.lab.drawing import reasons
from persona_lab.lab.following.stream_log import Stream
from persona_lab.lab.interviews import analysed, runs
from persona_lab.lab.interviews import speakers as speaking
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.interviews.reader import Desk, Reading
from persona_lab.lab.offering import inner

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.widgets.board import Board
    from persona_lab.widgets.monitor import Monitor
    from persona_lab.widgets.reader import Reader

from persona_lab.lab.incoming.uploading import Uploading

# How long somebody who looks at an interview closely waits for the tables to have it.
SAVED_SECONDS = 5.0
# How many requests are on their way at once.
TOGETHER = 8


class Looking(Uploading, Reading):
    """The part of a project that shows its interviews."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._boards: dict[str, Board] = {}
        self._monitors: dict[str, Monitor] = {}

    def board(self, *, locale: str | None = None) -> "Board":
        """Return a live board of all interviews. It moves while cells are running.

        Args:
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab.
        """
        locale = locales.checked(locale or self.locale)
        board = self._boards.get(locale)
        # A cell that is run again shows the board there is; one that was closed stays closed.
        if board is None or board.comm is None:
            board = self._boards[locale] = self.new_board(locale)
            board.open_beneath(Beneath(self, board).read)
        else:
            self._level(self._feed.rows_level)
        return board

    @inner
    def new_board(self, locale: str) -> "Board":
        """Return a board that no other call returns."""
        from persona_lab.widgets.board import Board

        self._level(self._feed.rows_level)
        board = Board(
            self.name,
            self.rows,
            connection=self._feed.connection.state,
            locale=locale,
            on_retry=self._retry,
            on_file=self._dropped,
            on_text=self._pasted,
            on_details=self._details,
            on_delete=lambda ids: self.run(_each(self.api.delete_interview, ids)),
            on_restore=lambda ids: self.run(_each(self.api.restore_interview, ids)),
            on_sql=self.sql,
        )
        self._background.call(self._feed.attach, board)
        return board

    def monitor(self, *, locale: str | None = None) -> "Monitor":
        """Return a live monitor of the project's stream: connection, events per second, latencies.

        Args:
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab.
        """
        locale = locales.checked(locale or self.locale)
        monitor = self._monitors.get(locale)
        if monitor is None or monitor.comm is None:
            monitor = self._monitors[locale] = self.new_monitor(locale)
        return monitor

    @inner
    def new_monitor(self, locale: str) -> "Monitor":
        """Return a monitor that no other call returns."""
        from persona_lab.widgets.monitor import Monitor

        monitor = Monitor(self.name, self._feed.log.figures(), locale=locale, on_sql=self.sql)
        self._background.call(self._feed.watch, monitor)
        return monitor

    @property
    def stream(self) -> Stream:
        """What came through the project's stream to this client: `.log`, `.connection`, `.seq`."""
        return Stream(self._feed)

    @property
    def interviews(self) -> "pd.DataFrame":
        """A row for each interview, in the order of uploading."""
        self._level()
        return self._replica.frame(queries.INTERVIEWS)

    @property
    def speakers(self) -> "pd.DataFrame":
        """A row for each speaker of each analysed interview: role, turns, words, share of the words, first words.

        `in_file` is what the file calls them; `correct_speakers` corrects name and role.
        """
        return self.speakers_of(None)

    @inner
    def speakers_of(self, interview_ids: list[str] | None) -> "pd.DataFrame":
        """Return the same of these interviews alone."""
        self._level()
        return self._replica.frame(speaking.SPEAKERS, [interview_ids, interview_ids])

    def correct_speakers(
        self,
        names: speaking.Names | None = None,
        *,
        roles: speaking.Roles | None = None,
        interviews: "Interview | str | Iterable[Interview | str] | None" = None,
    ) -> "pd.DataFrame":
        """Correct who speaks, in every analysed interview in which they do.

        A name costs nothing. A role has the interview analysed again, in the
        background; its findings stay until the new ones are there.

        Args:
            names: e.g. `{"Speaker 1": "Anna"}`; None as the name is again what the file says.
            roles: e.g. `{"Speaker 1": "interviewer"}`; or `"participant"`, `"other"`, or None likewise.
            interviews: correct these alone, by title, id or handle.

        Returns:
            The speakers of the interviews that were meant, as they are now.

        Raises:
            InvalidRequest: somebody speaks in none of them, or that is no role.
            Conflict: an interview has not been read.
        """
        wanted = speaking.changes(names, roles)
        known = self.speakers_of(None if interviews is None else [one.id for one in self.chosen(interviews)])
        there: dict[str, set[str | None]] = {}
        for interview_id, *called in known[["interview_id", "speaker", "in_file"]].itertuples(index=False):
            there.setdefault(interview_id, set()).update(name if isinstance(name, str) else None for name in called)
        meant = speaking.for_each(wanted, there)
        for interview_id, changes in meant.items():
            self.run(self.api.correct_speakers(interview_id, changes))
        return self.speakers_of(list(meant))

    @inner
    def brief(self, interview_id: str) -> str:
        """Return an interview's quality and sections in a few words, as far as they are known here."""
        return analysed.in_brief(*analysed.known(self._replica, interview_id))

    @property
    def insights(self) -> "pd.DataFrame":
        """A row for each pain, need and takeaway: kind, text, support of participants, interviews, quotes, and more.

        `note` says when it rests on one participant. `contradictions` are candidates for you to judge. What was
        rejected is in the view `all_insights`. `project.insight(…)` judges one.
        What happened to the interviews since they were merged is said in a line; see `stale`.
        """
        found = self.sql(queries.INSIGHTS)
        if since := runs.since_merged(self._replica):
            before = "다음 변경 이전의 결과입니다:" if self.locale == "ko" else "These are from before:"
            print(f"{before} {reasons.stale_text(since, self.locale)}")
        return found

    def _retry(self, interview_id: str) -> None:
        self.run(self.api.retry(interview_id))

    def _details(self, interview_id: str) -> dict[str, Any]:
        # A board shows that an interview is completed before its result is in the tables.
        self._feed.saved(SAVED_SECONDS)
        return analysed.details(self._replica, interview_id)


class Beneath:
    """The reader beneath a board: made when an interview is first opened there, and used for the others."""

    def __init__(self, project: Reading, board: "Board") -> None:
        self._project = project
        self._board = board
        self._desk: Desk | None = None
        board.observe(self._speak, "locale")

    def read(self, interview_id: str) -> "Reader":
        """Return the reader with that interview in it."""
        desk = self._desk
        if desk is None or desk.comm is None:
            desk = self._desk = self._project.new_desk(interview_id, self._board.locale)
        elif desk.interview_id != interview_id:
            desk.open(interview_id, None)
        return desk.widget

    def _speak(self, change: Any) -> None:
        if self._desk is not None:
            self._desk.widget.locale = change["new"]


async def _each(work: Callable[[str], Coroutine[Any, Any, Any]], ids: Sequence[str]) -> dict[str, PersonaLabError]:
    """Do it for each interview, several at once; return what went wrong, by id."""
    room = asyncio.Semaphore(TOGETHER)

    async def do(interview_id: str) -> PersonaLabError | None:
        async with room:
            try:
                await work(interview_id)
            except PersonaLabError as error:
                return error
        return None

    errors = await asyncio.gather(*map(do, ids))
    return {key: error for key, error in zip(ids, errors, strict=True) if error is not None}
