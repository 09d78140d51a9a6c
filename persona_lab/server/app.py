"""The application: routes, guard and errors put together around one workspace."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from persona_lab import __version__
from persona_lab.server import problems
from persona_lab.server.guard import BodyLimit, Guard
from persona_lab.server.routes import api
from persona_lab.server.services import opened
from persona_lab.transcripts import LIMIT_BYTES

# What a form may add to the file itself.
FORM_BYTES = 1_000_000


def create_app(workspace: Path, *, token: str, hosts: Collection[str] = ()) -> FastAPI:
    """Return the application that serves `workspace` to whoever has `token`.

    Args:
        workspace: folder of the database and files; it is made when it isn't there.
        hosts: host names it answers to besides those of loopback.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(workspace) as services:
            app.state.services = services
            yield

    app = FastAPI(title="persona_lab", version=__version__, lifespan=lifespan, redoc_url=None)
    app.include_router(api)
    problems.install(app)
    app.add_middleware(BodyLimit, limit_bytes=LIMIT_BYTES + FORM_BYTES)
    app.add_middleware(Guard, token=token, hosts=hosts)
    return app
