"""What may no longer be true, as a cell shows it."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from persona_lab.lab.drawing import reasons
from persona_lab.lab.following.feed import Feed
from persona_lab.models import Stale
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd


def frame(found: Sequence[Stale], locale: str) -> "pd.DataFrame":
    """Return a row for each stale result: what, title, reasons as one text of sentences in that language, id."""
    import pandas as pd

    rows = [
        {"what": one.what, "title": one.title, "reasons": reasons.stale_text(one.reasons, locale), "id": one.id}
        for one in found
    ]
    return pd.DataFrame(rows, columns=["what", "title", "reasons", "id"])


def wait_for_merge(feed: Feed, replica: Replica, seq: int, seconds: float) -> None:
    """Wait until insights are announced that were merged after event `seq`, but no longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if replica.rows("SELECT count(*) FROM merges WHERE seq > ?", [seq])[0][0]:
            return
        with feed.changed:
            feed.changed.wait(0.2)


def wait_for_portraits(stale: Callable[[], Sequence[Stale]], seconds: float) -> None:
    """Wait until no persona's portrait is stale, but no longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(one.what == "portrait" for one in stale()):
        time.sleep(0.2)
