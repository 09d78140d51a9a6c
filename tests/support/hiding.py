"""What redaction works with, in this process and in memory."""

from collections.abc import Callable, Iterable
from typing import Any

from persona_lab.models import Original, Pseudonym


class Direct:
    """A workroom that does the work itself."""

    def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    async def run_async(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)


class Map:
    """A project's pseudonyms, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Pseudonym] = {}

    def known(self) -> list[Pseudonym]:
        return list(self.kept.values())

    def assign(self, originals: Iterable[Original]) -> list[Pseudonym]:
        for one in originals:
            if (one.kind, one.key) not in self.kept:
                number = 1 + sum(kind == one.kind for kind, _ in self.kept)
                self.kept[one.kind, one.key] = Pseudonym(
                    kind=one.kind, key=one.key, original=one.original, pseudonym=f"[{one.word}{number}]"
                )
        return self.known()
