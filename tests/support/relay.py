"""What stands between a server and something it needs, and can be cut or stop at a word."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on to the address; `cut` refuses everybody, `hold_at` never answers requests that hold a word.

    `held` is set when such a request has come.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._is_cut = False
        self._word: bytes | None = None
        self.held = threading.Event()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        self._drop()

    def hold_at(self, word: str) -> None:
        self._word = word.encode()
        self.held.clear()
        # A connection that is open already may wait for its next request in a thread that knows no word.
        self._drop()

    def mend(self) -> None:
        self._is_cut, self._word = False, None

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _drop(self) -> None:
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def _relay(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if self._is_cut:
                return
            with socket.create_connection(self._target) as far:
                self._open |= {near, far}
                back = threading.Thread(target=self._pass, args=(far, near, None), daemon=True)
                back.start()
                self._pass(near, far, self._word)
                back.join()
                self._open -= {near, far}

    def _pass(self, source: socket.socket, to: socket.socket, word: bytes | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if word is not None and word in data:
                    self.held.set()
                    # Nothing of it goes further, and the line stays open until somebody ends it.
                    while source.recv(65_536):
                        pass
                    break
                to.sendall(data)
        for line in (source, to):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
