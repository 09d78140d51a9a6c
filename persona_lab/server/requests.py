"""One line in the log for each request, and one id that it, its answer and what follows from it have in common."""

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from persona_lab import logs
from persona_lab.models import Identity
from persona_lab.models.identity import LOCAL_COMPANY

log = logging.getLogger(__name__)

HEADER = "x-request-id"
# What asks for these asks every few seconds.
QUIET = frozenset({"/api/health", "/api/ready", "/metrics"})
UNKNOWN = "none of ours"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Gives each request an id, and writes down how it was answered.

    Args:
        streams: how the paths of streams begin. They write their own lines, and their `send` is left alone.
    """

    def __init__(self, app: ASGIApp, *, streams: str) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = logs.request_id_of(Headers(scope=scope).get(HEADER, ""))
        with logs.about(request_id=request_id):
            if scope["path"].startswith(self._streams):
                await self._app(scope, receive, send)
            else:
                await self._answered(request_id, scope, receive, send)

    async def _answered(self, request_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        status = 500

        async def telling(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, telling)
        finally:
            # Who asks whether we are well gets a line when we are not.
            if scope["path"] not in QUIET or status >= 400:
                told = {
                    "method": scope["method"] if scope["method"] in METHODS else "other",
                    "route": template(scope),
                    "status": status,
                    "milliseconds": round(1000 * (time.perf_counter() - begun), 1),
                    **who(scope),
                }
                log.info("request", extra={"told": told})


def template(scope: Scope) -> str:
    """Return the route as it is declared: a path may hold what somebody wrote."""
    return str(getattr(scope.get("route"), "path", UNKNOWN))


def who(scope: Scope) -> dict[str, str]:
    """Return the ids of whoever asks. In a workspace of one's own the user's is a person's name, and not told."""
    identity: Identity | None = scope.get("identity")
    if identity is None or not identity.company_id:
        return {}
    if identity.company_id == LOCAL_COMPANY:
        return {"company_id": identity.company_id}
    return {"company_id": identity.company_id, "user_id": identity.user_id}
