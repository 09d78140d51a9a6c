"""The servers that the stream benchmarks measure, each behind the same few words."""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.server import Server

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
events {{ worker_connections 20000; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location /stream {{ nchan_subscriber eventsource; nchan_channel_id p; nchan_message_buffer_length 2000; }}
    location /publish {{ nchan_publisher; nchan_channel_id p; nchan_message_buffer_length 2000; }}
  }}
}}
"""


@dataclass(frozen=True)
class Target:
    """A running server: where to subscribe, and how to publish one event."""

    name: str
    port: int
    pids: tuple[int, ...]
    stream: str
    headers: dict[str, str]
    method: str
    publish: str

    def event(self, marker: str, size: int) -> bytes:
        """Return the body that publishes an event which holds the marker, about `size` bytes on the wire.

        No two are the same: a change to what is there already would be no event.
        """
        marker += secrets.token_hex(4)
        if self.method == "PATCH":
            # What our events say besides: the project's other fields.
            return json.dumps({"description": marker.ljust(max(size - 420, len(marker)), ".")}).encode()
        return json.dumps({"text": marker.ljust(size - 100, ".")}).encode()


@contextmanager
def persona_lab(*_: object) -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, server.client() as http:
        project = http.post("/api/projects", json={"name": "Streams"}).json()["id"]
        yield Target(
            "persona_lab",
            int(server.url.rsplit(":", 1)[1]),
            (server.pid,),
            f"/api/sse/projects/{project}",
            {"Authorization": f"Bearer {server.token}"},
            "PATCH",
            f"/api/projects/{project}",
        )


@contextmanager
def sse_starlette() -> Iterator[Target]:
    port = _free_port()
    app = "tests.benchmarks.baselines.sse_starlette_app:app"
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log", "--backlog", "4096"]
    with _process([sys.executable, "-m", "uvicorn", app, *options], port) as pid:
        yield Target("sse-starlette", port, (pid,), "/stream", {}, "POST", "/publish")


@contextmanager
def nchan() -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), _free_port()
        folder.chmod(0o755)
        user = "user root; " if Path("/").owner() == "root" and folder.owner() == "root" else ""
        (folder / "nginx.conf").write_text(user + NGINX.format(folder=folder, port=port))
        command = ["nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        with _process(command, port) as pid:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            yield Target("nginx + nchan", port, (pid, *map(int, children)), "/stream", {}, "POST", "/publish")


def has_nchan() -> bool:
    return bool(shutil.which("nginx")) and Path("/usr/lib/nginx/modules/ngx_nchan_module.so").exists()


def wait_until_up(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


def http(target: Target) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{target.port}",
        headers={**target.headers, "Content-Type": "application/json"},
        timeout=60,
    )


@contextmanager
def _process(command: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command)
    try:
        wait_until_up(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
