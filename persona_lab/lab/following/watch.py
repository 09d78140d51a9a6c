"""Keeps a project's monitors true, on the background thread: our own figures, and the server's where it has any."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from persona_lab.client.follow import Locate
from persona_lab.errors import NotFound, PersonaLabError
from persona_lab.lab.following.stream_log import Figures, StreamLog

if TYPE_CHECKING:
    from persona_lab.widgets.monitor import Monitor

UPDATE_SECONDS = 0.25
ASK_SECONDS = 5.0


class Watch:
    """The monitors of one feed. It costs nothing while there is none."""

    def __init__(self, locate: Locate, project_id: str, log: StreamLog) -> None:
        self._locate = locate
        self._project_id = project_id
        self._log = log
        self._monitors: list[Monitor] = []
        self._server: Figures | None = None
        # The reconnects there had been when the server was found to have no figures; another start may bring them.
        self._absent_at: int | None = None
        self._running: asyncio.Task[None] | None = None

    def attach(self, monitor: "Monitor") -> None:
        """Keep the monitor true from now on, until it is closed."""
        self._monitors.append(monitor)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Leave the monitors as they are."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        asking = asyncio.create_task(self._ask_now_and_then())
        try:
            while self._monitors:
                figures = {**self._log.figures(), "server": self._server}
                for monitor in self._monitors:
                    # The same figures again are not sent.
                    monitor.figures = figures
                await asyncio.sleep(UPDATE_SECONDS)
                # Without a line to its page it has been closed.
                self._monitors = [monitor for monitor in self._monitors if monitor.comm is not None]
        finally:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking

    async def _ask_now_and_then(self) -> None:
        while True:
            if self._log.connection.state != "live":
                self._server = None
            elif self._absent_at != self._log.reconnects and any(monitor.is_watched for monitor in self._monitors):
                await self._ask()
                await asyncio.sleep(ASK_SECONDS)
                continue
            await asyncio.sleep(UPDATE_SECONDS)

    async def _ask(self) -> None:
        try:
            self._server = await (await self._locate()).monitor(self._project_id)
        except NotFound:
            self._server = None
            self._absent_at = self._log.reconnects
        except PersonaLabError:
            # Figures that may be old are worse than none; the next answer brings them back.
            self._server = None
