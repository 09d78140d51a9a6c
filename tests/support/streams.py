"""Reading event streams off a real socket, frame by frame, as the wire has them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

# Bounds every wait for a frame: a stream that is silent for longer fails the test.
PATIENCE_SECONDS = 30.0


class Stream:
    """An open stream. A frame is what stands between two blank lines, as a dict of its fields."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = _lines(response.iter_bytes())

    def frame(self) -> dict[str, str]:
        """Return the next frame, an empty one at the end of the stream."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return fields
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields

    def content(self) -> dict[str, Any]:
        """Return what the next frame with data says."""
        while "data" not in (frame := self.frame()):
            assert frame, "the stream ended"
        content: dict[str, Any] = json.loads(frame["data"])
        return content

    def contents(self) -> Iterator[dict[str, Any]]:
        """Yield what the frames say until the stream ends."""
        while frame := self.frame():
            if "data" in frame:
                yield json.loads(frame["data"])


def _lines(parts: Iterator[bytes]) -> Iterator[str]:
    """Split at line feeds alone, as the standard wants; httpx's own lines end at other characters too."""
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        yield from (line.decode() for line in lines)


@contextmanager
def follow(
    http: httpx.Client, project_id: str, *, after: str | None = None, query: str | None = None
) -> Iterator[Stream]:
    """Open the project's stream, after the event of that id."""
    headers = {"last-event-id": after} if after is not None else {}
    params = {"last_event_id": query} if query is not None else {}
    path = f"/api/sse/projects/{project_id}"
    with http.stream("GET", path, headers=headers, params=params, timeout=PATIENCE_SECONDS) as response:
        yield Stream(response)


@contextmanager
def asked(http: httpx.Client, question: str, project_id: str, **more: Any) -> Iterator[Stream]:
    """Open the stream of an answer."""
    body = {"project_id": project_id, "messages": [{"role": "user", "content": question}], **more}
    with http.stream("POST", "/api/chat", json=body, timeout=PATIENCE_SECONDS) as response:
        yield Stream(response)
