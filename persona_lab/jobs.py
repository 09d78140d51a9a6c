"""The work that goes on after an upload has answered, and survives crashes.

A job is a durable workflow of three steps: read the file, analyse it, merge the
project's findings. A step that was cut off is run again after the restart, so
each one may be repeated: the store ignores what has been done already. Every
attempt has a name of its own, so no analysis is started twice.
"""

import contextlib
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, SetWorkflowID, WorkflowStatusString
from sqlalchemy import Connection

from persona_lab import belonging, portraying
from persona_lab.discretion import described
from persona_lab.engines import indexing, keeping
from persona_lab.engines.base import context_of
from persona_lab.engines.choosing import Engines
from persona_lab.engines.gate import admitting
from persona_lab.engines.meaning.encoder import DIMENSIONS, MODEL
from persona_lab.engines.merging import judging, merge, opposing
from persona_lab.engines.redacting import Scans, in_effect
from persona_lab.engines.tags.model import version as tagger_version
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import (
    AnalysisCancelled,
    EngineError,
    FilesUnavailable,
    PersonaLabError,
    ProjectNotFound,
    ServerError,
    TranscriptError,
)
from persona_lab.models import (
    Analysis,
    EngineName,
    Failure,
    InsightMember,
    Interview,
    Merge,
    Project,
    Transcript,
    Usage,
    now,
)
from persona_lab.paying import Attempt
from persona_lab.store import (
    beside,
    conversations,
    insights,
    interviews,
    judgements,
    knowledge,
    meanings,
    praises,
    projects,
    pseudonyms,
    references,
    speakers,
    transaction,
    transcripts,
)
from persona_lab.store.database import Store
from persona_lab.store.files import Files
from persona_lab.transcripts import read_transcript

log = logging.getLogger(__name__)

Result = TypeVar("Result")
# How long a step waits for files that can't be read at the moment, and how often it tries.
PATIENCE_SECONDS = 600.0
TRY_SECONDS = 1.0

