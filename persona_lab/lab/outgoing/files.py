"""Files that are there wholly or not at all: what was there before stays until the new one is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from persona_lab.errors import InvalidRequest


def target_of(path: str | Path) -> Path:
    """Return where a file is meant to be, with all of its folders.

    Raises:
        InvalidRequest: that is no path.
    """
    try:
        return Path(path).expanduser().resolve()
    except (TypeError, ValueError, RuntimeError):
        raise InvalidRequest(f"{path!r} is no path. Give a file's name, such as 'study.xlsx'.") from None


@contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """Yield where to write a file that takes the place of `path` when it is whole.

    Raises:
        InvalidRequest: it can't be written; the message says why.
    """
    target = target_of(path)
    beside = target.with_name(f".{uuid4().hex}.part")
    try:
        yield beside
        beside.replace(target)
    except OSError as error:
        raise InvalidRequest(
            f"{target} can't be written: {error.strerror or error}. Give a file in a folder that exists."
        ) from None
    except UnicodeEncodeError:
        raise InvalidRequest(
            f"{target} can't be written: half of a character (a lone surrogate) is in it. Take it out, e.g. "
            'text.encode(errors="replace").decode().'
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def written(path: str | Path, text: str) -> Path:
    """Write a text file and return where it is.

    Raises:
        InvalidRequest: it can't be written; the message says why.
    """
    target = target_of(path)
    with replaced(target) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
    return target
