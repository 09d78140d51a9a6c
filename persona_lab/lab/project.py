"""A study, as a cell holds it: upload, watch, query, ask."""

import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from persona_lab import models, original
from persona_lab.client.api import Api
from persona_lab.errors import InterviewNotFound, InvalidRequest, PersonaLabError, ServerUnreachable
from persona_lab.lab import agreement as agreeing
from persona_lab.lab import (
    analysed,
    coding,
    engines,
    files,
    frames,
    history,
    live,
    pictures,
    queries,
    redactions,
    runs,
    staleness,
    uploads,
)
from persona_lab.lab import coverage as covering
from persona_lab.lab import insight as judged
from persona_lab.lab import rows as board_rows
from persona_lab.lab import saturation as saturating
from persona_lab.lab import speakers as speaking
from persona_lab.lab import trends as trending
from persona_lab.lab.answer import Answer
from persona_lab.lab.background import Background
from persona_lab.lab.difference import Difference
from persona_lab.lab.feed import Feed
from persona_lab.lab.insight import Insight
from persona_lab.lab.interview import Interview
from persona_lab.lab.stream_log import Stream
from persona_lab.lab.uploads import Uploads
from persona_lab.models import AnswerPart, EngineName, Estimate, Message
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.widgets.board import Board
    from persona_lab.widgets.monitor import Monitor

Result = TypeVar("Result")

# How long a question about the present waits for the replica to reach it.
LEVEL_SECONDS = 10.0

ENDED = """
SELECT
    (SELECT count(*) FROM interviews WHERE status IN ('processing', 'analyzing') OR stage = 're-analysing') = 0
    AND coalesce(max(seq) FILTER (type = 'insights:merged'), 0) >= coalesce(max(seq) FILTER (type IN (
        'interview:completed', 'interview:failed', 'interview:deleted', 'interview:restored')), 0)
    AND count(*) FILTER (type = 'analysis:started') = count(*) FILTER (type IN ('analysis:added', 'analysis:failed'))
FROM events
"""


