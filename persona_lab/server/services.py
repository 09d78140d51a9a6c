"""What the routes work with, opened once per process and closed with it."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
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

if TYPE_CHECKING:
    from persona_lab.engines.miso.engine import MisoEngine
    from persona_lab.server.answering import Writing

DATABASE = "persona_lab.sqlite"
ENDING_SECONDS = 2.0


@dataclass(frozen=True)
class Services:
    """One server's parts.

    Work goes to `engines.of(project)`: a remote engine may see that project's pseudonyms only.

    Attributes:
        writings: the answers that are being written, by the ids of their messages.
        ending: engines' answers that were stopped, and have not ended yet.
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
    knowing: "Callable[[], MisoEngine]"
    writings: "dict[str, Writing]" = field(default_factory=dict)
    ending: set[asyncio.Task[None]] = field(default_factory=set)
    feeding: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    drawing: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))


@asynccontextmanager
async def opened(
    workspace: Path, engine_name: EngineName, limits: Limits, *, database: str | None = None
) -> AsyncIterator[Services]:
    """Open the workspace, or a team's database, and begin to work."""
    # It works on what is made here.
    from persona_lab.server import trashing

    store = Store(database or workspace / DATABASE)
    files = Files(workspace / "files")
    workroom = Workroom()
    jobs.configure(database or workspace / "jobs.sqlite")
    scans = Scans(workroom)

    def transcript_of(interview_id: str) -> Transcript:
        with store.reading() as connection:
            return transcripts.get(connection, interview_id)

    def guard(engine: Engine, project: Project) -> Engine:
        known = pseudonyms.OfProject(store, project.id)
        return guarded(engine, project.redaction, scans=scans, pseudonyms=known, transcript_of=transcript_of)

    found = settings.load()
    engines = Engines(engine_name, setting_up.makers(found, workroom), guard)
    work = Jobs(store, files, engines, scans, workroom)
    hub = Hub(store, Metrics(), limits)
    # DBOS refuses to be launched on a running event loop.
    await asyncio.to_thread(work.launch)
    try:
        retrieval = Retrieval(store, workroom)
        serving = Services(
            store, files, engines, scans, work, hub, retrieval, workroom, lambda: setting_up.knowing(found, workroom)
        )
        emptying = found.trash_days and asyncio.create_task(trashing.keep_emptying(serving, found.trash_days))
        yield serving
        if emptying:
            emptying.cancel()
            await asyncio.gather(emptying, return_exceptions=True)
        feeding = list(serving.feeding.values())
        for task in feeding:
            task.cancel()
        await asyncio.gather(*feeding, return_exceptions=True)
        if serving.ending:
            # They still write down what they cost.
            await asyncio.wait(serving.ending, timeout=ENDING_SECONDS)
    finally:
        await asyncio.to_thread(work.close)
        workroom.close()
        store.close()


def services(request: Request) -> Services:
    """Return the parts for this request: what it reads and writes, it does as whoever sent it."""
    found: Services = request.app.state.services
    return replace(found, store=found.store.acting_as(request.scope["identity"]))


Serving = Annotated[Services, Depends(services)]
