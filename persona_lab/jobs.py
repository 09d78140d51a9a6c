"""The work that goes on after an upload has answered, and survives crashes.

A job is a durable workflow of three steps: read the file, analyse it, merge the
project's findings. A step that was cut off is run again after the restart, so
each one may be repeated: the store ignores what has been done already. Every
attempt has a name of its own, so no analysis is started twice.
"""

import contextlib
import logging
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, SetWorkflowID, WorkflowStatusString

from persona_lab.engines import admitting, indexing, keeping, merge
from persona_lab.engines.base import Alone, Engine, context_of
from persona_lab.engines.meaning.encoder import DIMENSIONS, MODEL
from persona_lab.engines.redacting import Scans, in_effect
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import PersonaLabError, ServerError, TranscriptError
from persona_lab.models import Analysis, Failure, InsightMember, Interview, Merge, Project, now
from persona_lab.store import insights, interviews, meanings, projects, pseudonyms, speakers, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files import Files
from persona_lab.transcripts import read_transcript

log = logging.getLogger(__name__)

QUEUE = "analyses"
# While one is in the workroom, others read from and write to the store.
CONCURRENCY = 4
# DBOS looks for work so often. It costs 2 % of a core when there is none; twentieths of a second cost 8 %.
POLLING_SECONDS = 0.2
# Workflows of another version are left alone by DBOS, and nobody's upload may be left alone.
# Raise it only together with a migration of what is in flight.
VERSION = "1"
UNEXPECTED = "Something unexpected happened. The server's log says more; try again."


@DBOS.dbos_class()
class Jobs(DBOSConfiguredInstance):
    """The workflows of one server. `launch` once, `close` at the end."""

    def __init__(
        self,
        store: Store,
        files: Files,
        engine_for: Callable[[Project], Engine],
        scans: Scans,
        workroom: Workroom,
    ) -> None:
        self._store = store
        self._files = files
        self._engine_for = engine_for
        self._scans = scans
        self._workroom = workroom
        self._closing = False
        self._merging = threading.Lock()
        super().__init__("jobs")

    def launch(self) -> None:
        """Begin to work, first on what an earlier server left unfinished. Nothing may be uploaded before."""
        with self._store.reading() as connection:
            self._files.drop_all_but(interviews.to_be_redacted(connection))
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLLING_SECONDS, on_conflict="always_update"
        )
        self._pick_up()

    def analyse(self, interview: Interview) -> None:
        """Put the interview's current attempt into the queue; asking twice is asking once."""
        with SetWorkflowID(_name(interview)):
            DBOS.enqueue_workflow(QUEUE, self.analysis, interview.id, interview.attempt)

    def merge(self, project_id: str) -> None:
        """Merge the project's findings again, after interviews were deleted or restored."""
        DBOS.enqueue_workflow(QUEUE, self.merging, project_id)

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

    @DBOS.workflow()
    def merging(self, project_id: str) -> None:
        self.settle(project_id)

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
            self._files.drop(interview_id)

    def _transcribe(self, interview: Interview) -> None:
        with self._store.reading() as connection:
            columns = interviews.columns(connection, interview.id)
        transcript = self._workroom.run(read_transcript, self._files.of(interview), interview.filename, columns)
        if interview.redacted:
            known = pseudonyms.OfProject(self._store, interview.project_id)
            transcript = keeping.redacted(transcript, self._scans, known)
        indexed = self._workroom.run(indexing.turns, transcript)
        with self._store.writing() as connection:
            transcripts.save(connection, interview.id, transcript, indexed.terms)
            meanings.save(connection, interview.id, "turns", made_by=MODEL, vectors=indexed.meanings)

    @DBOS.step()
    def find(self, interview_id: str, attempt: int) -> None:
        """Transcript → analysis."""
        with self._store.writing() as connection:
            interview = interviews.get(connection, interview_id, even_deleted=True)
            if interview.attempt != attempt:
                return
            transcript = transcripts.get(connection, interview_id)
            interviews.was_read(connection, interview_id, transcript)
            project = projects.get(connection, interview.project_id, epoch=self._store.epoch)
            corrections = speakers.corrections(connection, [interview_id]).get(interview_id, {})
        began = interviews.Began(now(), project.seq)
        engine, context = self._engine_for(project), context_of(project)
        analysis = engine.analyse(transcript, context, Alone(f"{interview_id}:{attempt}"))
        given = {
            "context_hash": context.hash,
            "redaction": in_effect(engine, project.redaction),
            "speakers": tuple(corrections.values()),
        }
        made_by = analysis.provenance.model_copy(update=given)
        analysis = admitting.admitted(analysis.model_copy(update={"provenance": made_by}), transcript)
        with self._store.writing() as connection:
            # Speakers may have been corrected meanwhile; then a newer attempt is on its way.
            if interviews.get(connection, interview_id, even_deleted=True).attempt == attempt:
                interviews.complete(connection, interview_id, analysis, began)

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
                before = insights.merged(connection, project_id)
            meant = self._meanings(analyses)
            found = [
                (InsightMember(interview_id=interview_id, finding=number), finding)
                for interview_id, analysis in analyses.items()
                for number, finding in enumerate(analysis.insights)
            ]
            merged = merge.merge(found, [meant[m.interview_id][m.finding] for m, _ in found], before)
            runs = {interview_id: analysis.provenance.run_id for interview_id, analysis in analyses.items()}
            made_by = Merge(model=merge.MODEL, rules_hash=merge.RULES_HASH, runs=runs)
            with self._store.writing() as connection:
                insights.save(connection, project_id, merged, made_by)

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

    def _pick_up(self) -> None:
        """Start what is in flight by the store but not known, or ended early, by DBOS.

        That happens when a server died between recording an upload or a deletion and
        queueing what follows from it, or was shut down in the middle of a step.
        """
        with self._store.reading() as connection:
            waiting = interviews.in_flight(connection)
            unmerged = insights.outdated(connection)
        for project_id in unmerged:
            self.merge(project_id)
        for interview in waiting:
            status = DBOS.get_workflow_status(_name(interview))
            if status is None:
                self.analyse(interview)
            elif status.status not in (
                WorkflowStatusString.PENDING.value,
                WorkflowStatusString.ENQUEUED.value,
                WorkflowStatusString.DELAYED.value,
            ):
                with self._store.writing() as connection:
                    again = interviews.restart(connection, interview)
                self.analyse(again)


def configure(path: Path) -> None:
    """Tell DBOS where to keep its own record of jobs; call it before making `Jobs`."""
    config = DBOSConfig(
        name="persona-lab",
        system_database_url=f"sqlite:///{path}",
        application_version=VERSION,
        executor_id="server",
        log_level="ERROR",
        use_listen_notify=False,
    )
    DBOS(config=config)


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
        places = "".join(traceback.format_tb(error.__traceback__))
        log.error("reading interview %s failed: %s\n%s", interview.id, type(error).__name__, places)
        raise ServerError(UNEXPECTED) from None


def _failure(error: Exception) -> Failure:
    if isinstance(error, PersonaLabError):
        return Failure(code=error.code, message=error.message)
    log.error("an analysis failed", exc_info=error)
    return Failure(code=ServerError.code, message=UNEXPECTED)
