"""An ASGI app on a real socket, in a thread of the test's own process."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Reset(Exception):
    """The app wants the line to break now."""


class Serving:
    """`app` at `url`, which is on 127.0.0.1 only; a context manager that ends it."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self._breakable,
            interface="asgi3",
            loop="asyncio",
            lifespan="off",
            proxy_headers=False,
            log_config=None,
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Serving":
        self._socket.listen(128)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.force_exit = self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    async def _breakable(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Reset:
            # What was sent is on its way by then; the rest never comes.
            await asyncio.sleep(0.02)
            send.__self__.transport.abort()
