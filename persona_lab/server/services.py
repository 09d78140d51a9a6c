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

from persona_lab.engines.choosing import Engines
from persona_lab.engines.redacting.scans import Scans
from persona_lab.engines.workroom import Workroom
from persona_lab.jobs.durable import Jobs
from persona_lab.models import EngineName
from persona_lab.server import parts, setting_up
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming.hub import Hub, Limits
from persona_lab.server.talking.retrieval import Retrieval
from persona_lab.store.database import Store
from persona_lab.store.files.kept import Files

if TYPE_CHECKING:
    from persona_lab.engines.miso.engine import MisoEngine
    from persona_lab.server.talking.answering import Writing

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
        process_id: as whom this server is counted in among others.
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
    process_id: str
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
    works: bool = True,
) -> AsyncIterator[Services]:
    """Open the workspace, or a team's database, and begin to serve, and to work unless that is for others."""
    # It works on what is made here.
    from persona_lab.server.editing import trashing

    opening = parts.opened(workspace, engine_name, kind="server", database=database, files_url=files_url, works=works)
    # DBOS refuses to be launched on a running event loop.
    found = await asyncio.to_thread(opening.__enter__)
    receiving = ThreadPoolExecutor(RECEIVING, "receiving")
    try:
        serving = Services(
            found.store,
            found.files,
            found.engines,
            found.scans,
            found.jobs,
            Hub(found.store, Metrics(), limits),
            Retrieval(found.store, found.workroom),
            found.workroom,
            receiving,
            lambda: setting_up.knowing(found.settings, found.workroom),
            found.process.id,
        )
        emptying = asyncio.create_task(trashing.keep_emptying(serving, found.settings.trash_days))
        yield serving
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
        receiving.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(opening.__exit__, None, None, None)


# They wait for nothing, and as plain functions each would cost every request a thread.
async def services(request: Request) -> Services:
    """Return the parts for this request: what it reads and writes, it does as whoever sent it."""
    found: Services = request.app.state.services
    return replace(found, store=found.store.acting_as(request.scope["identity"]))


Serving = Annotated[Services, Depends(services)]


async def unbound(request: Request) -> Services:
    """Return the parts for what the house does in somebody's name, where their own rights are not enough.

    Whoever uses it has to make sure that it may be done.
    """
    found: Services = request.app.state.services
    return replace(found, store=found.store.on_behalf_of(request.scope["identity"]))


House = Annotated[Services, Depends(unbound)]
