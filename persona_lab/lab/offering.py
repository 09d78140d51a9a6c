"""What Tab offers of an object in a cell: what an analyst calls, and not what the lab's parts say to each other."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar

Member = TypeVar("Member", bound=Callable[..., Any])


def inner(member: Member) -> Member:
    """Have Tab leave this out: other parts of the lab call it, and cells needn't."""
    vars(member)["is_inner"] = True
    return member


class Offering:
    """Offers by Tab what is public and not `inner`."""

    # Attributes that are set on the instance, and are not for cells.
    _inner_names: ClassVar[frozenset[str]] = frozenset()
    # From then on it has the attributes that it has.
    _is_made = False

    def __dir__(self) -> Iterable[str]:
        return sorted(name for name in super().__dir__() if not name.startswith("_") and not self._is_inner(name))

    def _is_inner(self, name: str) -> bool:
        found = getattr(type(self), name, None)
        function = found.fget if isinstance(found, property) else found
        return name in self._inner_names or getattr(function, "is_inner", False)

    def __setattr__(self, name: str, value: object) -> None:
        # Python would take a misspelled setting as it is: nothing is set then, and nobody is told.
        if self._is_made and not (name.startswith("_") or name in vars(self) or hasattr(type(self), name)):
            near = get_close_matches(name, dir(self), n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"{type(self).__name__} has no {name!r} that could be set.{meant}")
        super().__setattr__(name, value)
