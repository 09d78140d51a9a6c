"""What was deleted and can be brought back, what was purged, and who did what."""

from datetime import datetime
from typing import Literal

from persona_lab.models.values import Value

TrashKind = Literal["project", "interview", "persona", "conversation", "note"]

# The event of a purge, and what stands in the log where an event was purged.
PURGED = "trash:purged"
TOMBSTONE = "purged"


class Trashed(Value):
    """Something in the trash.

    Attributes:
        title: what it is called; of a note how it begins.
        deleted_by: None where nobody wrote it down.
        can_restore: whether whoever asks may bring it back: who deleted it may, and who decides about the project.
    """

    kind: TrashKind
    id: str
    project_id: str
    title: str
    deleted_at: datetime
    deleted_by: str | None = None
    can_restore: bool = True


class Purged(Value):
    """What a purge removed for good.

    Attributes:
        events: how many events of the log say only that they were there.
        files: how many uploaded files are gone.
        remains: what it could not reach, in sentences.
    """

    kind: TrashKind
    id: str
    events: int
    files: int
    remains: tuple[str, ...] = ()


class Erasure(Value):
    """What erasing a participant removed for good, or what it would remove.

    Attributes:
        is_done: False where nobody said that they are sure, so that nothing was removed.
        purged: how many interviews go as a whole, since nobody else is interviewed in them.
        masked: how many stay, with a mask in place of the participant's turns.
        turns: how many turns of theirs there are, in all of these.
        events: how many events of the log say only that they were there.
        files: how many uploaded files are gone.
        remains: what it could not reach, in sentences.
    """

    is_done: bool
    purged: int
    masked: int
    turns: int
    events: int = 0
    files: int = 0
    remains: tuple[str, ...] = ()


class About(Value):
    """What a deed was done to. `title` is what it is called now, empty where it is gone."""

    kind: str
    id: str
    title: str = ""


class Deed(Value):
    """Something that somebody did.

    Attributes:
        seq: the event's number; None for what changed nothing and is no event.
        actor: who did it; None is the house's own work, which follows from what somebody did.
        words: the same in a sentence.
    """

    project_id: str | None = None
    seq: int | None = None
    at: datetime
    actor: str | None = None
    type: str
    about: About | None = None
    words: str


class Deeds(Value):
    """A page of deeds, oldest first; ask again `after` `next` until it is None."""

    deeds: tuple[Deed, ...]
    next: str | None = None
