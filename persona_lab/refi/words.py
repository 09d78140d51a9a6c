"""What a REFI-QDA project is made of, by the standard's own words.

Positions are code points in `Source.text`, `end` is the first one after the selection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

# Every GUID here follows from what it stands for, so that the same project gives the same file.
NAMESPACE = UUID("5d5a9f0e-6a0c-5b0e-9c0a-2f6a0d6f1c11")


def guid(*parts: object) -> str:
    """Return the GUID of what these name, the same every time."""
    return str(uuid5(NAMESPACE, "\0".join(map(str, parts))))


@dataclass(frozen=True)
class User:
    """Who coded: a person or a machine. `id` is what the program that wrote the file calls them."""

    guid: str
    name: str
    id: str = ""


@dataclass(frozen=True)
class Code:
    """A code with those below it; one that is not codable only holds others together."""

    guid: str
    name: str
    description: str = ""
    is_codable: bool = True
    children: tuple["Code", ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coding:
    """That `user` gave `code` there; both are GUIDs, as are `notes`."""

    guid: str
    code: str
    user: str | None = None
    at: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """A span of a source's text."""

    guid: str
    start: int
    end: int
    name: str = ""
    description: str = ""
    codings: tuple[Coding, ...] = ()
    notes: tuple[str, ...] = ()
    user: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Source:
    """A text with its selections. `document` holds name and bytes of one that is there as rich text alone."""

    guid: str
    name: str
    text: str | None
    selections: tuple[Selection, ...] = ()
    user: str | None = None
    at: datetime | None = None
    document: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Note:
    """What somebody wrote beside something; what, refers to it."""

    guid: str
    name: str
    text: str
    user: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Case:
    """Somebody or something that sources are about, with values by name of the variable."""

    guid: str
    name: str
    values: Mapping[str, str]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Sources that belong together; the standard calls it a set."""

    guid: str
    name: str
    description: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """A whole project. `remarks` say in sentences what of a file could not be read."""

    name: str
    origin: str = ""
    description: str = ""
    at: datetime | None = None
    users: tuple[User, ...] = ()
    codes: tuple[Code, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[Note, ...] = ()
    cases: tuple[Case, ...] = ()
    groups: tuple[Group, ...] = ()
    remarks: tuple[str, ...] = field(default=())