class Project:
    """A study and its local copy.

    Attributes:
        id: the project's id.
        name: its name.
        replica_path: the DuckDB file that `sql` queries.
    """

    def __init__(self, api: Api, background: Background, project: models.Project, replica: Replica, feed: Feed) -> None:
        self.api = api
        self.id = project.id
        self.name = project.name
        self.replica_path = replica.path
        self._background = background
        self._replica = replica
        self._feed = feed
        background.start(feed.run())
        self.is_closed = False
        self._asked: Counter[str] = Counter()
        self._boards: dict[str, Board] = {}
        self._monitors: dict[str, Monitor] = {}

    # Bringing interviews in

    def upload(
        self,
        sources: files.Source | Iterable[files.Source],
        *,
        columns: Mapping[str, str] | None = None,
        allow_duplicate: bool = False,
    ) -> Uploads:
        """Upload transcripts and return at once; they are analysed in the background.

        Args:
            sources: a path, a folder, a zip, a pattern such as `"interviews/*.docx"`, or several of them.
            columns: for tables and JSON whose headings don't tell: which heading is whose, such as
                `{"text": "Antwort", "speaker": "Wer"}`; `time` and `until` can be given too.
            allow_duplicate: take a file again that the project has already.

        Returns:
            One `Interview` for each file, in order. Files that can't be read as
            transcripts don't stop the others; `.refused` lists them with their reasons.

        Raises:
            InvalidRequest: a pattern or path names no file.
            TranscriptError: the only file given was refused.
        """
        return uploads.upload_all(files.found(sources), self._sender(allow_duplicate, columns))

    def upload_text(self, text: str, title: str) -> Interview:
        """Upload a transcript that is text in a variable; see `upload`.

        Raises:
            TranscriptError: there is no text in it.
            InvalidRequest: the title is empty.
        """
        if not title.strip():
            raise InvalidRequest(
                'The title is empty. Say whose interview it is: project.upload_text(text, "Mina, 34").'
            )
        raw = files.encoded(text, title)
        return self._upload(raw, f"{files.name_for(title)}.txt", title, False)[0]

    def upload_rows(
        self,
        frame: "pd.DataFrame",
        *,
        text: Hashable | None = None,
        speaker: Hashable | None = None,
        interview: Hashable | None = None,
        time: Hashable | None = None,
        title: str | None = None,
        allow_duplicate: bool = False,
    ) -> Uploads:
        """Upload interviews that are rows of a DataFrame; see `upload`.

        With a column of speakers each row is a turn of the interview it names;
        without one each row is an interview. Columns that are not given are found by
        their headers, in English and Korean.

        Args:
            text: the column of what was said.
            speaker: who said it.
            interview: of which interview the row is; its title.
            time: when, as `00:01:02` or seconds.
            title: the one interview that all rows are of, where no column names it.
            allow_duplicate: take an interview again that the project has already.

        Raises:
            InvalidRequest: a column is missing; the message lists those there are.
            TranscriptError: the only interview in it was refused.
        """
        its = frames.columns(frame, text=text, speaker=speaker, interview=interview, time=time)
        return uploads.upload_all(frames.transcripts(frame, its, title), self._sender(allow_duplicate))

    def wait(self, seconds: float | None = None, *, on_change: Callable[[], None] | None = None) -> "Ended":
        """Wait until no interview is in flight and the findings are merged, with a progress bar.

        Args:
            seconds: give up waiting (not the work) after this long; None waits for ever.
            on_change: called now and then while things change.

        Raises:
            ServerUnreachable: the connection is offline for good.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._level()
        with live.Live() as shown:
            while not self._replica.rows(ENDED)[0][0]:
                shown.show(*_progress(self._feed.rows))
                if on_change is not None:
                    on_change()
                if self._feed.connection.state == "offline":
                    raise ServerUnreachable(f"Waiting ended: {self._feed.connection.reason}")
                if deadline is not None and time.monotonic() > deadline:
                    break
                with self._feed.changed:
                    self._feed.changed.wait(0.2)
        if on_change is not None:
            on_change()
        return Ended(self.rows)

    # Looking at them

    def board(self, *, locale: str = "en") -> "Board":
        """Return a live board of all interviews. It moves while cells are running.

        Args:
            locale: `"en"` or `"ko"`, the language of its labels.
        """
        from persona_lab.widgets.board import Board

        self._level(self._feed.rows_level)
        board = self._boards.get(locale)
        # A cell that is run again shows the board there is; one that was closed stays closed.
        if board is None or board.comm is None:
            board = Board(
                self.name,
                self.rows,
                connection=self._feed.connection.state,
                locale=locale,
                on_retry=self._retry,
                on_file=self._dropped,
            )
            self._boards[locale] = board
            self._background.run(_in_loop(self._feed.attach, board))
        return board

    def monitor(self, *, locale: str = "en") -> "Monitor":
        """Return a live monitor of the project's stream: connection, events per second, latencies.

        Args:
            locale: `"en"` or `"ko"`, the language of its labels.
        """
        from persona_lab.widgets.monitor import Monitor

        monitor = self._monitors.get(locale)
        if monitor is None or monitor.comm is None:
            monitor = Monitor(self.name, self._feed.log.figures(), locale=locale)
            self._monitors[locale] = monitor
            self._background.run(_in_loop(self._feed.watch, monitor))
        return monitor

    @property
    def stream(self) -> Stream:
        """What came through the project's stream to this client: `.log`, `.connection`, `.seq`."""
        return Stream(self._feed)

    @property
    def rows(self) -> list[board_rows.Row]:
        """The interviews as the board shows them at this moment, in the order of uploading."""
        return sorted(self._feed.rows.values(), key=lambda row: row["order"])

    def row(self, interview_id: str) -> board_rows.Row | None:
        """Return one interview as the board shows it at this moment, if it is there."""
        return self._feed.rows.get(interview_id)

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
        known = self.speakers_of(None if interviews is None else [one.id for one in self._chosen(interviews)])
        there: dict[str, set[str | None]] = {}
        for interview_id, *called in known[["interview_id", "speaker", "in_file"]].itertuples(index=False):
            there.setdefault(interview_id, set()).update(name if isinstance(name, str) else None for name in called)
        meant = speaking.for_each(wanted, there)
        for interview_id, changes in meant.items():
            self.run(self.api.correct_speakers(interview_id, changes))
        return self.speakers_of(list(meant))

    def _chosen(self, interviews: "Interview | str | Iterable[Interview | str]") -> list[Interview]:
        several = [interviews] if isinstance(interviews, Interview | str) else list(interviews)
        return [one if isinstance(one, Interview) else self.interview(one) for one in several]

    @property
    def purpose(self) -> str:
        """What the study wants to know, as far as it is known here."""
        return "".join(purpose for (purpose,) in self._replica.rows("SELECT purpose FROM project"))

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
            print(f"These are from before: {' '.join(since)}")
        return found

    # What it rests on, and whether it is still true

    def change(
        self,
        *,
        purpose: str | None = None,
        audience: str | None = None,
        method: str | None = None,
        company: str | None = None,
        company_info: str | None = None,
        glossary: Sequence[str] | None = None,
    ) -> None:
        """Say anew what the study is about; what is left out stays.

        Args:
            purpose: what it wants to find out.
            audience: who was interviewed.
            method: how.
            company: for whom it is made.
            company_info: what an engine should know of them.
            glossary: words of the trade, each with what it means, such as `"BNPL: buy now, pay later"`.

        It makes analyses stale, which stay as they are until `refresh`.

        Raises:
            InvalidRequest: nothing is given.
        """
        given = {
            "purpose": purpose,
            "audience": audience,
            "method": method,
            "company": company,
            "company_info": company_info,
            "glossary": None if glossary is None else list(glossary),
        }
        fields = {name: told for name, told in given.items() if told is not None}
        if not fields:
            raise InvalidRequest(
                'There is nothing to change. Write, e.g., project.change(purpose="Why do people leave at payment?").'
            )
        self.run(self.api.change_project(self.id, **fields))

    @property
    def runs(self) -> "pd.DataFrame":
        """A row for each analysis there ever was: when, by what, from what, how many findings and quotes.

        `provenance` in SQL has the same for each summary, finding and insight.
        """
        return self.sql(runs.RUNS, [None, None])

    def diff(self, before: "str | history.Moment", after: "str | history.Moment | None" = None) -> Difference:
        """Compare two runs of an interview, or the project's insights at two times.

        Args:
            before: a run's id, as `interview.runs` has it; or a time, as `as_of` takes it.
            after: the same of the later one; None is the run that counts now, or this moment.

        Raises:
            InvalidRequest: that is no run and no time, or the runs are of different interviews.
        """
        self._level()
        known = [moment for moment in (before, after) if isinstance(moment, str) and runs.is_run(self._replica, moment)]
        if known:
            return runs.compare(self._replica, before, after)
        newest = self._replica.rows(history.NEWEST)[0][0]
        with self.as_of(before) as then, self.as_of(newest if after is None else after) as now:
            return history.compare(then, now)

    @property
    def stale(self) -> "pd.DataFrame":
        """A row for each result that would be made otherwise now, with the reasons; empty when all is true still.

        Nothing of it is made anew by itself; `refresh` does that.
        """
        return staleness.frame(self.run(self.api.stale(self.id)))

    def refresh(self) -> list[Interview]:
        """Analyse those interviews again whose results are stale, and no others; `wait` waits for them.

        Each keeps its results until the new ones are there.

        Returns:
            The interviews that are being analysed again.
        """
        self._level()
        before = self._feed.seq
        begun = self.run(self.api.refresh(self.id))
        if begun.merging:
            staleness.wait_for_merge(self._feed, self._replica, before, LEVEL_SECONDS)
        return [Interview(self, interview) for interview in begun.interviews]

    def as_of(self, moment: "history.Moment") -> history.Past:
        """Return the project as it was at a time, to read: `.interviews`, `.insights`, `.sql(…)`, `.transcript(…)`.

        Args:
            moment: a datetime, or ISO text such as `"2026-03-02 17:30"`, in this machine's time unless they say
                otherwise; a date, for its end; a timedelta back from now; or an event's number.

        Raises:
            InvalidRequest: it is no time, is in the future, or before the project began.
        """
        self._level()
        seq = history.seq_at(self.name, self._replica, moment)
        transcripts = self.run(self.api.transcripts(self.id, as_of=seq))
        return history.Past(self.name, history.replayed(self._replica, seq, transcripts), transcripts)

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

    def undo(self, judgement_id: str) -> None:
        """Take back what somebody said of an insight; `judgements` has the ids.

        Raises:
            JudgementNotFound: there is none of that id.
        """
        self.run(self.api.undo(self.id, judgement_id))

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

    # Whether it is enough, and whether others would see the same

    def saturation(
        self, *, base: int = 4, run: int = 2, threshold: float = 0.05, permutations: int = 500, seed: int = 0
    ) -> saturating.Saturation:
        """Say whether more interviews would still bring new findings (Guest, Namey & Chen 2020).

        Interviews count in the order of their dates, or else of uploading.

        Args:
            base: how many of the first interviews are the measure.
            run: how many interviews make a run; runs overlap.
            threshold: the share of the base's findings that a run may bring anew.
            permutations: in how many shuffled orders the same is counted, for the band.
            seed: of the shuffling.

        Raises:
            InvalidRequest: one of these is no such number.
        """
        self._level()
        settings = saturating.Settings(base, run, threshold, permutations, seed)
        return saturating.measure(self.name, self._replica, settings)

    def coverage(self) -> covering.Coverage:
        """Say what part of what participants said no finding uses, and show it: `.table`, `.unused`."""
        return self.coverage_of(None)

    def coverage_of(self, interview_id: str | None) -> covering.Coverage:
        """Return the same of one interview alone."""
        self._level()
        return covering.measure(self._replica, interview_id)

    def codes(self, *, others: bool = False, coder: str | None = None) -> "pd.DataFrame":
        """Return a row for each code that you gave, so that nobody else's leads you.

        Args:
            others: everybody's: other people's, those that stood in the file (coder "file"), and the
                engine's findings (coder "engine").
            coder: this coder's instead.
        """
        return self.codes_of(None, others=others, coder=coder)

    def codes_of(self, interview_id: str | None, *, others: bool, coder: str | None) -> "pd.DataFrame":
        """Return the same of one interview alone."""
        if coder is None and not others:
            coder = self.run(self.api.user())
        self._level()
        return coding.frame(self._replica, interview_id=interview_id, coder=coder)

    def uncode(self, coding_id: str) -> None:
        """Take back a coding; `codes()` has the ids.

        Raises:
            CodingNotFound: there is none of that id.
        """
        self.run(self.api.remove_coding(coding_id))

    def agreement(
        self,
        coders: str | Iterable[str] | None = None,
        codes: agreeing.Codes | None = None,
        *,
        roles: str | Iterable[str] = "participant",
    ) -> agreeing.Agreement:
        """Say how far coders agree on each turn, coded or not: raw, Cohen's κ, Krippendorff's α.

        A person has judged the interviews in which they coded something, the engine all that are analysed.

        Args:
            coders: compare these; you, "file", "engine" and whoever else coded are there.
            codes: compare these, or count codes as others, such as `{"Pain Point": "pain"}`.
            roles: whose turns are the grid.

        Raises:
            InvalidRequest: there is no such coder or code.
        """
        self._level()
        return agreeing.measure(self.name, self._replica, coders=coders, codes=codes, roles=roles)

    def sql(self, query: str, parameters: list[object] | None = None) -> "pd.DataFrame":
        """Run SQL on the project's DuckDB copy; tables and views: see `project.tables`.

        Raises:
            QueryError: DuckDB can't run it; the message says why.
        """
        self._level()
        return self._replica.frame(query, parameters)

    @property
    def tables(self) -> "pd.DataFrame":
        """The tables and views that `sql` can query, with their columns."""
        return self._replica.frame(queries.TABLES)

    @property
    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """The open DuckDB connection."""
        self._level()
        return self._replica.connection

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
        return Interview(self, self.run(self.api.interview(found[0]["id"])).interview)

    # Engines, and what they cost

    @property
    def engine(self) -> EngineName | None:
        """Who analyses and answers: `"local"`, `"miso"` or `"llm"`; None is the server's own choice.

        Set it to change it. Analyses by another engine are stale then; `refresh` has them made again.

        Raises:
            EngineNotSetUp: the engine lacks settings; the message names them.
        """
        return self.run(self.api.get_project(self.id)).engine

    @engine.setter
    def engine(self, name: EngineName | None) -> None:
        self.run(self.api.change_project(self.id, engine=name))

    @property
    def fallback(self) -> bool:
        """Whether the local engine steps in where the project's can't analyse; what it made is stale. Set it so."""
        return self.run(self.api.get_project(self.id)).fallback

    @fallback.setter
    def fallback(self, is_wanted: bool) -> None:
        self.run(self.api.change_project(self.id, fallback=is_wanted))

    @property
    def budget(self) -> int | None:
        """How many tokens engines may use for this project in all; None is as many as they want. Set it so."""
        return self.run(self.api.get_project(self.id)).budget

    @budget.setter
    def budget(self, tokens: int | None) -> None:
        self.run(self.api.change_project(self.id, budget=tokens))

    @property
    def spending(self) -> "pd.DataFrame":
        """A row for each time an engine was paid for: when, what for, engine, model, calls, tokens in and out."""
        import pandas as pd

        found = self.run(self.api.spending(self.id))
        columns = ["at", "interview_id", "engine", "model", "calls", "input_tokens", "output_tokens", "run_id"]
        return pd.DataFrame([spent.model_dump() for spent in found], columns=columns)

    def estimate(self, engine: EngineName | None = None) -> Estimate:
        """Return what analysing all interviews would cost, rather too much than too little; `.cost` in US dollars.

        Args:
            engine: another one than the project's.

        Raises:
            EngineNotSetUp: the engine lacks settings.
        """
        return self.run(self.api.estimate(self.id, engine))

    def compare_engines(self) -> engines.Comparison:
        """Show what engines made of the same interviews: shared, only here, quotes that were not said, agreement.

        Raises:
            InvalidRequest: no interview has been analysed by two.
        """
        self._level()
        return engines.compare(self._replica)

    # Redaction

    @property
    def redaction(self) -> models.RedactionSetting:
        """When pseudonyms stand in for what is personal.

        `"network"`: for engines that go over it. `"storage"`: before anything of an
        interview is kept, so that its original is nowhere. `"off"`: never. Set it to
        change it, which holds for what is uploaded from then on.

        Raises:
            Conflict: `"storage"` is wanted where interviews are kept as they were uploaded.
        """
        return self.run(self.api.get_project(self.id)).redaction

    @redaction.setter
    def redaction(self, setting: models.RedactionSetting) -> None:
        self.run(self.api.change_project(self.id, redaction=setting))

    def redactions(self, *, by_interview: bool = False) -> "pd.DataFrame":
        """Return what engines that go over the network don't get to see, with what stands for it.

        A row for each person or thing in each interview that has been read: kind,
        original, pseudonym, how often, and the words around its first place. Of
        interviews that were redacted before storage it is what was replaced then, and
        what would be since. The originals are shown here alone, to whoever may read the
        transcripts.

        Args:
            by_interview: return a row for each interview instead, with how often each kind is hidden in it.
        """
        return redactions.frame(self.run(self.api.redactions(self.id)), by_interview=by_interview)

    # Asking

    def ask(
        self,
        question: str,
        *,
        interview: Interview | None = None,
        on_part: Callable[[AnswerPart], None] | None = None,
    ) -> Answer:
        """Answer from what participants said; the answer grows in the cell.

        Every sentence is a participant's own, with a numbered quote, or says that
        the interviews don't tell.

        Args:
            interview: answer from this one alone.
            on_part: called with each part as it comes, on the connection's thread.

        Raises:
            InvalidRequest: the question is empty.
        """
        if not isinstance(question, str) or not question.strip():
            raise InvalidRequest(
                'The question is empty. Ask what you want to know, e.g. project.ask("What annoys people?").'
            )
        answer = Answer(question, key=self._key(question))
        try:
            with live.Live() as shown:

                def take(part: AnswerPart) -> None:
                    answer.take(part)
                    shown.show(answer.html(state="streaming"), answer.text)
                    if on_part is not None:
                        on_part(part)

                self.run(self._ask(question, interview, take))
        except KeyboardInterrupt:
            answer.note = "You interrupted it."
        except PersonaLabError as error:
            if not answer.text:
                raise
            answer.note = error.message
        answer.show()
        return answer

    def search(self, text: str, k: int = 10, interview: Interview | None = None) -> "pd.DataFrame":
        """Return the `k` turns that fit best, best first, with their scores."""
        import pandas as pd

        found = self.run(self.api.search(self.id, text, k=k, interview_id=interview.id if interview else None))
        columns = ["interview_title", "speaker", "role", "text", "score", "interview_id", "turn"]
        return pd.DataFrame([passage.model_dump() for passage in found], columns=columns)

    # Keeping

    def report(self, path: str | Path = "report.html") -> Path:
        """Write the study's findings with their quotes as one HTML file that needs nothing else."""
        from persona_lab.lab.report import report_html

        snapshot = self.run(self.api.snapshot(self.id))
        insights = self.run(self.api.insights(self.id))
        stale = self.run(self.api.stale(self.id))
        return _written(path, report_html(snapshot.project, snapshot.interviews, insights, stale))

    def export(self, path: str | Path = "interviews.json") -> Path:
        """Write every analysed interview in the form of the original's interview workflow, as one JSON file."""
        snapshot = self.run(self.api.snapshot(self.id))
        analyses = [
            {
                "interview_id": record.interview.id,
                "title": record.interview.title,
                "outputs": original.output(
                    record.interview,
                    record.result,
                    self.run(self.api.transcript(record.interview.id)),
                    topic=snapshot.project.purpose,
                ),
            }
            for record in snapshot.interviews
            if record.result is not None
        ]
        return _written(path, json.dumps(analyses, ensure_ascii=False, indent=2))

    def close(self) -> None:
        """End following the project and close its DuckDB file."""
        self.is_closed = True
        self._background.run(self._feed.end())
        self._replica.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._background.run(work)

    def _sender(self, allow_duplicate: bool, columns: Mapping[str, str] | None = None) -> uploads.Send:
        return lambda file, raw: self._upload(raw, file.name, file.title, allow_duplicate, columns)

    def _dropped(self, name: str, raw: bytes) -> Uploads:
        """Upload a file that was dropped on the board, or what is in it."""
        return uploads.upload_each(files.of_bytes(name, raw), self._sender(False))

    def _upload(
        self,
        raw: bytes,
        filename: str,
        title: str,
        allow_duplicate: bool,
        columns: Mapping[str, str] | None = None,
    ) -> tuple[Interview, bool]:
        # The title goes by itself: what a form does to quotation marks and slashes in a file's name must not reach it.
        fields = {"title": title[:200]} | ({"allow_duplicate": "true"} if allow_duplicate else {})
        fields |= {"columns": json.dumps(dict(columns))} if columns else {}
        uploaded, duplicate = self.run(self.api.upload(self.id, raw, filename, **fields))
        return Interview(self, uploaded), duplicate

    async def _ask(self, question: str, interview: Interview | None, take: Callable[[AnswerPart], None]) -> None:
        messages = [Message(role="user", content=question)]
        async for part in self.api.answer(self.id, messages, interview_id=interview.id if interview else None):
            take(part)

    def _key(self, question: str) -> str:
        """Return what tells this answer from others on the page, and is the same when the notebook is run again."""
        self._asked[question] += 1
        return sha256(f"{self.name}\n{question}\n{self._asked[question]}".encode()).hexdigest()[:8]

    def _retry(self, interview_id: str) -> None:
        self.run(self.api.retry(interview_id))

    def _level(self, level: Callable[[int, float], bool] | None = None) -> None:
        """Bring the replica up to the project as it is now, so that a cell sees what the one before it did."""
        try:
            seq = self.run(self.api.get_project(self.id)).seq
        except ServerUnreachable as error:
            print(f"Offline, so this is the project as of event {self._feed.seq}. {error.message}")
            return
        if not (level or self._feed.level)(seq, LEVEL_SECONDS):
            print(
                f"This is the project as of event {self._feed.seq}; the newest is {seq}. {self._feed.connection.reason}"
            )

    def __repr__(self) -> str:
        return f"{self.name}: {pictures.interviews_text(self.rows)}"

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.name)}</h3>{pictures.interviews_html(self.rows)}"


