"""The work that goes on after an upload has answered, and survives crashes.

A job is a durable workflow of three steps: read the file, analyse it, merge the
project's findings. A step that was cut off is run again, after the restart or by another
process, so each one may be repeated: the store ignores what has been done already. Every
attempt has a name of its own, so no analysis is started twice.
"""

import contextlib
import functools
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID
from sqlalchemy import Connection

from persona_lab import logs
from persona_lab.discretion import described
from persona_lab.engines import indexing, keeping
from persona_lab.engines.base import context_of
from persona_lab.engines.choosing import Engines
from persona_lab.engines.gate import admitting
from persona_lab.engines.meaning.encoder import MODEL
from persona_lab.engines.redacting.engine import in_effect
from persona_lab.engines.redacting.scans import Scans
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import (
    AnalysisCancelled,
    EngineError,
    InterviewNotFound,
    PersonaLabError,
    ProjectNotFound,
    ServerError,
    TooBusy,
    TranscriptError,
)
from persona_lab.jobs import belonging, portraying, queueing
from persona_lab.jobs.paying import Attempt
from persona_lab.jobs.settling import Settling
from persona_lab.jobs.waiting_line import WaitingLine
from persona_lab.models import (
    Analysis,
    EngineName,
    Failure,
    Interview,
    Project,
    Transcript,
    Usage,
    now,
)
from persona_lab.store import beside, insights, interviews, meanings, projects, pseudonyms, speakers, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files import references
from persona_lab.store.files.kept import Files
from persona_lab.transcripts import read_transcript

log = logging.getLogger(__name__)

