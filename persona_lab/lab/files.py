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
    several = [sources] if isinstance(sources, str | PathLike) else list(sources)
    paths: dict[Path, None] = {}
    for source in several:
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
        yield from sorted(child for child in path.iterdir() if child.is_file() and not child.name.startswith("."))
    else:
        root, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
        yield from sorted(match for match in root.glob(pattern) if match.is_file())
