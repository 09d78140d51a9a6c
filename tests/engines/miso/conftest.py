"""A look-alike of MISO for each test, an engine that is quick to give up, and a run that keeps what it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from pydantic import SecretStr

from persona_lab.engines.miso.config import App, Limits, Miso
from persona_lab.engines.miso.engine import MisoEngine
from persona_lab.engines.miso.wire import Wire, connected
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnalysisCancelled, BudgetSpent
from persona_lab.models import Usage
from tests.fakes.miso import KEY_OF, FakeMiso

T = TypeVar("T")

QUICK = Limits(
    connect_seconds=1.0,
    silence_seconds=1.2,
    parameters_seconds=1.0,
    question_seconds=1.0,
    run_seconds=1.5,
    chat_seconds=1.5,
    upload_seconds=1.5,
    search_seconds=1.5,
    indexing_seconds=1.0,
    poll_seconds=0.02,
    cancel_seconds=0.05,
    afterwards_seconds=0.1,
    attempts=3,
    first_wait_seconds=0.02,
    longest_wait_seconds=0.1,
    answer_bytes=2**20,
)


class Kept:
    """A run that keeps in memory, over several attempts, and can be cancelled."""

    def __init__(self) -> None:
        self.id = "interview:1"
        self.parts: dict[str, str] = {}
        self.usage = Usage()
        self.wasted = Usage()
        self.asked = 0
        self.is_cancelled = False
        self.cancel_after: int | None = None
        self.is_broke = False

    def kept(self, key: str) -> str | None:
        return self.parts.get(key)

    def keep(self, key: str, part: str, usage: Usage) -> None:
        assert key not in self.parts
        self.parts[key] = part
        self.usage += usage

    def spent(self, usage: Usage) -> None:
        self.wasted += usage

    def go_on(self) -> None:
        self.asked += 1
        if self.is_cancelled or (self.cancel_after is not None and self.asked > self.cancel_after):
            raise AnalysisCancelled
        if self.is_broke:
            raise BudgetSpent


@pytest.fixture
def miso() -> Iterator[FakeMiso]:
    with FakeMiso() as serving:
        yield serving


@pytest.fixture
def settings(miso: FakeMiso) -> Miso:
    return settings_for(miso)


def settings_for(miso: FakeMiso, *, streaming: bool = True) -> Miso:
    keys = {f"{app}_key": SecretStr(key) for app, key in KEY_OF.items()}
    return Miso(url=miso.url, streaming=streaming, limits=QUICK, **keys)


@pytest.fixture
def engine(settings: Miso, workroom: Workroom) -> MisoEngine:
    return MisoEngine(settings, workroom)


@pytest.fixture
def run() -> Kept:
    return Kept()


@pytest.fixture
def wired(settings: Miso) -> Callable[[App, Callable[[Wire], Awaitable[T]]], T]:
    """Do something with a line to one app."""

    def do(app: App, work: Callable[[Wire], Awaitable[T]]) -> T:
        async def done() -> T:
            async with connected(settings, app) as wire:
                return await work(wire)

        return asyncio.run(done())

    return do
