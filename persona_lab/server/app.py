"""The application: routes, guard and errors put together around one workspace."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from persona_lab import __version__, settings
from persona_lab.errors import InvalidRequest
from persona_lab.models import EngineName, identity
from persona_lab.server import describing, problems
from persona_lab.server.guard import DOCS_PATH, BodyLimit, Guard
from persona_lab.server.identity import rights
from persona_lab.server.identity.doors import Door, Team, Workspace
from persona_lab.server.readiness import Readiness
from persona_lab.server.requests import Requests
from persona_lab.server.routes import ROUTERS
from persona_lab.server.services import opened
from persona_lab.server.streaming.hub import Limits
from persona_lab.server.streaming.stream import PATH, StreamRoute
from persona_lab.server.talking import answering
from persona_lab.transcripts import LIMIT_BYTES

# What a form may add to the file itself.
FORM_BYTES = 1_000_000


def create_app(
    workspace: Path,
    *,
    token: str,
    engine: EngineName,
    limits: Limits | None = None,
    hosts: Collection[str] = (),
    database: str | None = None,
    files: str | None = None,
    works: bool = True,
) -> FastAPI:
    """Return the application that serves `workspace` to whoever has `token`, or to a team's accounts.

    Args:
        workspace: folder of the database and files; it is made when it isn't there.
        engine: who analyses.
        limits: how many streams may be open.
        hosts: host names it answers to besides those of loopback.
        database: the URL of a PostgreSQL database, in place of the file in the workspace.
        files: the URL of a bucket, in place of the folder in the workspace.
        works: whether it analyses, too, or leaves that to workers.

    Raises:
        InvalidRequest: a setting is wrong, or there are to be accounts and there is no database for them.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening = opened(workspace, engine, limits or Limits(), database=database, files_url=files, works=works)
        async with opening as services:
            app.state.services = services
            app.state.readiness = Readiness(services.store, services.files, services.hub)
            heeding = asyncio.create_task(answering.heed_others(services))
            yield
            heeding.cancel()

    # FastAPI's own documentation page loads its parts from elsewhere; this one brings them along.
    app = FastAPIOffline(
        title="persona_lab", version=__version__, lifespan=lifespan, redoc_url=None, static_url=DOCS_PATH
    )
    rights.check_complete(ROUTERS)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(rights.checked)])
    problems.install(app)
    describing.install(app)
    # These stand outside of everything the framework adds, so that a stream passes through none of it.
    inner = BodyLimit(app.build_middleware_stack(), limit_bytes=LIMIT_BYTES + FORM_BYTES)
    found = settings.load()
    names = {*hosts, *(name.strip() for name in found.hosts.split(",") if name.strip())}
    guarded = Guard(StreamRoute(inner), door=_door(token, found, database), hosts=names)
    app.middleware_stack = Requests(guarded, streams=PATH)
    return app


def _door(token: str, found: settings.Settings, database: str | None) -> Door:
    if not found.has_accounts:
        return Workspace(token, identity.local(getpass.getuser()))
    if database is None:
        raise InvalidRequest(
            "PERSONA_LAB_JWT_SECRET or PERSONA_LAB_JWKS_URL is set, and accounts need a team's database. "
            "Set PERSONA_LAB_DATABASE, or unset them."
        )
    return Team(token, found)
