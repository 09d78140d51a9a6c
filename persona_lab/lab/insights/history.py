"""The project as it was: its log replayed up to an event, into a copy of its own."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from persona_lab.errors import InterviewNotFound, InvalidRequest
from persona_lab.lab import queries
from persona_lab.lab.insights.difference import Difference, Row
from persona_lab.lab.interviews import runs
from persona_lab.lab.interviews.speakers import SPEAKERS
from persona_lab.lab.measuring import coverage as covering
from persona_lab.models import Event, Transcript
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

# A time, a date for its end, ISO text of either, how long ago, or an event's number.
Moment = datetime | date | timedelta | str | int

NEWEST = "SELECT coalesce(max(seq), 0) FROM events"
TITLES_SHOWN = 5
HOW = 'Write it as project.as_of("2026-03-02 17:30"), a datetime, a timedelta back, or an event\'s number.'


def seq_at(name: str, replica: Replica, moment: Moment, *, now: datetime | None = None) -> int:
    """Return the number of the newest event at that moment.

    Raises:
        InvalidRequest: it is no time, is in the future, or before the first event.
    """
    first, begun, newest = replica.rows('SELECT min(seq), min("at"), max(seq) FROM events')[0]
    if first is None:
        raise InvalidRequest(f"Nothing is known yet of how “{name}” was. Wait until it has been loaded.")
    if isinstance(moment, int) and not isinstance(moment, bool):
        if not 1 <= moment <= newest:
            raise InvalidRequest(f"“{name}” has the events 1 to {newest:,}; there is no event {moment:,}.")
        return moment
    now = now or datetime.now(UTC)
    at = _time(moment, now)
    if at > now:
        raise InvalidRequest(f"{_shown(at)} is in the future. `project` itself is how it is now.")
    found = replica.rows('SELECT max(seq) FROM events WHERE "at" <= ?', [at.replace(tzinfo=None)])[0][0]
    if found is None:
        raise InvalidRequest(f"“{name}” began at {_shown(begun.replace(tzinfo=UTC))}. Give a later time.")
    return int(found)


def _time(moment: object, now: datetime) -> datetime:
    """Return the moment in UTC; the end of a day that isn't over is now."""
    if isinstance(moment, str):
        try:
            moment = date.fromisoformat(moment.strip()) if len(moment.strip()) == 10 else datetime.fromisoformat(moment)
        except ValueError:
            raise InvalidRequest(f"“{moment}” is no run and no time. {HOW}") from None
    try:
        if isinstance(moment, timedelta):
            return now - moment
        if isinstance(moment, datetime):
            # A Timestamp of pandas is a datetime, and has no time zone of the machine to be given.
            moment = moment.to_pydatetime(warn=False) if hasattr(moment, "to_pydatetime") else moment
            return moment.astimezone(UTC)
        if isinstance(moment, date):
            end = datetime.combine(moment, time.max).astimezone(UTC)
            return min(end, now) if moment <= now.astimezone().date() else end
    except (OverflowError, ValueError, OSError):
        raise InvalidRequest(f"{moment} is too far away. {HOW}") from None
    raise InvalidRequest(f"{moment!r} is no time. {HOW}")