# DBOS looks for work so often, in each queue. At 0.2 s a queue costs about 1 % of a core when there is nothing to do.
POLLING_SECONDS = 0.2
# Where an engine over the network takes seconds, or nobody waits, so often is enough.
PATIENT_POLLING_SECONDS = 0.5
# Workflows of another version are left alone by DBOS, and nobody's upload may be left alone.
# Raise it only together with a migration of what is in flight.
VERSION = "1"
ALIVE = (WorkflowStatusString.PENDING.value, WorkflowStatusString.ENQUEUED.value, WorkflowStatusString.DELAYED.value)
# So many names of sections, and of takeaways, does an engine get to know.
NAMES = 30
NAMED = "names"
# Portraits wait for analyses, so they have a queue of their own.
PORTRAITS = "portraits"
ENDED = "The server ended while it was answering. Ask again."
UNEXPECTED = "Something unexpected happened. The server's log says more; try again."


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
        self._closing = False
        self._merging = threading.Lock()
        super().__init__("jobs")

    def launch(self) -> None:
        """Begin to work, first on what an earlier server left unfinished. Nothing may be uploaded before."""
        with self._store.writing() as connection:
            conversations.answer_left_open(connection, ENDED)
            knowledge.end_left_open(connection)
        DBOS.launch()
        for name in self._engines.there:
            pace = self._engines.pace(name)
            DBOS.register_queue(
                _queue(name),
                worker_concurrency=pace.at_once,
                limiter={"limit": pace.per_minute, "period": 60.0} if pace.per_minute else None,
                polling_interval_sec=POLLING_SECONDS if name == "local" else PATIENT_POLLING_SECONDS,
                on_conflict="always_update",
            )
        DBOS.register_queue(
            PORTRAITS, worker_concurrency=2, polling_interval_sec=PATIENT_POLLING_SECONDS, on_conflict="always_update"
        )
        self._pick_up()

    def analyse(self, interview: Interview) -> None:
        """Put the interview's current attempt into the queue; asking twice is asking once."""
        with self._store.reading() as connection:
            project = projects.get(connection, interview.project_id, epoch=self._store.epoch)
        with SetWorkflowID(_name(interview)):
            queue = _queue(self._engines.name_for(project))
            DBOS.enqueue_workflow(queue, self.analysis, interview.id, interview.attempt)

    def compare(self, begun: beside.Started, name: str | None = None) -> None:
        """Have another engine analyse the interview, beside its own analysis; asking twice is asking once.

        Args:
            name: that of the workflow, where an earlier one ended before its work did.
        """
        with SetWorkflowID(name or begun.run_id):
            DBOS.enqueue_workflow(_queue(begun.engine), self.comparison, *begun)

    def merge(self, project_id: str) -> None:
        """Merge the project's findings again, after interviews were deleted or restored."""
        DBOS.enqueue_workflow(_queue("local"), self.merging, project_id)

    def make_portraits(self, project_id: str, *, again: bool) -> None:
        """Make the project's stale portraits anew, after the analyses that are under way.

        Args:
            again: also those that its engine could not write before.
        """
        DBOS.enqueue_workflow(PORTRAITS, self.portraying, project_id, again)

    def settle_now(self, project_id: str) -> None:
        """Merge the project's findings if that is due, and wait for it."""
        with self._store.reading() as connection:
            is_due = project_id in insights.outdated(connection)
        if is_due:
            self.settle(project_id)

    def close(self) -> None:
        """Stop working; what is unfinished is picked up by the next server."""
        self._closing = True
        DBOS.destroy()

    @DBOS.workflow()
    def analysis(self, interview_id: str, attempt: int) -> None:
        try:
            self.read(interview_id)
            self.find(interview_id, attempt)
        except Exception as error:
            if self._closing:
                raise
            self.fail(interview_id, attempt, _failure(error))
        self.settle(self.project_of(interview_id))
        self.place(self.project_of(interview_id))

    @DBOS.workflow()
    def comparison(self, interview_id: str, engine: EngineName, run_id: str) -> None:
        begun = beside.Started(interview_id, engine, run_id)
        try:
            self.read(interview_id)
            self.find_beside(*begun)
        except Exception as error:
            if self._closing:
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
    def read(self, interview_id: str) -> None:
        """File → transcript. A file that is redacted before storage goes once its redacted transcript is there."""
        with self._store.writing() as connection:
            interview = interviews.get(connection, interview_id, even_deleted=True)
            interviews.start(connection, interview_id)
        with self._store.reading() as connection:
            is_read = transcripts.is_read(connection, interview_id)
        if not is_read:
            with _discreet(interview) if interview.redacted else contextlib.nullcontext():
                self._transcribe(interview)
        if interview.redacted:
            company_id = self._company_of(interview_id)
            self._patiently(lambda: self._files.drop(company_id, interview_id))

    def _transcribe(self, interview: Interview) -> None:
        with self._store.reading() as connection:
            columns = interviews.columns(connection, interview.id)
            company_id = references.company_of(connection, interview.id)
        raw = self._patiently(lambda: self._files.of(company_id, interview))
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
        self._praises({interview_id: analysis})

    @DBOS.step()
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
    def fail_beside(self, interview_id: str, engine: EngineName, run_id: str, failure: Failure) -> None:
        with self._store.writing() as connection:
            beside.fail(connection, beside.Started(interview_id, engine, run_id), failure)

    @DBOS.step()
    def fail(self, interview_id: str, attempt: int, failure: Failure) -> None:
        with self._store.writing() as connection:
            if interviews.get(connection, interview_id, even_deleted=True).attempt == attempt:
                interviews.fail(connection, interview_id, failure)

    @DBOS.step()
    def settle(self, project_id: str) -> None:
        """Merge the project's findings, once its last interview in flight has ended."""
        # One at a time, so that an older merge can't be saved over a newer one.
        with self._merging:
            with self._store.reading() as connection:
                if interviews.in_flight(connection, project_id):
                    return
                analyses = interviews.results(connection, project_id)
            meant = self._meanings(analyses)
            found = [
                (InsightMember(interview_id=interview_id, finding=number), finding)
                for interview_id, analysis in analyses.items()
                for number, finding in enumerate(analysis.insights)
            ]
            vectors = [meant[member.interview_id][member.finding] for member, _ in found]
            merged = opposing.with_contradictions(merge.merge(found, vectors), found, vectors, self._praises(analyses))
            runs = {interview_id: analysis.provenance.run_id for interview_id, analysis in analyses.items()}
            made_by = Merge(model=merge.MODEL, rules_hash=merge.RULES_HASH, runs=runs)
            with self._store.writing() as connection:
                transaction.hold(connection, project_id)
                evidence = judging.evidence(analyses, interviews.of_project(connection, project_id))
                shown = judging.judged(merged, judgements.of_project(connection, project_id), evidence)
                insights.save(connection, project_id, merged, made_by, shown=shown)

    @DBOS.step()
    def place(self, project_id: str) -> None:
        """Propose personas for interviews that have none proposed, once the last one in flight has ended."""
        if self._is_waiting(project_id):
            return
        try:
            belonging.propose_new(self._store, self._workroom, project_id)
        except PersonaLabError as error:
            # An analysis without a proposal is better than none; the next one tries again.
            log.warning("no personas were proposed in project %s: %s", project_id, error)

    @DBOS.step()
    def await_analyses(self, project_id: str) -> None:
        """Wait until none of the project's interviews is in flight."""
        while self._is_waiting(project_id) and not self._closing:
            time.sleep(POLLING_SECONDS)

    @DBOS.step()
    def portray(self, project_id: str, again: bool = True) -> None:
        """Make stale portraits anew."""
        with contextlib.suppress(ProjectNotFound):
            portraying.portray(self._store, self._workroom, self._engines, project_id, again=again)

    def _is_waiting(self, project_id: str) -> bool:
        with self._store.reading() as connection:
            return bool(interviews.in_flight(connection, project_id))

    def _praises(self, analyses: Mapping[str, Analysis]) -> dict[str, opposing.Praises]:
        """Return what participants of each interview are pleased with; interviews analysed anew are read anew."""
        with self._store.reading() as connection:
            kept = praises.get(connection, analyses)
        made_by = f"{tagger_version()}:{MODEL}"
        found = {}
        for interview_id, analysis in analyses.items():
            wanted = f"{made_by}:{analysis.provenance.run_id}"
            known = kept.get(interview_id)
            if known is None or known.made_by != wanted:
                known = self._read_for_praises(interview_id, wanted)
            if known is not None:
                said = [opposing.Praise.model_validate(one) for one in known.said]
                found[interview_id] = opposing.Praises(said, known.vectors)
        return found

    def _read_for_praises(self, interview_id: str, made_by: str) -> praises.Kept | None:
        with self._store.reading() as connection:
            transcript = transcripts.get(connection, interview_id)
        try:
            its = self._workroom.run(opposing.praises, transcript)
        except PersonaLabError as error:
            # Insights without this interview's contradictions are better than none.
            log.warning("interview %s was not searched for contradictions: %s", interview_id, error)
            return None
        kept = praises.Kept(made_by, [one.model_dump(mode="json") for one in its.said], its.meanings)
        with self._store.writing() as connection:
            praises.save(connection, interview_id, kept)
        return kept

    def _meanings(self, analyses: Mapping[str, Analysis]) -> dict[str, list[bytes]]:
        """Return the packed meaning of every finding; what is kept from an earlier run is made anew."""
        with self._store.reading() as connection:
            kept = meanings.get(connection, analyses, "findings")
        found = {}
        for interview_id, analysis in analyses.items():
            wanted = f"{MODEL}:{analysis.provenance.run_id}"
            made_by, data = kept.get(interview_id, ("", b""))
            if made_by != wanted:
                data = self._workroom.run(indexing.findings, analysis)
                with self._store.writing() as connection:
                    meanings.save(connection, interview_id, "findings", made_by=wanted, vectors=data)
            found[interview_id] = [data[at : at + DIMENSIONS] for at in range(0, len(data), DIMENSIONS)]
        return found

    def project_of(self, interview_id: str) -> str:
        with self._store.reading() as connection:
            return interviews.get(connection, interview_id, even_deleted=True).project_id

    def _patiently(self, deed: Callable[[], Result]) -> Result:
        """Do it as soon as files can be read again, rather than fail at once."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return deed()
            except FilesUnavailable:
                if self._closing or time.monotonic() > until:
                    raise
                time.sleep(TRY_SECONDS)

    def _company_of(self, interview_id: str) -> str:
        with self._store.reading() as connection:
            return references.company_of(connection, interview_id)

    def _pick_up(self) -> None:
        """Start what is in flight by the store but not known, or ended early, by DBOS.

        That happens when a server died between recording an upload or a deletion and
        queueing what follows from it, or was shut down in the middle of a step.
        """
        with self._store.reading() as connection:
            waiting = interviews.in_flight(connection)
            unmerged = insights.outdated(connection)
            compared = beside.under_way(connection)
        for begun in compared:
            self._go_on_with(begun)
        for project_id in unmerged:
            self.merge(project_id)
        for interview in waiting:
            is_alive = _is_alive(_name(interview))
            if is_alive is None:
                self.analyse(interview)
            elif not is_alive:
                with self._store.writing() as connection:
                    again = interviews.restart(connection, interview)
                self.analyse(again)

    def _go_on_with(self, begun: beside.Started) -> None:
        """Queue an analysis beside another unless DBOS goes on with it by itself; it keeps its name in the store."""
        names = (f"{begun.run_id}:{again}" if again else begun.run_id for again in count())
        for name in names:
            is_alive = _is_alive(name)
            if is_alive is None:
                self.compare(begun, name)
            if is_alive is not False:
                return


def configure(place: Path | str) -> None:
    """Tell DBOS where to keep its own record of jobs, in a file or a PostgreSQL database; call it before `Jobs`."""
    url = f"sqlite:///{place}" if isinstance(place, Path) else place
    config = DBOSConfig(
        name="persona-lab",
        system_database_url=url,
        application_version=VERSION,
        executor_id="server",
        log_level="ERROR",
        use_listen_notify=False,
    )
    DBOS(config=config)


def _is_alive(name: str) -> bool | None:
    """Say whether DBOS still works on a workflow, or will; None where it doesn't know it."""
    status = DBOS.get_workflow_status(name)
    return None if status is None else status.status in ALIVE


def _queue(engine: EngineName) -> str:
    """Each engine has a queue of its own, so that a slow one holds up nobody else's work."""
    return "analyses" if engine == "local" else f"analyses-{engine}"


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


def _name(interview: Interview) -> str:
    return f"{interview.id}:{interview.attempt}"


@contextlib.contextmanager
def _discreet(interview: Interview) -> Iterator[None]:
    """Let no error out that could carry words of the file: DBOS and the log keep errors as they are."""
    try:
        yield
    except TranscriptError as error:
        raise type(error)(error.discreet) from None
    except PersonaLabError:
        raise
    except Exception as error:
        log.error("reading interview %s failed: %s", interview.id, described(error))
        raise ServerError(UNEXPECTED) from None


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