def _written(path: str | Path, text: str) -> Path:
    """Write the file and return where it is."""
    written = Path(path).resolve()
    try:
        written.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(
            f"{written} can't be written: {error.strerror}. Give a file in a folder that exists."
        ) from None
    return written


class Ended:
    """What `wait` waited for: how many interviews ended how, and why some failed or have no new result."""

    def __init__(self, ended: list[board_rows.Row]) -> None:
        self.failed = [row for row in ended if row["status"] == "failed"]
        self.outdated = [row for row in ended if row["stage"] == "outdated"]
        self._total = len(ended)
        self._in_flight = len(board_rows.in_flight(ended))
        self._completed = self._total - self._in_flight - len(self.failed)

    def __repr__(self) -> str:
        parts = [f"{self._completed} of {self._total} interviews completed"]
        if self._in_flight:
            parts.append(f"{self._in_flight} still in flight")
        if self.failed:
            parts.append(f"{len(self.failed)} failed:")
        lines = [f"  {row['title']}: {row['error']['message']}" for row in self.failed]
        lines += [
            f"  {row['title']}: its findings are from an earlier run. {row['error']['message']}"
            for row in self.outdated
        ]
        return "\n".join([", ".join(parts) + ("" if self.failed else "."), *lines])


def _progress(shown: dict[str, board_rows.Row]) -> tuple[str, str]:
    ended = len(shown) - len(board_rows.in_flight(shown.values()))
    text = f"{ended} of {len(shown)} interviews analysed"
    return f'<progress max="{len(shown)}" value="{ended}" aria-label="{text}"></progress> {text}', text


async def _in_loop(function: Any, *args: Any) -> None:
    function(*args)
