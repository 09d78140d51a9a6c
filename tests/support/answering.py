"""As much of a server as writing an answer takes, with an engine that a test brings along."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from persona_lab.models import Identity, Passage, identity
from persona_lab.server.metrics import Metrics
from persona_lab.server.streaming.hub import Hub
from persona_lab.store import processes
from persona_lab.store.database import Store

MINA = identity.local("mina")


@contextmanager
def server(store: Store, engine: object, *passages: Passage, who: Identity = MINA) -> Iterator[Any]:
    """Serve somebody as long as this lasts, within an event loop; whatever is asked, the same passages are found."""

    async def evidence(*_: object, **__: object) -> Sequence[Passage]:
        return list(passages)

    hub = Hub(store, Metrics())
    try:
        yield SimpleNamespace(
            retrieval=SimpleNamespace(evidence=evidence),
            engines=SimpleNamespace(
                of=lambda _project: engine, name_for=lambda _project: "local", named=lambda _name: engine
            ),
            workroom=SimpleNamespace(run_async=asyncio.to_thread),
            hub=hub,
            store=store.acting_as(who),
            writings={},
            ending=set(),
            process_id=processes.new("server").id,
        )
    finally:
        hub.close()
