"""What an analyst may hand to `upload`: a pattern, a path, a folder, a zip, or several of them."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from persona_lab.errors import InvalidRequest, PersonaLabError, UnreadableText

Source = str | PathLike[str]

EXAMPLE = "Give a path, a folder, a zip, or a pattern such as “interviews/*.docx”."
# Interviews with their codes, which other ways lead in.
CODED = frozenset({".qdpx", ".qdc"})
# No path is as long; a transcript is.
LONGEST_PATH = 1000
# Files that systems and office programs leave in folders, besides the hidden ones.
LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


class File(NamedTuple):
    """One transcript to be uploaded, wherever its bytes are.

    `read` returns the bytes, or raises the PersonaLabError that says why it can't;
    `folder` is the name of the folder it stands in.
    """

    name: str
    title: str
    folder: str
    read: Callable[[], bytes]


def found(sources: Source | Iterable[Source]) -> list[File]:
    """Return the files meant, each once, in the order of their names within each source; a zip by what is in it.

    Raises:
        InvalidRequest: a pattern or path names no file; the message says where it was looked for.
    """
    from persona_lab.lab.incoming import archives

    files: list[File] = []
    for path in _paths(sources):
        if path.suffix.lower() in CODED:
            raise InvalidRequest(f'{path.name} is a coded project: project.import_qda("{path.name}") brings it in.')
        files += archives.members(path, path.name) if path.suffix.lower() == ".zip" else [_of_path(path)]
    return told_apart(files)


def of_bytes(name: str, raw: bytes) -> list[File]:
    """Return the file that the bytes are, or, of a zip, those that are in it."""
    from persona_lab.lab.incoming import archives

    if name.lower().endswith(".zip"):
        return told_apart(archives.members(raw, name))
    return [File(name, title_of(name), "", lambda: raw)]


def told_apart(files: list[File]) -> list[File]:
    """Return the files with titles that differ: those of one name say in which folder they are, or of which kind."""
    named = Counter((file.folder, file.title) for file in files)
    files = [
        file._replace(title=unicodedata.normalize("NFC", file.name)) if named[file.folder, file.title] > 1 else file
        for file in files
    ]
    titles = Counter(file.title for file in files)
    return [
        file._replace(title=f"{file.folder}/{file.title}") if titles[file.title] > 1 and file.folder else file
        for file in files
    ]


def title_of(name: str) -> str:
    """Return the name without its ending, with Korean syllables whole: macOS takes them apart."""
    return unicodedata.normalize("NFC", Path(name).stem)


def is_left_behind(name: str) -> bool:
    """Whether a file or folder is none of the analyst's: hidden, Word's mark of an open document, or a system's."""
    return name.startswith((".", "~$")) or name.lower() in LEFT_BEHIND


def name_for(title: str) -> str:
    """Return a title as a file's name without an ending."""
    return "".join(" " if character in '/\\"' else character for character in title[:100])


def encoded(text: str, title: str) -> bytes:
    """Return the text's bytes.

    Raises:
        UnreadableText: it holds what is no character.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnreadableText(
            f"{title}: the text holds half characters (lone surrogates). Read its file again."
        ) from None


def unreadable(error: PersonaLabError) -> Callable[[], bytes]:
    """Return what stands for the bytes that can't be had."""

    def read() -> bytes:
        raise error

    return read


def _of_path(path: Path) -> File:
    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise InvalidRequest(
                f"{path.name}: can't be read ({error}). Check that the file is there and that you may read it."
            ) from None

    return File(path.name, title_of(path.name), path.absolute().parent.name, read)


def _paths(sources: Source | Iterable[Source]) -> list[Path]:
    if hasattr(sources, "itertuples"):
        raise InvalidRequest("This is a table and no path. Upload its rows: project.upload_rows(frame).")
    if hasattr(sources, "read"):
        raise InvalidRequest("This is an open file and no path. Give its path, or upload its text: upload_text.")
    several = list(sources) if isinstance(sources, Iterable) and not isinstance(sources, str | bytes) else [sources]
    paths: dict[Path, None] = {}
    for source in several:
        if not isinstance(source, str | PathLike) or not str(source).strip():
            raise InvalidRequest(f"{source!r} is no path. {EXAMPLE}")
        if "\n" in str(source) or len(str(source)) > LONGEST_PATH:
            raise InvalidRequest(
                "This is a text and no path. Upload it as a transcript: project.upload_text(text, title)."
            )
        try:
            matches = list(_files(source))
        except (OSError, ValueError, NotImplementedError) as error:
            raise InvalidRequest(f"{source} can't be looked for ({error}). {EXAMPLE}") from None
        if not matches:
            raise InvalidRequest(_why_none(source))
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
    return path.is_file() and not is_left_behind(path.name)


def _why_none(source: Source) -> str:
    if Path(source).expanduser().is_dir():
        deeper = Path(source) / "**" / "*"
        return f"{source}: the folder holds no file itself. For those in its folders give “{deeper}”."
    return f"{source}: no such file. Looked in {Path.cwd()}. {EXAMPLE}"
