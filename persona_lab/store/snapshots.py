"""A whole project at one moment, with the number of the event it is true at."""

from sqlalchemy import Connection

from persona_lab.models import InterviewRecord, Snapshot
from persona_lab.store import (
    assignments,
    axes,
    codings,
    conversations,
    insights,
    interviews,
    judgements,
    notes,
    personas,
    projects,
)


def take(connection: Connection, project_id: str, *, epoch: str) -> Snapshot:
    """Return the project as this transaction sees it.

    Raises:
        ProjectNotFound: there is none of that id.
    """
    project = projects.get(connection, project_id, epoch=epoch)
    results = interviews.results(connection, project_id)
    records = tuple(
        InterviewRecord(interview=interview, result=results.get(interview.id))
        for interview in interviews.of_project(connection, project_id)
    )
    return Snapshot(
        epoch=epoch,
        seq=project.seq,
        project=project,
        interviews=records,
        insights=tuple(insights.merged(connection, project_id)),
        merge=insights.newest_merge(connection, project_id),
        codings=tuple(codings.of_project(connection, project_id)),
        judgements=tuple(judgements.of_project(connection, project_id)),
        notes=tuple(notes.of_project(connection, project_id)),
        conversations=tuple(conversations.of_project(connection, project_id)),
        messages=tuple(conversations.messages_of_project(connection, project_id)),
        axes=axes.get(connection, project_id),
        personas=tuple(personas.of_project(connection, project_id)),
        assignments=tuple(assignments.of_project(connection, project_id)),
    )
