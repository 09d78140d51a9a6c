"""What was said, by whom, and where it stands in the text."""

from typing import Literal

from pydantic import Field

from persona_lab.models.values import Value

Role = Literal["interviewer", "participant", "other"]

PrivateKind = Literal[
    "name", "phone", "email", "address", "resident", "card", "account", "licence", "passport", "title", "mark"
]

# When pseudonyms stand in for what is personal: before anything of it is kept, for engines that go over the network,
# or never.
RedactionSetting = Literal["storage", "network", "off"]


class Cue(Value):
    """A stretch of a turn that the file timed by itself: offsets as in `Turn`, times in seconds."""

    start: int
    end: int
    time: float
    until: float | None = None


class Turn(Value):
    """What one speaker said before the next one spoke.

    `start` and `end` are code points in the transcript's text; `time` is seconds
    from the beginning of the recording, where the file gives it. `codes` are what
    people had marked the turn with in the file, such as `Pain Point`. `label` is what
    the file calls the speaker, where `speaker` is a name that people gave instead.
    """

    index: int
    speaker: str | None
    label: str | None = None
    role: Role
    text: str
    start: int
    end: int
    time: float | None = None
    codes: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()


class Speaker(Value):
    """Somebody who speaks in an interview: how the file calls them, and what people have corrected.

    `name` and `role` are those that hold now; `turns` counts the turns. `speaker` is
    None for turns that the file gives to nobody.
    """

    speaker: str | None
    name: str | None
    role: Role
    turns: int


class SpeakerCorrection(Value):
    """What people say of the speaker that the file calls `speaker`; None is as the file has it."""

    speaker: str | None
    name: str | None = None
    role: Role | None = None


class Repair(Value):
    """How text was brought back that had been read in a wrong encoding before it was saved.

    `restored` counts the characters that were chosen as the likeliest, because
    their bytes were lost; `lost` is the share of characters that could not be
    brought back, from 0 to 1.
    """

    wrong_encoding: str
    restored: int = 0
    lost: float = 0.0


class Transcript(Value):
    """One interview as text.

    `sha256` is of the raw bytes. `encoding` is how they were read, and `certainty`,
    from 0 to 1, how sure that is. `metadata` is what header lines of the file say
    (date, place, who), `remarks` what a reader of the transcript should know about
    how it was read, in whole sentences.
    """

    text: str
    sha256: str
    format: str
    encoding: str
    certainty: float = 1.0
    repair: Repair | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    language: str
    turns: tuple[Turn, ...]


class Masked(Value):
    """A transcript without somebody who spoke in it: each character of theirs is one of a mask.

    Attributes:
        transcript: the rest, with the labels of the file.
        turns: the indices of what were their turns.
        named: those of others' turns in which they were named.
        names: what they are called in the file and by people.
        said: what is gone, piece by piece.
    """

    transcript: Transcript
    turns: frozenset[int]
    named: frozenset[int]
    names: tuple[str, ...]
    said: tuple[str, ...]


class TranscriptRecord(Value):
    """A transcript with the id and number of its interview, as pages of them carry it."""

    interview_id: str
    number: int
    transcript: Transcript


class Passage(Value):
    """A turn found for a question, best first, with the score it was found by.

    `meanings` are the packed vectors of those of its sentences that have content words; b"" where none are kept.
    They stay in the house.
    """

    interview_id: str
    interview_title: str
    turn: int
    speaker: str | None
    role: Role
    text: str
    start: int
    score: float
    meanings: bytes = Field(default=b"", exclude=True, repr=False)


class Original(Value):
    """Something personal that needs a pseudonym.

    `key` tells it from others of its kind, however it is written; `word` is what its pseudonym is called.
    """

    kind: PrivateKind
    key: str
    original: str
    word: str


class Pseudonym(Value):
    """What stands for an original in everything that leaves the machine, such as `[Name1]`.

    Never put one into an event, a snapshot or a log: it holds what it hides.
    """

    kind: PrivateKind
    key: str
    original: str
    pseudonym: str


class Redaction(Value):
    """What one interview says of a person or thing that a pseudonym stands for.

    `start`..`end` is the first place in the transcript as it is kept, `context` the words around it, `turn` its
    turn, None outside of all turns.
    """

    interview_id: str
    interview_title: str
    kind: PrivateKind
    original: str
    pseudonym: str
    count: int
    turn: int | None
    start: int
    end: int
    context: str
