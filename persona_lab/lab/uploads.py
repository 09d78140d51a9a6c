"""What became of the files that were handed to `upload`."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple, overload

from persona_lab.errors import PersonaLabError
from persona_lab.lab.interview import Interview


class Refused(NamedTuple):
    """A file that was not taken, and the error that says why and what to do."""

    filename: str
    error: PersonaLabError


class Uploads(Sequence[Interview]):
    """The interviews, one per file taken; `refused` lists the other files."""

    def __init__(self, interviews: Sequence[Interview], known: int, refused: Sequence[Refused]) -> None:
        self._interviews = list(interviews)
        self._known = known
        self.refused = list(refused)

    @overload
    def __getitem__(self, index: int) -> Interview: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Interview]: ...
    def __getitem__(self, index: int | slice) -> Interview | Sequence[Interview]:
        return self._interviews[index]

    def __len__(self) -> int:
        return len(self._interviews)

    def __iter__(self) -> Iterator[Interview]:
        return iter(self._interviews)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *others = (escape(line) for line in self._lines())
        listed = "".join(f"<li>{line}</li>" for line in others)
        return f"<p>{first}</p>" + (f"<ul>{listed}</ul>" if listed else "")

    def _lines(self) -> list[str]:
        new = len(self._interviews) - self._known
        parts = [f"{new} interview{'' if new == 1 else 's'} uploaded"]
        if self._known:
            parts.append(f"{self._known} here already")
        if self.refused:
            parts.append(f"{len(self.refused)} refused:")
        return [", ".join(parts) + ("" if self.refused else "."), *(refused.error.message for refused in self.refused)]
