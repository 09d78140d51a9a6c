"""State that a later page is given, and that the pages there are learn of in other ways."""

import threading
from typing import Any

import traitlets

from persona_lab.widgets.beside import HeardBesideCells


class Quiet(HeardBesideCells):
    """Has traits that `keep` changes without sending them: what changed travels as a message, and not the whole.

    Whoever changes state and tells the pages of it does both within `lock`, so that no page is given the one without
    the other.
    """

    def __init__(self, **traits: Any) -> None:
        # Opening the comm asks for the state, which takes the lock.
        self.lock = threading.RLock()
        self._kept: frozenset[str] = frozenset()
        super().__init__(**traits)

    def keep(self, **traits: Any) -> None:
        """Make these the state that a page will be given, without giving it to the pages there are."""
        with self.lock:
            self._kept = frozenset(traits)
            try:
                for name, value in traits.items():
                    setattr(self, name, value)
            finally:
                self._kept = frozenset()

    @property
    def is_keeping(self) -> bool:
        return bool(self._kept)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        # Traits that belong together must not be read apart.
        with self.lock:
            state: dict[str, Any] = super().get_state(key=key, drop_defaults=drop_defaults)
            return state

    def notify_change(self, change: Any) -> None:
        if change["name"] in self._kept:
            traitlets.HasTraits.notify_change(self, change)
        else:
            super().notify_change(change)
