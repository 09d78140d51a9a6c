"""Who may come in: pure ASGI middleware, so that streams pass through untouched.

The server listens on loopback, but any web page the analyst has open can send
requests there. A token stops those that can't know it; the Host check stops DNS
rebinding, the Origin check what a browser sends on a page's behalf.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from persona_lab.errors import FileTooLarge, InvalidRequest, NotAllowed, PersonaLabError
from persona_lab.models import NOBODY, Identity
from persona_lab.server.identity.doors import Door
from persona_lab.server.problems import Problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
# Shows the routes and nothing of anybody's data.
OPEN_PATHS = frozenset({"/api/health", "/api/ready", "/docs", "/openapi.json"})
DOCS_PATH = "/docs-parts"


class Guard:
    """Lets a request through only from somebody we know, for a host we are, from a page of ours."""

    def __init__(self, app: ASGIApp, *, door: Door, hosts: Collection[str]) -> None:
        self._app = app
        self._door = door
        self._hosts = LOOPBACK | set(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._misplaced(scope, headers)
        if refused is None:
            try:
                identity = await self._identified(scope, headers)
            except PersonaLabError as error:
                refused = Problem(error)
            else:
                scope["identity"], scope["user"] = identity, identity.name
        await (refused or self._app)(scope, receive, send)

    def _misplaced(self, scope: Scope, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if _name(host) not in self._hosts:
            return Problem(NotAllowed("This server doesn't answer to that host name. Use 127.0.0.1."), 403)
        if origin is not None and origin.partition("://")[2] != host:
            return Problem(NotAllowed("Requests from other web pages are not allowed."), 403)
        if b"%00" in scope["query_string"]:
            return Problem(InvalidRequest("The query has a character that can't be kept (NUL). Leave it out."))
        return None

    async def _identified(self, scope: Scope, headers: Headers) -> Identity:
        path = scope["path"]
        if path in OPEN_PATHS or path.startswith(f"{DOCS_PATH}/"):
            return NOBODY
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotAllowed
        return await self._door.identify(scope["app"].state.services.store, token.strip(), path)


class BodyLimit:
    """Refuses a body that is larger than the largest file allowed, before it is kept anywhere."""

    def __init__(self, app: ASGIApp, *, limit_bytes: int) -> None:
        self._app = app
        self._limit = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            await Problem(InvalidRequest("Content-Length is not a number."), 400)(scope, receive, send)
            return
        if int(length) > self._limit:
            await Problem(FileTooLarge())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise FileTooLarge
            return message

        await self._app(scope, counted, send)


def _name(host: str) -> str:
    """Return the host without its port; `[::1]:80` keeps its brackets."""
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host
