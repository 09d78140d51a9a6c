"""What an analyst may hand to `upload`: a pattern, a path, a folder, or several of them."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from persona_lab.errors import InvalidRequest

Source = str | PathLike[str]


def found(sources: Source | Iterable[Source]) -> list[Path]:
    """Return the files meant, each once, in the order of their names within each source.

    Raises:
        InvalidRequest: a pattern or path names no file; the message says where it was looked for.
    """
    several = list(sources) if isinstance(sources, Iterable) and not isinstance(sources, str | bytes) else [sources]
    paths: dict[Path, None] = {}
    for source in several:
        if not isinstance(source, str | PathLike) or not str(source).strip():
            raise InvalidRequest(
                f"{source!r} is no path. Give a path, a folder, or a pattern such as “interviews/*.docx”."
            )
        matches = list(_files(source))
        if not matches:
            raise InvalidRequest(
                f"{source}: no such file. Looked in {Path.cwd()}. "
                "Give a path, a folder, or a pattern such as “interviews/*.docx”."
            )
        paths.update(dict.fromkeys(matches))
    return list(paths)


def _files(source: Source) -> Iterator[Path]:
    path = Path(source).expanduser()
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(child for child in path.iterdir() if _is_meant(child))
    else:
        root, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
        yield from sorted(match for match in root.glob(pattern) if _is_meant(match))


def _is_meant(path: Path) -> bool:
    """Leave out what only looks like a file of the analyst's: hidden files, and Word's marks of open documents."""
    return path.is_file() and not path.name.startswith((".", "~$"))
