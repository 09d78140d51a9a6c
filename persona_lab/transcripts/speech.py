"""What a format hands over: the text of a file and where in it somebody speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from persona_lab.models import Cue, Repair


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
    codes: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A file as text, how it was decoded, and the speech found in it, in order.

    `metadata` and `remarks` are those of the Transcript.
    """

    text: str
    encoding: str
    speech: tuple[Speech, ...]
    certainty: float = 1.0
    repair: Repair | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
