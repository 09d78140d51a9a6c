"""What the routes work with, opened once per process and closed with it."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from persona_lab import jobs, settings
from persona_lab.engines.base import Engine
from persona_lab.engines.choosing import Engines
from persona_lab.engines.redacting import Scans, guarded
from persona_lab.engines.workroom import Workroom
from persona_lab.jobs import Jobs
from persona_lab.models import EngineName, Project, Transcript
from persona_lab.server import setting_up
from persona_lab.server.hub import Hub, Limits
from persona_lab.server.metrics import Metrics
from persona_lab.server.retrieval import Retrieval
from persona_lab.store import pseudonyms, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files import Files
from persona_lab.store.sweeping import Sweeper

if TYPE_CHECKING:
    from persona_lab.engines.miso.engine import MisoEngine
    from persona_lab.server.answering import Writing

DATABASE = "persona_lab.sqlite"
ENDING_SECONDS = 2.0
# So many uploads are written down at once.
RECEIVING = 8


@dataclass(frozen=True)
class Services:
    """One server's parts.

    Work goes to `engines.of(project)`: a remote engine may see that project's pseudonyms only.

    Attributes:
        writings: the answers that are being written, by the ids of their messages.
        ending: engines' answers that were stopped, and have not ended yet.
        receiving: the threads that write uploads down; a slow bucket holds up nobody else.
        knowing: returns MISO to feed knowledge bases, or raises EngineNotSetUp.
        feeding: what feeds a knowledge base at the moment, by project.
        drawing: what lets one mind map of a conversation be drawn at a time, by conversation.
    """

    store: Store
    files: Files
    engines: Engines
    scans: Scans
    jobs: Jobs
    hub: Hub
    retrieval: Retrieval
    workroom: Workroom
    receiving: ThreadPoolExecutor
    knowing: "Callable[[], MisoEngine]"
    writings: "dict[str, Writing]" = field(default_factory=dict)
    ending: set[asyncio.Task[None]] = field(default_factory=set)
    feeding: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    drawing: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))


@asynccontextmanager
async def opened(
    workspace: Path,
    engine_name: EngineName,
    limits: Limits,
    *,
    database: str | None = None,
    files_url: str | None = None,
) -> AsyncIterator[Services]:
    """Open the workspace, or a team's database, and begin to work."""
    store = Store(database or workspace / DATABASE)
    found = settings.load()
    files = setting_up.files(found, workspace, files_url)
    await asyncio.to_thread(files.belong_to, store.epoch, may_adopt=database is None)
    sweeper = Sweeper(store, files, is_alone=database is None and not (files_url or found.files))
    await asyncio.to_thread(sweeper.start)
    workroom = Workroom()
    jobs.configure(database or workspace / "jobs.sqlite")
    scans = Scans(workroom)

    def transcript_of(interview_id: str) -> Transcript:
        with store.reading() as connection:
            return transcripts.get(connection, interview_id)

    def guard(engine: Engine, project: Project) -> Engine:
        known = pseudonyms.OfProject(store, project.id)
        return guarded(engine, project.redaction, scans=scans, pseudonyms=known, transcript_of=transcript_of)

    engines = Engines(engine_name, setting_up.makers(found, workroom), guard)
    work = Jobs(store, files, engines, scans, workroom)
    hub = Hub(store, Metrics(), limits)
    # DBOS refuses to be launched on a running event loop.
    await asyncio.to_thread(work.launch)
    receiving = ThreadPoolExecutor(RECEIVING, "receiving")
    try:
        retrieval = Retrieval(store, workroom)
        serving = Services(
            store,
            files,
            engines,
            scans,
            work,
            hub,
            retrieval,
            workroom,
            receiving,
            lambda: setting_up.knowing(found, workroom),
        )
        yield serving
        feeding = list(serving.feeding.values())
        for task in feeding:
            task.cancel()
        await asyncio.gather(*feeding, return_exceptions=True)
        if serving.ending:
            # They still write down what they cost.
            await asyncio.wait(serving.ending, timeout=ENDING_SECONDS)
    finally:
        receiving.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(sweeper.close)
        await asyncio.to_thread(work.close)
        workroom.close()
        store.close()


def services(request: Request) -> Services:
    """Return the parts for this request: what it reads and writes, it does as whoever sent it."""
    found: Services = request.app.state.services
    return replace(found, store=found.store.acting_as(request.scope["identity"]))


Serving = Annotated[Services, Depends(services)]


def unbound(request: Request) -> Services:
    """Return the parts for what the house does in somebody's name, where their own rights are not enough.

    Whoever uses it has to make sure that it may be done.
    """
    found: Services = request.app.state.services
    return replace(found, store=found.store.on_behalf_of(request.scope["identity"]))


House = Annotated[Services, Depends(unbound)]
