"""A reader that goes from server to server, as one does behind a proxy, and notes all it is told."""

import json
import threading
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import httpx

from tests.support.streams import follow
from tests.support.team import TOKEN


class Roaming(threading.Thread):
    """Follows a project from its beginning, with a new connection after every few events, each time to the next server.

    Args:
        urls: where to go, in turn; one that doesn't answer is passed over.
        stays: after how many events it leaves.
    """

    def __init__(self, urls: Sequence[str], project_id: str, epoch: str, *, stays: int = 3) -> None:
        super().__init__(daemon=True)
        self.told: list[dict[str, Any]] = []
        self.when: list[float] = []
        self.connections = 0
        self._urls = cycle(urls)
        self._project_id = project_id
        self._epoch = epoch
        self._stays = stays
        self._ended = threading.Event()

    @property
    def numbers(self) -> list[int]:
        return [one["seq"] for one in self.told]

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._read(next(self._urls))
            except httpx.TransportError:
                time.sleep(0.05)

    def wait_for(self, number: int, seconds: float) -> bool:
        """Wait until it was told of this event; say whether it was in time."""
        deadline = time.monotonic() + seconds
        while not self.told or self.told[-1]["seq"] < number:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def end(self) -> None:
        self._ended.set()

    def _read(self, url: str) -> None:
        place = f"{self._epoch}-{self.told[-1]['seq'] if self.told else 0}"
        headers = {"authorization": f"Bearer {TOKEN}"}
        with (
            httpx.Client(base_url=url, headers=headers) as http,
            follow(http, self._project_id, after=place) as stream,
        ):
            if stream.response.status_code != 200:
                time.sleep(0.05)
                return
            self.connections += 1
            until = len(self.told) + self._stays
            while len(self.told) < until and not self._ended.is_set() and (frame := stream.frame()):
                if "data" in frame:
                    self.when.append(time.monotonic())
                    self.told.append(json.loads(frame["data"]))
