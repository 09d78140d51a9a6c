"""Who may come in: pure ASGI middleware, so that streams pass through untouched.

The server listens on loopback, but any web page the analyst has open can send
requests there. A token stops those that can't know it; the Host check stops DNS
rebinding, the Origin check what a browser sends on a page's behalf.
"""

import secrets
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from persona_lab.errors import FileTooLarge, InvalidRequest, NotAllowed
from persona_lab.models import Identity
from persona_lab.server.problems import Problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
# Shows the routes and nothing of anybody's data.
OPEN_PATHS = frozenset({"/api/health", "/api/ready", "/docs", "/openapi.json"})
DOCS_PATH = "/docs-parts"


class Guard:
    """Lets a request through only with the token, for a host we are, from a page of ours."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Collection[str], identity: Identity) -> None:
        self._app = app
        self._identity = identity
        self._token = token.encode()
        self._hosts = LOOPBACK | set(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["identity"] = self._identity
        scope["user"] = self._identity.name
        refused = self._refuse(scope["path"], Headers(scope=scope))
        await (refused or self._app)(scope, receive, send)

    def _refuse(self, path: str, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if _name(host) not in self._hosts:
            return Problem(NotAllowed("This server doesn't answer to that host name. Use 127.0.0.1."), 403)
        if origin is not None and origin.partition("://")[2] != host:
            return Problem(NotAllowed("Requests from other web pages are not allowed."), 403)
        if path in OPEN_PATHS or path.startswith(f"{DOCS_PATH}/"):
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(token.strip().encode(), self._token):
            return Problem(NotAllowed())
        return None


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
