"""A server of nothing but event streams, in this process: a store, a hub, and uvicorn on a thread.

Tests of timing and of slow readers need to reach into the server, and none of its jobs.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from persona_lab.models import identity
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming.hub import Hub
from persona_lab.server.streaming.stream import StreamRoute
from persona_lab.store import events, projects
from persona_lab.store.database import Store


class Streaming:
    """`/api/sse/projects/{id}` and nothing else."""

    def __init__(self, workspace: Path) -> None:
        self.store = Store(workspace / "persona_lab.sqlite")
        self._prepare(0)

    def _prepare(self, port: int) -> None:
        self.hub: Hub | None = None
        self._is_up = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(self, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=3)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.address[1]}", timeout=30.0)

    def project(self) -> str:
        with self.store.writing() as connection:
            return projects.create(
                connection, epoch=self.store.epoch, name="Study", purpose="", audience="", method=""
            ).id

    def note(self, project_id: str, words: str = "") -> None:
        """Write one event."""
        with self.store.writing() as connection:
            events.append(connection, project_id, "note:added", {"words": words})

    def end_streams(self) -> None:
        """Do what the server does first when it is told to end."""
        assert self.hub is not None
        self.hub._loop.call_soon_threadsafe(self.hub.close)

    def restart(self) -> None:
        """End the hub and uvicorn, and serve the same store by new ones at the same address."""
        port = self.address[1]
        self._end_serving()
        self._prepare(port)
        self._run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        assert self.hub is not None
        scope["identity"] = identity.local("minji")
        scope["app"] = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(hub=self.hub)))
        await StreamRoute(_nothing_else)(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.hub = Hub(self.store, Metrics())
        await send({"type": "lifespan.startup.complete"})
        self._is_up.set()
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _run(self) -> None:
        self._thread.start()
        assert self._is_up.wait(10)

    def _end_serving(self) -> None:
        self.end_streams()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _stop(self) -> None:
        self._end_serving()
        self.store.close()


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(f"{scope['path']} is not a stream")


@contextmanager
def streaming(workspace: Path) -> Iterator[Streaming]:
    server = Streaming(workspace)
    server._run()
    try:
        yield server
    finally:
        server._stop()