# So many names of sections, and of takeaways, does an engine get to know.
NAMES = 30
NAMED = "names"
UNEXPECTED = "Something unexpected happened. The server's log says more; try again."
# How long a step waits for a database, or files, that can't be reached, and how often it tries.
PATIENCE_SECONDS = 600.0
TRY_SECONDS = 1.0

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _patiently(
    work: "Callable[Concatenate[Jobs, Arguments], Result]",
) -> "Callable[Concatenate[Jobs, Arguments], Result]":
    """Do it again from its beginning when the database, or the files, were away in the middle of it.

    An error that nobody expected may carry what was said, and DBOS keeps errors as they are: none gets there.
    """

    @functools.wraps(work)
    def tried(self: "Jobs", /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return work(self, *args, **kwargs)
            except TooBusy:
                if self.is_closing or time.monotonic() > until:
                    raise
                time.sleep(TRY_SECONDS)
            except PersonaLabError:
                raise
            except Exception as error:
                about = args[0] if args else "all"
                log.error("step “%s” of %s failed: %s", work.__name__, about, described(error))
                raise ServerError(UNEXPECTED) from None

    return tried


@DBOS.dbos_class()
class Jobs(DBOSConfiguredInstance):
    """The workflows of one server. `launch` once, `close` at the end."""

    def __init__(
        self,
        store: Store,
        files: Files,
        engines: Engines,
        scans: Scans,
        workroom: Workroom,
    ) -> None:
        self._store = store
        self._files = files
        self._engines = engines
        self._scans = scans
        self._workroom = workroom
        self._settling = Settling(store, workroom)
        self._line = WaitingLine(store, self._enqueue)
        self.is_closing = False
        super().__init__("jobs")

    def launch(self, *, works: bool = True) -> None:
        """Begin to queue, and to work unless that is for others. Nothing may be uploaded before."""
        DBOS.launch()
        if works:
            queueing.register(self._engines)
        self._line.begin()

    def analyse(self, interview: Interview) -> None:
        """Have the interview's current attempt done when it is its company's turn; asking twice is asking once."""
        if not self._line.join(interview.project_id):
            self._enqueue(interview)

    def compare(self, begun: beside.Started) -> None:
        """Have another engine analyse the interview beside its own analysis, in the same line; twice is once."""
        if not self._line.join(self.project_of(begun.interview_id)):
            self._enqueue(begun)

    def _enqueue(self, waiting: Interview | beside.Started) -> None:
        if isinstance(waiting, beside.Started):
            with SetWorkflowID(queueing.comparison_of(waiting)[0]):
                DBOS.enqueue_workflow(queueing.queue_of(waiting.engine), self.comparison, *waiting)
            return
        with self._store.reading() as connection:
            project = projects.get(connection, waiting.project_id, epoch=self._store.epoch)
        with SetWorkflowID(queueing.name_of(waiting)):
            queue = queueing.queue_of(self._engines.name_for(project))
            DBOS.enqueue_workflow(queue, self.analysis, waiting.id, waiting.attempt)

    def merge(self, project_id: str) -> None:
        """Merge the project's findings again, after interviews were deleted or restored."""
        DBOS.enqueue_workflow(queueing.queue_of("local"), self.merging, project_id)

    def make_portraits(self, project_id: str, *, again: bool) -> None:
        """Make the project's stale portraits anew, after the analyses that are under way.

        Args:
            again: also those that its engine could not write before.
        """
        DBOS.enqueue_workflow(queueing.PORTRAITS, self.portraying, project_id, again)

    def settle_now(self, project_id: str) -> None:
        """Merge the project's findings if that is due, and wait for it."""
        with self._store.reading() as connection:
            is_due = project_id in insights.outdated(connection)
        if is_due:
            # Whoever asked is told at once when the database is away, and doesn't wait until it is back.
            self._settling.settle(project_id)

    def close(self) -> None:
        """Stop working; what is unfinished goes on in another process, or in the next."""
        self.is_closing = True
        self._line.close()
        DBOS.destroy()

    @DBOS.workflow()
    def analysis(self, interview_id: str, attempt: int) -> None:
        with logs.about(interview_id=interview_id):
            begun = time.monotonic()
            try:
                self.read(interview_id)
                self.find(interview_id, attempt)
                _log_end(begun, "completed")
            except Exception as error:
                if self.is_closing:
                    raise
                failure = _failure(error)
                self.fail(interview_id, attempt, failure)
                _log_end(begun, failure.code)
            self.settle(self.project_of(interview_id))
            self.place(self.project_of(interview_id))

    @DBOS.workflow()
    def comparison(self, interview_id: str, engine: EngineName, run_id: str) -> None:
        begun = beside.Started(interview_id, engine, run_id)
        try:
            self.read(interview_id)
            self.find_beside(*begun)
        except Exception as error:
            if self.is_closing:
                raise
            self.fail_beside(*begun, _failure(error))

    @DBOS.workflow()
    def merging(self, project_id: str) -> None:
        self.settle(project_id)
        self.place(project_id)

    @DBOS.workflow()
    def portraying(self, project_id: str, again: bool = True) -> None:
        self.await_analyses(project_id)
        self.settle(project_id)
        self.portray(project_id, again)

    @DBOS.step()
    @_patiently
    def read(self, interview_id: str) -> None:
        """File → transcript. A file that is redacted before storage goes once its redacted transcript is there."""
        with self._store.writing() as connection:
            interview = interviews.get(connection, interview_id, even_deleted=True)
            interviews.start(connection, interview_id)
        if not self._is_read(interview_id):
            try:
                with _discreet() if interview.redacted else contextlib.nullcontext():
                    self._transcribe(interview)
            except InterviewNotFound:
                # Another process that was taken for dead may have read it, and dropped the file.
                if not self._is_read(interview_id):
                    raise
        if interview.redacted:
            company_id = self._company_of(interview_id)
            self._files.drop(company_id, interview_id)

    def _is_read(self, interview_id: str) -> bool:
        with self._store.reading() as connection:
            return transcripts.is_read(connection, interview_id)

    def _transcribe(self, interview: Interview) -> None:
        with self._store.reading() as connection:
            columns = interviews.columns(connection, interview.id)
            company_id = references.company_of(connection, interview.id)
        raw = self._files.of(company_id, interview)
        transcript = self._workroom.run(read_transcript, raw, interview.filename, columns)
        if interview.redacted:
            known = pseudonyms.OfProject(self._store, interview.project_id)
            transcript = keeping.redacted(transcript, self._scans, known)
        indexed = self._workroom.run(indexing.turns, transcript)
        with self._store.writing() as connection:
            transcripts.save(connection, interview.id, transcript, indexed.terms)
            meanings.save(connection, interview.id, "turns", made_by=MODEL, vectors=indexed.meanings)
            meanings.save_sentences(connection, interview.id, indexed.sentences, made_by=MODEL)

    @DBOS.step()
    @_patiently
    def find(self, interview_id: str, attempt: int) -> None:
        """Transcript → analysis."""

        def is_wanted(connection: Connection) -> bool:
            # Speakers may have been corrected meanwhile: a newer attempt is on its way. Or somebody cancelled it.
            interview = interviews.get(connection, interview_id, even_deleted=True)
            return interview.attempt == attempt and interviews.is_in_flight(interview)

        with self._store.writing() as connection:
            if not is_wanted(connection):
                return
            transcript = transcripts.get(connection, interview_id)
            interviews.was_read(connection, interview_id, transcript)
            project = projects.get(connection, self.project_of(interview_id), epoch=self._store.epoch)
        began = interviews.Began(now(), project.seq)
        name = self._engines.name_for(project)
        try:
            analysis = self._analysed(transcript, project, name, f"{interview_id}:{attempt}", interview_id, is_wanted)
        except EngineError as error:
            if not project.fallback or name == "local" or isinstance(error, AnalysisCancelled):
                raise
            run_id = f"{interview_id}:{attempt}"
            analysis = self._analysed(transcript, project, "local", run_id, interview_id, is_wanted)
            analysis = _made(analysis, instead_of=f"{name}: {error.message}")
        with self._store.writing() as connection:
            if is_wanted(connection):
                interviews.complete(connection, interview_id, analysis, began)
        # Here rather than at the merging, so that it isn't all waited for at the end.
        self._settling.praised({interview_id: analysis})

    @DBOS.step()
    @_patiently
    def find_beside(self, interview_id: str, engine: EngineName, run_id: str) -> None:
        """Transcript → the same by another engine."""
        begun = beside.Started(interview_id, engine, run_id)

        def is_wanted(connection: Connection) -> bool:
            return begun in beside.under_way(connection, interview_id)

        with self._store.reading() as connection:
            transcript = transcripts.get(connection, interview_id)
            project = projects.get(connection, self.project_of(interview_id), epoch=self._store.epoch)
        began = interviews.Began(now(), project.seq)
        analysis = self._analysed(transcript, project, engine, run_id, interview_id, is_wanted)
        with self._store.writing() as connection:
            beside.add(connection, begun, analysis, began)

    def _analysed(
        self,
        transcript: Transcript,
        project: Project,
        name: EngineName,
        run_id: str,
        interview_id: str,
        is_wanted: Callable[[Connection], bool],
    ) -> Analysis:
        """Return what an engine makes of it: admitted, and with what it was made from."""
        engine, told = self._engines.of(project, name), context_of(project)
        with self._store.reading() as connection:
            corrections = speakers.corrections(connection, [interview_id]).get(interview_id, {})
        attempt = Attempt(
            self._store,
            run_id=run_id,
            project_id=project.id,
            interview_id=interview_id,
            engine=engine.name,
            model=engine.model,
            is_wanted=is_wanted,
        )
        # Only for engines that invent names: what the local one finds must not hang on who came first.
        context = told.model_copy(update=self._names(attempt, project.id, interview_id)) if engine.is_remote else told
        analysis = engine.analyse(transcript, context, attempt)
        redaction = in_effect(engine, project.redaction)
        given = {"context_hash": told.hash, "redaction": redaction, "speakers": tuple(corrections.values())}
        return admitting.admitted(_made(analysis, **given), transcript)

    def _names(self, attempt: Attempt, project_id: str, interview_id: str) -> dict[str, tuple[str, ...]]:
        """Return the names that the first attempt was given: with others, what it has paid for would be no use."""
        if (kept := attempt.kept(NAMED)) is not None:
            return {kind: tuple(names) for kind, names in json.loads(kept).items()}
        with self._store.reading() as connection:
            names = _names(interviews.results(connection, project_id), but=interview_id)
        attempt.keep(NAMED, json.dumps(names), Usage())
        return names

    @DBOS.step()
    @_patiently
    def fail_beside(self, interview_id: str, engine: EngineName, run_id: str, failure: Failure) -> None:
        with self._store.writing() as connection:
            beside.fail(connection, beside.Started(interview_id, engine, run_id), failure)

    @DBOS.step()
    @_patiently
    def fail(self, interview_id: str, attempt: int, failure: Failure) -> None:
        with self._store.writing() as connection:
            if interviews.get(connection, interview_id, even_deleted=True).attempt == attempt:
                interviews.fail(connection, interview_id, failure)

    @DBOS.step()
    @_patiently
    def settle(self, project_id: str) -> None:
        """Merge the project's findings, once its last interview in flight has ended."""
        self._settling.settle(project_id)

    @DBOS.step()
    @_patiently
    def place(self, project_id: str) -> None:
        """Propose personas for interviews that have none proposed, once the last one in flight has ended."""
        if self._is_waiting(project_id):
            return
        try:
            belonging.propose_new(self._store, self._workroom, project_id)
        except TooBusy:
            raise
        except PersonaLabError as error:
            # An analysis without a proposal is better than none; the next one tries again.
            log.warning("no personas were proposed in project %s: %s", project_id, error)

    @DBOS.step()
    @_patiently
    def await_analyses(self, project_id: str) -> None:
        """Wait until none of the project's interviews is in flight."""
        while self._is_waiting(project_id) and not self.is_closing:
            time.sleep(queueing.POLLING_SECONDS)

    @DBOS.step()
    @_patiently
    def portray(self, project_id: str, again: bool = True) -> None:
        """Make stale portraits anew."""
        with contextlib.suppress(ProjectNotFound):
            portraying.portray(self._store, self._workroom, self._engines, project_id, again=again)

    def _is_waiting(self, project_id: str) -> bool:
        with self._store.reading() as connection:
            return bool(interviews.in_flight(connection, project_id))

    @_patiently
    def project_of(self, interview_id: str) -> str:
        with self._store.reading() as connection:
            return interviews.get(connection, interview_id, even_deleted=True).project_id

    def _company_of(self, interview_id: str) -> str:
        with self._store.reading() as connection:
            return references.company_of(connection, interview_id)

    def pick_up(self) -> None:
        """Start what is in flight by the store but not known, or ended early, by DBOS.

        That happens when a server died between recording an upload or a deletion and
        queueing what follows from it, or was shut down in the middle of a step.
        """
        with self._store.reading() as connection:
            waiting = interviews.in_flight(connection)
            unmerged = insights.outdated(connection)
            compared = beside.under_way(connection)
        for begun in compared:
            self.compare(begun)
        for project_id in unmerged:
            self.merge(project_id)
        states = queueing.known(queueing.name_of(interview) for interview in waiting)
        for interview in waiting:
            state = states.get(queueing.name_of(interview))
            # Of a project that was deleted nothing more is to be found out.
            with contextlib.suppress(ProjectNotFound):
                if state is None:
                    self.analyse(interview)
                elif state not in queueing.ALIVE:
                    self.begin_anew(interview)

    def begin_anew(self, interview: Interview) -> None:
        """Start another attempt, unless this one has come to its end meanwhile."""
        with self._store.writing() as connection:
            there = interviews.get(connection, interview.id, even_deleted=True)
            if there.attempt != interview.attempt or not interviews.is_in_flight(there):
                return
            again = interviews.restart(connection, there)
        self.analyse(again)


def _names(analyses: Mapping[str, Analysis], *, but: str) -> dict[str, tuple[str, ...]]:
    """Return what sections and takeaways of the other interviews are called, the commonest first."""
    others = [analysis for key, analysis in analyses.items() if key != but]
    sections = Counter(section.name for one in others for section in one.sections)
    takeaways = Counter(finding.text for one in others for finding in one.insights if finding.kind == "takeaway")
    return {
        "sections": tuple(name for name, _ in sections.most_common(NAMES)),
        "takeaways": tuple(text for text, _ in takeaways.most_common(NAMES)),
    }


def _made(analysis: Analysis, **given: object) -> Analysis:
    return analysis.model_copy(update={"provenance": analysis.provenance.model_copy(update=given)})


@contextlib.contextmanager
def _discreet() -> Iterator[None]:
    """Let no refusal out that quotes the file: DBOS and the board keep it as it is."""
    try:
        yield
    except TranscriptError as error:
        raise type(error)(error.discreet) from None


def _log_end(begun: float, how: str) -> None:
    log.info("analysis ended", extra={"told": {"how": how, "seconds": round(time.monotonic() - begun, 2)}})


def _failure(error: Exception) -> Failure:
    if isinstance(error, EngineError):
        wait = error.retry_seconds
        retry_at = None if wait is None else now() + timedelta(seconds=wait)
        return Failure(code=error.code, message=error.message, can_retry=error.can_retry, retry_at=retry_at)
    if isinstance(error, PersonaLabError):
        # The file stays as it is, so it would be refused again.
        return Failure(code=error.code, message=error.message, can_retry=not isinstance(error, TranscriptError))
    log.error("an analysis failed: %s", described(error))
    return Failure(code=ServerError.code, message=UNEXPECTED)
