"""What people write beside turns and findings, for each other."""

from datetime import datetime

from persona_lab.models.insight import Anchor
from persona_lab.models.values import Value


class Note(Value):
    """A note on a turn, or on an insight, or a reply to one.

    Attributes:
        interview_id, turn: the turn it stands at, for a note on a turn.
        insight_id: the insight it stands at, for a note on an insight.
        anchors: what that insight rested on, by which it is found when it has another id.
        parent_id: the note it replies to, which may be deleted since; replies have the place of what they reply to.
    """

    id: str
    project_id: str
    interview_id: str | None = None
    turn: int | None = None
    insight_id: str | None = None
    anchors: tuple[Anchor, ...] = ()
    parent_id: str | None = None
    text: str
    created_by: str
    created_at: datetime
    updated_at: datetime
