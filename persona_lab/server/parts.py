"""What servers and workers have in common, opened once per process and closed with it."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from persona_lab import settings
from persona_lab.discretion import described
from persona_lab.engines.base import Engine
from persona_lab.engines.choosing import Engines
from persona_lab.engines.redacting.engine import guarded
from persona_lab.engines.redacting.scans import Scans
from persona_lab.engines.workroom import Workroom
from persona_lab.jobs import queueing
from persona_lab.jobs.durable import Jobs
from persona_lab.jobs.taking_over import Watch
from persona_lab.models import EngineName, Project, Transcript
from persona_lab.server import setting_up
from persona_lab.settings import Settings
from persona_lab.store import processes, pseudonyms, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files.kept import Files
from persona_lab.store.files.sweeping import Sweeper
from persona_lab.store.processes import Kind, Process

log = logging.getLogger(__name__)

DATABASE = "persona_lab.sqlite"


@dataclass(frozen=True)
class Parts:
    """One process's parts.

    Attributes:
        process: as which it is counted in among the others.
        settings: with which it was started.
    """

    process: Process
    settings: Settings
    store: Store
    files: Files
    engines: Engines
    scans: Scans
    workroom: Workroom
    jobs: Jobs


@contextlib.contextmanager
def opened(
    workspace: Path,
    engine: EngineName,
    *,
    kind: Kind,
    database: str | None = None,
    files_url: str | None = None,
    works: bool = True,
) -> Iterator[Parts]:
    """Open the workspace, or a team's database, and begin to queue and to work. Not on a running event loop.

    Args:
        database: the URL of a PostgreSQL database, in place of the file in the workspace.
        files_url: the URL of a bucket, in place of the folder in the workspace.
        works: whether this process does what is queued, too.
    """
    process = processes.new(kind, queueing.VERSION if works else "")
    with contextlib.ExitStack() as closing:
        store = Store(database or workspace / DATABASE)
        closing.callback(store.close)
        found = settings.load()
        files = setting_up.files(found, workspace, files_url)
        is_workspaces = database is None and not (files_url or found.files)
        files.belong_to(store.epoch, is_workspaces=is_workspaces)
        sweeper = Sweeper(store, files, is_alone=is_workspaces)
        sweeper.start()
        closing.callback(sweeper.close)
        workroom = Workroom()
        closing.callback(workroom.close)
        scans = Scans(workroom)
        makers = setting_up.makers(found, workroom)
        engines = Engines(engine, makers, _Guard(store, scans))
        # In a workspace the next process goes on under the same name, and so with what DBOS has of this one.
        if database is None:
            queueing.configure(workspace / "jobs.sqlite")
        else:
            queueing.configure(database, process_id=process.id, works=works)
        jobs = Jobs(store, files, engines, scans, workroom)
        watch = Watch(store, jobs, process)
        watch.be_there()
        closing.callback(watch.close)
        if database is not None:
            closing.callback(_give_back, database, process.id)
        closing.callback(jobs.close)
        jobs.launch(works=works)
        watch.begin()
        yield Parts(process, found, store, files, engines, scans, workroom, jobs)


class _Guard:
    """Makes of an engine what it may be for a project: remote ones see pseudonyms only."""

    def __init__(self, store: Store, scans: Scans) -> None:
        self._store = store
        self._scans = scans

    def __call__(self, engine: Engine, project: Project) -> Engine:
        known = pseudonyms.OfProject(self._store, project.id)
        return guarded(
            engine, project.redaction, scans=self._scans, pseudonyms=known, transcript_of=self._transcript_of
        )

    def _transcript_of(self, interview_id: str) -> Transcript:
        with self._store.reading() as connection:
            return transcripts.get(connection, interview_id)


def _give_back(database: str, process_id: str) -> None:
    """Leave to others what was begun; where the database is away, they find out by themselves."""
    try:
        queueing.give_back_after(database, process_id)
    except Exception as error:
        log.warning("what was begun could not be given back: %s", described(error))
