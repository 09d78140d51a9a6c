"""Running one server: alone in its workspace, or one of many on a team's database.

A workspace's server is announced by a file only its owner can read.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from filelock import FileLock, Timeout

from persona_lab import settings
from persona_lab.errors import Conflict, InvalidRequest, TooBusy
from persona_lab.models import EngineName
from persona_lab.server import setting_up
from persona_lab.server.app import create_app
from persona_lab.server.parts import DATABASE
from persona_lab.server.services import Services
from persona_lab.server.streaming.hub import Limits
from persona_lab.store import interviews
from persona_lab.store.database import Store

# Streams are told to end at once; this is for uploads and answers under way.
GRACE_SECONDS = 4
# Longer than proxies keep a connection that they may use again, so that none is closed under their hands.
KEEP_ALIVE_SECONDS = 75
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(
    workspace: Path,
    *,
    host: str,
    port: int,
    token: str | None,
    engine: EngineName,
    limits: Limits,
    idle_exit_seconds: float | None,
    database: str | None = None,
    files: str | None = None,
    works: bool = True,
) -> None:
    """Serve the workspace until SIGTERM or SIGINT, or until nobody has needed it for a while.

    Args:
        port: 0 takes the port of the last time if it is free, else any.
        token: what clients must send; None keeps the workspace's own, or makes it.
        engine: who analyses.
        limits: how many streams may be open.
        idle_exit_seconds: None serves for ever.
        database: the URL of a PostgreSQL database, in place of the file in the workspace. Any number of servers may
            have it; the first in a workspace is the one that is announced there.
        files: the URL of a bucket, in place of the folder in the workspace.
        works: whether it analyses, too, or leaves that to workers.

    Raises:
        Conflict: another process serves this workspace, or a newer persona_lab wrote it.
        InvalidRequest: the workspace can't be made, or the host or port can't be listened on.
    """
    # What is written here is people's interviews: for nobody else on this machine.
    os.umask(0o077)
    try:
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InvalidRequest(
            f"The workspace folder {workspace} can't be made: {error.strerror}. Choose another --workspace."
        ) from None
    with _first(workspace) as is_first:
        if not is_first and database is None:
            raise Conflict(f"{workspace} is served already. `persona_lab.connect()` in that folder finds its server.")
        with _listening(host, port or (_last_port(workspace) if is_first else 0)) as listener:
            # Opened once before uvicorn does: what is wrong with it shall be said in a sentence, without a traceback.
            with closing(Store(database or workspace / DATABASE)) as store:
                found = settings.load()
                is_workspaces = database is None and not (files or found.files)
                setting_up.files(found, workspace, files).belong_to(store.epoch, is_workspaces=is_workspaces)
            token = token or _token(workspace)
            hosts = () if host in LOOPBACK else (host,)
            app = create_app(
                workspace,
                token=token,
                engine=engine,
                limits=limits,
                hosts=hosts,
                database=database,
                files=files,
                works=works,
            )
            config = uvicorn.Config(
                app,
                # Its lines are in our form, and there is one of ours for each request.
                log_config=None,
                access_log=False,
                # Nothing here asks where a request came from, and each layer around a stream costs memory.
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                h11_max_incomplete_event_size=64 * 1024,
            )
            announcement = _Announcement(workspace, token) if is_first else None
            server = _Server(config, app, announcement, idle_exit_seconds)
            server.run(sockets=[listener])


class _Announcement:
    """The files that say where a workspace's server listens."""

    def __init__(self, workspace: Path, token: str) -> None:
        self._workspace = workspace
        self._runtime = workspace / "server.json"
        self._token = token
        self._said = ""

    def write(self, url: str, port: int) -> None:
        _port_file(self._workspace).write_text(str(port))
        self._said = json.dumps({"url": url, "token": self._token, "pid": os.getpid()})
        _write_private(self._runtime, self._said)

    def withdraw(self) -> None:
        # Somebody may have deleted the folder meanwhile and begun anew: the file is another server's then.
        with contextlib.suppress(OSError):
            if self._runtime.read_text(encoding="utf-8") == self._said:
                self._runtime.unlink()


class _Server(uvicorn.Server):
    """A uvicorn that announces itself, ends streams before it waits for them, and leaves when idle."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        announcement: _Announcement | None,
        idle_exit_seconds: float | None,
    ) -> None:
        super().__init__(config)
        self._app = app
        self._announcement = announcement
        self._idle_exit_seconds = idle_exit_seconds
        self._last_used = time.monotonic()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started or not sockets:
            return
        host, port = sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if self._announcement:
            self._announcement.write(url, port)
        print(f"listening on {url}", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own would raise the signal once more at the end, and the exit code would not be 0.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        # uvicorn ticks ten times a second.
        if self._idle_exit_seconds is not None and counter % 10 == 0:
            if await asyncio.to_thread(self._is_used):
                self._last_used = time.monotonic()
            elif time.monotonic() - self._last_used > self._idle_exit_seconds:
                return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.hub.close()
        if self._announcement:
            self._announcement.withdraw()
        await super().shutdown(sockets)

    @property
    def _services(self) -> Services:
        services: Services = self._app.state.services
        return services

    def _is_used(self) -> bool:
        if self.server_state.connections or self._services.hub.streams:
            return True
        try:
            with self._services.store.reading() as connection:
                return bool(interviews.in_flight(connection))
        except TooBusy:
            # Somebody is waiting for the database to come back.
            return True


@contextlib.contextmanager
def _first(workspace: Path) -> Iterator[bool]:
    """Hold the workspace's lock, and say whether it was free; the system frees it even when this process is killed."""
    lock = FileLock(workspace / "server.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    with contextlib.ExitStack() as held:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            raise InvalidRequest(
                f"Can't listen on {host}:{port}: {error.strerror}. Choose another --port or --host."
            ) from None
        yield listener


def _last_port(workspace: Path) -> int:
    """Return the port this workspace was served on last, if it is free, so that open notebooks find it again."""
    with contextlib.suppress(OSError, ValueError):
        port = int(_port_file(workspace).read_text())
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    return 0


def _port_file(workspace: Path) -> Path:
    return workspace / "port"


def _token(workspace: Path) -> str:
    """Return the workspace's token, which the first of its servers makes."""
    kept = workspace / "token"
    with FileLock(workspace / "token.lock"):
        with contextlib.suppress(FileNotFoundError):
            return kept.read_text().strip()
        token = secrets.token_urlsafe(32)
        _write_private(kept, token)
        return token


def _write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, and that is never seen half-written."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    part.replace(path)
