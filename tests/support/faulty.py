"""A server on a real socket that does what a script says, and so can misbehave in any way."""

import re
import socket
import threading
from types import TracebackType

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nretry: 10\n\n"

PLACE = re.compile(r"(?i)(?:last-event-id: |[?&]last_event_id=)(\S+)")

Act = bytes | None


def problem(status: str, code: str) -> bytes:
    body = f'{{"code":"{code}","detail":"because of {code}"}}'.encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + body


class FaultyServer:
    """Answers each request with the next act of its script, and closes the line after it.

    An act is the bytes to send; None says nothing and keeps the line open.
    `requests` are the heads of the requests that came.
    """

    def __init__(self, *script: Act) -> None:
        self.requests: list[str] = []
        self._script = iter(script)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def places(self) -> list[str]:
        """Where the reader said it was in each request, by header or query."""
        return [found[1] for head in self.requests if (found := PLACE.search(head))]

    def _serve(self) -> None:
        for act in self._script:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._answer(line, act)

    def _answer(self, line: socket.socket, act: Act) -> None:
        line.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            received = line.recv(65536)
            if not received:
                break
            head += received
        self.requests.append(head.decode())
        if act is None:
            self._open.append(line)
            return
        line.sendall(act)
        line.close()

    def __enter__(self) -> "FaultyServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Wakes the thread out of accept.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for line in self._open:
            line.close()
        self._thread.join(timeout=10)
