"""What the routes work with, opened once per process and closed with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from persona_lab import jobs
from persona_lab.engines.base import Engine
from persona_lab.engines.local import LocalEngine
from persona_lab.engines.redacting import Scans, guarded
from persona_lab.engines.workroom import Workroom
from persona_lab.jobs import Jobs
from persona_lab.models import Project, Transcript
from persona_lab.server.hub import Hub, Limits
from persona_lab.server.metrics import Metrics
from persona_lab.server.retrieval import Retrieval
from persona_lab.settings import EngineName
from persona_lab.store import pseudonyms, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files import Files

ENGINES: dict[EngineName, Callable[[Workroom], Engine]] = {"local": LocalEngine}

DATABASE = "persona_lab.sqlite"


@dataclass(frozen=True)
class Services:
    """One server's parts.

    Work goes to `engine_for(project)`: a remote engine may see that project's pseudonyms only.
    """

    store: Store
    files: Files
    engine: Engine
    engine_for: Callable[[Project], Engine]
    scans: Scans
    jobs: Jobs
    hub: Hub
    retrieval: Retrieval


@asynccontextmanager
async def opened(workspace: Path, engine_name: EngineName, limits: Limits) -> AsyncIterator[Services]:
    """Open the workspace and begin to work."""
    store = Store(workspace / DATABASE)
    files = Files(workspace / "files")
    workroom = Workroom()
    engine = ENGINES[engine_name](workroom)
    jobs.configure(workspace / "jobs.sqlite")
    scans = Scans(workroom)

    def transcript_of(interview_id: str) -> Transcript:
        with store.reading() as connection:
            return transcripts.get(connection, interview_id)

    def engine_for(project: Project) -> Engine:
        known = pseudonyms.OfProject(store, project.id)
        return guarded(engine, project.redaction, scans=scans, pseudonyms=known, transcript_of=transcript_of)

    work = Jobs(store, files, engine_for, scans, workroom)
    hub = Hub(store, Metrics(), limits)
    # DBOS refuses to be launched on a running event loop.
    await asyncio.to_thread(work.launch)
    try:
        retrieval = Retrieval(store, workroom)
        yield Services(store, files, engine, engine_for, scans, work, hub, retrieval)
    finally:
        await asyncio.to_thread(work.close)
        workroom.close()
        store.close()


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Serving = Annotated[Services, Depends(services)]
