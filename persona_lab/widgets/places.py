"""Where a quote stands, as a page names it when somebody wants to see it there."""

from collections.abc import Callable, Mapping
from typing import Any

# An interview's id, the turn, and where in the transcript's text the quote begins.
OnOpen = Callable[[str, int, int], None]


def open_place(message: Mapping[str, Any], on_open: OnOpen | None) -> bool:
    """Call `on_open` if the message is {kind: "open", interview_id, turn, start}; say whether it is."""
    match message:
        case {"kind": "open", "interview_id": str(interview_id), "turn": int(turn), "start": int(start)}:
            if on_open is not None:
                on_open(interview_id, turn, start)
            return True
    return False
