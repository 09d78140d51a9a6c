"""Events that must not say any more what they said.

The log is the truth, and its numbers have no gaps: so an event that is purged stays where it is, and says only what
kind of event it was. A reader takes it for nothing. What such events told of things that are still there is told
again by the event of the purge, `trash:purged`, as it is now; and what it names as gone is gone for every reader,
however much of the log it had before. So the log, however much of it was read before and after, still gives what a
snapshot gives.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, cast, select

from persona_lab.models import PURGED, TOMBSTONE
from persona_lab.store import (
    assignments,
    codings,
    conversations,
    events,
    insights,
    interviews,
    judgements,
    notes,
    personas,
    transaction,
)
from persona_lab.store.schema.tables import events as log

# What was merged from all interviews, and what was said of that: words of each may stand anywhere in it.
MERGED = ("insights:merged", "insight:judged", "insight:unjudged")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# By what events call one of them: what they call several, and which of its fields is its id.
CARRIED = {
    "coding": ("codings", "id"),
    "persona": ("personas", "id"),
    "assignment": ("assignments", "interview_id"),
    "conversation": ("conversations", "id"),
    "message": ("messages", "id"),
    "note": ("notes", "id"),
}
FETCHED = 64
# So few are looked for one by one, which takes less time than to find all ids there are.
FEW = 8
Ids = dict[str, set[str]]


class Wanted(NamedTuple):
    """Which events are to be purged: those in which one of `ids` is mentioned, and further ones.

    Attributes:
        merged: also all that was merged or judged since the first of them.
        also: whether an event that mentions none is one of them, too, by its type and data.
    """

    ids: Collection[str]
    merged: bool = False
    also: Callable[[str, dict[str, Any]], bool] | None = None


def lay(connection: Connection, project_id: str, wanted: Wanted, told: dict[str, Any], gone: Ids) -> int:
    """Purge events, and write the event that says so; return how many were purged.

    Everything else must be as it is to be already: this tells readers how things are now.

    Args:
        told: what was purged, for the event.
        gone: what is there no longer, by kind: "interview" and the kinds of `CARRIED`.
    """
    transaction.hold(connection, project_id)
    merge = insights.newest_merge(connection, project_id)
    struck, carried, is_merged, before = _strike(connection, project_id, wanted)
    if not struck and not any(gone.values()):
        return 0
    gone = defaultdict(set, {kind: set(ids) for kind, ids in gone.items()})
    spans = list(struck)
    for data in before:
        # An earlier purge's own event is purged: this one says what it said.
        spans += [seq for first, last in data["tombstones"] for seq in range(first, last + 1)]
        for kind, ids in data["gone"].items():
            gone[kind].update(ids)
    there = _there(connection, project_id, carried)
    for kind, ids in carried.items():
        gone[kind].update(ids - {_id(kind, one) for one in there[kind]})
    # One that was in the trash at an earlier purge may have come back since.
    gone["interview"] -= {one.id for one in interviews.of_project(connection, project_id)}
    data = {
        **told,
        "tombstones": _ranges(spans),
        "gone": {kind: sorted(ids) for kind, ids in sorted(gone.items()) if ids},
    }
    for kind, rows in there.items():
        if rows:
            data["records" if kind == "interview" else CARRIED[kind][0]] = rows
    if is_merged:
        runs = {} if merge is None else {key: run for key, run in merge.runs.items() if key not in gone["interview"]}
        data |= insights.restated(connection, project_id, merge and merge.model_copy(update={"runs": runs}))
        data["judgements"] = [one.model_dump(mode="json") for one in judgements.of_project(connection, project_id)]
    events.append(connection, project_id, PURGED, data)
    return len(struck)


def _strike(
    connection: Connection, project_id: str, wanted: Wanted
) -> tuple[list[int], Ids, bool, list[dict[str, Any]]]:
    """Purge the events; return their numbers, what they carried by kind, whether insights, and earlier purges."""
    ids = set(wanted.ids)
    struck: list[tuple[int, str]] = []
    carried: Ids = defaultdict(set)
    is_merged = False
    before = []
    query = select(log.c.seq, log.c.type, cast(log.c.data, Text).label("data")).where(
        log.c.project_id == project_id, log.c.type != TOMBSTONE
    )
    rows = connection.execute(query.order_by(log.c.seq), execution_options={"yield_per": FETCHED})
    for row in rows:
        mentions = any(one in row.data for one in ids) if len(ids) <= FEW else not ids.isdisjoint(_ID.findall(row.data))
        # Nothing was merged from it before the first event that speaks of it.
        is_after = wanted.merged and bool(struck)
        mentions = mentions or (is_after and row.type == PURGED and '"insights"' in row.data)
        if row.type in MERGED:
            if mentions or is_after:
                struck.append((row.seq, row.type))
                is_merged = True
            continue
        data = json.loads(row.data) if mentions or wanted.also else {}
        if not (mentions or (wanted.also and wanted.also(row.type, data))):
            continue
        struck.append((row.seq, row.type))
        _collect(data, carried)
        if row.type == PURGED:
            before.append(data)
            is_merged = is_merged or "insights" in data
    by_type: dict[str, list[int]] = defaultdict(list)
    for seq, kind in struck:
        by_type[kind].append(seq)
    for kind, seqs in by_type.items():
        for first in range(0, len(seqs), events.FETCHED * 16):
            some = seqs[first : first + events.FETCHED * 16]
            connection.execute(
                log.update()
                .where(log.c.project_id == project_id, log.c.seq.in_(some))
                .values(type=TOMBSTONE, data=stone(kind))
            )
    return [seq for seq, _ in struck], carried, is_merged, before


def stone(kind: str) -> dict[str, str]:
    """Return what is left of an event of that type."""
    return {"was": kind}


def _collect(data: dict[str, Any], carried: Ids) -> None:
    """Add what an event told of: whoever read it believes that until it is told anew."""
    for kind, (plural, key) in CARRIED.items():
        # What an event about one of them is: a `coding` of it, a `note`.
        told = [data[kind]] if isinstance(data.get(kind), dict) else []
        carried[kind].update(one[key] for one in [*told, *data.get(plural, [])])
    for record in [data, *data.get("records", [])]:
        if isinstance(record.get("interview"), dict):
            carried["interview"].add(record["interview"]["id"])


def _there(connection: Connection, project_id: str, carried: Ids) -> dict[str, list[dict[str, Any]]]:
    """Return what there is still of these, as readers see it."""
    listing: dict[str, Callable[[Connection, str], Sequence[Any]]] = {
        "coding": codings.of_project,
        "persona": personas.of_project,
        "assignment": assignments.of_project,
        "conversation": conversations.of_project,
        "message": conversations.messages_of_project,
        "note": notes.of_project,
    }
    found = {
        kind: [one.model_dump(mode="json") for one in listing[kind](connection, project_id) if _of(kind, one) in ids]
        for kind, ids in carried.items()
        if kind in listing and ids
    }
    if carried.get("interview"):
        found["interview"] = []
        for one in interviews.of_project(connection, project_id):
            if one.id in carried["interview"]:
                result = interviews.result(connection, one.id)
                told = {"interview": one.model_dump(mode="json"), "result": result and result.model_dump(mode="json")}
                found["interview"].append(told)
    return defaultdict(list, found)


def _of(kind: str, value: Any) -> str:
    return str(getattr(value, CARRIED[kind][1]))


def _id(kind: str, row: dict[str, Any]) -> str:
    return str(row["interview"]["id"] if kind == "interview" else row[CARRIED[kind][1]])


def _ranges(seqs: Iterable[int]) -> list[list[int]]:
    """Return the numbers as [first, last] of each unbroken run."""
    ranges: list[list[int]] = []
    for seq in sorted(set(seqs)):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1][1] = seq
        else:
            ranges.append([seq, seq])
    return ranges
