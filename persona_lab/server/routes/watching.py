"""How the server is doing, and who it takes you for."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from persona_lab import __version__
from persona_lab.models import Me
from persona_lab.server.readiness import Readiness
from persona_lab.server.services import Services, Serving
from persona_lab.store import projects

api = APIRouter(prefix="/api")
metrics_api = APIRouter()


@api.get("/health")
def health(serving: Serving) -> dict[str, str]:
    return {"status": "ok", "version": __version__, "engine": serving.engines.default}


@api.get("/ready", responses={503: {"description": "It is not; of each part it is said what is wrong."}})
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """Whether requests may be sent here: `ok` of each part, or what is wrong with it."""
    readiness: Readiness = request.app.state.readiness
    found = await readiness.look()
    response.status_code = 200 if found.is_ready else 503
    return {"status": "ready" if found.is_ready else "not ready", "parts": found.parts}


@api.get("/me")
def me(serving: Serving) -> Me:
    """Who the server takes you for: the coder of what you code."""
    identity = serving.store.identity
    return Me(user=identity.name, **identity.model_dump(exclude={"name", "token_id"}))


@api.get("/monitor")
async def monitor(serving: Serving, project_id: str | None = None) -> dict[str, Any]:
    """How the streams are doing: open ones, events a second, reconnects, readers cut off, latency.

    Of the projects that one sees, and of no others.
    """
    seen = await run_in_threadpool(_seen, serving)
    open_streams = {key: count for key, count in serving.hub.by_project().items() if key in seen}
    return serving.hub.metrics.summary(open_streams, project_id, seen)


def _seen(serving: Services) -> set[str]:
    with serving.store.reading() as connection:
        return projects.seen(connection, serving.store.identity)


@metrics_api.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(serving: Serving) -> Response:
    """The same of the whole server, for Prometheus and whoever runs it."""
    return Response(serving.hub.metrics.text(), media_type=CONTENT_TYPE_LATEST)
