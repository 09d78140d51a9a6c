"""Which engine works for a project, and what it may see.

An engine is made when it is first wanted: one that nobody has set up costs nothing
until then, and says which settings it lacks.
"""

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from persona_lab.engines.base import Engine
from persona_lab.errors import EngineNotSetUp
from persona_lab.models import ENGINES, EngineName, Project


class Pace(NamedTuple):
    """How many interviews an engine analyses at once, and begins within a minute; None is as many as there are."""

    at_once: int
    per_minute: int | None = None


class Maker(NamedTuple):
    """How to make an engine. `make` raises EngineNotSetUp where settings are missing."""

    make: Callable[[], Engine]
    pace: Pace


class Engines:
    """The engines of one server. Usable from any thread.

    Args:
        default: who works for projects that have chosen none.
        guard: what an engine becomes when it works for a project: remote ones see pseudonyms only.
    """

    def __init__(
        self, default: EngineName, makers: Mapping[EngineName, Maker], guard: Callable[[Engine, Project], Engine]
    ) -> None:
        self.default = default
        self._makers = makers
        self._guard = guard
        self._made: dict[EngineName, Engine] = {}
        self._lock = threading.Lock()

    @property
    def there(self) -> list[EngineName]:
        """The engines that this server knows, set up or not."""
        return [name for name in ENGINES if name in self._makers]

    def name_for(self, project: Project) -> EngineName:
        return project.engine or self.default

    def named(self, name: EngineName) -> Engine:
        """Return the engine as it is, which shows all that it is given to whom it likes.

        Raises:
            EngineNotSetUp: settings are missing; the message names them.
        """
        with self._lock:
            if name not in self._made:
                self._made[name] = self._makers[name].make()
            return self._made[name]

    def is_set_up(self, name: EngineName) -> bool:
        try:
            self.named(name)
        except EngineNotSetUp:
            return False
        return True

    def of(self, project: Project, name: EngineName | None = None) -> Engine:
        """Return the project's engine, or the named one, as the project may use it.

        Raises:
            EngineNotSetUp: settings are missing; the message names them.
        """
        return self.guarded(self.named(name or self.name_for(project)), project)

    def guarded(self, engine: Engine, project: Project) -> Engine:
        """Return an engine as the project may use it."""
        return self._guard(engine, project)

    def pace(self, name: EngineName) -> Pace:
        return self._makers[name].pace
