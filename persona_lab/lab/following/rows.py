"""Interviews as the board's rows: made from the replica, and kept current from the events alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from persona_lab.models import Event, Failure, Snapshot
from persona_lab.replica import Replica

Row = dict[str, Any]

# What an event's interview gives to a row as it is.
TAKEN = (
    "id",
    "title",
    "status",
    "stage",
    "language",
    "turns",
    "participants",
    "created_by",
)


def from_replica(replica: Replica) -> dict[str, Row]:
    """Return a row for each interview, by id, in the order of uploading."""
    counts: dict[str, Counter[str]] = {}
    for interview_id, kind, n in replica.rows("SELECT interview_id, kind, count(*) FROM findings GROUP BY ALL"):
        counts.setdefault(interview_id, Counter())[kind] = n
    # Times are spelled as events spell them, so that a row doesn't depend on which of the two it was made from.
    found = replica.rows(
        """
        SELECT id, title, status, stage, error_code, error_message, language, encoding, certainty, remarks,
               turns, participants, created_by, number,
               replace(strftime(created_at, '%xT%X.%fZ'), '.000000Z', 'Z'),
               replace(strftime(updated_at, '%xT%X.%fZ'), '.000000Z', 'Z'),
               error_can_retry, replace(strftime(error_retry_at, '%xT%X.%fZ'), '.000000Z', 'Z')
        FROM interviews ORDER BY number
        """
    )
    rows = {}
    for key, title, status, stage, code, message, *facts, by, number, added, changed, can_retry, retry_at in found:
        language, encoding, certainty, remarks, turns, people = facts
        rows[key] = {
            "id": key,
            "title": title,
            "status": status,
            "stage": stage,
            "error": _error({"code": code, "message": message, "can_retry": can_retry, "retry_at": retry_at}),
            "language": language,
            "encoding": encoding,
            "certainty": certainty,
            "remarks": remarks,
            "turns": turns,
            "participants": people,
            "created_by": by,
            "order": number,
            "added_at": added,
            "changed_at": changed,
            **_amounts(counts.get(key, Counter())),
        }
    return rows


def from_snapshot(snapshot: Snapshot) -> dict[str, Row]:
    """Return the same from a snapshot, whose interviews are in that order."""
    return {
        record.interview.id: _row(
            record.interview.model_dump(mode="json"),
            _amounts(Counter(finding.kind for finding in record.result.insights) if record.result else Counter()),
        )
        for record in snapshot.interviews
    }


def take(rows: dict[str, Row], event: Event) -> str | None:
    """Bring `rows` up to the event; return the id of the interview it changed."""
    if event.type == "interview:deleted":
        interview_id: str = event.data["interview_id"]
        rows.pop(interview_id, None)
        return interview_id
    if not event.type.startswith("interview:"):
        return None
    interview = event.data["interview"]
    before = rows.get(interview["id"], {})
    result = event.data.get("result")
    amounts = Counter(finding["kind"] for finding in result["insights"]) if result else None
    rows[interview["id"]] = _row(
        interview, _amounts(amounts) if amounts is not None else {key: before.get(key) for key in AMOUNTS}
    )
    return str(interview["id"])


def _row(interview: Mapping[str, Any], amounts: dict[str, int | None]) -> Row:
    return {
        **{key: interview[key] for key in TAKEN},
        "error": _error(interview["error"]),
        # Events of an older log don't say how the file was read.
        **{key: interview.get(key) for key in ("encoding", "certainty")},
        "remarks": interview.get("remarks", []),
        "order": interview["number"],
        "added_at": interview["created_at"],
        "changed_at": interview["updated_at"],
        **amounts,
    }


def _error(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the failure as events tell it now; those of an older log say less of it."""
    return Failure.model_validate(found).model_dump(mode="json") if found and found["code"] else None


AMOUNTS = {"pains": "pain", "needs": "need", "takeaways": "takeaway"}


def _amounts(counts: Counter[str]) -> dict[str, int | None]:
    return {name: counts[kind] if counts else None for name, kind in AMOUNTS.items()}


def in_flight(rows: Iterable[Row]) -> list[Row]:
    """Return those that a result, or a new one, is to come for."""
    return [row for row in rows if row["status"] in ("processing", "analyzing") or row["stage"] == "re-analysing"]
