"""What a format hands over: the text of a file and where in it somebody speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Speech:
    """Words in a row by one speaker: `text[start:end]` in code points, `time` in seconds.

    An aside is what was written into the transcript afterwards (a note, a
    summary): nobody said it.
    """

    speaker: str | None
    start: int
    end: int
    time: float | None = None
    is_aside: bool = False


@dataclass(frozen=True)
class Reading:
    """A file as text, the name of the codec it was read with, and the speech found in it, in order."""

    text: str
    encoding: str
    speech: tuple[Speech, ...]
