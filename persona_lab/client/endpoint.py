"""Where a server is and how to get in."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """A server's address and token. The token is left out of what is printed."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r})"
