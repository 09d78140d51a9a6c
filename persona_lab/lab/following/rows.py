"""Interviews as the board's rows: made from the replica, and kept current from the events alone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from persona_lab.lab.drawing import reasons
from persona_lab.models import PURGED, Assignment, Event, Failure, Persona, Snapshot
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


class Belonging(NamedTuple):
    """Which persona an interview belongs to, by its id, and who decided that and when; None where it is proposed."""

    persona_id: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None


class Rows(dict[str, Row]):
    """A row for each interview, by id.

    Attributes:
        personas: {"id", "label", "title", "position"} of each persona, by id.
        belonging: by interview id; also of those that were deleted, which may come back.
    """

    def __init__(self, personas: Iterable[Row] = (), belonging: Mapping[str, Belonging] | None = None) -> None:
        super().__init__()
        self.personas = {one["id"]: one for one in personas}
        self.belonging = dict(belonging or {})

    def put(self, row: Row) -> None:
        """Add or replace a row, with the persona it belongs to."""
        its = self.belonging.get(row["id"], Belonging())
        persona = self.personas.get(its.persona_id or "")
        self[row["id"]] = {**row, "persona": persona, "decided_by": its.decided_by, "decided_at": its.decided_at}

    def take(self, event: Event) -> list[str]:
        """Bring the rows up to the event; return the ids of those that it changed or took away."""
        if event.type.startswith("persona:"):
            return self._take_persona(event)
        if event.type == PURGED:
            return self._take_purge(event)
        if event.type == "interview:deleted":
            gone = event.data["interview_id"]
            self.pop(gone, None)
            return [gone]
        return self._take_interview(event.data) if event.type.startswith("interview:") else []

    def _take_purge(self, event: Event) -> list[str]:
        gone = event.data["gone"]
        for key in gone.get("interview", []):
            self.pop(key, None)
        for key in gone.get("assignment", []):
            self.belonging.pop(key, None)
        for key in gone.get("persona", []):
            self.personas.pop(key, None)
        for one in event.data.get("personas", []):
            self.personas[one["id"]] = _persona(Persona.model_validate(one))
        for one in event.data.get("assignments", []):
            self.belonging[one["interview_id"]] = _belonging(Assignment.model_validate(one))
        told = [key for record in event.data.get("records", []) for key in self._take_interview(record)]
        for key in self:
            self.put(self[key])
        return [*gone.get("interview", []), *told, *(key for key in self if key not in told)]

    def _take_interview(self, told: Mapping[str, Any]) -> list[str]:
        interview = told["interview"]
        before = self.get(interview["id"], {})
        result = told.get("result")
        amounts = Counter(finding["kind"] for finding in result["insights"]) if result else None
        self.put(
            _row(interview, _amounts(amounts) if amounts is not None else {key: before.get(key) for key in AMOUNTS})
        )
        return [str(interview["id"])]

    def _take_persona(self, event: Event) -> list[str]:
        touched: list[str] = []
        if "assignment" in event.data:
            its = Assignment.model_validate(event.data["assignment"])
            self.belonging[its.interview_id] = _belonging(its)
            touched = [its.interview_id]
        elif event.type == "persona:deleted":
            self.personas.pop(event.data["persona_id"], None)
        elif "persona" in event.data:
            told = _persona(Persona.model_validate(event.data["persona"]))
            # A portrait that is made anew comes as a change of the persona, and changes no row.
            if self.personas.get(told["id"]) != told:
                self.personas[told["id"]] = told
                touched = [key for key, its in self.belonging.items() if its.persona_id == told["id"]]
        touched = [key for key in touched if key in self]
        for key in touched:
            self.put(self[key])
        return touched


def from_replica(replica: Replica) -> Rows:
    """Return the rows, in the order of uploading."""
    counts: dict[str, Counter[str]] = {}
    for interview_id, kind, n in replica.rows("SELECT interview_id, kind, count(*) FROM findings GROUP BY ALL"):
        counts.setdefault(interview_id, Counter())[kind] = n
    personas = replica.rows("SELECT id, label, coalesce(nullif(title, ''), headline, ''), position FROM personas")
    belonging = replica.rows(
        """
        SELECT interview_id, CASE WHEN decided_by IS NULL THEN proposed_persona_id ELSE persona_id END, decided_by,
               replace(strftime(decided_at, '%xT%X.%fZ'), '.000000Z', 'Z')
        FROM assignments
        """
    )
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
    rows = Rows(
        [dict(zip(("id", "label", "title", "position"), one, strict=True)) for one in personas],
        {key: Belonging(*its) for key, *its in belonging},
    )
    for key, title, status, stage, code, message, *facts, by, number, added, changed, can_retry, retry_at in found:
        language, encoding, certainty, remarks, turns, people = facts
        row = {
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
        rows.put(row)
    return rows


def from_snapshot(snapshot: Snapshot) -> Rows:
    """Return the same from a snapshot, whose interviews are in that order."""
    rows = Rows(map(_persona, snapshot.personas), {its.interview_id: _belonging(its) for its in snapshot.assignments})
    for record in snapshot.interviews:
        counts = Counter[str](finding.kind for finding in record.result.insights) if record.result else Counter[str]()
        rows.put(_row(record.interview.model_dump(mode="json"), _amounts(counts)))
    return rows


def _persona(persona: Persona) -> Row:
    title = persona.title or (persona.portrait.title if persona.portrait else "")
    return {"id": persona.id, "label": persona.label, "title": title, "position": persona.position}


def _belonging(assignment: Assignment) -> Belonging:
    told = assignment.model_dump(mode="json", include={"decided_by", "decided_at"})
    return Belonging(assignment.belongs_to, told["decided_by"], told["decided_at"])


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
    """Return the failure as events tell it now, with its words in each language; an older log says less of it."""
    if not found or not found["code"]:
        return None
    told = Failure.model_validate(found).model_dump(mode="json")
    return {**told, "words": reasons.of_failure(told)}


AMOUNTS = {"pains": "pain", "needs": "need", "takeaways": "takeaway"}


def _amounts(counts: Counter[str]) -> dict[str, int | None]:
    return {name: counts[kind] if counts else None for name, kind in AMOUNTS.items()}


def in_flight(rows: Iterable[Row]) -> list[Row]:
    """Return those that a result, or a new one, is to come for."""
    return [row for row in rows if row["status"] in ("processing", "analyzing") or row["stage"] == "re-analysing"]