def _shown(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def replayed(replica: Replica, seq: int, transcripts: Mapping[str, Transcript]) -> Replica:
    """Return a copy in memory that has taken the events up to number `seq`, and no more.

    Args:
        transcripts: by interview id, with speakers as they had been corrected by then.
    """
    rows = replica.rows('SELECT seq, type, "at", data FROM events WHERE seq <= ? ORDER BY seq', [seq])
    events = [
        Event(seq=number, type=kind, at=at.replace(tzinfo=UTC), data=json.loads(data))
        for number, kind, at, data in rows
    ]
    past = Replica(Path(":memory:"))
    past.apply(events, transcripts)
    return past


class Past:
    """A project as it was when event `seq` was its newest, to read.

    Attributes:
        name: what the project was called then.
        seq: the event's number.
        at: when it was written.
    """

    def __init__(self, name: str, replica: Replica, transcripts: Mapping[str, Transcript]) -> None:
        self._replica = replica
        self._transcripts = transcripts
        ((self.seq, at),) = replica.rows('SELECT seq, "at" FROM events ORDER BY seq DESC LIMIT 1')
        self.at: datetime = at.replace(tzinfo=UTC)
        called = replica.rows("SELECT name FROM project")
        self.name: str = called[0][0] if called else name

    @property
    def interviews(self) -> "pd.DataFrame":
        """See `Project.interviews`."""
        return self.sql(queries.INTERVIEWS)

    @property
    def insights(self) -> "pd.DataFrame":
        """See `Project.insights`."""
        return self.sql(queries.INSIGHTS)

    @property
    def speakers(self) -> "pd.DataFrame":
        """See `Project.speakers`."""
        return self.sql(SPEAKERS, [None, None])

    @property
    def runs(self) -> "pd.DataFrame":
        """See `Project.runs`."""
        return self.sql(runs.RUNS, [None, None])

    def transcript(self, title_or_id: str) -> Transcript:
        """Return the transcript of an interview that was completed then, with its speakers as they had been corrected.

        Raises:
            InterviewNotFound: there was none, or several had that title.
        """
        query = "SELECT id FROM interviews WHERE status = 'completed' AND (title = ? OR id = ?)"
        found = [key for (key,) in self._replica.rows(query, [title_or_id, title_or_id]) if key in self._transcripts]
        if len(found) != 1:
            many = "no completed interview was" if not found else f"{len(found)} completed interviews were"
            raise InterviewNotFound(f"At that time {many} named “{title_or_id}”. `.interviews` lists titles and ids.")
        return self._transcripts[found[0]]

    def coverage(self) -> covering.Coverage:
        """See `Project.coverage`."""
        return covering.measure(self._replica)

    def sql(self, query: str, parameters: list[object] | None = None) -> "pd.DataFrame":
        """Run SQL on the tables as they were; see `Project.sql`."""
        return self._replica.frame(query, parameters)

    @property
    def tables(self) -> "pd.DataFrame":
        """See `Project.tables`."""
        return self.sql(queries.TABLES)

    def close(self) -> None:
        """Free the memory that it takes."""
        self._replica.close()

    def __enter__(self) -> "Past":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        ((interviews, insights),) = self._replica.rows(
            "SELECT (SELECT count(*) FROM interviews), (SELECT count(*) FROM insights)"
        )
        return (
            f"{self.name} as of {_shown(self.at)} (event {self.seq:,}): "
            f"{_many(interviews, 'interview')}, {_many(insights, 'insight')}"
        )

    def _repr_html_(self) -> str:
        return f'<p dir="auto">{escape(repr(self))}</p>'


def _many(n: int, name: str) -> str:
    return f"{n:,} {name}{'' if n == 1 else 's'}"


# What became of the insights


INSIGHTS = "SELECT id, kind, text, support, participants FROM insights"
WORDS = "SELECT insight_id, interview_id, turn, start FROM insight_words"
INTERVIEWS = """
SELECT i.id, i.title, a.run_id FROM interviews i LEFT JOIN analyses a ON a.interview_id = i.id ORDER BY i.number
"""


def compare(before: Past, after: Past) -> Difference:
    """Return which insights came, went and changed between two times.

    An insight whose id is another since is the same when most of its words are: see `_known_as`.
    """
    one, other = ({row[0]: row[1:] for row in past._replica.rows(INSIGHTS)} for past in (before, after))
    known_as = _known_as(before, after, one.keys() - other.keys(), other.keys() - one.keys())
    one = {known_as.get(key, key): row for key, row in one.items()}
    rows = [_row(one.get(key), other.get(key)) for key in dict.fromkeys([*other, *one])]
    title = f"{after.name}: {_shown(before.at)} (event {before.seq:,}) → {_shown(after.at)} (event {after.seq:,})"
    return Difference(title, "Insights", _reasons(before, after), rows)


def _known_as(before: Past, after: Past, went: Collection[str], came: Collection[str]) -> dict[str, str]:
    """Return the new id of those that went, where one that came quotes most of the same words; the nearest first."""
    then, now = (_words_of(past, ids) for past, ids in ((before, went), (after, came)))
    shared = [
        (len(words & there), old, new)
        for old, words in then.items()
        for new, there in now.items()
        if 2 * len(words & there) > min(len(words), len(there))
    ]
    found: dict[str, str] = {}
    for _, old, new in sorted(shared, key=lambda pair: (-pair[0], *pair[1:])):
        if old not in found and new not in found.values():
            found[old] = new
    return found


def _words_of(past: Past, ids: Collection[str]) -> dict[str, set[tuple[object, ...]]]:
    found: dict[str, set[tuple[object, ...]]] = {key: set() for key in ids}
    for key, *place in past._replica.rows(WORDS):
        if key in found:
            found[key].add(tuple(place))
    return found


Found = tuple[str, str, int, int]


def _row(before: Found | None, after: Found | None) -> Row:
    if before is None or after is None:
        kind, text, support, people = after or before or ("", "", 0, 0)
        note = f"{support} of {people}"
        return Row("went", kind, text, None, note) if after is None else Row("came", kind, None, text, note)
    then, now = f"{before[2]} of {before[3]}", f"{after[2]} of {after[3]}"
    change = f"{then} → {now}" if then != now else ""
    return Row("changed" if before != after else "kept", after[0], before[1], after[1], change)


def _reasons(before: Past, after: Past) -> list[str]:
    """Say what happened to the interviews and to the project's own words in between."""
    then, now = ({key: (title, run) for key, title, run in past._replica.rows(INTERVIEWS)} for past in (before, after))
    changes = {
        "added": [title for key, (title, _) in now.items() if key not in then],
        "deleted": [title for key, (title, _) in then.items() if key not in now],
        "analysed": [title for key, (title, run) in now.items() if key in then and run and not then[key][1]],
        "analysed again": [
            title for key, (title, run) in now.items() if key in then and then[key][1] not in (None, run)
        ],
    }
    reasons = [
        f"{_many(len(titles), 'interview')} {'was' if len(titles) == 1 else 'were'} {what}: {_listed(titles)}."
        for what, titles in changes.items()
        if titles
    ]
    about = "SELECT name, purpose, audience, method FROM project"
    said, says = (past._replica.rows(about)[0] for past in (before, after))
    for field, old, new in zip(("name", "purpose", "audience", "method"), said, says, strict=True):
        if old != new:
            reasons.append(f"The project's {field} was {runs.quoted(old)} and is {runs.quoted(new)}.")
    return reasons


def _listed(titles: list[str]) -> str:
    more = len(titles) - TITLES_SHOWN
    return ", ".join(titles[:TITLES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
