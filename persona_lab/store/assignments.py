"""Which persona each interview belongs to: what was proposed, and what somebody decided, kept apart.

A proposal never touches a decision. Rows stay while their interview is deleted, and count again when it
comes back.
"""

from sqlalchemy import Connection, select

from persona_lab.models import Assignment, Proposal, now
from persona_lab.store import events, transaction
from persona_lab.store.schema.tables import assignments as table
from persona_lab.store.schema.tables import events as log


def of(connection: Connection, interview_id: str) -> Assignment:
    """Return the interview's assignment; one that says nothing where there is none."""
    row = connection.execute(select(table).where(table.c.interview_id == interview_id)).first()
    if row is None:
        return Assignment(interview_id=interview_id)
    return Assignment.model_validate(dict(row._mapping), extra="ignore")


def of_project(connection: Connection, project_id: str) -> list[Assignment]:
    """Return all assignments of the project, those of deleted interviews too, by interview id."""
    rows = connection.execute(select(table).where(table.c.project_id == project_id).order_by(table.c.interview_id))
    return [Assignment.model_validate(dict(row._mapping), extra="ignore") for row in rows]


def propose(connection: Connection, project_id: str, interview_id: str, proposal: Proposal) -> Assignment:
    """Keep what is proposed and announce it; the same proposal again changes and announces nothing."""
    transaction.hold(connection, project_id)
    before = of(connection, interview_id)
    if before.proposal and before.proposal.model_copy(update={"made_at": proposal.made_at}) == proposal:
        return before
    return _keep(connection, project_id, before.model_copy(update={"proposal": proposal}))


def decide(
    connection: Connection, project_id: str, interview_id: str, persona_id: str | None, *, user: str
) -> Assignment:
    """Keep what somebody decided and announce it; deciding the same again leaves it to who did so first.

    Args:
        persona_id: None is none of them.
    """
    transaction.hold(connection, project_id)
    before = of(connection, interview_id)
    if before.is_decided and before.persona_id == persona_id:
        return before
    decision = {"persona_id": persona_id, "decided_by": user, "decided_at": now()}
    return _keep(connection, project_id, before.model_copy(update=decision))


def release(connection: Connection, project_id: str, persona_id: str) -> list[Assignment]:
    """Take all interviews from a persona, decided and proposed ones, and announce each.

    What else was proposed for them goes, too: they belong to nobody until something is proposed anew.
    """
    transaction.hold(connection, project_id)
    released = []
    for before in of_project(connection, project_id):
        update: dict[str, object] = {}
        if before.persona_id == persona_id:
            update = {"persona_id": None, "decided_by": None, "decided_at": None, "proposal": None}
        elif before.proposal and before.proposal.persona_id == persona_id:
            update = {"proposal": None}
        if update:
            released.append(_keep(connection, project_id, before.model_copy(update=update)))
    return released


def give_back(connection: Connection, project_id: str, persona_id: str) -> list[Assignment]:
    """Undo `release` for interviews that have belonged to nobody since, and announce each."""
    transaction.hold(connection, project_id)
    query = select(log.c.data["assignment"].label("assignment")).where(
        log.c.project_id == project_id, log.c.type == "persona:assigned"
    )
    before: dict[str, Assignment] = {}
    newest: dict[str, Assignment] = {}
    for row in connection.execute(query.order_by(log.c.seq)):
        told = Assignment.model_validate(row.assignment)
        if told.interview_id in newest:
            before[told.interview_id] = newest[told.interview_id]
        newest[told.interview_id] = told
    returned = []
    for interview_id, was in before.items():
        now = newest[interview_id]
        proposed = was.proposal.persona_id if was.proposal else None
        if persona_id in (was.persona_id, proposed) and not now.is_decided and now.proposal is None:
            returned.append(_keep(connection, project_id, was))
    return returned


def _keep(connection: Connection, project_id: str, assignment: Assignment) -> Assignment:
    row = assignment.model_dump(mode="json")
    connection.execute(table.delete().where(table.c.interview_id == assignment.interview_id))
    connection.execute(table.insert().values(project_id=project_id, **row))
    events.append(connection, project_id, "persona:assigned", {"assignment": row})
    return assignment
