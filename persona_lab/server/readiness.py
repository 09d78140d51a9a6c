"""Whether a server can do its work at the moment, for whoever sends requests to several.

Each part is looked at for a few seconds at most, and by nobody twice within one.
What is said of it is ours: no address, no name, no secret.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from persona_lab.errors import Conflict, PersonaLabError
from persona_lab.server.streaming.hub import Hub
from persona_lab.store.database import Store
from persona_lab.store.files.kept import Files
from persona_lab.store.schema import migrations

PATIENCE_SECONDS = 3.0
KEPT_SECONDS = 1.0
WELL = "ok"


class Ready(NamedTuple):
    """What was found: of each part `ok`, or what is wrong with it."""

    is_ready: bool
    parts: dict[str, str]


class Readiness:
    """Looks at a server's parts. Used from the event loop only."""

    def __init__(self, store: Store, files: Files, hub: Hub) -> None:
        self._hub = hub
        self._store = store
        self._looks: dict[str, Callable[[], str]] = {
            "database": self._database,
            "files": lambda: _files(files, store.epoch),
            "notifications": lambda: WELL if store.is_listening else "They were lost and are asked for again.",
        }
        self._looking: dict[str, asyncio.Task[str]] = {}
        self._found: Ready | None = None
        self._at = 0.0

    async def look(self) -> Ready:
        """Return how the parts are, as of a second ago at most."""
        if self._found is None or time.monotonic() - self._at > KEPT_SECONDS:
            names = list(self._looks)
            parts = dict(zip(names, await asyncio.gather(*map(self._part, names)), strict=True))
            self._found, self._at = Ready(all(said == WELL for said in parts.values()), parts), time.monotonic()
        # A server that is about to end says so at once.
        if self._hub.closing.is_set():
            return Ready(False, {**self._found.parts, "server": "It is ending."})
        return Ready(self._found.is_ready, {**self._found.parts, "server": WELL})

    async def _part(self, name: str) -> str:
        # What hangs is asked once, however many want to know.
        looking = self._looking.get(name)
        if looking is None or looking.done():
            looking = self._looking[name] = asyncio.create_task(asyncio.to_thread(self._looks[name]))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.shield(looking)
        except TimeoutError:
            return f"It doesn't answer within {PATIENCE_SECONDS:.0f} s."

    def _database(self) -> str:
        if not self._store.is_there:
            return "Its file was taken away or replaced. Start the server again."
        try:
            with self._store.reading() as connection:
                migrations.check(connection)
                if migrations.epoch(connection) != self._store.epoch:
                    return "It was restored from a backup. Start the server again."
        except Conflict:
            return "Its tables don't fit this version. Run persona-lab migrate, or upgrade persona-lab."
        except PersonaLabError:
            return "It can't be reached."
        except Exception:
            # As of SQLite, whose file is gone or locked.
            return "It can't be read."
        return WELL


def _files(files: Files, epoch: str) -> str:
    try:
        # Nothing is written here, even where nobody has said yet whose they are.
        files.belong_to(epoch, is_workspaces=True)
    except Conflict:
        return "They belong to another database."
    except PersonaLabError:
        return "They can't be reached."
    except Exception:
        return "They can't be read."
    return WELL
