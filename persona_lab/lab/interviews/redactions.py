"""Redactions as tables, as a cell shows them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona_lab.models import Redaction

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["interview", "kind", "original", "pseudonym", "count", "turn", "context", "interview_id"]


def frame(rows: Sequence[Redaction], *, by_interview: bool = False) -> "pd.DataFrame":
    """Return a row for each redaction, or a row for each interview with its counts by kind."""
    import pandas as pd

    table = pd.DataFrame([_row(row) for row in rows], columns=COLUMNS).astype({"count": int, "turn": "Int64"})
    if not by_interview:
        return table
    counts = table.pivot_table(
        index=["interview_id", "interview"], columns="kind", values="count", aggfunc="sum", fill_value=0, sort=False
    )
    counts.columns.name = None
    counts["all"] = counts.sum(axis=1)
    return counts.astype(int).reset_index().drop(columns="interview_id")


def _row(row: Redaction) -> dict[str, object]:
    return {"interview": row.interview_title, **row.model_dump()}
